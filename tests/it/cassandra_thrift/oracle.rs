//! The whole road: a scan of a real old cluster finds whatever another program finds in the same data,
//! and what that one cannot see besides.

use std::process::Command;
use std::sync::Arc;

use dsr_console::systems::keyspace::discovery::{Globs, plan};
use dsr_console::systems::keyspace::matching::{Needles, identify};
use dsr_console::systems::keyspace::scan::{InMemory, ScanOptions, scan};
use dsr_console::systems::keyspace::{Certainty, Keyspace, ScanListener, ScanReport};
use tokio_util::sync::CancellationToken;

use super::estate::{self, KEYSPACE, PERSON};
use super::keyspace;
use crate::support::old_cassandra::{OldServer, script, test_cache};

/// Searches everything behind `server` for the person.
async fn search(server: &OldServer) -> ScanReport {
    let keyspace: Arc<dyn Keyspace> = Arc::new(keyspace(server));
    let description = keyspace.describe().await.unwrap();
    let person = identify(std::str::from_utf8(PERSON).unwrap());
    scan(
        keyspace,
        &plan(&description, &Globs::new(&[], &[]).unwrap()),
        Arc::new(Needles::new(&[person], None, false).unwrap()),
        ScanOptions::default(),
        Arc::new(InMemory::default()),
        ScanListener::none(),
        CancellationToken::new(),
    )
    .await
    .unwrap()
}

/// Table, key and column of each hit of the other program; a hit in a key has no column.
fn others(server: &OldServer) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let done = Command::new(script("oracle.sh"))
        .arg(test_cache().join("oracle"))
        .args([server.thrift.to_string(), server.cql.to_string()])
        .args(["127.0.0.1", KEYSPACE, std::str::from_utf8(PERSON).unwrap()])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = String::from_utf8(done.stdout).unwrap();
    let bytes = |digits: &str| -> Vec<u8> {
        let digits: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(16)).collect();
        digits
            .chunks(2)
            .map(|pair| (pair[0] * 16 + pair[1]) as u8)
            .collect()
    };
    text.lines()
        .map(|line| {
            let [table, key, column] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            (table.to_owned(), bytes(key), bytes(column))
        })
        .collect()
}

#[tokio::test]
async fn nothing_that_another_program_finds_is_missed() {
    let Some(server) = OldServer::start(&[]) else {
        return;
    };
    estate::write(&mut server.writer(), "SimpleStrategy");
    let before = server.writes();
    let report = search(&server).await;
    assert_eq!(server.writes(), before, "the scan wrote something");
    assert!(report.complete(), "{:?} {:?}", report.not_read, report.left_out);
    assert!(report.exact().count() >= 11, "{:?}", report.matches);
    let others = others(&server);
    assert!(others.len() >= 8, "the other program found {}", others.len());
    for (table, key, column) in &others {
        let key = String::from_utf8_lossy(key);
        let mine = |found: &&dsr_console::systems::keyspace::Match| {
            found.table == *table && found.certainty == Certainty::Exact && found.key.contains(&*key)
        };
        let found: Vec<_> = report.matches.iter().filter(mine).collect();
        assert!(!found.is_empty(), "{table}: a row is missing");
        // Names of composites and of super columns are shown in parts; rows are enough there.
        if table != "history" && table != "favorites" && !column.is_empty() {
            let column = String::from_utf8_lossy(column);
            assert!(
                found.iter().any(|found| found.column == column),
                "{table}: a column is missing"
            );
        }
    }
    // What it does not see: a compressed value, and a table that Thrift does not describe.
    for (table, key) in [("settings", "agent0101"), ("by_cql", "agent0001")] {
        let found = report
            .matches
            .iter()
            .any(|found| found.table == table && found.key.contains(key));
        assert!(found, "{table}");
    }
}

#[tokio::test]
async fn a_scan_of_a_server_that_dies_is_never_complete() {
    let Some(server) = OldServer::start(&[]) else {
        return;
    };
    estate::write(&mut server.writer(), "SimpleStrategy");
    let keyspace: Arc<dyn Keyspace> = Arc::new(keyspace(&server));
    let description = keyspace.describe().await.unwrap();
    server.kill();
    let report = scan(
        keyspace,
        &plan(&description, &Globs::new(&["wide".to_owned()], &[]).unwrap()),
        Arc::new(Needles::new(&[identify("nobody@example.org")], None, false).unwrap()),
        ScanOptions::default(),
        Arc::new(InMemory::default()),
        ScanListener::none(),
        CancellationToken::new(),
    )
    .await
    .unwrap();
    assert!(!report.complete());
    assert!(!report.not_read.is_empty());
}
