//! Real servers of releases 5.0 and 4.1, read over CQL: tables of every shape that settings have, sign-in
//! and TLS, and clusters of which a part is missing. A result is complete, or says that it is not.

mod cluster;
pub mod data;
mod names;
mod sign_in;

use std::sync::Arc;

use dsr_console::domain::identifier::Identifier;
use dsr_console::systems::keyspace::cql::{Access, CqlKeyspace, probe};
use dsr_console::systems::keyspace::discovery::{Globs, Plan, plan};
use dsr_console::systems::keyspace::matching::{Needles, identify};
use dsr_console::systems::keyspace::scan::{Checkpoints, InMemory, ScanOptions, scan};
use dsr_console::systems::keyspace::{
    Answering, Certainty, Keyspace, KeyspaceError, Partitioner, Protocol, ScanEvent, ScanListener, ScanReport,
};
use tokio_util::sync::CancellationToken;

use crate::support::cassandra::{Certificates, PORT, Servers};
use crate::support::old_cassandra::{script, test_cache};
use data::{EXPECTED, JANE, KEYSPACE, Writer};

/// The way to a node without sign-in.
fn access(servers: &Servers, node: u32) -> Access {
    Access::plain(servers.address(node), PORT)
}

fn needles(searches: &[&str]) -> Arc<Needles> {
    let searches: Vec<Identifier> = searches.iter().map(|text| identify(text)).collect();
    Arc::new(Needles::new(&searches, None, false).unwrap())
}

/// A scan of everything that `plan` says.
async fn scan_all(keyspace: CqlKeyspace, plan: &Plan, searches: &[&str]) -> ScanReport {
    scan(
        Arc::new(keyspace),
        plan,
        needles(searches),
        ScanOptions::default(),
        Arc::new(InMemory::default()),
        ScanListener::none(),
        CancellationToken::new(),
    )
    .await
    .unwrap()
}

/// Describes and scans, leaving out `exclude`.
async fn search(access: Access, exclude: &[&str], searches: &[&str]) -> (ScanReport, Plan) {
    let keyspace = CqlKeyspace::connect(access, KEYSPACE).await.unwrap();
    let exclude: Vec<String> = exclude.iter().map(|&pattern| pattern.to_owned()).collect();
    let plan = plan(
        &keyspace.describe().await.unwrap(),
        &Globs::new(&[], &exclude).unwrap(),
    );
    (scan_all(keyspace, &plan, searches).await, plan)
}

