//! A seeded campaign of faults over the road of a submission. Each run draws operators, what the far
//! end does, where the process ends, what the crash leaves of the ledger, and how the clock jumps;
//! then it starts again, reconciles, and holds what is there against the invariants.
//!
//! ```text
//! cargo test --test it -- campaign                             a few runs
//! DSR_CAMPAIGN_RUNS=10000 cargo test --test it -- campaign::long --ignored --nocapture
//! DSR_CAMPAIGN_SEED=4711  cargo test --test it -- campaign::long --ignored --nocapture     one run again
//! ```
//!
//! Kills at every single system call are the business of `crash`.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use dsr_console::domain::clock::Clock;
use dsr_console::domain::mode::Mode;
use dsr_console::domain::operation::OperationState;
use dsr_console::domain::request::RequestType;
use dsr_console::ledger::{Head, Trust};
use dsr_console::store::Store;
use dsr_console::systems::genesys_cloud::{Credentials, Endpoints, GenesysCloud, Tuning};
use dsr_console::systems::network::{Network, NetworkSettings, ProxyChoice, Timeouts};
use dsr_console::systems::transport::{AnswerBody, Purpose, Transport, TransportError};
use dsr_console::workflow::reconcile::{self, Settled};
use dsr_console::workflow::{World, evidence, plan, queue};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::gate_bench::{execute, options, proposal, store_path, world_with};
use crate::gate_server::{CLIENT, Post, Server};

/// Numbers that follow from a seed, the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

/// Where a process ends, if it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// In order, everything published.
    InOrder,
    /// When the first call is about to leave.
    BeforeSending,
    /// When the answer to the first call has come, before it is looked at.
    AfterTheAnswer,
    /// When all outcomes are written, before they are published.
    BeforePublishing,
    /// The ledger cannot be written while it works.
    WithoutLedger,
}

/// What a crash in the middle of an append leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Nothing,
    /// A part of what was to be appended, cut anywhere.
    TornEntries,
    /// Half-written tiles of the state to come.
    TornTiles,
    /// The tiles are gone.
    NoTiles,
    /// A checkpoint that was never put in place.
    Litter,
}

/// One operator's work.
#[derive(Clone, Debug)]
struct Part {
    login: &'static str,
    contacts: Vec<String>,
    end: End,
    /// Seconds by which the operator's clock is wrong.
    clock: i64,
}

struct Draw {
    parts: Vec<Part>,
    posts: Vec<Post>,
    left: Left,
    /// And after the restart.
    clock: i64,
    torn: u64,
}

const CLOCKS: [i64; 6] = [0, 0, 0, -3 * 3600, 3600, -86_400];

fn draw(seed: u64) -> Draw {
    let mut dice = Dice(seed);
    let posts = [
        Post::Accept(200),
        Post::Accept(202),
        Post::Refuse(400, "bad.request"),
        Post::Refuse(403, "missing.permissions"),
        Post::Refuse(429, "too.many.requests"),
        Post::Redirect(307),
        Post::CutAfter { executed: true },
        Post::CutAfter { executed: false },
        Post::CutInside,
        Post::BadGateway { executed: true },
        Post::BadGateway { executed: false },
        Post::Silent,
        Post::SilentIdle,
        Post::NoId,
        Post::Page,
        Post::Stale,
        Post::Refused,
        Post::CutBefore,
    ];
    let ends = [
        End::InOrder,
        End::InOrder,
        End::BeforeSending,
        End::AfterTheAnswer,
        End::BeforePublishing,
        End::WithoutLedger,
    ];
    let lefts = [
        Left::Nothing,
        Left::TornEntries,
        Left::TornTiles,
        Left::NoTiles,
        Left::Litter,
    ];
    let mut parts = Vec::new();
    for login in ["olga", "paul"].iter().take(1 + dice.below(2)) {
        let count = 1 + dice.below(3);
        parts.push(Part {
            login,
            contacts: (0..count).map(|number| format!("c-{login}-{number}")).collect(),
            end: dice.one(&ends),
            clock: dice.one(&CLOCKS),
        });
    }
    let total: usize = parts.iter().map(|part| part.contacts.len()).sum();
    Draw {
        posts: (0..total).map(|_| dice.one(&posts)).collect(),
        left: dice.one(&lefts),
        clock: dice.one(&CLOCKS),
        torn: dice.next(),
        parts,
    }
}

