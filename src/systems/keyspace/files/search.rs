//! The search itself: every file in segments of some megabytes, which threads take in turn.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::report::{FileMatch, FilesProgress, FilesReport};
use super::target::{Body, Of, Room, Target, open, open_raw};
use super::told::left;
use super::walk::Found;
use crate::systems::keyspace::matching::Needles;
use crate::systems::keyspace::report::MatchKind;

/// See [`super::search`].
pub fn run(
    found: Found,
    needles: &Needles,
    substrings: bool,
    threads: usize,
    stop: &AtomicBool,
    tell: &(dyn Fn(FilesProgress) + Sync),
) -> FilesReport {
    let mut report = FilesReport {
        substring_hits: vec![0; needles.count()],
        ..FilesReport::default()
    };
    report.not_searched = found.not_searched;
    report.not_covered = not_covered(needles);
    let mut unchecked = 0;
    let mut targets = Vec::new();
    for group in &found.data {
        match open(group) {
            Ok(data) => {
                unchecked += u64::from(!data.is_checked());
                targets.push(Target::new(Body::Data(data), Of::Data(group)));
                report.bytes += group.size;
            }
            Err(why) => report
                .not_searched
                .extend(group.names.iter().map(|(path, _)| left(path, None, &why))),
        }
    }
    for (path, kind) in &found.raw {
        match open_raw(path, *kind) {
            Ok((file, size)) => {
                targets.push(Target::new(Body::Raw(file, size), Of::Raw(path, *kind)));
                report.bytes += size;
            }
            Err(why) => report.not_searched.push(left(path, None, &why)),
        }
    }
    report.files = targets.len() as u64;
    let progress = Progress {
        total: targets.iter().map(|target| target.body.length()).sum(),
        ..Progress::default()
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(&targets, needles, stop, &progress, tell));
        }
    });
    report.plain_bytes = progress.done.load(Ordering::Relaxed);
    report.interrupted = stop.load(Ordering::Relaxed);
    for target in targets {
        target.report(needles, substrings, &mut report);
    }
    if unchecked > 0 {
        report.notes.push(format!(
            "{unchecked} data files have no checksums: damage in them is not noticed."
        ));
    }
    report.matches.sort_by(|a, b| {
        let order = |found: &FileMatch| (found.certainty, found.search, found.path.clone(), found.offset);
        order(a).cmp(&order(b))
    });
    report.not_searched.sort();
    report
}

/// What raw bytes do not show, as far as it matters for what is looked for.
fn not_covered(needles: &Needles) -> Vec<String> {
    let mut all = vec![
        "values encoded as base64 or UTF-16, values encrypted by a client, and values compressed otherwise \
         than with gzip or zlib (or by zlib with a window below 32 KiB)"
            .to_owned(),
    ];
    if needles.kinds().contains(&MatchKind::Phone) {
        all.push(
            "phone numbers stored as binary numbers without their area, of less than 8 digits, negative, \
             scaled or in single precision; a search of the cluster reads those by the schema"
                .to_owned(),
        );
    }
    all
}

#[derive(Default)]
struct Progress {
    total: u64,
    done: AtomicU64,
    found: AtomicU64,
}

/// Takes segments until there are none.
fn work(
    targets: &[Target<'_>],
    needles: &Needles,
    stop: &AtomicBool,
    progress: &Progress,
    tell: &(dyn Fn(FilesProgress) + Sync),
) {
    let mut room = Room::default();
    for target in targets {
        let (each, _) = target.body.pieces();
        let segments = target.body.count().div_ceil(each);
        loop {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let segment = target.next.fetch_add(1, Ordering::Relaxed);
            if segment >= segments {
                break;
            }
            let (bytes, found) = target.segment(segment, needles, &mut room);
            let done = progress.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
            let found = progress.found.fetch_add(found, Ordering::Relaxed) + found;
            tell(FilesProgress {
                done,
                total: progress.total,
                found,
            });
        }
    }
}
