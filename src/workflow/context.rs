//! The world that a workflow works in: one mode and one organisation with all that belongs to it.
//! Built once by `crate::world`, shared by every task that works in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;

use super::at_rest::AtRest;
use super::evidence::{self, Publishing, Witnessing};
use super::forget::Ends;
use crate::crypto::Vault;
use crate::domain::actor::Actor;
use crate::domain::clock::Clock;
use crate::domain::deadline::Rules;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::ledger::{Ledger, Place};
use crate::store::Store;
use crate::systems::cdds::{self, Cdds};
use crate::systems::genesys_cloud::{GenesysCloud, Identity};
use crate::systems::gws::Gws;

/// What the configuration says about how to work.
#[derive(Clone, Debug)]
pub struct Settings {
    /// ISO 3166 alpha-2 code for phone numbers in national form.
    pub default_country: Option<String>,
    /// Time zone of the operator for display and for days such as `today`.
    pub time_zone: jiff::tz::TimeZone,
    /// How long after the intent an unknown outcome may still turn up in the list.
    pub quiet_period: Duration,
    /// Where results go when nothing else is said.
    pub downloads: PathBuf,
}

/// What the configuration says about cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Casework {
    /// Systems that cannot be reached from here: manual columns of the coverage.
    pub other_systems: Vec<String>,
    /// After how many days a closed case forgets its person.
    pub retention_days: u32,
    /// Days that it takes to deliver an answer.
    pub delivery_days: i32,
    /// For how many days after its end an erasure stays in the register of suppressed identifiers; 0
    /// for no register.
    pub suppression_days: u32,
}

impl Default for Casework {
    fn default() -> Casework {
        Casework {
            other_systems: Vec::new(),
            retention_days: 1_095,
            delivery_days: 2,
            suppression_days: 395,
        }
    }
}

/// Which systems the profile names; a simulation has them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Genesys Cloud.
    pub genesys_cloud: bool,
    /// GWS on premise or its Cassandra.
    pub on_premise: bool,
}

impl Default for Reach {
    fn default() -> Reach {
        Reach {
            genesys_cloud: true,
            on_premise: true,
        }
    }
}

/// One mode and one organisation with all that belongs to it. Clones are the same world: a task that
/// outlives whoever asked for it holds one.
#[derive(Clone)]
pub struct World {
    /// Live or simulation.
    pub mode: Mode,
    /// The organisation's name for display and JSON.
    pub organization: String,
    /// Name of the profile.
    pub profile: String,
    /// A live profile whose address is a loopback one: marked *test* wherever the mode stands.
    pub test: bool,
    /// Time of this world.
    pub clock: Arc<dyn Clock>,
    /// Genesys Cloud.
    pub cloud: GenesysCloud,
    /// The store of this organisation and mode.
    pub store: Store,
    /// The ledger beside the store, into which its evidence is published.
    pub ledger: Ledger,
    /// Why the ledger could not be used when the world was built: nothing can be changed outside then.
    pub ledger_trouble: Option<Failure>,
    /// The turns of publishing.
    pub publishing: Arc<Publishing>,
    /// Who works.
    pub actor: Actor,
    /// How.
    pub settings: Settings,
    /// The law and the working days by which answers are due.
    pub rules: Rules,
    /// How cases are worked on.
    pub casework: Arc<Casework>,
    /// Mutations under way. Their outcome is recorded even when whoever asked has gone; a process
    /// waits for them before it exits ([`World::outcomes`]).
    pub tasks: TaskTracker,
    /// Private keys, and what is being decrypted.
    pub vault: Vault,
    /// Encryption at rest.
    pub rest: AtRest,
    /// Who witnesses the ledger.
    pub witnessing: Arc<Witnessing>,
    /// Who the token speaks for, asked once: the creator of what we submit.
    pub identity: Arc<OnceCell<Identity>>,
    /// Makes the client of the export service when it is first needed: its secrets may have to be
    /// asked for, and most work does without it.
    exports: Option<MakeCdds>,
    cdds: Arc<OnceCell<Cdds>>,
    /// The way to GWS on premise and its Cassandra, as the profile says it.
    pub on_premise: Option<OnPremise>,
    /// GWS on premise alone, as the profile says it.
    pub gws: Option<MakeGws>,
    /// What there is to be reached.
    pub reach: Reach,
    /// The case that is worked on, once that is known: evidence names it ([`World::about`]).
    case: Option<Arc<str>>,
}