struct Shifted(i64);

impl Clock for Shifted {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now() + jiff::SignedDuration::from_secs(self.0)
    }
}

/// The network, with an end of the process at one of two points.
struct Faulty {
    network: Network,
    server: Arc<Server>,
    end: End,
    over: Arc<Notify>,
    ended: Arc<AtomicBool>,
}

impl Transport for Faulty {
    fn call(
        &self,
        request: http::Request<Bytes>,
        purpose: Purpose,
    ) -> BoxFuture<'static, Result<http::Response<AnswerBody>, TransportError>> {
        if purpose == Purpose::Read {
            return self.network.call(request, purpose);
        }
        let (over, ended) = (self.over.clone(), self.ended.clone());
        if self.end == End::BeforeSending {
            return Box::pin(async move {
                ended.store(true, Ordering::SeqCst);
                over.notify_one();
                std::future::pending().await
            });
        }
        self.server.before_mutation();
        let call = self.network.call(request, purpose);
        let stops = self.end == End::AfterTheAnswer;
        Box::pin(async move {
            let answer = call.await;
            if stops {
                ended.store(true, Ordering::SeqCst);
                over.notify_one();
                std::future::pending::<()>().await;
            }
            answer
        })
    }
}

fn cloud(transport: Faulty, server: &Server, clock: Arc<dyn Clock>) -> GenesysCloud {
    let endpoints = Endpoints {
        api: server.url(),
        login: server.url(),
    };
    let credentials = Credentials::Client {
        id: CLIENT.to_owned(),
        secret: SecretString::from("fictional".to_owned()),
    };
    let tuning = Tuning {
        read_attempts: 2,
        first_delay: Duration::from_millis(1),
        ..Tuning::default()
    };
    GenesysCloud::with(Arc::new(transport), endpoints, credentials, clock, tuning, None)
}

/// A world of one process.
fn world(server: &Arc<Server>, dir: &Path, login: &str, end: End, shift: i64) -> (World, Arc<Notify>) {
    let store = Store::open(&store_path(dir), options(Mode::Live)).expect("a store");
    let mut world = world_with(server, dir, login, store);
    let over = Arc::new(Notify::new());
    let network = Network::new(NetworkSettings {
        ca_files: Vec::new(),
        proxy: ProxyChoice::Direct,
        timeouts: Timeouts {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(20),
            mutation: Duration::from_millis(400),
        },
    })
    .expect("a network");
    let transport = Faulty {
        network,
        server: server.clone(),
        end,
        over: over.clone(),
        ended: Arc::default(),
    };
    world.clock = Arc::new(Shifted(shift));
    world.cloud = cloud(transport, server, world.clock.clone());
    (world, over)
}

/// One process from its start to its end, on a runtime of its own: what hangs at the end is dropped.
fn process(server: &Arc<Server>, dir: &Path, part: &Part) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (world, over) = world(server, dir, part.login, part.end, part.clock);
        let lock = world.ledger.place().lock.clone();
        if part.end == End::WithoutLedger {
            let _ = fs::remove_file(&lock);
            let _ = fs::create_dir(&lock);
        }
        let work = async {
            for contact in &part.contacts {
                // The far end may be gone by now; then there is nothing to submit.
                let wanted = proposal(RequestType::Export, contact);
                if let Ok(plan) = plan::prepare(&world, wanted).await {
                    // What comes of it is looked up in the store.
                    let _ = execute(&world, &plan).await;
                }
            }
            if part.end == End::InOrder {
                world.outcomes().await;
            }
        };
        tokio::select! {
            () = work => {}
            () = over.notified() => {}
        }
    });
    drop(runtime);
}

