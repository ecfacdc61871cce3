//! Files as the servers write them, made here: whole ones, and broken in every way.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::info::tests::{format, write as describe};
use super::*;
use crate::systems::keyspace::matching::identify;
use crate::systems::keyspace::report::Certainty;

const PERSON: &str = "jane.roe@example.org";
const CHUNK: usize = 1024;

/// A table's directory with one data file of a format and compressor, plain content `plain`.
struct Table {
    home: tempfile::TempDir,
    stem: &'static str,
}

impl Table {
    fn new(version: &'static str, compressor: &str, plain: &[u8]) -> Table {
        Table::of(version, compressor, plain, plain.chunks(CHUNK))
    }

    /// With an empty chunk at the end, as a file has that the server opened before it was whole.
    fn opened_early(version: &'static str, compressor: &str, plain: &[u8]) -> Table {
        Table::of(version, compressor, plain, plain.chunks(CHUNK).chain([&[][..]]))
    }

    fn of<'a>(
        version: &'static str,
        compressor: &str,
        plain: &[u8],
        pieces: impl Iterator<Item = &'a [u8]>,
    ) -> Table {
        let stem = match version {
            "ic" => "ks-t-ic-1",
            "jb" => "ks-t-jb-1",
            "nb" => "nb-1-big",
            "oa" => "oa-1-big",
            _ => "da-1-bti",
        };
        let table = Table {
            home: tempfile::tempdir().unwrap(),
            stem,
        };
        std::fs::create_dir_all(table.directory()).unwrap();
        let (mut data, mut offsets, mut sums) =
            (Vec::new(), Vec::new(), (CHUNK as u32).to_be_bytes().to_vec());
        for piece in pieces {
            if compressor.is_empty() {
                data.extend(piece);
                sums.extend(crc32fast::hash(piece).to_be_bytes());
                continue;
            }
            offsets.push(data.len() as u64);
            let packed = pack(compressor, piece);
            let sum = match version {
                "ic" => crc32fast::hash(piece),
                "jb" => adler2::adler32_slice(&packed),
                _ => crc32fast::hash(&packed),
            };
            data.extend(packed);
            data.extend(sum.to_be_bytes());
        }
        table.write("Data.db", &data);
        if compressor.is_empty() {
            table.write("CRC.db", &sums);
        } else {
            let info = describe(
                compressor,
                CHUNK as u32,
                plain.len() as u64,
                &offsets,
                &format(version),
            );
            table.write("CompressionInfo.db", &info);
        }
        table
    }

    fn directory(&self) -> PathBuf {
        self.home
            .path()
            .join("data/ks/t-5a1c395e3e3711ee8f6b0f1a2b3c4d5e")
    }

    fn path(&self, component: &str) -> PathBuf {
        self.directory().join(format!("{}-{component}", self.stem))
    }

    fn write(&self, component: &str, bytes: &[u8]) {
        std::fs::write(self.path(component), bytes).unwrap();
    }

    fn search(&self, threads: usize) -> FilesReport {
        search_in(self.home.path(), threads)
    }
}

fn search_in(path: &Path, threads: usize) -> FilesReport {
    let needles = Needles::new(&[identify(PERSON)], None, false).unwrap();
    let request = FilesRequest {
        paths: vec![path.to_owned()],
        threads,
        substrings: false,
    };
    search(&request, &needles, &AtomicBool::new(false), &|_| {})
}

fn pack(compressor: &str, piece: &[u8]) -> Vec<u8> {
    match compressor {
        "LZ4Compressor" => {
            let mut packed = (piece.len() as u32).to_le_bytes().to_vec();
            packed.extend(lz4_flex::block::compress(piece));
            packed
        }
        "SnappyCompressor" => snap::raw::Encoder::new().compress_vec(piece).unwrap(),
        "DeflateCompressor" => {
            let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            packed.write_all(piece).unwrap();
            packed.finish().unwrap()
        }
        "ZstdCompressor" => {
            ruzstd::encoding::compress_to_vec(piece, ruzstd::encoding::CompressionLevel::Fastest)
        }
        _ => piece.to_vec(),
    }
}

/// Text without the person, `length` bytes of it.
fn filler(length: usize) -> Vec<u8> {
    let text: Vec<u8> = (0..)
        .flat_map(|n| format!("{{\"email\":\"user{n}@example.com\"}}\n").into_bytes())
        .take(length)
        .collect();
    text
}

/// Puts `text` at `at`.
fn put(plain: &mut [u8], at: usize, text: &str) {
    plain[at..at + text.len()].copy_from_slice(text.as_bytes());
}

