//! The place of one run: an estate, a store beside it, and the processes that work there.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use dsr_console::config::cdds::Variant;
use dsr_console::domain::clock::Clock;
use dsr_console::domain::failure::Failure;
use dsr_console::domain::mode::Mode;
use dsr_console::ledger::{Head, Ledger, Place};
use dsr_console::simulator::{Scenario, Simulator};
use dsr_console::store::Store;
use dsr_console::systems::cdds::{self, Assumed, Cdds};
use dsr_console::systems::genesys_cloud::{Credentials, Endpoints, GenesysCloud, Tuning};
use dsr_console::systems::gws::{self, Base, ByHand, DeleteTemplate, Gws};
use dsr_console::workflow::forget::Ends;
use dsr_console::workflow::{Settings, World, evidence, reconcile};
use dsr_console::world::simulated::{BASE, SimulatedTransport};
use dsr_console::world::simulated_keyspace::SimulatedKeyspace;
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::beneath;
use super::draw::Season;
use super::far::{Book, Far, Intents, Weather};
use super::fate::Fate;
use super::power::{Host, Lies};
use crate::cdds::make_certificate;
use crate::gate_bench::{actor, options};

/// What is made once and copied for each run: two pairs for exports, and two estates, the second
/// with the first pair's certificate in its preferences.
pub struct Model {
    dir: tempfile::TempDir,
}

pub const PAIRS: [&str; 2] = ["one", "two"];

