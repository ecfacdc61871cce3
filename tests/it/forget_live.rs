//! The vendor's four calls as they are printed, through a link with the script's name: a real Cassandra
//! 1.2 over Thrift, and the simulated GWS over TCP. What GWS deletes is taken out of that Cassandra too.

use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use crate::gws_bench::{Arrival, Wire};
use crate::support::Home;
use crate::support::old_cassandra::{Family, OldServer};

const FAVORITES: &str = "interaction-workspace-personal-favorites";

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn last(&self) -> &str {
        self.stdout.lines().last().unwrap_or_default()
    }
}

/// Runs the drop-in as a person would, without a terminal.
fn drop_in(home: &Home, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let link = home.path("gdpr_forget_me.py");
    if !link.exists() {
        symlink(env!("CARGO_BIN_EXE_dsr"), &link).unwrap();
    }
    let template = home.command(Vec::<&str>::new());
    let mut command = Command::new(&link);
    command.env_clear();
    for (key, value) in template.get_envs() {
        command.env(key, value.unwrap_or_default());
    }
    let output = command
        .envs(variables.iter().copied())
        .env("NO_PROXY", "127.0.0.1,localhost")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Row key of a setting in the column family.
fn row_key(group: &str, column: &str) -> String {
    format!("{group}:{column}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_four_calls_of_the_vendor_work_against_a_real_cassandra() {
    let Some(server) = OldServer::start(&[]) else {
        return;
    };
    let mut writer = server.writer();
    let family = Family {
        name: "settings",
        comparator: "UTF8Type",
        key: "UTF8Type",
        value: "BytesType",
        ..Family::default()
    };
    writer.keyspace("sipfs", "SimpleStrategy", &[family]);
    let writer = Arc::new(Mutex::new(writer));
    let deleter = writer.clone();
    let columns: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let known = columns.clone();
    let default = dsr_console::simulator::Scenario::BuiltIn("default".to_owned());
    // What is deleted by its name in GWS goes from Cassandra at the same moment.
    let wire = Wire::spoiled(default, move |arrival: &Arrival, _| {
        if arrival.method == "DELETE" && arrival.target.ends_with(FAVORITES) {
            let name = serde_json::from_str::<serde_json::Value>(&arrival.body).ok()?["name"].clone();
            let found = known
                .lock()
                .unwrap()
                .iter()
                .find(|(_, column)| {
                    name.as_str()
                        .is_some_and(|name| column.ends_with(&format!(":{name}")))
                })?
                .clone();
            deleter
                .lock()
                .unwrap()
                .remove("settings", row_key(&found.0, &found.1).as_bytes());
        }
        None
    })
    .await;
    let (rows, _) = wire.simulator.stored_rows("settings", 0, 1000).unwrap();
    for row in rows {
        let key = row_key(&row.key, &row.column);
        writer
            .lock()
            .unwrap()
            .put("settings", &[(key.as_bytes(), None, b"json", &row.value)]);
        columns.lock().unwrap().push((row.key, row.column));
    }
    let home = Home::new();
    let port = server.thrift.to_string();
    let run = |variables: Vec<(&'static str, &'static str)>, more: Vec<String>| {
        let mut all: Vec<String> = [
            "--cass_keyspace",
            "sipfs",
            "--cass_hostname",
            "localhost",
            "--cass_port",
            &port,
        ]
        .map(str::to_owned)
        .to_vec();
        all.extend(more);
        let arguments: Vec<&str> = all.iter().map(String::as_str).collect();
        drop_in(&home, &variables, &arguments)
    };
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();

    let found = run(vec![], words("--search agent1@pizza.com"));
    assert_eq!(found.code, 0, "{}{}", found.stdout, found.stderr);
    assert!(found.stderr.starts_with("LIVE (test)"), "{}", found.stderr);
    assert!(
        found.last().starts_with("matches found: 1 exact"),
        "{}",
        found.stdout
    );

    let by_name = format!(
        "--search agent1@pizza.com --gws {} --gws_username admin@pizza.com --gws_user_password password --cleanup true",
        wire.url
    );
    let deleted = run(vec![], words(&by_name));
    assert_eq!(deleted.code, 0, "{}{}", deleted.stdout, deleted.stderr);
    assert_eq!(
        deleted.last(),
        "deleted and verified: 1 setting",
        "{}",
        deleted.stdout
    );

    let configured = format!(
        "--search bela.specimen@example.org --gws {} --cleanup true",
        wire.url
    );
    let nobody = run(vec![], words(&configured));
    assert_eq!(
        nobody.code, 2,
        "nobody can be asked: {}{}",
        nobody.stdout, nobody.stderr
    );
    let variables = vec![
        ("DSR_GWS_USERNAME", "admin@pizza.com"),
        ("DSR_GWS_PASSWORD", "password"),
    ];
    let deleted = run(variables, words(&configured));
    assert_eq!(deleted.code, 0, "{}{}", deleted.stdout, deleted.stderr);
    assert!(
        deleted.last().starts_with("deleted and verified: 1 setting"),
        "{}",
        deleted.stdout
    );

    let mut fourth = words(&format!(
        "--search maryanna.muster@example.org --gws {} --gws_username admin@pizza.com --gws_user_password password \
         --cleanup true --group_name {FAVORITES} --gws_additional_headers",
        wire.url
    ));
    fourth.retain(|word| !word.is_empty());
    fourth.push(
        r#"{"X-CSRF-HEADER": "X-CSRF-TOKEN", "X-CSRF-TOKEN": "1434429f-81a8-459a-9d6d-792d17644471"}"#
            .to_owned(),
    );
    let deleted = run(vec![], fourth);
    assert_eq!(deleted.code, 0, "{}{}", deleted.stdout, deleted.stderr);
    assert_eq!(
        deleted.last(),
        "deleted and verified: 1 setting",
        "{}",
        deleted.stdout
    );
    wire.assert_no_bodiless_delete();
    // A wrong keyspace and a port at which nothing listens say what to do.
    let wrong = drop_in(
        &home,
        &[],
        &[
            "--cass_keyspace",
            "sipf",
            "--cass_hostname",
            "localhost",
            "--cass_port",
            &port,
            "--search",
            "x@example.org",
        ],
    );
    assert_eq!(wrong.code, 1, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("sipfs"), "{}", wrong.stderr);
    let closed = drop_in(
        &home,
        &[],
        &[
            "--cass_keyspace",
            "sipfs",
            "--cass_hostname",
            "127.0.0.1",
            "--cass_port",
            "9",
            "--search",
            "x@example.org",
        ],
    );
    assert_eq!(closed.code, 5, "{}", closed.stderr);
}
