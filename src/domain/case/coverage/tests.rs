//! The matrix, mark by mark.

use super::*;

fn column(marks: &[Mark]) -> Column {
    let kept = marks.iter().enumerate().map(|(at, mark)| Kept {
        cell: Cell::new(mark.clone()),
        at: Timestamp::from_second(at as i64).unwrap(),
        by: "olga".to_owned(),
    });
    Column {
        system: System::GenesysCloud,
        kept: kept.collect(),
    }
}

fn searched(found: u64, complete: bool) -> Mark {
    Mark::Searched { found, complete }
}

#[test]
fn nothing_is_settled_that_was_not_seen() {
    let erased = Mark::Erased { count: 2 };
    let verified = |left, complete| Mark::Verified { left, complete };
    let why = || "none here".to_owned();
    for (marks, erasure, access) in [
        (vec![], false, false),
        (vec![searched(0, true)], true, true),
        (vec![searched(0, false)], false, false),
        (vec![searched(2, true)], false, false),
        // What was found once and is not found any more is explained by nothing.
        (vec![searched(2, true), searched(0, true)], false, false),
        (vec![searched(2, true), erased.clone()], false, true),
        (
            vec![searched(2, true), erased.clone(), verified(0, true)],
            true,
            true,
        ),
        (
            vec![searched(2, true), erased.clone(), verified(0, false)],
            false,
            false,
        ),
        (
            vec![searched(2, true), erased.clone(), verified(1, true)],
            false,
            false,
        ),
        // A verification does not speak for a later search.
        (
            vec![
                searched(2, true),
                erased.clone(),
                verified(0, true),
                searched(1, true),
            ],
            false,
            true,
        ),
        (vec![erased.clone()], false, false),
        (vec![Mark::NotReachable { why: why() }], false, false),
        (vec![Mark::NotApplicable { why: why() }], true, true),
        (
            vec![Mark::NotReachable { why: why() }, Mark::Waived { why: why() }],
            true,
            true,
        ),
        // Somebody's word does not stand against what was seen after it.
        (
            vec![Mark::NotApplicable { why: why() }, searched(2, true)],
            false,
            false,
        ),
    ] {
        let column = column(&marks);
        assert_eq!(column.verdict(CaseKind::Erasure).settled, erasure, "{marks:?}");
        assert_eq!(column.verdict(CaseKind::Access).settled, access, "{marks:?}");
    }
}

#[test]
fn what_was_only_exported_or_changed_is_not_erased() {
    let (erased, exported) = (Mark::Erased { count: 2 }, Mark::Exported { count: 1 });
    let (before, nothing) = (searched(2, true), searched(0, true));
    for (marks, settled, text) in [
        (
            vec![before.clone(), exported.clone()],
            false,
            "exported, not erased",
        ),
        (
            vec![before.clone(), Mark::Changed { count: 1 }],
            false,
            "changed, not erased",
        ),
        (
            vec![before.clone(), exported.clone(), before.clone()],
            false,
            "exported, not erased",
        ),
        // What was exported was there, whatever a search before it said.
        (
            vec![nothing.clone(), exported.clone()],
            false,
            "exported, not erased",
        ),
        (
            vec![before.clone(), exported.clone(), nothing.clone()],
            true,
            "nothing found",
        ),
        // An export beside an erasure takes nothing of it back.
        (
            vec![before.clone(), erased.clone(), exported.clone()],
            false,
            "erased, to be verified by another search",
        ),
        (
            vec![before.clone(), erased, searched(1, true), exported],
            false,
            "1 still there after the deletion",
        ),
    ] {
        let verdict = column(&marks).verdict(CaseKind::Erasure);
        assert_eq!(
            (verdict.settled, verdict.text.as_str()),
            (settled, text),
            "{marks:?}"
        );
    }
}

#[test]
fn what_is_still_there_is_not_called_verified() {
    let again = |left, complete| Mark::Verified { left, complete }.words();
    assert_eq!(again(0, true), "verified, nothing left");
    assert_eq!(again(2, true), "searched again, 2 still there");
    assert_eq!(
        again(0, false),
        "searched again, nothing found, not all of it could be read"
    );
    assert_eq!(
        searched(3, false).words(),
        "searched 3, not all of it could be read"
    );
    assert_eq!(Mark::Told { whom: "x".to_owned() }.words(), "told");
}

#[test]
fn what_a_search_after_a_deletion_still_finds_is_told() {
    let erased = Mark::Erased { count: 2 };
    for (marks, text) in [
        (vec![searched(2, true), erased.clone()], "erased, to be verified"),
        (
            vec![searched(2, true), erased.clone(), searched(1, true)],
            "1 still there",
        ),
        (
            vec![searched(2, true), erased.clone(), searched(0, false)],
            "not all of it",
        ),
        (
            vec![Mark::Held {
                why: "A hold stands: H-1.".to_owned(),
            }],
            "A hold stands: H-1.",
        ),
    ] {
        let verdict = column(&marks).verdict(CaseKind::Erasure);
        assert!(!verdict.settled && verdict.text.starts_with(text), "{verdict:?}");
    }
}

#[test]
fn marks_survive_being_written_down() {
    for mark in [
        searched(3, false),
        Mark::Erased { count: 1 },
        Mark::Verified {
            left: 0,
            complete: true,
        },
        Mark::Told { whom: "x".to_owned() },
    ] {
        let again = Mark::of(
            mark.word(),
            mark.count(),
            mark.complete(),
            mark.detail().map(str::to_owned),
        );
        assert_eq!(again, Some(mark));
    }
    assert_eq!(Mark::of("dreamt", None, None, None), None);
    for system in System::OWN {
        assert_eq!(System::parse(system.as_str()), system);
    }
    assert!(System::parse("CRM").is_manual());
}
