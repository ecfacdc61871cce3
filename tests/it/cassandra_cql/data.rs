//! What stands in the servers: settings in the shapes that the vendor's tables can have. Written with a
//! session of the tests' own.

use std::io::Write as _;
use std::sync::Arc;

use rustls::ClientConfig;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;

/// The keyspace.
pub const KEYSPACE: &str = "sipfs";
/// The person.
pub const JANE: &str = "jane.doe@example.org";
/// Columns of the widest row.
const WIDE: i32 = 10_000;

/// Where the person stands: table, key, column, pointer.
pub const EXPECTED: &[(&str, &str, &str, &str)] = &[
    ("MixedCase", "x", "Va\"lue", ""),
    ("compact_dynamic", "jane.doe@example.org:first", "key", ""),
    ("compact_static", "row", "email", ""),
    ("contacts", "1", "addresses", "/home/mail"),
    ("contacts", "1", "emails", "/1"),
    ("contacts", "2", "attributes", "/mail"),
    ("history", "call1", "owner", ""),
    ("odd_types", "k", "t", ""),
    (
        "user_settings",
        "agent0007:interaction-workspace-personal-favorites",
        "value",
        "/0/email",
    ),
    (
        "user_settings",
        "agent0008:interaction-workspace-recents",
        "value",
        "/items#/0/to",
    ),
    ("user_settings", "agent0009:packed", "value", "/mail"),
    ("user_settings", "agent0010:binary", "value", ""),
    ("wide", "row:9999", "value", ""),
];

/// Writes.
pub struct Writer(Session);

impl Writer {
    pub async fn connect(address: &str) -> Writer {
        Writer::connect_with(address, None).await
    }

    /// Connects with TLS.
    pub async fn connect_with(address: &str, tls: Option<Arc<ClientConfig>>) -> Writer {
        let session = SessionBuilder::new()
            .known_node(format!("{address}:9042"))
            .fetch_schema_metadata(false)
            .tls_context(tls)
            .build()
            .await
            .unwrap();
        Writer(session)
    }