/// Makes the client of the export service. Blocking.
pub type MakeCdds = Arc<dyn Fn() -> Result<Cdds, Failure> + Send + Sync>;

/// Makes the client of GWS when it is needed; `None` where the profile names none. Blocking.
pub type MakeGws = Arc<dyn Fn() -> Result<Option<Gws>, Failure> + Send + Sync>;

/// Connects to GWS and its Cassandra when they are needed.
pub type OnPremise =
    Arc<dyn Fn() -> futures_util::future::BoxFuture<'static, Result<Ends, Failure>> + Send + Sync>;

impl World {
    /// A world of these parts, with nothing under way.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        mode: Mode,
        organization: String,
        profile: String,
        test: bool,
        clock: Arc<dyn Clock>,
        cloud: GenesysCloud,
        store: Store,
        actor: Actor,
        settings: Settings,
    ) -> World {
        let vault = Vault::within(store.path().parent().unwrap_or(Path::new(".")));
        let rest = AtRest::beside(store.path(), store.is_shared());
        let place = Place::beside(store.path(), store.is_shared());
        let ledger = Ledger::new(place, mode, &organization);
        World {
            mode,
            organization,
            profile,
            test,
            clock,
            cloud,
            store,
            ledger,
            ledger_trouble: None,
            publishing: evidence::turns(),
            actor,
            settings,
            rules: Rules::default(),
            casework: Arc::new(Casework::default()),
            tasks: TaskTracker::new(),
            vault,
            rest,
            witnessing: Arc::default(),
            identity: Arc::new(OnceCell::new()),
            exports: None,
            cdds: Arc::new(OnceCell::new()),
            on_premise: None,
            gws: None,
            reach: Reach::default(),
            case: None,
        }
    }

    /// The same world for work on this case: evidence of what is done in it names the case, so that it
    /// stands in the case's trail and record.
    #[must_use]
    pub fn about(&self, case: Option<&str>) -> World {
        let mut own = self.clone();
        own.case = case.map(Arc::from);
        own
    }

    /// Facts of an entry with the case that is worked on.
    pub(crate) fn facts(&self, mut facts: serde_json::Value) -> serde_json::Value {
        if let (Some(case), Some(map)) = (&self.case, facts.as_object_mut()) {
            map.entry("case").or_insert_with(|| case.as_ref().into());
        }
        facts
    }

    /// The same world with an export service.
    #[must_use]
    pub fn with_exports(mut self, make: MakeCdds) -> World {
        self.exports = Some(make);
        self
    }

    /// True when there is an export service to speak to.
    pub fn has_exports(&self) -> bool {
        self.exports.is_some()
    }

    /// The client of the export service.
    ///
    /// # Errors
    /// When the profile names none, or its secrets cannot be read.
    pub async fn cdds(&self) -> Result<Cdds, Failure> {
        let make = self.exports.clone().ok_or_else(|| {
            Failure::new(
                FailureKind::Configuration,
                "The profile names no Cloud Data Download Service.",
            )
            .next("Set url in [profiles.NAME.cdds], or DSR_CDDS_URL.")
            .at(cdds::SYSTEM)
        })?;
        let client = self.cdds.get_or_try_init(|| async move {
            tokio::task::spawn_blocking(move || make())
                .await
                .unwrap_or_else(|_| {
                    Err(Failure::new(
                        FailureKind::Internal,
                        "The client could not be made.",
                    ))
                })
        });
        client.await.cloned()
    }

    /// The same world with these rules for due days.
    #[must_use]
    pub fn reckoned_by(mut self, rules: Rules) -> World {
        self.store.reckon_by(rules.clone());
        self.rules = rules;
        self
    }

    /// The same world with these habits for cases.
    #[must_use]
    pub fn with_casework(mut self, casework: Casework) -> World {
        self.casework = Arc::new(casework);
        self
    }

    /// Waits until the outcome of every mutation under way is recorded, and publishes the evidence of
    /// it. To be called before exit, after new work has stopped.
    pub async fn outcomes(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.tasks.reopen();
        if let Err(failure) = evidence::settle(self).await {
            // It lies in the outbox, and the next start tries again.
            tracing::error!("evidence waits: {failure}");
            return;
        }
        evidence::anchor_if_due(self).await;
    }
}
