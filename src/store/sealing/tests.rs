//! A store is sealed as a whole, or not at all.

use std::sync::Arc;

use base64::Engine;

use super::*;
use crate::domain::actor::Actor;
use crate::domain::mode::Mode;
use crate::domain::sealing::Seal;
use crate::store::Store;
use crate::store::error::StoreError;

/// Turns every bit of place and value, and knows nothing of secrecy.
struct Turned(&'static str);

impl Seal for Turned {
    fn seal(&self, plain: &[u8], place: &[u8]) -> Vec<u8> {
        [place, b"|", plain].concat().iter().map(|byte| !byte).collect()
    }

    fn seal_alike(&self, plain: &[u8], place: &[u8]) -> Vec<u8> {
        self.seal(plain, place)
    }

    fn open(&self, sealed: &[u8], place: &[u8]) -> Option<Vec<u8>> {
        let both: Vec<u8> = sealed.iter().map(|byte| !byte).collect();
        let plain = both.strip_prefix(place)?.strip_prefix(b"|")?;
        Some(plain.to_vec())
    }

    fn id(&self) -> String {
        self.0.to_owned()
    }
}

fn seal(id: &'static str) -> SharedSeal {
    SharedSeal(Arc::new(Turned(id)))
}

fn options() -> crate::store::Options {
    crate::store::Options {
        mode: Mode::Simulation,
        organization: "Example Contact Centre".to_owned(),
        shared_group: None,
    }
}

fn actor() -> Actor {
    Actor {
        login: "olga".to_owned(),
        uid: 1000,
        sudo_uid: None,
    }
}

async fn notes(store: &Store) -> Result<Vec<String>, Failure> {
    store
        .read(|connection| {
            let mut statement =
                connection.prepare("SELECT unseal(text, 'notes.text', id) FROM notes ORDER BY seq")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
}

async fn put(store: &Store, text: &'static str) -> Result<(), Failure> {
    put_of(store, "o", text).await
}

async fn put_of(store: &Store, id: &'static str, text: &'static str) -> Result<(), Failure> {
    let actor = actor();
    let written = store.write(&actor, jiff::Timestamp::UNIX_EPOCH, move |connection, scene| {
        crate::store::sending::note(connection, id, scene.now, text)
    });
    written.await.map_err(StoreError::into_failure)
}

fn bytes(path: &std::path::Path) -> Vec<u8> {
    let mut all = std::fs::read(path).unwrap();
    for ending in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        all.extend(std::fs::read(name).unwrap_or_default());
    }
    all
}

#[tokio::test]
async fn a_store_is_sealed_as_a_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite3");
    let store = Store::open(&path, options()).unwrap();
    put(&store, "Anna Muster called").await.unwrap();
    let other = Store::open(&path, options()).unwrap();
    // What fails in the middle leaves everything as it was.
    let broken = "CREATE TRIGGER stop BEFORE UPDATE ON notes BEGIN SELECT raise(ABORT, 'no'); END";
    let run = |sql: &'static str| {
        let store = store.clone();
        async move {
            store
                .inner
                .writer
                .run(move |c| Ok(c.execute_batch(sql)?))
                .await
                .map_err(StoreError::into_failure)
        }
    };
    run(broken).await.unwrap();
    store.convert(&actor(), seal("a"), true).await.unwrap_err();
    run("DROP TRIGGER stop").await.unwrap();
    assert!(!store.is_sealed());
    assert_eq!(notes(&store).await.unwrap(), ["Anna Muster called"]);

    store.convert(&actor(), seal("a"), true).await.unwrap();
    assert!(store.is_sealed());
    assert!(memchr::memmem::find(&bytes(&path), b"Anna").is_none());
    put(&store, "Anna Muster wrote").await.unwrap();
    assert_eq!(
        notes(&store).await.unwrap(),
        ["Anna Muster called", "Anna Muster wrote"]
    );
    assert!(memchr::memmem::find(&bytes(&path), b"Anna").is_none());
    // Whoever had it open before neither reads nor writes any more.
    assert!(notes(&other).await.is_err());
    let refused = put(&other, "in the clear").await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Conflict, "{refused}");
    assert!(store.convert(&actor(), seal("a"), true).await.is_err());
    drop((store, other));

    let open = |key: Option<SharedSeal>| Store::open_with(&path, options(), || Ok(key));
    assert!(open(None).is_err() && open(Some(seal("b"))).is_err());
    let store = open(Some(seal("a"))).unwrap();
    assert_eq!(notes(&store).await.unwrap().len(), 2);
    store.convert(&actor(), seal("a"), false).await.unwrap();
    drop(store);
    let store = Store::open(&path, options()).unwrap();
    assert_eq!(
        notes(&store).await.unwrap(),
        ["Anna Muster called", "Anna Muster wrote"]
    );
}