    pub async fn run(&self, statement: &str) {
        for attempt in 0.. {
            let Err(error) = self.0.query_unpaged(statement, ()).await else {
                return;
            };
            // A node that was away for a moment hears of a new keyspace later than the others.
            let late = error.to_string().contains("doesn't exist");
            assert!(late && attempt < 40, "{statement}: {error}");
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    }

    pub async fn insert(&self, statement: &str, values: Vec<(String, String, Vec<u8>)>) {
        let prepared = self.0.prepare(statement).await.unwrap();
        for chunk in values.chunks(200) {
            let all = chunk.iter().map(|value| self.0.execute_unpaged(&prepared, value));
            for result in futures_util::future::join_all(all).await {
                result.unwrap();
            }
        }
    }

    /// The keyspace, in as many copies.
    pub async fn keyspace(&self, copies: u32) {
        self.run(&format!(
            "CREATE KEYSPACE {KEYSPACE} WITH replication = {{'class': 'NetworkTopologyStrategy', 'dc1': {copies}}}"
        ))
        .await;
    }

    /// The table of settings with some hundred agents, three of whom have the person.
    pub async fn settings(&self) {
        self.run(&format!(
            "CREATE TABLE {KEYSPACE}.user_settings (key text, column1 text, value blob, PRIMARY KEY (key, column1))"
        ))
        .await;
        let mut rows = Vec::new();
        for agent in 0..400 {
            for group in [
                "interaction-workspace-personal-favorites",
                "interaction-workspace-recents",
                "voicemail",
            ] {
                let value = format!(
                    r#"[{{"email":"user{agent}@example.org","phone":"+1555010{agent:04}"}},{{"email":"maryjane.doe@example.org.au"}}]"#
                );
                let value = if agent < 3 {
                    value
                } else {
                    value.replace("maryjane.doe@example.org.au", "x@example.org")
                };
                rows.push((format!("agent{agent:04}"), group.to_owned(), value.into_bytes()));
            }
        }
        let nested = serde_json::json!([{ "to": super::JANE.to_uppercase() }])
            .to_string()
            .replace('@', "\\u0040");
        let special = [
            (
                "agent0007",
                "interaction-workspace-personal-favorites",
                br#"[{"email":"jane.doe@example.org","tel":"+49 30 23125014"}]"#.to_vec(),
            ),
            (
                "agent0008",
                "interaction-workspace-recents",
                serde_json::json!({ "items": nested }).to_string().into_bytes(),
            ),
            ("agent0009", "packed", gzip(br#"{"mail":"jane.doe@example.org"}"#)),
            (
                "agent0010",
                "binary",
                [&[0, 1, 20][..], b"jane.doe@example.org", &[0, 9, 0xff]].concat(),
            ),
        ];
        rows.extend(
            special
                .into_iter()
                .map(|(key, name, value)| (key.to_owned(), name.to_owned(), value)),
        );
        self.insert(
            &format!("INSERT INTO {KEYSPACE}.user_settings (key, column1, value) VALUES (?, ?, ?)"),
            rows,
        )
        .await;
    }

    /// Everything.
    pub async fn estate(&self) {
        self.keyspace(1).await;
        self.settings().await;
        let k = KEYSPACE;
        for statement in [
            format!(
                "CREATE TABLE {k}.compact_static (key text PRIMARY KEY, email text) WITH COMPACT STORAGE"
            ),
            format!("INSERT INTO {k}.compact_static (key, email) VALUES ('row', '{JANE}')"),
            format!(
                "CREATE TABLE {k}.compact_dynamic (key text, column1 text, value text, PRIMARY KEY (key, column1)) WITH COMPACT STORAGE"
            ),
            format!("INSERT INTO {k}.compact_dynamic (key, column1, value) VALUES ('{JANE}', 'first', 'v')"),
            format!("CREATE TYPE {k}.address (mail text, zip int)"),
            format!(
                "CREATE TABLE {k}.contacts (id int PRIMARY KEY, emails list<text>, addresses map<text, frozen<address>>, attributes map<text, blob>, number bigint)"
            ),
            format!(
                "INSERT INTO {k}.contacts (id, emails, addresses) VALUES (1, ['a@example.org', '{JANE}'], {{'home': {{mail: '{JANE}', zip: 1}}}})"
            ),
            format!(
                "INSERT INTO {k}.contacts (id, attributes, number) VALUES (2, {{'mail': textAsBlob('{JANE}')}}, 493023125014)"
            ),
            format!("INSERT INTO {k}.contacts (id, number) VALUES (3, 493023125015)"),
            format!(
                "CREATE TABLE {k}.history (call text, owner text static, at timestamp, what text, PRIMARY KEY (call, at))"
            ),
            format!("INSERT INTO {k}.history (call, owner, at, what) VALUES ('call1', '{JANE}', 1, 'a')"),
            format!("INSERT INTO {k}.history (call, at, what) VALUES ('call1', 2, 'b')"),
            format!(
                "CREATE TABLE {k}.odd_types (k text PRIMARY KEY, stamp 'org.apache.cassandra.db.marshal.LexicalUUIDType', pair 'org.apache.cassandra.db.marshal.CompositeType(org.apache.cassandra.db.marshal.UTF8Type,org.apache.cassandra.db.marshal.UTF8Type)', t text)"
            ),
            format!("INSERT INTO {k}.odd_types (k, t) VALUES ('k', 'write to {JANE}, please')"),
            format!("CREATE TABLE {k}.\"MixedCase\" (k text PRIMARY KEY, \"Va\"\"lue\" text)"),
            format!("INSERT INTO {k}.\"MixedCase\" (k, \"Va\"\"lue\") VALUES ('x', '<{JANE}>')"),
            format!("CREATE TABLE {k}.wide (key text, column1 int, value text, PRIMARY KEY (key, column1))"),
            format!("CREATE TABLE {k}.recordings (key text, part text, value blob, PRIMARY KEY (key, part))"),
            format!("CREATE TABLE {k}.empty_one (key text PRIMARY KEY, value text)"),
            format!(
                "CREATE TABLE {k}.graveyard (key text, column1 int, value text, PRIMARY KEY (key, column1))"
            ),
        ] {
            self.run(&statement).await;
        }
        self.wide().await;
        // Large, and of no interest: a mebibyte of noise in each row.
        let noise = |seed: u32| {
            (0..1_048_576u32)
                .map(|n| (n.wrapping_mul(2_654_435_761) ^ seed).to_be_bytes()[1])
                .collect()
        };
        let recordings = (0..40)
            .map(|n| (format!("r{n}"), "0".to_owned(), noise(n)))
            .collect();
        self.insert(
            &format!("INSERT INTO {k}.recordings (key, part, value) VALUES (?, ?, ?)"),
            recordings,
        )
        .await;
    }

    async fn wide(&self) {
        let statement = format!("INSERT INTO {KEYSPACE}.wide (key, column1, value) VALUES ('row', ?, ?)");
        let prepared = self.0.prepare(statement).await.unwrap();
        let value = |n: i32| match n {
            9_999 => JANE.to_owned(),
            n => format!("value {n}"),
        };
        for start in (0..WIDE).step_by(500) {
            let all = (start..start + 500).map(|n| self.0.execute_unpaged(&prepared, (n, value(n))));
            for result in futures_util::future::join_all(all).await {
                result.unwrap();
            }
        }
    }

    /// A partition of nothing but deleted rows, more than the server reads, and some with living ones.
    pub async fn graveyard(&self) {
        let statement = format!("DELETE FROM {KEYSPACE}.graveyard WHERE key = 'dead' AND column1 = ?");
        let prepared = self.0.prepare(statement).await.unwrap();
        let all = (0..800).map(|n| self.0.execute_unpaged(&prepared, (n,)));
        for result in futures_util::future::join_all(all).await {
            result.unwrap();
        }
        for n in 1..=3 {
            self.run(&format!(
                "INSERT INTO {KEYSPACE}.graveyard (key, column1, value) VALUES ('living{n}', 0, '{JANE}')"
            ))
            .await;
        }
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(plain).unwrap();
    writer.finish().unwrap()
}
