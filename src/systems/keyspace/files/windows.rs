//! The search in plain bytes: small windows that overlap, so that nothing is cut at a border. Found is
//! what stands there as it is, what only shows when escapes are opened, phone numbers that stand there
//! as binary numbers, and what is inside values compressed with gzip or zlib, which stand in the data as
//! they are.

use std::io::Read;
use std::ops::Range;

use crate::domain::text::clean;
use crate::systems::keyspace::matching::{Hit, Needles};

/// Plain bytes that are searched on each side of a segment or window: more than the longest form of
/// what is looked for.
pub const BORDER: usize = 4096;
/// A window.
const WINDOW: usize = 16 * 1024;
/// Places in one window that only show when escapes are opened; more than these are not told apart.
const MAX_HIDDEN: usize = 64;
/// Compressed values are opened up to this length.
const MAX_OPENED: u64 = 4 * 1024 * 1024;
/// How a value compressed with gzip begins.
const MAGIC: &[u8] = b"\x1f\x8b\x08";
/// How one compressed with zlib and its usual window begins: this, and one of the four next bytes that
/// fit it. Both also stand in other bytes, where what follows soon turns out to be no such value.
const ZLIB: u8 = 0x78;
const ZLIB_LEVELS: [u8; 4] = [0x01, 0x5e, 0x9c, 0xda];
/// Compressed values in compressed values.
const MOST_NESTED: usize = 3;
/// What opens to less than this was no compressed value, unless it opens to its end.
const LEAST_OPENED: usize = 64;
/// Bytes around a place that are shown.
const AROUND: usize = 48;

/// Looks through `plain` in windows, and tells of what begins in `own`. Gives the places of compressed
/// values that go on behind `plain`.
pub fn windows(
    plain: &[u8],
    own: Range<usize>,
    needles: &Needles,
    tell: &mut dyn FnMut(usize, Hit),
) -> Vec<usize> {
    let mut at = own.start;
    while at < own.end {
        let window = at..(at + WINDOW).min(own.end);
        let wide = window.start.saturating_sub(BORDER)..(window.end + BORDER).min(plain.len());
        let bytes = &plain[wide.clone()];
        let inner = window.start - wide.start..window.end - wide.start;
        if needles.may_hold(bytes) {
            window_hits(bytes, needles, &mut |begins, hit| {
                if inner.contains(&begins) {
                    tell(wide.start + begins, hit);
                }
            });
        }
        at = window.end;
    }
    needles.search_numbers(plain, own.clone(), &mut |hit| tell(hit.range.start, hit));
    beginnings(plain, own)
        .into_iter()
        .filter(|at| !open_at(&plain[*at..], needles, &mut |hit| tell(*at, hit)))
        .collect()
}

/// Where in `own` a compressed value may begin.
fn beginnings(plain: &[u8], own: Range<usize>) -> Vec<usize> {
    let part = &plain[own.clone()];
    let gzip = memchr::memmem::find_iter(part, MAGIC).map(|at| own.start + at);
    let level = |at: &usize| plain.get(at + 1).is_some_and(|next| ZLIB_LEVELS.contains(next));
    let zlib = memchr::memchr_iter(ZLIB, part).map(|at| own.start + at);
    let mut all: Vec<usize> = gzip.chain(zlib.filter(level)).collect();
    all.sort_unstable();
    all
}

/// Tells what stands in `bytes`: first what is plain, then what only shows when escapes are opened. Of
/// the latter the place is looked for, in a copy without what was told already.
fn window_hits(bytes: &[u8], needles: &Needles, tell: &mut dyn FnMut(usize, Hit)) {
    let (plain, mut hidden) = split_hits(bytes, needles);
    let mut left = Vec::new();
    if !hidden.is_empty() {
        left.extend_from_slice(bytes);
        plain.iter().for_each(|hit| blank(&mut left, &hit.range));
        hidden = split_hits(&left, needles).1;
    }
    for hit in plain {
        tell(hit.range.start, hit);
    }
    let mut rounds = 0;
    while let Some(mut hit) = hidden.pop() {
        let range = near(&left, needles, hit.search);
        blank(&mut left, &range);
        hit.range = range.clone();
        tell(range.start + range.len() / 2, hit);
        rounds += 1;
        if hidden.is_empty() && rounds < MAX_HIDDEN {
            hidden = split_hits(&left, needles).1;
        }
    }
}

