//! What `dsr` without a command starts: the console with the worlds that the configuration names.

use std::sync::Arc;

use ratatui::Frame;

use super::executor::WorldBuilder;
use super::on_tty::{Wiring, on_tty};
use super::screen::Screen;
use crate::app::{self, App, Effect, LiveTarget, Look, Msg};
use crate::config::Config;
use crate::domain::failure::{Failure, FailureKind};
use crate::keymap::Keymap;
use crate::ui::Ui;
use crate::world::clock::SystemClock;
use crate::world::{Selection, live};

/// How the console is started, decided from flags, environment and configuration.
#[derive(Clone, Debug)]
pub struct Options {
    /// The configuration; another world of it is built when the mode is switched.
    pub config: Arc<Config>,
    /// The world to begin with.
    pub selection: Selection,
    /// `--simulate` was given: the console cannot be switched to live.
    pub pinned: bool,
    /// Colours may be used (already decided from `--color`, `NO_COLOR` and `TERM`).
    pub color: bool,
    /// Only ASCII symbols (`--ascii`, or a locale that is not UTF-8).
    pub ascii: bool,
    /// Begin with identifiers shown in full.
    pub reveal: bool,
}

/// Threads that may block at the same time: archives being read, the simulated estate, clocks.
const BLOCKING: usize = 3;

/// The console with its view, as the event loop drives it.
pub struct Console {
    app: App,
    ui: Ui,
}

impl Console {
    /// A console of this look.
    ///
    /// # Errors
    /// There is no theme of the name asked for.
    pub fn new(options: app::Options) -> Result<Console, Failure> {
        let ui = Ui::new(&options.look).map_err(|reason| Failure::new(FailureKind::Configuration, reason))?;
        let app = App::new(options);
        Ok(Console { app, ui })
    }
}

impl Screen for Console {
    fn update(&mut self, msg: Msg) -> Vec<Effect> {
        self.app.update(msg)
    }

    fn take_dirty(&mut self) -> bool {
        self.app.take_dirty()
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        self.ui.draw(frame, &self.app);
    }
}

/// Runs the console on the terminal until it is left or the line goes. Gives the exit code. Not to be
/// called inside a task runtime: it starts its own.
///
/// # Errors
/// When the keys or the theme of the configuration are wrong, or the terminal cannot be used.
pub fn run(options: Options) -> Result<u8, Failure> {
    let console = Console::new(app_options(&options)?)?;
    let wiring = Wiring {
        mode: options.selection.mode,
        build: builder(Arc::clone(&options.config), options.selection),
        clock: Arc::new(SystemClock),
        color: options.color,
    };
    let runtime = task_runtime()?;
    let code = runtime.block_on(on_tty(console, wiring));
    // What still reads an archive or waits for an answer must not hold the process.
    runtime.shutdown_background();
    code
}

/// What the state machine is to know of configuration and command line.
fn app_options(options: &Options) -> Result<app::Options, Failure> {
    let config = &options.config;
    let keymap = Keymap::load(config.console.keys.as_deref()).map_err(|error| {
        Failure::new(FailureKind::Configuration, error.to_string())
            .next("The table [keys] of the configuration has the form of assets/keymap.toml.")
    })?;
    let live = if options.pinned {
        Err("the console was started with --simulate".to_owned())
    } else {
        live::readiness(config, &config.profile).map(|organization| LiveTarget {
            profile: config.profile.name.clone(),
            organization,
        })
    };
    Ok(app::Options {
        look: Look {
            ascii: options.ascii,
            monochrome: !options.color,
            theme: Some(config.console.theme.clone()).filter(|theme| !theme.is_empty()),
        },
        live,
        opening: Some(options.selection.mode),
        reveal: options.reveal,
        remask_after: i64::try_from(config.console.remask_after.as_secs()).unwrap_or(i64::MAX),
        ..app::Options::simulation_only(keymap, "")
    })
}

/// A task runtime for the console. Its work is waiting, and the C library keeps memory for every
/// thread that ever allocated: few threads keep a queue of 100,000 requests small.
///
/// # Errors
/// When the host has no thread left.
pub fn task_runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(BLOCKING)
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                FailureKind::Internal,
                format!("The task runtime could not be started ({}).", error.kind()),
            )
        })
}

/// Builds worlds out of the configuration, each with the mode asked for.
pub fn builder(config: Arc<Config>, selection: Selection) -> WorldBuilder {
    Arc::new(move |mode| {
        let (config, mut selection) = (Arc::clone(&config), selection.clone());
        selection.mode = mode;
        Box::pin(async move { crate::world::build(&config, &selection).await })
    })
}