fn quoted() -> String {
    format!("\"{PERSON}\"")
}

const WAYS: &[(&str, &str)] = &[
    ("ic", "SnappyCompressor"),
    ("ic", "DeflateCompressor"),
    ("jb", "LZ4Compressor"),
    ("nb", "LZ4Compressor"),
    ("nb", "NoopCompressor"),
    ("oa", "ZstdCompressor"),
    ("da", "LZ4Compressor"),
    ("ic", ""),
    ("oa", ""),
];

#[test]
fn found_in_every_format_also_across_borders() {
    for (version, compressor) in WAYS {
        let mut plain = filler(10 * CHUNK + 77);
        // At the very beginning and end, inside a chunk, and across the border of two.
        put(&mut plain, 0, &quoted());
        put(&mut plain, 3 * CHUNK - 9, &quoted());
        put(&mut plain, 6 * CHUNK + 100, &quoted());
        let end = plain.len() - quoted().len();
        put(&mut plain, end, &quoted());
        let report = Table::new(version, compressor, &plain).search(2);
        let way = format!("{version} {compressor}");
        assert!(report.complete(), "{way}: {:?}", report.not_searched);
        assert_eq!(
            report.matches.len(),
            1,
            "{way}: no index, so one match for the file"
        );
        let found = &report.matches[0];
        assert_eq!(
            (found.times, found.offset, found.certainty),
            (4, 1, Certainty::Exact),
            "{way}"
        );
        assert_eq!(
            (found.keyspace.as_str(), found.table.as_str()),
            ("ks", "t"),
            "{way}"
        );
        assert!(found.key.is_none() && found.key_unknown.is_some(), "{way}");
        assert_eq!(report.plain_bytes, plain.len() as u64, "{way}");
    }
}

#[test]
fn an_empty_chunk_at_the_end_is_no_damage() {
    let compressed = WAYS.iter().filter(|(_, compressor)| !compressor.is_empty());
    for (version, compressor) in compressed {
        for length in [4 * CHUNK, 4 * CHUNK + 77] {
            let mut plain = filler(length);
            put(&mut plain, length - quoted().len(), &quoted());
            let report = Table::opened_early(version, compressor, &plain).search(2);
            let way = format!("{version} {compressor} {length}");
            assert!(report.complete(), "{way}: {:?}", report.not_searched);
            assert_eq!(report.matches.len(), 1, "{way}");
            assert_eq!(report.plain_bytes, length as u64, "{way}");
        }
    }
}

#[test]
fn found_across_the_borders_of_segments_and_by_any_number_of_threads() {
    let mut plain = filler(5 * 1024 * 1024);
    let places = [
        2 * 1024 * 1024 - 10,
        4 * 1024 * 1024,
        3 * 1024 * 1024 + 16 * 1024 - 5,
    ];
    places.iter().for_each(|at| put(&mut plain, *at, &quoted()));
    let table = Table::new("nb", "LZ4Compressor", &plain);
    let one = table.search(1);
    assert_eq!(one.matches[0].times, 3);
    assert_eq!(one, table.search(4));
}

#[test]
fn neighbours_are_no_match_and_other_forms_are() {
    let mut plain = filler(40 * CHUNK);
    put(&mut plain, 2 * CHUNK, "\"maryjane.roe@example.org\"");
    // Cut by a border right before the part that looks like her.
    put(&mut plain, 4 * CHUNK - 5, "\"mary.jane.roe@example.org\"");
    let table = Table::new("oa", "LZ4Compressor", &plain);
    let report = table.search(1);
    assert!(report.matches.is_empty(), "{:?}", report.matches);
    assert_eq!(report.substring_hits, [2]);
    put(&mut plain, 20 * CHUNK, "\"\\u006aane.roe\\u0040example.org\"");
    put(&mut plain, 20 * CHUNK + 200, &quoted());
    let report = Table::new("oa", "LZ4Compressor", &plain).search(1);
    assert_eq!(report.matches[0].times, 2, "{:?}", report.matches);
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    zipped.write_all(PERSON.as_bytes()).unwrap();
    let zipped = zipped.finish().unwrap();
    plain = filler(40 * CHUNK);
    plain[9 * CHUNK - 20..9 * CHUNK - 20 + zipped.len()].copy_from_slice(&zipped);
    let report = Table::new("oa", "LZ4Compressor", &plain).search(1);
    assert_eq!(report.matches[0].times, 1);
}

