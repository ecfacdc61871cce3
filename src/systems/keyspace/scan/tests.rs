//! Scans of a keyspace in memory that fails in the ways real ones do.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::*;
use crate::domain::identifier::{Identifier, IdentifierKind};
use crate::systems::keyspace::discovery::{Globs, plan};
use crate::systems::keyspace::slice::Token;
use crate::systems::keyspace::{
    CellType, Column, ColumnKind, Description, KeyspaceError, NotRead, OwnedRow, OwnedRows, Page,
    PageRequest, PagingState, Partitioner, Protocol, ScanEvent, Slice, TableInfo, TableKind, TokenSpace,
};

/// A thousand rows with tokens 0 to 999; every hundredth holds the person.
const ROWS: i64 = 1000;

type Rule = Box<dyn Fn(&PageRequest, i64) -> Option<NotRead> + Send + Sync>;

struct Fake {
    rule: Rule,
    reads: AtomicUsize,
    largest: Mutex<u32>,
}

fn fake(rule: impl Fn(&PageRequest, i64) -> Option<NotRead> + Send + Sync + 'static) -> Arc<Fake> {
    Arc::new(Fake {
        rule: Box::new(rule),
        reads: AtomicUsize::new(0),
        largest: Mutex::new(0),
    })
}

fn token(token: &Option<Token>, end: i64) -> i64 {
    match token {
        Some(Token::Murmur3(token)) => *token,
        _ => end,
    }
}

fn row(number: i64) -> OwnedRow {
    let value = match number % 100 {
        7 => format!("{{\"mail\":\"jane@example.org\",\"n\":{number}}}"),
        _ => format!("{{\"mail\":\"other{number}@example.org\"}}"),
    };
    OwnedRow {
        keys: vec![(
            Bytes::from("key"),
            None,
            Bytes::from(format!("agent{number}")),
            CellType::Text,
        )],
        cells: vec![(Bytes::from("value"), None, Bytes::from(value), CellType::Text)],
    }
}

impl Keyspace for Fake {
    fn describe(&self) -> BoxFuture<'_, Result<Description, KeyspaceError>> {
        let column = |name: &str, kind| Column {
            name: name.to_owned(),
            kind,
            cell_type: CellType::Text,
            type_name: "text".to_owned(),
            unsearchable: None,
        };
        let described = Description {
            protocol: Protocol::Simulator,
            version: "1".to_owned(),
            cluster: "c".to_owned(),
            keyspace: "sipfs".to_owned(),
            replication: String::new(),
            partitioner: Partitioner::Murmur3,
            data_centres: Vec::new(),
            local_data_centre: None,
            nodes: Vec::new(),
            tables: vec![TableInfo {
                name: "settings".to_owned(),
                kind: TableKind::Cql,
                columns: vec![
                    column("key", ColumnKind::Partition),
                    column("value", ColumnKind::Regular),
                ],
                bytes: None,
                partitions: None,
                hidden_columns: false,
            }],
            notes: Vec::new(),
        };
        Box::pin(async move { Ok(described) })
    }

    fn slices<'a>(
        &'a self,
        _: &'a TableInfo,
        wished: usize,
    ) -> BoxFuture<'a, Result<Vec<Slice>, KeyspaceError>> {
        let each = ROWS / wished as i64;
        let cuts = (1..wished as i64).map(|n| Token::Murmur3(n * each)).collect();
        Box::pin(async move { Ok(Slice::cut(TokenSpace::Murmur3, cuts)) })
    }

    fn page(&self, request: PageRequest) -> BoxFuture<'_, Result<Page, KeyspaceError>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let mut largest = self.largest.lock().unwrap();
        *largest = (*largest).max(request.size);
        let first = match &request.paging {
            Some(PagingState(bytes)) => i64::from_be_bytes(bytes.as_slice().try_into().unwrap()),
            None => token(&request.slice.after, -1).max(-1) + 1,
        };
        let end = token(&request.slice.through, ROWS - 1).min(ROWS - 1);
        let last = end.min(first + i64::from(request.size) - 1);
        let failure = (first..=last).find_map(|number| (self.rule)(&request, number));
        let rows: Vec<OwnedRow> = (first..=last).map(row).collect();
        Box::pin(async move {
            // Others get their turn, as at a network.
            tokio::task::yield_now().await;
            match failure {
                Some(why) => Err(KeyspaceError::not_read(why, "made up")),
                None => Ok(Page {
                    rows: Box::new(OwnedRows::new(rows)),
                    next: (last < end).then(|| PagingState((last + 1).to_be_bytes().to_vec())),
                }),
            }
        })
    }
}