async fn run(store: &Store, sql: String) -> Result<(), Failure> {
    let done = store
        .inner
        .writer
        .run(move |connection| Ok(connection.execute_batch(&sql)?));
    done.await.map_err(StoreError::into_failure)
}

#[tokio::test]
async fn a_value_that_stands_where_it_does_not_belong_is_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("store.sqlite3"), options()).unwrap();
    put_of(&store, "one", "Anna Muster called").await.unwrap();
    put_of(&store, "two", "Bela Specimen called").await.unwrap();
    store.convert(&actor(), seal("a"), true).await.unwrap();
    assert_eq!(notes(&store).await.unwrap().len(), 2);
    let swap = "CREATE TEMP TABLE t AS SELECT id, text FROM notes;
        UPDATE notes SET text = (SELECT text FROM t WHERE t.id <> notes.id); DROP TABLE t";
    run(&store, swap.to_owned()).await.unwrap();
    let failure = notes(&store).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Storage, "{failure}");
    // Such a store is not taken apart either: it stays as it is until somebody has looked.
    store.convert(&actor(), seal("a"), false).await.unwrap_err();
    run(&store, swap.to_owned()).await.unwrap();
    assert_eq!(notes(&store).await.unwrap().len(), 2);
    // The same value in another column of the same row, neither.
    let within =
        "INSERT INTO operations (id, kind, subject, subject_key, replacement_terms, label, merge_set,
            state, plan_digest, again, actor, actor_uid, session, salt, planned_at, rev)
        VALUES ('one', 'delete', '{}', '', '[]', '', '[]', 'refused', '', 0, 'olga', 1, '', x'00', 0, 0);
        UPDATE operations SET detail = seal('Anna', 'operations.detail', id), label = ''";
    run(&store, within.to_owned()).await.unwrap();
    let read = |store: &Store| {
        let store = store.clone();
        async move {
            let found = store.read(|connection| {
                let label =
                    "SELECT unseal(label, 'operations.label', id), unseal(detail, 'operations.detail', id)
                    FROM operations";
                Ok(connection.query_row(label, [], |row| row.get::<_, String>(0))?)
            });
            found.await
        }
    };
    read(&store).await.unwrap();
    run(&store, "UPDATE operations SET label = detail".to_owned())
        .await
        .unwrap();
    read(&store).await.unwrap_err();
}

#[tokio::test]
async fn a_store_whose_values_were_bound_to_nothing_is_sealed_anew_when_it_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite3");
    let store = Store::open(&path, options()).unwrap();
    put(&store, "Anna Muster called").await.unwrap();
    store.convert(&actor(), seal("a"), true).await.unwrap();
    // As it was written before there were places.
    let old = Turned("a").seal(b"Anna Muster called", b"");
    let old = format!("{OLD_MARK}{}", STANDARD_NO_PAD.encode(old));
    let sql = format!("UPDATE notes SET text = '{old}'; UPDATE meta SET value = 'a' WHERE key = 'sealed'");
    run(&store, sql.clone()).await.unwrap();
    assert!(notes(&store).await.is_err(), "the old form is not read");
    drop(store);
    // Somebody who knows no places has it open.
    let before = Connection::open(&path).unwrap();
    let opened = sealing_of(&before).unwrap();
    assert_eq!(opened.as_deref(), Some("a"));
    unchanged(&before, opened.as_deref()).unwrap();
    let store = Store::open_with(&path, options(), || Ok(Some(seal("a")))).unwrap();
    assert_eq!(notes(&store).await.unwrap(), ["Anna Muster called"]);
    let failure = unchanged(&before, opened.as_deref()).unwrap_err().into_failure();
    assert_eq!(failure.kind, FailureKind::Conflict, "and writes nothing more");
    // What is put back in the old form later is found out.
    run(&store, format!("UPDATE notes SET text = '{old}'"))
        .await
        .unwrap();
    drop(store);
    let store = Store::open_with(&path, options(), || Ok(Some(seal("a")))).unwrap();
    assert!(notes(&store).await.is_err());
}

#[tokio::test]
async fn what_is_bound_to_its_place_is_never_sealed_a_second_time() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite3");
    let store = Store::open(&path, options()).unwrap();
    put(&store, "Anna Muster called").await.unwrap();
    store.convert(&actor(), seal("a"), true).await.unwrap();
    let sql = "UPDATE meta SET value = 'a' WHERE key = 'sealed'";
    run(&store, sql.to_owned()).await.unwrap();
    drop(store);
    let again = Store::open_with(&path, options(), || Ok(Some(seal("a"))));
    assert!(again.is_err(), "it is left as it is");
    let own = Connection::open(&path).unwrap();
    own.execute("UPDATE meta SET value = 'placed:a' WHERE key = 'sealed'", [])
        .unwrap();
    drop(own);
    let store = Store::open_with(&path, options(), || Ok(Some(seal("a")))).unwrap();
    assert_eq!(notes(&store).await.unwrap(), ["Anna Muster called"]);
}
