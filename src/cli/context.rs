//! What every command is given: configuration, mode, output, cancellation, and the world on demand.

use std::io::Write;
use std::sync::Arc;

use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::mode::Decided;
use super::options::Global;
use super::output::Output;
use super::value_source::ValueSource;
use crate::config::Config;
use crate::crypto::Vault;
use crate::domain::clock::Clock;
use crate::domain::failure::Failure;
use crate::domain::mode::Mode;
use crate::domain::progress::Listener;
use crate::domain::text::clean;
use crate::workflow::World;
use crate::world::clock::SystemClock;
use crate::world::{self, Scenario, Selection, live, shelves, simulated};

/// The surroundings of one command.
pub struct Context {
    /// The configuration.
    pub config: Arc<Config>,
    /// The global options.
    pub global: Global,
    /// The mode and who said it.
    pub decided: Decided,
    /// Standard output.
    pub out: Output,
    /// `@FILE` and `-`.
    pub values: ValueSource,
    /// Cancelled by INT, TERM and HUP.
    pub cancel: CancellationToken,
    world: OnceCell<Arc<World>>,
}

impl Context {
    /// The surroundings of a command.
    pub fn new(config: Arc<Config>, global: Global, decided: Decided, cancel: CancellationToken) -> Context {
        Context {
            out: Output::stdout(&global, &config.env, decided.mode),
            config,
            global,
            decided,
            values: ValueSource::default(),
            cancel,
            world: OnceCell::new(),
        }
    }

    /// The world, built at the first call, which also says on standard error whom it speaks to.
    ///
    /// # Errors
    /// As [`world::build`].
    pub async fn world(&self) -> Result<Arc<World>, Failure> {
        self.world
            .get_or_try_init(|| async {
                let config = self.unlocked().await?;
                let world = world::build(&config, &self.selection()).await?;
                self.announce(&world.organization, world.test);
                if let Some(trouble) = &world.ledger_trouble {
                    self.warn(trouble);
                }
                Ok(world)
            })
            .await
            .cloned()
    }

    /// As [`Context::world`], for work that never speaks to Genesys Cloud.
    ///
    /// # Errors
    /// As [`world::build_on_premise`].
    pub async fn on_premise_world(&self, test: bool) -> Result<Arc<World>, Failure> {
        self.world
            .get_or_try_init(|| async {
                let config = self.unlocked().await?;
                let world = world::build_on_premise(&config, &self.selection(), test).await?;
                self.announce(&world.organization, world.test);
                Ok(world)
            })
            .await
            .cloned()
    }

    /// The configuration, with the passphrase of the store where it has to be asked for.
    pub(super) async fn unlocked(&self) -> Result<Arc<Config>, Failure> {
        let selection = self.selection();
        let Some(key) = world::locked_by(&self.config, &selection)? else {
            return Ok(Arc::clone(&self.config));
        };
        if !self.interactive() {
            // Whoever opens the store says where the passphrase may come from.
            return Ok(Arc::clone(&self.config));
        }
        let prompt = format!("Passphrase of {}: ", clean(&key.display().to_string()));
        let Some(passphrase) = self.ask_hidden(&prompt).await? else {
            return Ok(Arc::clone(&self.config));
        };
        Ok(Arc::new(world::unlocked(&self.config, &selection, passphrase)))
    }

    /// The world, if a command has asked for it.
    pub fn built_world(&self) -> Option<&Arc<World>> {
        self.world.get()
    }

    /// Keeps what the organisation calls itself, if this command came to know it.
    pub fn remember_organization(&self, world: &World) {
        let name = world
            .identity
            .get()
            .and_then(|identity| identity.organization.as_deref());
        if let (Some(name), Mode::Live) = (name, world.mode) {
            live::remember_organization(&self.config, &self.config.profile, &clean(name));
        }
    }

    /// Which world is wanted.
    pub fn selection(&self) -> Selection {
        Selection {
            mode: self.decided.mode,
            profile: Some(self.config.profile.name.clone()),
            scenario: scenario(self.global.scenario.as_deref()),
        }
    }

    /// Keys and unfinished work of this mode.
    pub fn vault(&self) -> Vault {
        let scenario = scenario(self.global.scenario.as_deref());
        shelves::vault(&self.config, self.decided.mode, &scenario)
    }

    /// The clock of this mode, for commands that need no more of a world.
    ///
    /// # Errors
    /// A simulated estate that cannot be opened.
    pub fn clock(&self) -> Result<Arc<dyn Clock>, Failure> {
        match self.decided.mode {
            Mode::Live => Ok(Arc::new(SystemClock)),
            Mode::Simulation => {
                let scenario = scenario(self.global.scenario.as_deref());
                Ok(simulated::open(&self.config, &scenario)?.clock())
            }
        }
    }

    /// Says on standard error which mode and organisation the command speaks to.
    pub fn announce(&self, organization: &str, test: bool) {
        let mode = match (self.decided.mode, test) {
            (Mode::Simulation, _) => "SIMULATION",
            (Mode::Live, true) => "LIVE (test)",
            (Mode::Live, false) => "LIVE",
        };
        let line = super::table::shown(
            &format!(
                "{mode} · organisation {organization} · profile {}",
                self.config.profile.name
            ),
            false,
            self.out.drawing(),
        );
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }

    /// Says on standard error what is wrong, and what to do, although this command goes on.
    fn warn(&self, trouble: &Failure) {
        let next = trouble.next.as_deref().unwrap_or_default();
        let text = format!(
            "Warning: {} Nothing can be changed until then. {next}",
            trouble.message
        );
        let _ = writeln!(
            std::io::stderr().lock(),
            "{}",
            super::table::shown(&text, false, self.out.drawing())
        );
    }

    /// A listener that draws a progress bar on standard error when that is a terminal.
    pub fn listener(&self) -> Listener {
        super::progress::listener(&self.global)
    }
}

/// A scenario is a file when it looks like a path, else a built-in one.
pub fn scenario(text: Option<&str>) -> Scenario {
    match text {
        None => Scenario::BuiltIn("default".to_owned()),
        Some(path) if path.contains('/') || path.ends_with(".toml") => Scenario::File(path.into()),
        Some(name) => Scenario::BuiltIn(name.to_owned()),
    }
}