fn needles() -> Arc<Needles> {
    let search = Identifier::new(IdentifierKind::Email, "jane@example.org");
    Arc::new(Needles::new(&[search], None, false).unwrap())
}

async fn run(
    fake: &Arc<Fake>,
    checkpoints: Arc<dyn Checkpoints>,
    cancel: CancellationToken,
) -> (ScanReport, usize) {
    let described = fake.describe().await.unwrap();
    let plan = plan(&described, &Globs::default());
    let told = Arc::new(AtomicUsize::new(0));
    let hears = Arc::clone(&told);
    let listener = ScanListener::new(move |event| {
        if matches!(event, ScanEvent::Found(_)) {
            hears.fetch_add(1, Ordering::Relaxed);
        }
    });
    let options = ScanOptions {
        slices: Some(10),
        ..ScanOptions::default()
    };
    let keyspace: Arc<dyn Keyspace> = fake.clone();
    let report = scan(keyspace, &plan, needles(), options, checkpoints, listener, cancel)
        .await
        .unwrap();
    (report, told.load(Ordering::Relaxed))
}

#[tokio::test]
async fn everything_is_read_once_and_found() {
    let fake = fake(|_, _| None);
    let (report, told) = run(&fake, Arc::new(InMemory::default()), CancellationToken::new()).await;
    assert!(report.complete());
    assert_eq!((report.rows, report.matches.len(), told), (1000, 10, 10));
    assert_eq!(report.matches[0].key, "agent107");
    assert_eq!(report.matches[0].pointer, "/mail");
    assert!(*fake.largest.lock().unwrap() > 8);
}

#[tokio::test(start_paused = true)]
async fn a_bad_place_is_narrowed_down_and_the_rest_is_read() {
    // One row that fails whatever is asked: tombstones.
    let fake = fake(|_, number| (number == 555).then_some(NotRead::ReadFailed));
    let (report, told) = run(&fake, Arc::new(InMemory::default()), CancellationToken::new()).await;
    assert!(!report.complete());
    assert_eq!(report.not_read.len(), 1, "{:?}", report.not_read);
    assert_eq!(report.not_read[0].why, "read_failed");
    assert!(report.rows >= 990, "{}", report.rows);
    assert_eq!((report.matches.len(), told), (10, 10));
}

#[tokio::test(start_paused = true)]
async fn large_pages_that_time_out_are_asked_for_in_smaller_ones() {
    let fake = fake(|request, _| (request.size > 20).then_some(NotRead::TimedOut));
    let (report, _) = run(&fake, Arc::new(InMemory::default()), CancellationToken::new()).await;
    assert!(report.complete(), "{:?}", report.not_read);
    assert_eq!((report.rows, report.matches.len()), (1000, 10));
}

#[tokio::test(start_paused = true)]
async fn missing_replicas_are_never_taken_for_empty() {
    let fake = fake(|_, number| (number < 300).then_some(NotRead::Unavailable));
    let (report, _) = run(&fake, Arc::new(InMemory::default()), CancellationToken::new()).await;
    assert!(!report.complete());
    assert_eq!(report.not_read.len(), 3);
    assert_eq!((report.rows, report.matches.len()), (699, 7));
    // A server that answers nothing is given up soon.
    let silent = fake_silent();
    let (report, _) = run(&silent, Arc::new(InMemory::default()), CancellationToken::new()).await;
    assert_eq!((report.rows, report.not_read.is_empty()), (0, false));
    assert!(
        silent.reads.load(Ordering::Relaxed) < 60,
        "{}",
        silent.reads.load(Ordering::Relaxed)
    );
}

fn fake_silent() -> Arc<Fake> {
    fake(|_, _| Some(NotRead::TimedOut))
}

#[tokio::test(start_paused = true)]
async fn a_scan_goes_on_where_it_was_without_losing_matches() {
    let checkpoints: Arc<dyn Checkpoints> = Arc::new(InMemory::default());
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let first = fake(move |_, number| {
        if number == 450 {
            stop.cancel();
        }
        (number >= 900).then_some(NotRead::Unavailable)
    });
    let (report, _) = run(&first, Arc::clone(&checkpoints), cancel).await;
    assert!(report.interrupted && !report.complete());
    let before = report.rows;
    assert!(before > 0 && before < 1000);

    let second = fake(|_, _| None);
    let (report, _) = run(&second, checkpoints, CancellationToken::new()).await;
    assert!(report.complete(), "{:?}", report.not_read);
    assert_eq!((report.rows, report.matches.len()), (1000, 10));
    let again = second.reads.load(Ordering::Relaxed);
    assert!(again > 0 && again < 90, "{again}");
}