#[test]
fn compressed_values_go_over_borders_of_segments() {
    let mut text = String::new();
    for n in 0..40_000u32 {
        text.push_str(&format!("{:x}", n.wrapping_mul(2_654_435_761)));
    }
    text.push_str(&quoted());
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    zipped.write_all(text.as_bytes()).unwrap();
    let zipped = zipped.finish().unwrap();
    assert!(zipped.len() > 50_000);
    let mut plain = filler(3 * 1024 * 1024);
    let at = 2 * 1024 * 1024 - 1000;
    plain[at..at + zipped.len()].copy_from_slice(&zipped);
    let report = Table::new("oa", "LZ4Compressor", &plain).search(2);
    assert!(report.complete(), "{:?}", report.not_searched);
    assert_eq!(
        (report.matches[0].times, report.matches[0].offset),
        (1, at as u64)
    );
    // Cut by the end of the file, it cannot be opened, and that is said.
    let end = plain.len() - 30_000;
    plain[end..].copy_from_slice(&zipped[..30_000]);
    let report = Table::new("oa", "LZ4Compressor", &plain).search(2);
    assert!(!report.complete());
    assert!(
        report.not_searched[0]
            .part
            .as_deref()
            .unwrap()
            .contains("compressed")
    );
}

#[test]
fn damage_is_named_and_the_rest_is_searched() {
    for (version, compressor) in WAYS {
        let mut plain = filler(12 * CHUNK);
        put(&mut plain, 2 * CHUNK + 50, &quoted());
        put(&mut plain, 9 * CHUNK + 50, &quoted());
        let table = Table::new(version, compressor, &plain);
        let whole = std::fs::read(table.path("Data.db")).unwrap();
        let mut broken = whole.clone();
        let middle = whole.len() / 2;
        broken[middle] ^= 0x10;
        table.write("Data.db", &broken);
        let report = table.search(2);
        let way = format!("{version} {compressor}");
        assert!(!report.complete(), "{way}");
        assert_eq!(report.not_searched.len(), 1, "{way}");
        assert!(
            report.not_searched[0]
                .part
                .as_deref()
                .unwrap()
                .starts_with("piece "),
            "{way}"
        );
        assert_eq!(report.matches[0].times, 2, "{way}");
        assert_eq!(
            std::fs::read(table.path("Data.db")).unwrap(),
            broken,
            "{way}: a file was changed"
        );
    }
}

#[test]
fn whatever_is_cut_nothing_is_missed_in_silence() {
    for (version, compressor) in WAYS {
        let mut plain = filler(4 * CHUNK);
        put(&mut plain, 3 * CHUNK + 500, &quoted());
        let table = Table::new(version, compressor, &plain);
        for component in ["Data.db", "CompressionInfo.db", "CRC.db"] {
            let Ok(whole) = std::fs::read(table.path(component)) else {
                continue;
            };
            for length in (0..whole.len()).step_by(whole.len() / 60 + 1) {
                table.write(component, &whole[..length]);
                let report = table.search(1);
                let found = !report.matches.is_empty();
                assert!(
                    found || !report.complete(),
                    "{version} {compressor}: {component} cut to {length}"
                );
            }
            for (at, bit) in (0..whole.len())
                .step_by(whole.len() / 60 + 1)
                .zip([1u8, 0x80, 0x10].iter().cycle())
            {
                let mut flipped = whole.clone();
                flipped[at] ^= bit;
                table.write(component, &flipped);
                let report = table.search(1);
                assert!(
                    !report.matches.is_empty() || !report.complete(),
                    "{version} {compressor}: {component} at {at}"
                );
            }
            table.write(component, &whole);
        }
    }
}

#[test]
fn raw_files_are_searched_or_named() {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| std::fs::write(home.path().join(name), text).unwrap();
    file("CommitLog-7-1.log", format!("\0\0{}\0", quoted()));
    file(
        "CommitLog-7-2.log",
        format!("\0{{\"compressionClass\":\"LZ4Compressor\"}}{}", quoted()),
    );
    file("a-1-1.hints", format!("{{}}{}", quoted()));
    file(
        "b-1-1.hints",
        format!(
            "{{\"compression\":{{\"class_name\":\"LZ4Compressor\"}}}}{}",
            quoted()
        ),
    );
    file("ks-t-KeyCache-b.db", PERSON.to_owned());
    let report = search_in(home.path(), 2);
    let mut found: Vec<_> = report.matches.iter().map(|found| found.whence.as_str()).collect();
    found.sort_unstable();
    assert_eq!(found, ["cache", "commit_log", "hints"]);
    assert_eq!(report.not_searched.len(), 2);
    assert!(
        report
            .not_searched
            .iter()
            .all(|left| left.why.contains("is compressed"))
    );
    assert!(!format!("{:?}", report.matches).contains("jane"));
}
