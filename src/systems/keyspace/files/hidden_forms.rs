//! Forms that raw bytes hide from a plain search: compressed values and binary numbers. Whatever holds
//! the person is found, wherever it stands; a neighbour in the same form is not.

use std::io::Write;
use std::sync::atomic::AtomicBool;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use proptest::prelude::*;

use super::*;
use crate::systems::keyspace::matching::identify;
use crate::systems::keyspace::report::Certainty;

const EMAIL: &str = "jane.roe@example.org";
const PHONE: &str = "+49 30 23125014";
const NUMBER: u64 = 493_023_125_014;

#[derive(Clone, Copy, Debug)]
enum Pack {
    Zlib(u32),
    Gzip(u32),
    Twice,
}

fn packed(text: &str, pack: Pack) -> Vec<u8> {
    let zlib = |bytes: &[u8], level| {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::new(level));
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    };
    match pack {
        Pack::Zlib(level) => zlib(text.as_bytes(), level),
        Pack::Gzip(level) => {
            let mut packed = GzEncoder::new(Vec::new(), Compression::new(level));
            packed.write_all(text.as_bytes()).unwrap();
            packed.finish().unwrap()
        }
        Pack::Twice => zlib(&zlib(text.as_bytes(), 6), 9),
    }
}

#[derive(Clone, Copy, Debug)]
enum Coded {
    Long,
    Varint,
    VarintOfOld,
    Component,
    Double,
}

fn coded(value: u64, form: Coded) -> Vec<u8> {
    let all = value.to_be_bytes();
    let mut short = all[all.iter().position(|byte| *byte != 0).unwrap()..].to_vec();
    if short[0] & 0x80 != 0 {
        short.insert(0, 0);
    }
    let length = short.len() as u8;
    let before: &[u8] = match form {
        Coded::Long => return all.to_vec(),
        Coded::Double => return (value as f64).to_be_bytes().to_vec(),
        Coded::Varint => &[length],
        Coded::VarintOfOld => &[0, 0, 0, length],
        Coded::Component => &[0, length],
    };
    [before, &short].concat()
}

/// Bytes without meaning, the same for a seed.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

/// Searches a data file without compression that holds `plain`.
fn searched(plain: &[u8]) -> FilesReport {
    let home = tempfile::tempdir().unwrap();
    let table = home.path().join("ks/t-5a1c395e3e3711ee8f6b0f1a2b3c4d5e");
    std::fs::create_dir_all(&table).unwrap();
    std::fs::write(table.join("oa-1-big-Data.db"), plain).unwrap();
    let mut sums = 65_536u32.to_be_bytes().to_vec();
    for piece in plain.chunks(65_536) {
        sums.extend(crc32fast::hash(piece).to_be_bytes());
    }
    std::fs::write(table.join("oa-1-big-CRC.db"), sums).unwrap();
    let needles = Needles::new(&[identify(EMAIL), identify(PHONE)], None, false).unwrap();
    let request = FilesRequest {
        paths: vec![home.path().to_owned()],
        threads: 1,
        substrings: false,
    };
    search(&request, &needles, &AtomicBool::new(false), &|_| {})
}

fn surrounded(seed: u64, before: usize, value: &[u8], after: usize) -> Vec<u8> {
    let mut plain = noise(seed, before);
    plain.extend(value);
    plain.extend(noise(!seed, after));
    plain
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn compressed_values_are_opened_wherever_they_stand(
        pack in prop_oneof![
            (0..=9u32).prop_map(Pack::Zlib),
            (1..=9u32).prop_map(Pack::Gzip),
            Just(Pack::Twice),
        ],
        around in 0..2_000usize,
        (seed, before, after) in (any::<u64>(), 0..70_000usize, 0..9_000usize),
    ) {
        let wrapped = |who: &str| {
            let text = format!("{}{{\"email\":\"{who}\"}}{}", "a b ".repeat(around), "c d ".repeat(around));
            surrounded(seed, before, &packed(&text, pack), after)
        };
        let report = searched(&wrapped(EMAIL));
        prop_assert_eq!(report.matches.len(), 1);
        prop_assert_eq!(report.matches[0].certainty, Certainty::Exact);
        prop_assert!(report.complete(), "{:?}", report.not_searched);
        let neighbour = searched(&wrapped("mary.jane.roe@example.org"));
        prop_assert!(neighbour.matches.is_empty(), "{:?}", neighbour.matches);
    }

    #[test]
    fn numbers_are_found_wherever_they_stand(
        form in prop_oneof![
            Just(Coded::Long), Just(Coded::Varint), Just(Coded::VarintOfOld), Just(Coded::Component),
            Just(Coded::Double),
        ],
        (seed, before, after) in (any::<u64>(), 0..70_000usize, 0..9_000usize),
        other in 1..1_000u64,
    ) {
        let report = searched(&surrounded(seed, before, &coded(NUMBER, form), after));
        prop_assert_eq!(report.matches.len(), 1);
        prop_assert_eq!(report.matches[0].certainty, Certainty::Exact);
        prop_assert_eq!(report.matches[0].search, 1);
        // As dialled inside the country: not the whole number, so only possibly it.
        let report = searched(&surrounded(seed, before, &coded(3_023_125_014, form), after));
        prop_assert_eq!(report.matches.len(), 1);
        prop_assert_eq!(report.matches[0].certainty, Certainty::Possible);
        for neighbour in [NUMBER + other, NUMBER - other] {
            let report = searched(&surrounded(seed, before, &coded(neighbour, form), after));
            prop_assert!(report.matches.is_empty(), "{neighbour}");
        }
    }
}

#[test]
fn noise_and_text_that_look_compressed_are_no_gap() {
    let mut plain = noise(7, 3 * 1024 * 1024);
    plain.extend(b"max \x78\x01 box x^ fix".repeat(20_000));
    let report = searched(&plain);
    assert!(report.complete() && report.matches.is_empty(), "{report:?}");
    assert_eq!(report.not_covered.len(), 2, "what raw bytes do not show is told");
}

#[test]
fn a_compressed_value_that_cannot_be_opened_to_its_end_is_told() {
    let text: String = (0..60_000u32)
        .map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761)))
        .collect();
    let whole = packed(&text, Pack::Zlib(9));
    let report = searched(&surrounded(3, 100, &whole[..whole.len() / 2], 0));
    assert!(!report.complete());
    assert!(
        report.not_searched[0]
            .part
            .as_deref()
            .unwrap()
            .contains("compressed")
    );
}