/// Files of a run lie in memory where there is a file system in memory.
pub fn directory() -> tempfile::TempDir {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() {
        // Files are known by the name that SQLite has for them.
        tempfile::tempdir_in(shared.canonicalize().unwrap()).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

fn estate(dir: &Path) -> Simulator {
    Simulator::open(dir, &Scenario::BuiltIn("default".to_owned())).unwrap()
}

impl Model {
    pub fn get() -> &'static Model {
        static MODEL: OnceLock<Model> = OnceLock::new();
        MODEL.get_or_init(|| {
            let dir = directory();
            for name in PAIRS {
                make_certificate(dir.path(), name, "3650");
            }
            let plain = estate(&dir.path().join("plain"));
            let old = plain.cdds_old_pair().unwrap().unwrap();
            std::fs::write(dir.path().join("old.key"), old.key).unwrap();
            for name in ["one.key", "two.key", "old.key"] {
                let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
                std::fs::set_permissions(dir.path().join(name), private).unwrap();
            }
            std::fs::create_dir(dir.path().join("certified")).unwrap();
            drop(plain);
            copy(&dir.path().join("plain"), &dir.path().join("certified"));
            let model = Model { dir };
            certify(&model);
            model
        })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn pem(&self, pair: usize) -> Vec<u8> {
        std::fs::read(self.path(&format!("{}.pem", PAIRS[pair]))).unwrap()
    }

    /// All keys there are.
    pub fn keys(&self) -> Vec<PathBuf> {
        ["one.key", "two.key", "old.key"]
            .map(|name| self.path(name))
            .to_vec()
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// Uploads the first certificate to the second estate, and has the estate compute its old key.
fn certify(model: &Model) {
    let site = Site::at(directory(), estate(&model.path("certified")));
    let runtime = runtime();
    runtime.block_on(async {
        let world = site.world("model", &Process::calm(&site)).await.unwrap();
        let pem = model.pem(0);
        let plan = dsr_console::workflow::exports::import::plan(&world, "one.pem", pem)
            .await
            .unwrap();
        dsr_console::workflow::exports::import::import(&world, &plan)
            .await
            .unwrap();
        world.outcomes().await;
    });
}

/// A runtime whose time passes at once.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
}

/// What one process is given.
pub struct Process {
    pub fate: Arc<Fate>,
    pub weather: Arc<Mutex<Weather>>,
    pub clock: Arc<dyn Clock>,
}

impl Process {
    /// Nothing befalls it.
    pub fn calm(site: &Site) -> Process {
        Process::of(site, Fate::kind(), Weather::calm(), Vec::new())
    }

    pub fn of(site: &Site, fate: Arc<Fate>, weather: Weather, clock: Vec<(u64, i64)>) -> Process {
        if let Some(host) = &site.host {
            fate.on(host.clone());
        }
        Process {
            fate,
            weather: Arc::new(Mutex::new(weather)),
            clock: Arc::new(Wrong {
                estate: site.simulator.clock(),
                readings: AtomicU64::new(0),
                jumps: clock,
            }),
        }
    }
}

/// A clock that goes wrong while it is used.
struct Wrong {
    estate: Arc<dyn Clock>,
    readings: AtomicU64,
    jumps: Vec<(u64, i64)>,
}

impl Clock for Wrong {
    fn now(&self) -> Timestamp {
        let reading = self.readings.fetch_add(1, Ordering::SeqCst);
        let jumped = self.jumps.iter().filter(|(from, _)| *from <= reading);
        let seconds = jumped.map(|(_, seconds)| *seconds).sum();
        self.estate.now() + SignedDuration::from_secs(seconds)
    }
}

pub struct Site {
    dir: tempfile::TempDir,
    pub simulator: Simulator,
    pub book: Arc<Book>,
    /// The last event of the estate from before.
    pub begun: i64,
    /// Knows what lasts, where the power is to fail.
    pub host: Option<Arc<Host>>,
}

impl Site {
    fn at(dir: tempfile::TempDir, simulator: Simulator) -> Site {
        Site {
            dir,
            simulator,
            book: Arc::default(),
            begun: 0,
            host: None,
        }
    }

    /// The same, on a host whose power may fail.
    #[must_use]
    pub fn on_a_host(mut self, lies: Lies) -> Site {
        self.host = Some(Host::new(&self.dir.path().join("store"), lies));
        self
    }

    /// A fresh one.
    pub fn new(certified: bool, season: Season) -> Site {
        let model = Model::get();
        let dir = directory();
        let own = dir.path().join("estate");
        std::fs::create_dir(&own).unwrap();
        copy(&model.path(if certified { "certified" } else { "plain" }), &own);
        let simulator = estate(&own);
        let berlin = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
        let at = |when: &str| {
            let civil: DateTime = when.parse().unwrap();
            civil.to_zoned(berlin.clone()).unwrap().timestamp()
        };
        let start = match season {
            Season::Now => None,
            Season::Spring => Some(at("2031-03-30T01:59:30")),
            Season::Autumn => Some(at("2031-10-26T02:59:30")),
            Season::NewYear => Some(at("2031-12-31T23:59:30")),
        };
        if let Some(start) = start {
            simulator
                .advance(start.duration_since(simulator.clock().now()))
                .unwrap();
        }
        let mut site = Site::at(dir, simulator);
        let estate = rusqlite::Connection::open(own.join("default.sqlite")).unwrap();
        site.begun = estate
            .query_row("SELECT coalesce(max(seq), 0) FROM event", [], |row| row.get(0))
            .unwrap();
        site
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn store(&self) -> PathBuf {
        self.dir.path().join("store/simulation.sqlite3")
    }

    pub fn records(&self) -> PathBuf {
        self.dir.path().join("records")
    }

    pub fn place(&self) -> Place {
        Place::beside(&self.store(), false)
    }

    fn intents(&self) -> Intents {
        let directory = self.place().directory;
        Arc::new(move |action: &str| {
            let mut count = 0;
            dsr_console::ledger::read(&directory, |_, line| {
                let head = Head::of(line).unwrap_or_default();
                let own = head
                    .action
                    .strip_suffix(".intent")
                    .is_some_and(|of| of == action || (action == "gws.probe" && of.starts_with("gws.probe")));
                count += u64::from(own);
            })
            .map_err(|error| format!("{action} arrived and the ledger cannot be read: {error}"))?;
            Ok(count)
        })
    }

    fn far(&self, router: axum::Router, process: &Process) -> Arc<Far> {
        Arc::new(Far {
            inner: Arc::new(SimulatedTransport::new(router)),
            fate: process.fate.clone(),
            weather: process.weather.clone(),
            book: self.book.clone(),
            intents: self.intents(),
        })
    }

    fn cloud(&self, process: &Process) -> GenesysCloud {
        let access = self.simulator.cloud_access();
        GenesysCloud::with(
            self.far(self.simulator.genesys_cloud(BASE), process),
            Endpoints {
                api: BASE.to_owned(),
                login: BASE.to_owned(),
            },
            Credentials::Client {
                id: access.client_id,
                secret: access.client_secret.into(),
            },
            process.clock.clone(),
            Tuning::default(),
            None,
        )
    }

    fn exports(&self, process: &Process) -> Cdds {
        let access = self.simulator.cdds_access().unwrap();
        Cdds::new(cdds::Parts {
            transport: self.far(self.simulator.cdds(), process),
            place: cdds::Place {
                host: BASE.to_owned(),
                variant: Variant::Cdds,
                assumed: Assumed::default(),
            },
            credentials: cdds::Credentials::Password {
                username: access.username,
                tenant: Some(access.tenant),
                password: access.password.into(),
            },
            api_key: access.api_key.map(Into::into),
            client: None,
            clock: process.clock.clone(),
            tuning: cdds::Tuning::default(),
            keeper: None,
        })
    }

    /// Both ends of a forget-me.
    pub fn ends(&self, process: &Process) -> Ends {
        let access = self.simulator.gws_access();
        let gws = Gws::new(
            self.far(self.simulator.gws(), process),
            Base::parse(BASE).unwrap(),
            Some(gws::Credentials {
                username: access.username,
                password: access.password.into(),
            }),
            ByHand::default(),
            gws::Tuning::default(),
        );
        Ends {
            keyspace: Arc::new(SimulatedKeyspace::new(self.simulator.clone(), "sipfs")),
            keyspace_name: "sipfs".to_owned(),
            place: "the simulated cluster".to_owned(),
            gws: Some(gws),
            template: DeleteTemplate::published(),
            keep_saved: SignedDuration::from_hours(24),
            warnings: Vec::new(),
        }
    }

    /// The world of a process, as `dsr` puts it together at its start.
    ///
    /// # Errors
    /// When the store cannot be opened, which a failing disk may lead to.
    pub async fn world(&self, login: &str, process: &Process) -> Result<World, Failure> {
        let options = options(Mode::Simulation);
        let organization = options.organization.clone();
        let store = beneath::under(&process.fate, || Store::open(&self.store(), options))?;
        let settings = Settings {
            default_country: Some("DE".to_owned()),
            time_zone: jiff::tz::TimeZone::get("Europe/Berlin").unwrap(),
            quiet_period: Duration::from_secs(600),
            downloads: self.dir.path().join("downloads"),
        };
        let mut world = World::new(
            Mode::Simulation,
            organization.clone(),
            "simulation".to_owned(),
            false,
            process.clock.clone(),
            self.cloud(process),
            store,
            actor(login),
            settings,
        );
        let watch: Arc<Fate> = process.fate.clone();
        world.ledger = Ledger::new(self.place().watched(watch), Mode::Simulation, &organization);
        let exports = self.exports(process);
        let world = world.with_exports(Arc::new(move || Ok(exports.clone())));
        dsr_console::crypto::sweep(&world.vault.unfinished);
        reconcile::recover(&world).await?;
        // What could not be published is told by the next change.
        let _ = evidence::settle(&world).await;
        Ok(world)
    }
}
