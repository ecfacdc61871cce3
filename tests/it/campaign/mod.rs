//! A seeded campaign of faults over the roads into all three systems. Each run draws operators and
//! what they do (requests at Genesys Cloud, deletions at GWS, certificates, jobs and files of the
//! export service), how the network fails, at which step a process ends, which calls to the disk of
//! store and ledger fail or are cut short, and how the clock jumps. In every second run the first end
//! of a process, or the end of all work, is a power cut: every process ends, and of what was written
//! since the last sync of its file or directory a part is lost. Then somebody starts again, reconciles
//! and does what was left undone, and what is there is held against the invariants:
//!
//! - the far end carried out each intended mutation at most once, and none without its entry;
//! - every intent ends accepted, refused, or shown to a person;
//! - nothing that was accepted is missing from the store;
//! - the ledger verifies as the dead have left it, and afterwards;
//! - no plaintext is left in part, and no file is open to others;
//! - what people were told is what the far end's own log says.
//!
//! ```text
//! cargo test --test it -- campaign                              a few runs
//! DSR_CAMPAIGN_RUNS=10000 cargo test --test it -- campaign::long --ignored --nocapture
//! DSR_CAMPAIGN_SEED=4711  cargo test --test it -- campaign::long --ignored --nocapture     one run again
//! ```
//!
//! Ends of real processes at single system calls are the business of `crash`.

mod beneath;
mod clocks;
mod cuts;
mod dice;
mod draw;
mod far;
mod fate;
mod judge;
mod noted;
mod power;
mod site;
mod sweep;
mod tally;
mod work;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use draw::Draw;
use site::{Process, Site};
use tally::Tally;

/// One run. Panics with the seed when an invariant does not hold.
fn run(seed: u64) -> Tally {
    let draw = Draw::of(seed);
    let note = format!("seed {seed}: {draw:#?}\nseed {seed}");
    carried_out(&draw, &note).0
}

/// Carries out what was drawn.
fn carried_out(draw: &Draw, note: &str) -> (Tally, Vec<work::Ended>) {
    let mut site = Site::new(draw.certified, draw.season);
    if draw.power.is_some() {
        site = site.on_a_host(draw.lies);
    }
    if !draw.fresh {
        // Made beforehand, as on every day but the first.
        let process = Process::calm(&site);
        let runtime = site::runtime();
        runtime.block_on(async {
            drop(site.world("olga", &process).await.expect("a world"));
        });
        drop(runtime);
        if let Some(host) = &site.host {
            host.rest();
        }
    }
    let claims: work::Claims = Arc::default();
    let ended: Vec<work::Ended> = std::thread::scope(|scope| {
        let parts = draw.parts.iter();
        let running: Vec<_> = parts
            .map(|part| {
                let (site, claims) = (&site, claims.clone());
                scope.spawn(move || work::run(site, part, claims))
            })
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let cut = site.host.as_ref().zip(draw.power);
    let losses = cut.map(|(host, seed)| host.comes_back(seed));
    judge::left_behind(&site, draw, note);
    let mut tally = judge::judge(&site, draw, claims, note);
    if let Some(losses) = losses {
        tally.cuts = 1;
        tally.losses = losses;
    }
    for (part, one) in draw.parts.iter().zip(&ended) {
        tally.ends += u64::from(one.fate.is_over());
        for (harm, count) in one.fate.failed() {
            *tally.disk.entry(format!("{harm:?}")).or_default() += count;
        }
        for (blow, mutation) in &one.dealt {
            let of = if *mutation { "mutation" } else { "read" };
            *tally.network.entry(format!("{of} {blow:?}")).or_default() += 1;
        }
        tally.clocks += part.clock.len() as u64;
        tally.interrupted += u64::from(part.cancels_at.is_some());
    }
    (tally, ended)
}

/// Makes these runs on as many threads as the host has processors. Those that fail are told at the
/// end, with what was drawn for the first of them.
fn runs(seeds: std::ops::Range<u64>, every: u64, run: impl Fn(u64) -> Tally + Sync) -> Tally {
    site::Model::get();
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let (next, sum) = (AtomicU64::new(seeds.start), Mutex::new(Tally::default()));
    let failed: Mutex<Vec<(u64, String)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds.end || failed.lock().unwrap().len() > 20 {
                        return;
                    }
                    match catch_unwind(AssertUnwindSafe(|| run(seed))) {
                        Ok(tally) => sum.lock().unwrap().add(tally),
                        Err(panic) => {
                            let said = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                            failed.lock().unwrap().push((seed, said));
                        }
                    }
                    let runs = sum.lock().unwrap().runs;
                    if runs.is_multiple_of(every) {
                        println!("{runs} runs");
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    if let Some((_, said)) = failed.first() {
        let seeds: Vec<u64> = failed.iter().map(|(seed, _)| *seed).collect();
        panic!("failed with the seeds {seeds:?}; the first: {said}");
    }
    sum.into_inner().unwrap()
}

#[test]
fn short() {
    // Which call a blow meets depends on who comes first, so that a rare end may be missing from the
    // first runs of a busy host. More are made then, but not without an end.
    let mut tally = runs(0..60, u64::MAX, run);
    for seeds in [60..120, 120..180, 180..240] {
        if let Some(missing) = unreached(&tally) {
            println!("{} runs did not reach {missing:?}", tally.runs);
            tally.add(runs(seeds, u64::MAX, run));
        }
    }
    let missing = unreached(&tally);
    assert!(missing.is_none(), "{missing:?} {tally:#?}");
}

/// The ends, harms and changes that no run has come to, if there are any.
fn unreached(tally: &Tally) -> Option<Vec<&'static str>> {
    let done = |action: &str| tally.carried_out.get(action).is_some_and(|count| *count > 0);
    let reached = [
        ("an accepted change", tally.accepted > 0),
        ("a refused one", tally.refused > 0),
        ("one that was not sent", tally.not_sent > 0),
        ("one raised to a person", tally.raised > 0),
        ("an end of a process", tally.ends > 0),
        ("all harms of the disk", tally.disk.len() == 3),
        ("all losses of a power cut", tally.losses.are_all()),
        ("most harms of the network", tally.network.len() > 12),
        ("a submission", done("submit")),
        ("a deletion", done("gws.delete_setting")),
        ("a certificate", done("export_certificate.replace")),
        ("an export job", done("export_job.create")),
    ];
    let missing: Vec<_> = reached
        .iter()
        .filter(|(_, is)| !is)
        .map(|(what, _)| *what)
        .collect();
    (!missing.is_empty()).then_some(missing)
}

#[test]
#[ignore = "the long campaign, started by hand: it takes minutes"]
fn long() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("DSR_CAMPAIGN_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("DSR_CAMPAIGN_RUNS").unwrap_or(10_000),
    };
    let began = std::time::Instant::now();
    let tally = runs(seeds, 500, run);
    println!("{tally:#?}");
    println!("no duplicate, no loss; {} s", began.elapsed().as_secs());
}