/// Damages the ledger as a crash in the middle of an append might.
async fn leave(draw: &Draw, dir: &Path) {
    let lock = store_path(dir).with_extension("ledger.lock");
    let _ = fs::remove_dir(&lock);
    let ledger = store_path(dir).with_extension("ledger");
    if !ledger.exists() {
        return;
    }
    match draw.left {
        Left::Nothing => {}
        Left::TornEntries => {
            let store = Store::open(&store_path(dir), options(Mode::Live)).expect("a store");
            let waiting = store.evidence_waiting().await.expect("evidence");
            let mut bytes = Vec::new();
            for entry in waiting {
                bytes.extend_from_slice(&entry.bytes);
                bytes.push(b'\n');
            }
            // The store may not have noted yet what the ledger has already.
            let entries = fs::read(ledger.join("entries.jsonl")).expect("entries");
            let known = bytes
                .split_inclusive(|byte| *byte == b'\n')
                .take_while(|line| entries.windows(line.len()).any(|window| window == *line))
                .map(<[u8]>::len)
                .sum::<usize>();
            let rest = &bytes[known..];
            let length = (draw.torn % (rest.len() as u64 + 1)) as usize;
            let mut file = fs::OpenOptions::new()
                .append(true)
                .open(ledger.join("entries.jsonl"))
                .expect("opens");
            file.write_all(&rest[..length]).expect("written");
        }
        Left::TornTiles => {
            let text = fs::read_to_string(ledger.join("checkpoint")).expect("a checkpoint");
            let size: u64 = text.lines().nth(1).expect("a size").parse().expect("a number");
            let tile = ledger.join(format!("tile/0/000.p/{}", size + 1));
            fs::write(tile, [7; 33]).expect("written");
        }
        Left::NoTiles => fs::remove_dir_all(ledger.join("tile")).expect("removed"),
        Left::Litter => fs::write(ledger.join("checkpoint.new"), "half").expect("written"),
    }
}

/// What the runs of a campaign came to.
#[derive(Debug, Default)]
struct Tally {
    runs: u64,
    operations: u64,
    arrivals: u64,
    accepted: u64,
    refused: u64,
    not_sent: u64,
    raised: u64,
    entries: u64,
}

/// One run. Panics with the seed when an invariant does not hold.
async fn run(seed: u64, tally: &mut Tally) {
    let draw = draw(seed);
    let note = format!("seed {seed}: {:?} {:?} {:?}", draw.parts, draw.posts, draw.left);
    let shared = Path::new("/dev/shm");
    let dir = if shared.is_dir() {
        tempfile::tempdir_in(shared).expect("a directory")
    } else {
        tempfile::tempdir().expect("a directory")
    };
    let server = Arc::new(Server::start().await);
    server.script(draw.posts.clone());
    // Made beforehand, as on every day but the first.
    drop(Store::open(&store_path(dir.path()), options(Mode::Live)).expect("a store"));
    let (parts, place, far) = (draw.parts.clone(), dir.path().to_owned(), server.clone());
    tokio::task::spawn_blocking(move || {
        std::thread::scope(|scope| {
            for part in &parts {
                let (far, place) = (&far, &place);
                scope.spawn(move || process(far, place, part));
            }
        });
    })
    .await
    .expect("no panic");
    leave(&draw, dir.path()).await;
    judge(&draw, &server, dir.path(), &note, tally).await;
}

/// Whether the files of the ledger explain themselves.
async fn verified(world: &World, note: &str, tiles_may_be_lost: bool) -> u64 {
    let found = evidence::verify_own(world.ledger.place(), Some(world.store.clone()), Trust::default()).await;
    let Some(found) = found.unwrap_or_else(|failure| panic!("{note}: {failure}")) else {
        return 0;
    };
    let wrong: Vec<&String> = found
        .problems
        .iter()
        .filter(|problem| !(tiles_may_be_lost && problem.starts_with("tile/")))
        .collect();
    assert!(wrong.is_empty(), "{note}: {wrong:?}");
    found.size
}

