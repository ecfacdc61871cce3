//! Files of real servers and of the releases' own writers, searched without a server: every place is
//! found with its partition, live and in snapshots, and no file is changed.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dsr_console::domain::progress::Listener;
use dsr_console::systems::keyspace::matching::identify;
use dsr_console::workflow::files::{self, Asked, FilesReport};
use tokio_util::sync::CancellationToken;

use super::cassandra_thrift::estate::{self, KEYSPACE, PERSON};
use crate::support::old_cassandra::{OldServer, script, test_cache};

fn person() -> &'static str {
    std::str::from_utf8(PERSON).unwrap()
}

async fn search(paths: Vec<PathBuf>) -> FilesReport {
    let asked = Asked {
        paths,
        searches: vec![identify(person())],
        country: None,
        substring: false,
    };
    files::search(asked, Listener::none(), &CancellationToken::new())
        .await
        .unwrap()
}

/// Every file with its size and time of change.
fn state(directory: &Path) -> BTreeSet<(PathBuf, u64, std::time::SystemTime)> {
    let mut all = BTreeSet::new();
    let mut left = vec![directory.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                left.push(entry.path());
            } else {
                all.insert((entry.path(), metadata.len(), metadata.modified().unwrap()));
            }
        }
    }
    all
}

#[tokio::test]
async fn files_of_release_1_2_are_searched_whole() {
    let Some(server) = OldServer::start(&[]) else {
        return;
    };
    estate::write(&mut server.writer(), "SimpleStrategy");
    server.flush(KEYSPACE);
    server.snapshot(KEYSPACE, "before");
    server.kill();
    let data = server.data().join(KEYSPACE);
    let before = state(&data);
    let report = search(vec![data.clone()]).await;
    assert_eq!(state(&data), before);
    assert!(report.complete(), "{:?}", report.not_searched);
    let found = |whence: &str| -> BTreeSet<(String, String)> {
        let of = report
            .matches
            .iter()
            .filter(|found| found.whence.as_str() == whence);
        of.map(|found| {
            (
                found.table.clone(),
                found.key.clone().unwrap_or_else(|| panic!("{found:?}")),
            )
        })
        .collect()
    };
    let wanted: BTreeSet<(String, String)> = [
        ("settings_static", "agent0007"),
        ("settings", "agent0100"),
        ("settings", "agent0101"),
        ("settings", "agent0102"),
        ("settings", person()),
        ("favorites", "agent0050"),
        ("favorites", "agent0051"),
        ("history", "agent0060"),
        ("wide", "one row"),
        ("by_cql", "agent0001"),
    ]
    .map(|(table, key)| (table.to_owned(), key.to_owned()))
    .into();
    assert_eq!(found("live"), wanted);
    // The snapshot has the same files under second names; backups, which this server makes, too.
    assert_eq!(found("snapshot"), wanted);
    assert_eq!(found("backup"), wanted);
    let wide = report.matches.iter().find(|found| found.table == "wide").unwrap();
    assert_eq!(wide.times, 2);
    assert!(report.matches.iter().all(|found| found.keyspace == KEYSPACE));
    let remedy = report
        .matches
        .iter()
        .find(|found| found.whence.as_str() == "snapshot")
        .unwrap();
    assert!(remedy.whence.remedy(KEYSPACE).contains("clearsnapshot -t before"));
    // The row that was deleted is not in the cluster any more, but its text is in the commit log.
    let log = search(vec![server.directory().join("commitlog")]).await;
    assert!(
        log.matches
            .iter()
            .all(|found| found.whence.as_str() == "commit_log")
    );
    assert!(!log.matches.is_empty());
}

/// Writes `rows` with the release's own writer; `None`, said aloud, where there is no JDK.
fn write(version: &str, directory: &Path, compressor: &str, format: &str, rows: &str) -> Option<()> {
    let mut writer = Command::new("python3")
        .arg(script("write_files.py"))
        .arg(test_cache().join("cassandra"))
        .args([version, directory.to_str().unwrap(), compressor, format])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 is there");
    writer.stdin.take().unwrap().write_all(rows.as_bytes()).unwrap();
    let done = writer.wait_with_output().unwrap();
    if done.status.code() == Some(3) && std::env::var("CI").as_deref() != Ok("true") {
        eprintln!("skipped: no JDK here, so no files of Cassandra {version}");
        return None;
    }
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(())
}

