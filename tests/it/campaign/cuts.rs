//! Power cuts at every step of one road after the other; and that it would be found out if a disk told
//! of syncs that it does not do.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::draw::Draw;
use super::power::Lies;
use super::sweep::{deletion, exports, length, submission};
use super::tally::Tally;
use super::{carried_out, runs};

/// The power fails at every `stride`th step of this road, and at its end.
fn at_every_step(road: fn() -> Draw, stride: u64) -> Tally {
    let (steps, _) = length(&road());
    runs(0..steps / stride + 1, u64::MAX, |number| {
        let mut draw = road();
        draw.parts[0].ends_at = Some(1 + number * stride);
        draw.power = Some(number);
        carried_out(&draw, &format!("a cut at step {}", 1 + number * stride)).0
    })
}

#[test]
fn at_every_step_of_a_submission() {
    let tally = at_every_step(submission, 1);
    assert!(tally.accepted > 0 && tally.not_sent > 0, "{tally:#?}");
    assert!(tally.losses.are_all(), "{:?}", tally.losses);
}

#[test]
fn at_steps_of_a_store_that_is_being_made() {
    let first = || Draw {
        fresh: true,
        ..submission()
    };
    at_every_step(first, 5);
}

#[test]
fn at_steps_of_a_deletion_and_of_exports() {
    at_every_step(deletion, 17);
    at_every_step(exports, 13);
}

/// Whose loss is found, when these lie and the power fails after all work was done.
fn found_out(lies: Lies, seed: u64) -> Option<String> {
    let draw = Draw {
        power: Some(seed),
        lies,
        ..submission()
    };
    let done = catch_unwind(AssertUnwindSafe(|| carried_out(&draw, "a lie")));
    done.err()
        .map(|panic| panic.downcast_ref::<String>().cloned().unwrap_or_default())
}

#[test]
fn a_disk_that_lies_is_found_out() {
    for seed in 0..6 {
        assert_eq!(found_out(Lies::Nobody, seed), None, "{seed}");
    }
    for lies in [Lies::Store, Lies::Ledger] {
        let found: Vec<String> = (0..12).filter_map(|seed| found_out(lies, seed)).collect();
        println!("{lies:?}: {found:#?}");
        assert!(found.len() > 3, "{lies:?}: {found:#?}");
    }
}