/// Table, key, column and pointer of exact matches, sorted.
fn places(report: &ScanReport) -> Vec<(&str, &str, &str, &str)> {
    let mut places: Vec<_> = report
        .matches
        .iter()
        .filter(|found| found.certainty == Certainty::Exact)
        .map(|found| {
            (
                found.table.as_str(),
                found.key.as_str(),
                found.column.as_str(),
                found.pointer.as_str(),
            )
        })
        .collect();
    places.sort_unstable();
    places
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn release_5_is_searched_whole() {
    one_node("5.0.9", Partitioner::Murmur3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn release_4_1_is_searched_whole() {
    // As a cluster that was begun long ago, over TLS without a certificate of the client, with one that
    // holds a name and no address.
    one_node("4.1.10", Partitioner::Random).await;
}

/// All cases that need one node without sign-in.
async fn one_node(version: &str, partitioner: Partitioner) {
    let limits = "tombstone_warn_threshold: 100\ntombstone_failure_threshold: 500";
    let mut options = vec!["--version", version, "--jmx", "--extra", limits];
    let certificates = Certificates::new(&[names::NAME.to_owned()]);
    let folder = certificates.path().to_str().unwrap();
    let secure = partitioner == Partitioner::Random;
    if secure {
        options.extend(["--partitioner", "RandomPartitioner", "--tls", folder]);
    }
    let Some(servers) = Servers::start(&options) else {
        return;
    };
    let mut access = access(&servers, 1);
    if secure {
        access = names::named(access, &certificates, &[names::NAME]);
    }
    let writer = Writer::connect_with(&servers.address(1), access.tls.clone()).await;
    writer.estate().await;
    let writes = servers.writes(KEYSPACE);
    assert!(
        writes["clients Write"] > 10_000 && writes["wide"] > 0,
        "{writes:?}"
    );

    answers(&access, version, &partitioner).await;
    everything_is_found(&access).await;
    if secure {
        names::only_the_given_name_is_let_in(&servers, &certificates).await;
    } else {
        names::the_host_that_was_named_is_let_in(&servers).await;
        nothing_that_another_program_finds_is_missed(&access).await;
    }
    many_people_in_one_pass(&access).await;
    goes_on_after_an_interruption(&access).await;
    assert_eq!(servers.writes(KEYSPACE), writes, "a search has written");
    writer.graveyard().await;
    let writes = servers.writes(KEYSPACE);
    tombstones_are_not_read_as_empty(&access, &partitioner).await;
    assert_eq!(servers.writes(KEYSPACE), writes, "a search has written");
}

/// What answers is described, and a wrong keyspace is answered with the right one.
async fn answers(access: &Access, version: &str, partitioner: &Partitioner) {
    let found = probe(access).await.unwrap();
    assert!(
        matches!(found, Answering::Cql(ref versions) if versions.contains('4')),
        "{found:?}"
    );
    let keyspace = CqlKeyspace::connect(access.clone(), KEYSPACE).await.unwrap();
    let described = keyspace.describe().await.unwrap();
    assert_eq!(
        (described.protocol, described.version.as_str()),
        (Protocol::Cql, version)
    );
    assert_eq!(
        (&described.partitioner, described.cluster.as_str()),
        (partitioner, "tests")
    );
    assert_eq!(described.local_data_centre.as_deref(), Some("dc1"));
    let table = |name: &str| described.tables.iter().find(|table| table.name == name).unwrap();
    assert!(table("compact_static").hidden_columns);
    assert!(!table("compact_dynamic").hidden_columns);
    let hidden: Vec<_> = table("odd_types").unsearchable().map(|(name, _)| name).collect();
    assert_eq!(hidden, ["pair", "stamp"]);

    let wrong = CqlKeyspace::connect(access.clone(), "sipf").await.unwrap();
    let error = wrong.describe().await.unwrap_err();
    assert!(
        matches!(&error, KeyspaceError::NoSuchKeyspace { known, .. } if known.contains(&KEYSPACE.to_owned()))
    );
    let nowhere = Access {
        data_centre: Some("dc7".to_owned()),
        ..access.clone()
    };
    assert!(CqlKeyspace::connect(nowhere, KEYSPACE).await.is_err());
}

async fn everything_is_found(access: &Access) {
    let (report, plan) = search(access.clone(), &["graveyard"], &[JANE]).await;
    assert_eq!(places(&report), EXPECTED);
    assert!(report.not_read.is_empty(), "{:?}", report.not_read);
    // The columns that cannot be read are gaps; the rest of their tables was searched.
    assert!(!report.complete());
    let gaps: Vec<_> = plan
        .left_out
        .iter()
        .filter(|left| left.gap)
        .map(|left| (left.table.as_str(), left.column.as_deref()))
        .collect();
    assert_eq!(gaps, [("compact_static", None), ("odd_types", Some("pair"))]);
    assert_eq!(plan.tables[0].rank.as_str(), "likely");
    assert!(report.substring_hits[0] >= 3, "{:?}", report.substring_hits);
    let favorite = report
        .matches
        .iter()
        .find(|found| found.pointer == "/0/email")
        .unwrap();
    assert_eq!(
        favorite.group.as_deref(),
        Some("interaction-workspace-personal-favorites")
    );
    assert_eq!(favorite.owner.as_deref(), Some("agent0007"));

    // Without the tables that have gaps the answer is complete.
    let gapless = ["graveyard", "compact_static", "odd_types"];
    let (report, _) = search(access.clone(), &gapless, &["nobody@example.org"]).await;
    assert!(report.complete() && report.matches.is_empty(), "{report:?}");
    assert!(report.rows > 10_000);
}

/// The other program does not open what stands inside a blob that is no text, and JSON inside JSON only
/// where the sign of the address is escaped.
async fn nothing_that_another_program_finds_is_missed(access: &Access) {
    let port = PORT.to_string();
    let done = std::process::Command::new(script("oracle.sh"))
        .arg(test_cache().join("oracle"))
        .args(["-", &port, &access.hosts[0], KEYSPACE, JANE])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = |digits: &str| -> String {
        let digits: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(16)).collect();
        let bytes = digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8);
        String::from_utf8(bytes.collect()).unwrap()
    };
    let (report, _) = search(access.clone(), &["graveyard"], &[JANE]).await;
    let mine = places(&report);
    let lines = String::from_utf8(done.stdout).unwrap();
    for line in lines.lines() {
        let [table, key, column] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let (key, column) = (text(key), text(column));
        // A static column belongs to the partition, and the other program has it in every row.
        let here =
            |mine: &str| mine == key || key.strip_prefix(mine).is_some_and(|rest| rest.starts_with(':'));
        assert!(
            mine.iter()
                .any(|place| place.0 == table && here(place.1) && (column.is_empty() || place.2 == column)),
            "{table} {key} {column} is missing in {mine:?}"
        );
    }
    assert!(lines.lines().count() >= EXPECTED.len() - 1, "{lines}");
}

async fn many_people_in_one_pass(access: &Access) {
    let others: Vec<String> = (0..200).map(|n| format!("nobody{n}@example.org")).collect();
    let mut searches: Vec<&str> = others.iter().map(String::as_str).collect();
    searches.extend(["+49 30 23125014", JANE]);
    let (report, _) = search(access.clone(), &["graveyard"], &searches).await;
    let of = |search: usize| {
        report
            .matches
            .iter()
            .filter(|found| found.search == search)
            .count()
    };
    assert_eq!((0..200).map(of).sum::<usize>(), 0);
    assert!(of(201) >= EXPECTED.len());
    let numbers: Vec<_> = report
        .matches
        .iter()
        .filter(|found| found.search == 200 && found.certainty == Certainty::Exact)
        .map(|found| (found.table.as_str(), found.column.as_str()))
        .collect();
    assert_eq!(numbers, [("contacts", "number"), ("user_settings", "value")]);
}

async fn goes_on_after_an_interruption(access: &Access) {
    let exclude = [
        "graveyard".to_owned(),
        "compact_static".to_owned(),
        "odd_types".to_owned(),
    ];
    let checkpoints: Arc<dyn Checkpoints> = Arc::new(InMemory::default());
    let mut runs = 0;
    let report = loop {
        let keyspace = CqlKeyspace::connect(access.clone(), KEYSPACE).await.unwrap();
        let plan = plan(
            &keyspace.describe().await.unwrap(),
            &Globs::new(&[], &exclude).unwrap(),
        );
        let cancel = CancellationToken::new();
        let stop = cancel.clone();
        let listener = ScanListener::new(move |event| {
            // Each run is cut off at its first match.
            if matches!(event, ScanEvent::Found(_)) {
                stop.cancel();
            }
        });
        let kept = Arc::clone(&checkpoints);
        let options = ScanOptions::default();
        let report = scan(
            Arc::new(keyspace),
            &plan,
            needles(&[JANE]),
            options,
            kept,
            listener,
            cancel,
        )
        .await
        .unwrap();
        runs += 1;
        assert!(runs < 60);
        if !report.interrupted {
            break report;
        }
        assert!(!report.complete());
    };
    assert!(runs > 1);
    let expected: Vec<_> = EXPECTED
        .iter()
        .filter(|place| place.0 != "odd_types" && place.0 != "compact_static")
        .collect();
    assert_eq!(places(&report).iter().collect::<Vec<_>>(), expected);
    assert!(report.complete());
}

async fn tombstones_are_not_read_as_empty(access: &Access, partitioner: &Partitioner) {
    let keyspace = CqlKeyspace::connect(access.clone(), KEYSPACE).await.unwrap();
    let globs = Globs::new(&["graveyard".to_owned()], &[]).unwrap();
    let plan = plan(&keyspace.describe().await.unwrap(), &globs);
    let report = scan_all(keyspace, &plan, &[JANE]).await;
    assert!(!report.complete());
    assert!(
        report.not_read.iter().all(|range| range.why == "read_failed"),
        "{:?}",
        report.not_read
    );
    if *partitioner != Partitioner::Murmur3 {
        // A ring that is read in one piece cannot be read around the graves.
        return;
    }
    // What stands beside the graves is found.
    let keys: Vec<_> = report.matches.iter().map(|found| found.key.as_str()).collect();
    assert_eq!(keys, ["living1:0", "living2:0", "living3:0"]);
}