async fn judge(draw: &Draw, server: &Arc<Server>, dir: &Path, note: &str, tally: &mut Tally) {
    // A server that was made deaf or gone for one call answers again.
    let again = Arc::new(Server::start().await);
    again.state().requests = server.state().requests.clone();
    let (world, _over) = world(&again, dir, "rita", End::InOrder, draw.clock);
    verified(&world, note, draw.left == Left::NoTiles).await;
    reconcile::recover(&world).await.expect("recovers");
    evidence::publish(&world)
        .await
        .unwrap_or_else(|failure| panic!("{note}: {failure}"));
    let settled = reconcile::run(&world, &[], Some(Duration::ZERO), &CancellationToken::new())
        .await
        .unwrap_or_else(|failure| panic!("{note}: {failure}"));
    let rows = queue::refresh(
        &world,
        &dsr_console::domain::progress::Listener::none(),
        &CancellationToken::new(),
    )
    .await
    .expect("a queue");
    let executed = server.state().requests.clone();
    let arrivals = server.state().arrivals as u64;
    for part in &draw.parts {
        for contact in &part.contacts {
            let made: Vec<&str> = executed
                .iter()
                .filter(|request| request["subject"]["externalContactId"] == contact.as_str())
                .filter_map(|request| request["id"].as_str())
                .collect();
            assert!(made.len() <= 1, "{note}: {contact} was executed twice");
            // Nothing that was executed is missing, whatever became of its operation.
            for id in made {
                assert!(
                    rows.rows.iter().any(|row| row.id.as_deref() == Some(id)),
                    "{note}: {contact} is lost"
                );
            }
        }
    }
    let mut operations = 0;
    for row in rows.rows.iter().filter(|row| row.operation_id.is_some()) {
        operations += 1;
        let id = row.operation_id.clone().expect("ours");
        let detail = queue::detail(&world, &id, false).await.expect("detail");
        let operation = detail.operation.expect("ours");
        let contact = operation
            .request
            .subject
            .external_contact_id
            .clone()
            .expect("a contact");
        let made = executed
            .iter()
            .find(|request| request["subject"]["externalContactId"] == contact.as_str());
        match operation.state {
            OperationState::Accepted => {
                let remote = operation.remote_id.as_deref();
                assert_eq!(
                    made.and_then(|made| made["id"].as_str()),
                    remote,
                    "{note}: {contact}"
                );
                tally.accepted += 1;
            }
            OperationState::Refused => {
                assert!(
                    made.is_none(),
                    "{note}: {contact} was executed and is called refused"
                );
                tally.refused += 1;
            }
            OperationState::NotSent | OperationState::Withdrawn => {
                assert!(
                    made.is_none(),
                    "{note}: {contact} was executed and is called not sent"
                );
                tally.not_sent += 1;
            }
            OperationState::Unknown => {
                let told = settled.iter().find(|(settled, _)| settled.id == operation.id);
                let raised = matches!(
                    told,
                    Some((_, Settled::NothingFound | Settled::Several(_) | Settled::Waiting))
                );
                assert!(
                    raised,
                    "{note}: {contact} is unknown and nobody is told: {told:?}"
                );
                tally.raised += 1;
            }
            other => panic!("{note}: {contact} was left {other:?}"),
        }
    }
    // The next action opens the ledger, and what a crash took from it is made again.
    evidence::record(&world, "search", serde_json::json!({}))
        .await
        .expect("recorded");
    world.outcomes().await;
    let size = verified(&world, note, false).await;
    let mut intents = 0;
    if world.ledger.exists() {
        dsr_console::ledger::read(&world.ledger.place().directory, |_, line| {
            let head = Head::of(line).expect("an entry");
            intents += u64::from(head.action == "submit.intent");
        })
        .expect("readable");
    }
    assert!(
        arrivals <= intents,
        "{note}: {arrivals} arrived and {intents} are in the ledger"
    );
    assert!(
        world.store.evidence_waiting().await.expect("evidence").is_empty(),
        "{note}"
    );
    tally.runs += 1;
    tally.operations += operations;
    tally.arrivals += arrivals;
    tally.entries += size;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn short() {
    let mut tally = Tally::default();
    for seed in 0..24 {
        run(seed, &mut tally).await;
    }
    // It is one that reaches every end.
    assert!(
        tally.accepted > 0 && tally.refused > 0 && tally.not_sent > 0,
        "{tally:?}"
    );
    assert!(tally.raised > 0 && tally.arrivals > 0, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the long campaign, started by hand: it takes minutes"]
async fn long() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let mut tally = Tally::default();
    let seeds = match number("DSR_CAMPAIGN_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("DSR_CAMPAIGN_RUNS").unwrap_or(10_000),
    };
    for seed in seeds {
        run(seed, &mut tally).await;
        if seed % 500 == 499 {
            println!("{tally:?}");
        }
    }
    println!("{tally:?}: no duplicate, no loss");
}
