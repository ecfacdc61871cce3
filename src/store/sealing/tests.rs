//! A store is sealed as a whole, or not at all.

use super::*;
use crate::domain::mode::Mode;
use crate::domain::sealing::Seal;

/// Turns every bit, and knows nothing of secrecy.
struct Turned(&'static str);

impl Seal for Turned {
    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        plain.iter().map(|byte| !byte).collect()
    }

    fn seal_alike(&self, plain: &[u8]) -> Vec<u8> {
        self.seal(plain)
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        Some(self.seal(sealed))
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
            let mut statement = connection.prepare("SELECT unseal(text) FROM notes ORDER BY seq")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
}

async fn put(store: &Store, text: &'static str) -> Result<(), Failure> {
    let actor = actor();
    let written = store.write(&actor, jiff::Timestamp::UNIX_EPOCH, move |connection, scene| {
        crate::store::sending::note(connection, "o", scene.now, text)
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
