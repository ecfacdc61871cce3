use super::*;
use crate::app::Options;
use crate::keymap::Keymap;

fn shared() -> Shared {
    Shared::new(Options::simulation_only(Keymap::load(None).unwrap(), ""))
}

fn question() -> Confirm {
    Confirm::new("Delete?").then(Call::Quit)
}

fn calls(shared: &mut Shared) -> Vec<String> {
    shared.calls.drain(..).map(|call| format!("{call:?}")).collect()
}

#[test]
fn enter_is_no_until_yes_is_chosen() {
    let mut shared = shared();
    let mut confirm = question();
    confirm.handle(Action::Accept, &mut shared);
    assert_eq!(calls(&mut shared), ["Close"]);
    confirm.handle(Action::Toggle, &mut shared);
    confirm.handle(Action::Accept, &mut shared);
    assert_eq!(calls(&mut shared), ["Close", "Quit"]);
}

#[test]
fn where_a_text_is_demanded_only_that_text_is_a_yes() {
    let mut shared = shared();
    let mut confirm = question().demand("the case", "CASE-17");
    assert!(confirm.typing());
    for wrong in ["", "y", "CASE-1", "case-17"] {
        confirm.typed.set(wrong);
        confirm.handle(Action::Accept, &mut shared);
        confirm.handle(Action::Yes, &mut shared);
        assert!(calls(&mut shared).is_empty(), "{wrong}");
    }
    confirm.typed.set(" CASE-17 ");
    confirm.handle(Action::Accept, &mut shared);
    assert_eq!(calls(&mut shared), ["Close", "Quit"]);
}

#[test]
fn a_demand_for_nothing_is_never_met() {
    let mut shared = shared();
    let mut confirm = question().demand("the case", "");
    confirm.handle(Action::Accept, &mut shared);
    assert!(calls(&mut shared).is_empty());
}

#[test]
fn the_answer_that_goes_further_is_reached_by_choosing_or_by_its_own_text() {
    let mut shared = shared();
    let further = |expected| question().or_further("also the rest", expected, Call::Turn);
    let mut confirm = further(None);
    confirm.handle(Action::Yes, &mut shared);
    assert_eq!(calls(&mut shared), ["Close", "Quit"]);
    let mut confirm = further(None);
    confirm.handle(Action::Toggle, &mut shared);
    confirm.handle(Action::Toggle, &mut shared);
    confirm.handle(Action::Accept, &mut shared);
    assert_eq!(calls(&mut shared), ["Close", "Turn"]);
    let mut confirm = further(None);
    (0..3).for_each(|_| {
        confirm.handle(Action::Toggle, &mut shared);
    });
    confirm.handle(Action::Accept, &mut shared);
    assert_eq!(calls(&mut shared), ["Close"]);

    let named = |text: &str| (format!("\"{text}\""), text.to_owned());
    let (called, text) = named("restore 1");
    let mut confirm = further(Some(named("overwrite 2"))).demand(called, text);
    assert_eq!(confirm.called().unwrap(), "\"restore 1\" or \"overwrite 2\"");
    for wrong in ["", "restore 2", "overwrite 1"] {
        confirm.typed.set(wrong);
        confirm.handle(Action::Accept, &mut shared);
        assert!(calls(&mut shared).is_empty(), "{wrong}");
    }
    confirm.typed.set("overwrite 2");
    confirm.handle(Action::Accept, &mut shared);
    assert_eq!(calls(&mut shared), ["Close", "Turn"]);
}

#[test]
fn leaving_does_nothing() {
    let mut shared = shared();
    question().handle(Action::Leave, &mut shared);
    question().handle(Action::No, &mut shared);
    assert_eq!(calls(&mut shared), ["Close", "Close"]);
}
