//! A scan that is killed in the middle goes on where it was: nothing is read twice, nothing is lost.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{Caller, Cluster};

const PERSON: &str = "jane.roe@example.org";
const ROWS: usize = 6000;

/// Every six hundredth row holds the person.
fn rows() -> Vec<(String, String, Vec<u8>)> {
    let value = |row: usize| match row % 600 {
        0 => format!(r#"{{"mail":"{PERSON}"}}"#),
        _ => format!(r#"{{"mail":"somebody{row}@example.org"}}"#),
    };
    (0..ROWS)
        .map(|row| {
            (
                format!("agent{row:05}"),
                "favorites".to_owned(),
                value(row).into_bytes(),
            )
        })
        .collect()
}

/// The stores under a directory.
fn stores(directory: PathBuf) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths
        .into_iter()
        .flat_map(|path| match path.is_dir() {
            true => stores(path),
            false if path.ends_with("store.sqlite3") => vec![path],
            false => Vec::new(),
        })
        .collect()
}

/// Keys of the matches that the scan has kept, and how many rows it has read.
fn kept(caller: &Caller) -> (Vec<String>, u64) {
    let (mut keys, mut rows) = (Vec::new(), 0);
    for store in stores(caller.home.path("data")) {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let Ok(connection) = rusqlite::Connection::open_with_flags(&store, flags) else {
            continue;
        };
        let Ok(mut states) = connection.prepare("SELECT state FROM scan_slices") else {
            continue;
        };
        let states: Vec<String> = states
            .query_map([], |row| row.get(0))
            .map(|rows| rows.filter_map(Result::ok).collect())
            .unwrap_or_default();
        for state in states {
            let state: serde_json::Value = serde_json::from_str(&state).unwrap();
            rows += state["found"]["rows"].as_u64().unwrap();
            let matches = state["found"]["matches"].as_array().unwrap();
            keys.extend(
                matches
                    .iter()
                    .map(|found| found["key_parts"][0][1].as_str().unwrap().to_owned()),
            );
        }
    }
    (keys, rows)
}

fn found(ran: &crate::support::Ran) -> Vec<String> {
    let mut keys: Vec<String> = ran.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["key"].as_str().unwrap().to_owned())
        .collect();
    keys.sort();
    keys
}

pub async fn a_killed_run_goes_on(cluster: &Cluster) {
    let Cluster::New(_, writer) = cluster else {
        return;
    };
    writer
        .run("CREATE KEYSPACE killed WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        .await;
    writer
        .run("CREATE TABLE killed.settings (key text, column1 text, value blob, PRIMARY KEY (key, column1))")
        .await;
    writer
        .insert(
            "INSERT INTO killed.settings (key, column1, value) VALUES (?, ?, ?)",
            rows(),
        )
        .await;
    let caller = Caller::of(cluster, "killed");
    let whole = caller
        .words(&[], &format!("--search {PERSON} --output json"))
        .ends_with(0);
    let expected = found(&whole);
    assert_eq!(expected.len(), ROWS / 600);

    // Small pages, one at a time, so that there is a middle.
    let mut arguments = vec!["forget".to_owned()];
    arguments.extend(caller.first.clone());
    let slowly = format!("--live --search {PERSON} --page-size 1 --parallel 1");
    arguments.extend(slowly.split(' ').map(str::to_owned));
    let mut child = caller.home.command(&arguments).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    while kept(&caller).0.len() < 2 {
        assert!(
            child.try_wait().unwrap().is_none() && Instant::now() < patience,
            "there was no middle: {:?}",
            child.wait_with_output()
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // As kill -9.
    child.kill().unwrap();
    child.wait().unwrap();
    let (before, rows) = kept(&caller);
    assert!(
        before.len() < expected.len() && rows < ROWS as u64,
        "it was through: {} matches, {rows} rows",
        before.len()
    );

    // What was found before is taken out of the cluster: only who does not read it again still knows it.
    for key in &before {
        writer
            .run(&format!("DELETE FROM killed.settings WHERE key = '{key}'"))
            .await;
    }
    let resumed = caller
        .words(&[], &format!("--search {PERSON} --resume --output json"))
        .ends_with(0);
    assert_eq!(found(&resumed), expected);
    assert_eq!(resumed.json()["rows"], ROWS as u64);
    assert_eq!(resumed.json()["complete"], true);
    // Once it is whole its place is forgotten, and another search reads anew.
    assert_eq!(kept(&caller).0.len(), 0);
    let anew = caller
        .words(&[], &format!("--search {PERSON} --resume --output json"))
        .ends_with(0);
    assert_eq!(found(&anew).len(), expected.len() - before.len());
}