async fn files_of(version: &str, compressor: &str, format: &str, name: &str) {
    let home = tempfile::tempdir().unwrap();
    let table = home
        .path()
        .join("sipfs/settings-5a1c395e3e3711ee8f6b0f1a2b3c4d5e");
    let row = |number: usize| match number % 1000 {
        77 => format!("agent{number:05}\tfavorites\t[{{\"email\":\"{}\"}}]\n", person()),
        78 => format!("{}/{number}\tfavorites\tx\n", person()),
        _ => format!(
            "agent{number:05}\tfavorites\t[{{\"email\":\"user{number}@example.com\",\"n\":\"{}\"}}]\n",
            number * 7919
        ),
    };
    let rows: String = (0..4000).map(row).collect();
    if write(version, &table, compressor, format, &rows).is_none() {
        return;
    }
    assert!(
        table
            .read_dir()
            .unwrap()
            .any(|entry| entry.unwrap().file_name().to_str().unwrap().starts_with(name))
    );
    let before = state(home.path());
    let report = search(vec![home.path().to_owned()]).await;
    assert_eq!(state(home.path()), before);
    assert!(report.complete(), "{:?}", report.not_searched);
    let times: u64 = report.matches.iter().map(|found| found.times).sum();
    assert_eq!(times, 8);
    let keys: BTreeSet<String> = report
        .matches
        .iter()
        .filter_map(|found| found.key.clone())
        .collect();
    let wanted = (0..4).flat_map(|n| {
        [
            format!("agent{:05}", n * 1000 + 77),
            format!("{}/{}", person(), n * 1000 + 78),
        ]
    });
    assert_eq!(keys, wanted.collect());
}

#[tokio::test]
async fn files_of_release_4_1_with_lz4_are_searched_whole() {
    files_of("4.1.10", "LZ4Compressor", "default", "nb-").await;
}

#[tokio::test]
async fn files_of_release_4_1_with_snappy_are_searched_whole() {
    files_of("4.1.10", "SnappyCompressor", "default", "nb-").await;
}

#[tokio::test]
async fn files_of_release_5_0_with_zstandard_are_searched_whole() {
    files_of("5.0.9", "ZstdCompressor", "big", "oa-").await;
}

#[tokio::test]
async fn files_of_release_5_0_with_deflate_and_tries_are_searched_whole() {
    files_of("5.0.9", "DeflateCompressor", "bti", "da-").await;
}

#[tokio::test]
async fn wide_partitions_of_release_5_0_with_tries_are_told_by_their_key() {
    let home = tempfile::tempdir().unwrap();
    let table = home
        .path()
        .join("sipfs/settings-5a1c395e3e3711ee8f6b0f1a2b3c4d5e");
    let mut rows = String::new();
    for key in ["one", "two", "three"] {
        for column in 0..2000 {
            let mail = match (key, column) {
                ("two", 1500) => person().to_owned(),
                _ => format!("user{column}@example.com"),
            };
            rows.push_str(&format!(
                "{key}\tc{column:05}\t[{{\"email\":\"{mail}\",\"n\":\"{column:060}\"}}]\n"
            ));
        }
    }
    if write("5.0.9", &table, "LZ4Compressor", "bti", &rows).is_none() {
        return;
    }
    let report = search(vec![home.path().to_owned()]).await;
    assert!(report.complete(), "{:?}", report.not_searched);
    let keys: Vec<_> = report.matches.iter().map(|found| found.key.as_deref()).collect();
    assert_eq!(keys, [Some("two")]);
}

#[tokio::test]
async fn plain_files_of_release_5_0_are_searched_whole() {
    files_of("5.0.9", "none", "big", "oa-").await;
}

#[tokio::test]
async fn nothing_to_search_is_not_clean() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("notes.txt"), person()).unwrap();
    for path in [home.path().to_owned(), home.path().join("none")] {
        let asked = Asked {
            paths: vec![path],
            searches: vec![identify(person())],
            country: None,
            substring: false,
        };
        let failure = files::search(asked, Listener::none(), &CancellationToken::new())
            .await
            .unwrap_err();
        assert_eq!(failure.exit_code(), 1);
        assert!(failure.next.is_some());
    }
}

#[tokio::test]
async fn a_search_that_is_stopped_says_so() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("CommitLog-7-1.log"), vec![b'x'; 9_000_000]).unwrap();
    let asked = Asked {
        paths: vec![home.path().to_owned()],
        searches: vec![identify(person())],
        country: None,
        substring: false,
    };
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    // Stopped at the first report: whatever was searched by then, it is not told as whole.
    let report = files::search(asked, Listener::new(move |_| stop.cancel()), &cancel)
        .await
        .unwrap();
    assert!(!report.interrupted || !report.complete());
}
