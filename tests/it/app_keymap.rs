//! The key map: what is shipped, what an operator overrides, what is refused and how it is said.

use dsr_console::keymap::{Action, Context, DEFAULT_KEYS, Key, Keymap, tables};

fn refused(text: &str) -> String {
    Keymap::load(Some(text)).unwrap_err().to_string()
}

#[test]
fn the_shipped_keys_leave_flow_control_multiplexers_and_alt_alone() {
    let keymap = Keymap::load(None).unwrap();
    for binding in keymap.bindings() {
        let name = binding.key.to_string();
        assert!(
            !["ctrl-b", "ctrl-a", "ctrl-q", "ctrl-s"].contains(&name.as_str()),
            "{name}"
        );
        assert!(!binding.key.has_alt(), "{name}");
    }
}

#[test]
fn every_action_has_a_shipped_key_in_every_context_that_allows_it() {
    let keymap = Keymap::load(None).unwrap();
    for context in Context::ALL {
        for action in context.actions() {
            let bound = keymap
                .bindings()
                .iter()
                .any(|b| b.context == context && b.action == *action);
            assert!(bound, "{}.{} has no key", context.name(), action.name());
        }
    }
}

#[test]
fn every_action_is_allowed_somewhere_and_has_a_name_of_its_own() {
    for action in Action::ALL {
        assert!(
            Context::ALL.iter().any(|c| c.actions().contains(action)),
            "{}",
            action.name()
        );
        assert_eq!(Action::parse(action.name()), Some(*action));
    }
}

#[test]
fn an_override_replaces_the_keys_of_its_action_and_no_others() {
    let keymap = Keymap::load(Some("[queue]\nrefresh = [\"R\", \"f5\"]")).unwrap();
    let look = |key: &str| keymap.lookup(Context::Queue, Key::parse(key).unwrap());
    assert_eq!(look("R"), Some(Action::Refresh));
    assert_eq!(look("f5"), Some(Action::Refresh));
    assert_eq!(look("r"), None);
    assert_eq!(look("d"), Some(Action::Download));
    let none = Keymap::load(Some("[global]\nquit = []")).unwrap();
    assert_eq!(none.lookup(Context::Queue, Key::parse("q").unwrap()), None);
}

#[test]
fn a_key_for_two_actions_is_refused_with_both_names() {
    let error = refused("[queue]\nrefresh = \"d\"");
    assert!(
        error.contains("`d`") && error.contains("queue.refresh") && error.contains("queue.download"),
        "{error}"
    );
    let outer = refused("[queue]\nrefresh = \"z\"");
    assert!(
        outer.contains("global.zoom") && outer.contains("queue.refresh"),
        "{outer}"
    );
    let freed = Keymap::load(Some("[global]\nzoom = \"Z\"\n[queue]\nrefresh = \"z\"")).unwrap();
    assert_eq!(
        freed.lookup(Context::Queue, Key::parse("z").unwrap()),
        Some(Action::Refresh)
    );
}

#[test]
fn unknown_names_are_refused_with_the_nearest_known_one() {
    for (text, nearest) in [
        ("[qeue]\nrefresh = \"r\"", "queue"),
        ("[queue]\nrefesh = \"r\"", "refresh"),
        ("[queue]\nrefresh = \"pgae-up\"", "page-up"),
        ("[list]\nopen = \"enetr\"", "enter"),
    ] {
        let error = refused(text);
        assert!(error.contains(&format!("the nearest is `{nearest}`")), "{error}");
    }
}

#[test]
fn wrong_shapes_are_refused_and_say_where() {
    assert!(refused("[queue]\nrefresh = 5").contains("queue.refresh takes a key"));
    assert!(refused("[queue]\nrefresh = [1]").contains("queue.refresh takes a key"));
    assert!(refused("queue = 1").contains("queue"));
    assert!(refused("[queue").contains("not valid TOML"));
}

#[test]
fn while_typing_no_character_can_be_made_a_command() {
    assert!(refused("[input]\nleave = \"q\"").contains("while typing no character is a command"));
    assert!(refused("[always]\nsuspend = \"Z\"").contains("while typing no character is a command"));
}

#[test]
fn keys_are_read_back_from_the_names_they_show() {
    for name in [
        "q",
        "G",
        "?",
        "ctrl-l",
        "alt-x",
        "shift-tab",
        "space",
        "hyphen",
        "page-down",
        "f12",
        "ctrl-left",
    ] {
        assert_eq!(Key::parse(name).unwrap().to_string(), name);
    }
    assert_eq!(Key::parse("-").unwrap(), Key::parse("hyphen").unwrap());
}

#[test]
fn the_shipped_file_names_every_context_once() {
    let table: toml::Table = toml::from_str(DEFAULT_KEYS).unwrap();
    for context in Context::ALL {
        let needed = !context.actions().is_empty();
        assert_eq!(table.contains_key(context.name()), needed, "{}", context.name());
    }
}

#[test]
fn the_tables_hold_every_shipped_key() {
    let tables = tables().unwrap();
    for binding in Keymap::load(None).unwrap().bindings() {
        let cell = format!("`{}`", binding.key);
        assert!(tables.contains(&cell), "{cell}");
        assert!(tables.contains(binding.action.help()));
    }
}