/// Hits that are plain, and hits (one for each search) that are somewhere in opened text.
fn split_hits(bytes: &[u8], needles: &Needles) -> (Vec<Hit>, Vec<Hit>) {
    let (mut plain, mut hidden) = (Vec::new(), Vec::<Hit>::new());
    needles.search_raw(bytes, &mut |hit| {
        if hit.range != (0..bytes.len()) {
            plain.push(hit);
        } else if let Some(known) = hidden.iter_mut().find(|known| known.search == hit.search) {
            known.strength = known.strength.max(hit.strength);
        } else {
            hidden.push(hit);
        }
    });
    // Opened text still holds what needs no opening; that is told as plain.
    (plain, hidden)
}

fn blank(bytes: &mut [u8], range: &Range<usize>) {
    if let Some(part) = bytes.get_mut(range.clone()) {
        part.fill(0);
    }
}

/// Where in `bytes` text with escapes holds what `search` looks for: halves are tried for as long as
/// one of them holds it whole.
fn near(bytes: &[u8], needles: &Needles, search: usize) -> Range<usize> {
    let mut range = 0..bytes.len();
    while range.len() > 8 {
        let middle = range.start + range.len() / 2;
        // Halves overlap, so that most texts are whole in one of them.
        let overlap = range.len() / 8;
        let halves = [range.start..middle + overlap, middle - overlap..range.end];
        let Some(half) = halves
            .into_iter()
            .find(|half| holds(&bytes[half.clone()], needles, search))
        else {
            break;
        };
        range = half;
    }
    range
}

fn holds(bytes: &[u8], needles: &Needles, search: usize) -> bool {
    let mut holds = false;
    needles.search_raw(bytes, &mut |hit| holds |= hit.search == search);
    holds
}

/// Opens the compressed value that `bytes` may begin with, and those in it. False when it goes on behind
/// them, or is longer than is opened.
pub fn open_at(bytes: &[u8], needles: &Needles, tell: &mut dyn FnMut(Hit)) -> bool {
    open_nested(bytes, needles, MOST_NESTED, tell)
}

fn open_nested(bytes: &[u8], needles: &Needles, deep: usize, tell: &mut dyn FnMut(Hit)) -> bool {
    let mut opened = Vec::new();
    let read = match bytes.first() {
        Some(&ZLIB) => flate2::bufread::ZlibDecoder::new(bytes)
            .take(MAX_OPENED)
            .read_to_end(&mut opened),
        _ => flate2::bufread::GzDecoder::new(bytes)
            .take(MAX_OPENED)
            .read_to_end(&mut opened),
    };
    let mut inside = |mut hit: Hit| {
        hit.range = 0..0;
        tell(hit);
    };
    if needles.may_hold(&opened) {
        needles.search_raw(&opened, &mut inside);
    }
    needles.search_numbers(&opened, 0..opened.len(), &mut inside);
    let mut whole = true;
    if deep > 0 {
        for at in beginnings(&opened, 0..opened.len()) {
            whole &= open_nested(&opened[at..], needles, deep - 1, tell);
        }
    }
    // Other bytes can look like a beginning; they soon turn out to be none.
    let cut = read.is_err_and(|error| error.kind() == std::io::ErrorKind::UnexpectedEof);
    whole && !(cut && opened.len() >= LEAST_OPENED) && (opened.len() as u64) < MAX_OPENED
}

/// The text around a place.
pub fn snippet(plain: &[u8], at: usize, hit: &Hit) -> String {
    let from = at.saturating_sub(AROUND);
    let length = hit.range.len().min(256);
    let to = (at + length + AROUND).min(plain.len());
    clean(&String::from_utf8_lossy(plain.get(from..to).unwrap_or_default()))
}
