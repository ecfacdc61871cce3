//! From a match in the keyspace to the setting that GWS shows. The schema is not published, so a
//! setting counts as the one meant only when its key stands in the row's own names, or when nothing
//! else in the group could be it.

use super::visible::Held;
use crate::systems::keyspace::Match;

/// What a match leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// This setting (its number among those that hold the person).
    To(usize),
    /// None that GWS shows.
    None,
    /// Several, and nothing tells which.
    Ambiguous,
}

/// Links one match.
pub(super) fn link(found: &Match, held: &[Held]) -> Link {
    let candidates: Vec<(usize, &Held)> = held
        .iter()
        .enumerate()
        .filter(|(_, held)| held.findings.iter().any(|finding| finding.search == found.search))
        .filter(|(_, held)| group_fits(found, held))
        .collect();
    let named: Vec<usize> = candidates
        .iter()
        .filter(|(_, held)| key_stands_in(found, held))
        .map(|(i, _)| *i)
        .collect();
    match named[..] {
        [one] => return Link::To(one),
        [_, _, ..] => return by_owner(found, held, &named),
        [] => {}
    }
    // The key stands inside the value, or nowhere: then only the sole candidate of the same group at
    // the same place inside can be meant.
    let same_place: Vec<usize> = candidates
        .iter()
        .filter(|(_, held)| {
            group_is(found, held)
                && held
                    .findings
                    .iter()
                    .any(|finding| finding.pointer == found.pointer)
        })
        .filter(|(_, held)| owners_agree(found, held))
        .map(|(i, _)| *i)
        .collect();
    match same_place[..] {
        [one] => Link::To(one),
        [] => Link::None,
        _ => Link::Ambiguous,
    }
}

fn by_owner(found: &Match, held: &[Held], named: &[usize]) -> Link {
    let mut own = named.iter().filter(|index| {
        let owner = held[**index].setting.owner.as_deref();
        owner.is_some_and(|owner| names(found).any(|name| holds_word(name, owner)))
    });
    match (own.next(), own.next()) {
        (Some(one), None) => Link::To(*one),
        _ => Link::Ambiguous,
    }
}

/// The row's own names: parts of its key, and the column.
fn names(found: &Match) -> impl Iterator<Item = &str> {
    found
        .key_parts
        .iter()
        .map(|(_, part)| part.as_str())
        .chain(std::iter::once(found.column.as_str()))
}

/// False when the row names another group.
fn group_fits(found: &Match, held: &Held) -> bool {
    match &found.group {
        Some(group) => group == held.group.as_str() || group_is(found, held),
        None => true,
    }
}

fn group_is(found: &Match, held: &Held) -> bool {
    let group = held.group.as_str();
    found.group.as_deref() == Some(group) || names(found).any(|name| holds_word(name, group))
}

fn key_stands_in(found: &Match, held: &Held) -> bool {
    held.setting
        .key
        .as_deref()
        .is_some_and(|key| names(found).any(|name| holds_word(name, key)))
}

fn owners_agree(found: &Match, held: &Held) -> bool {
    match &held.setting.owner {
        Some(owner) => {
            names(found).any(|name| holds_word(name, owner)) || found.owner.as_ref() == Some(owner)
        }
        None => true,
    }
}

/// `word` in `text`, not as a part of a longer word: `favorite-1` does not stand in `favorite-12`.
fn holds_word(text: &str, word: &str) -> bool {
    if word.is_empty() {
        return false;
    }
    let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::gws::{GroupName, Setting};
    use crate::systems::keyspace::matching::Finding;
    use crate::systems::keyspace::{Certainty, MatchKind};

    fn held(group: &str, key: &str, owner: &str, pointer: &str) -> Held {
        Held {
            group: GroupName::new(group).unwrap(),
            corporate: false,
            attribute: "name".to_owned(),
            setting: Setting {
                key: Some(key.to_owned()),
                location: None,
                owner: Some(owner.to_owned()),
                value: serde_json::json!({}),
            },
            findings: vec![Finding {
                search: 0,
                kind: MatchKind::Email,
                certainty: Certainty::Exact,
                pointer: pointer.to_owned(),
                snippet: String::new(),
            }],
            of_this_key: 1,
            of_this_place: 1,
        }
    }

    fn found(group: Option<&str>, key: &str, column: &str, pointer: &str) -> Match {
        Match {
            search: 0,
            table: "settings".to_owned(),
            key: key.to_owned(),
            key_parts: vec![
                ("key".to_owned(), key.to_owned()),
                ("column1".to_owned(), column.to_owned()),
            ],
            column: "value".to_owned(),
            pointer: pointer.to_owned(),
            snippet: String::new(),
            group: group.map(str::to_owned),
            owner: None,
            kind: MatchKind::Email,
            certainty: Certainty::Exact,
        }
    }

    #[test]
    fn the_key_in_the_rows_names_decides() {
        let all = [
            held("fav", "f-1", "a1", "/e"),
            held("fav", "f-12", "a2", "/e"),
            held("rec", "f-1", "a1", "/e"),
        ];
        assert_eq!(
            link(&found(Some("fav"), "fav", "a2:f-12", "/e"), &all),
            Link::To(1)
        );
        assert_eq!(
            link(&found(Some("fav"), "fav", "a1:f-1", "/e"), &all),
            Link::To(0)
        );
        assert_eq!(link(&found(Some("other"), "other", "x", "/e"), &all), Link::None);
        // The same key in two groups, and a row that names neither group.
        assert_eq!(link(&found(None, "row", "f-1", "/e"), &all), Link::Ambiguous);
    }

    #[test]
    fn without_a_key_only_the_sole_candidate_is_meant() {
        let all = [held("fav", "f-1", "a1", "/e"), held("fav", "f-2", "a2", "/e")];
        assert_eq!(link(&found(Some("fav"), "fav", "a2", "/e"), &all), Link::To(1));
        assert_eq!(link(&found(Some("fav"), "fav", "a3", "/e"), &all), Link::None);
        let twice = [held("fav", "f-1", "a1", "/e"), held("fav", "f-2", "a1", "/e")];
        assert_eq!(
            link(&found(Some("fav"), "fav", "a1", "/e"), &twice),
            Link::Ambiguous
        );
        // Somebody else's search found the setting.
        let mut other = held("fav", "f-1", "a1", "/e");
        other.findings[0].search = 1;
        assert_eq!(
            link(&found(Some("fav"), "fav", "a1:f-1", "/e"), &[other]),
            Link::None
        );
    }
}
