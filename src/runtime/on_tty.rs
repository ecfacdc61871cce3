//! The event loop on the real terminal, from taking it to giving it back.

use std::io::{self, Write};
use std::sync::Arc;

use ratatui::Terminal;
use tokio::sync::mpsc;

use super::event_loop::{Ended, EventLoop, Pacing};
use super::executor::{Executor, WorldBuilder};
use super::hangup::{self, LastResort};
use super::modes::{self, Guard, Modes};
use super::outcomes::Outcomes;
use super::screen::Screen;
use super::signals::{self, Signal};
use super::{TtyBackend, host, input, tty};
use crate::domain::clock::Clock;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;

/// What a screen needs around it.
pub struct Wiring {
    /// The mode opened first.
    pub mode: Mode,
    /// Builds a world.
    pub build: WorldBuilder,
    /// The time of the host, told until a world is open.
    pub clock: Arc<dyn Clock>,
    /// False: attributes only.
    pub color: bool,
}

/// Runs `screen` on the terminal of this process and gives the exit code. To be awaited on the
/// thread that started the tokio runtime: a panic there gives the terminal back.
///
/// # Errors
/// When there is no terminal, or it cannot be drawn on.
pub async fn on_tty<S: Screen>(screen: S, wiring: Wiring) -> Result<u8, Failure> {
    let modes = tty::open()
        .and_then(Modes::of)
        .map_err(|error| no_terminal(&error))?;
    let (executor, inbox) = Executor::new(wiring.build, wiring.clock);
    let outcomes = executor.outcomes();
    let last_resort = LastResort::new();
    let (tell, signals) = mpsc::unbounded_channel();
    let (watched, watch) = mpsc::unbounded_channel();
    signals::listen(&watched).map_err(|error| no_terminal(&error))?;
    tokio::spawn(pass_on(
        watch,
        tell,
        LastWords {
            resort: Arc::clone(&last_resort),
            modes: Arc::clone(&modes),
            outcomes: outcomes.clone(),
        },
    ));

    let guard = Guard(Arc::clone(&modes));
    let ended = async {
        take(&modes)?;
        let backend = TtyBackend::new(
            tty::TtyWriter(Arc::clone(&modes)),
            tty::size_of(&modes),
            wiring.color,
        );
        let mut event_loop = EventLoop {
            terminal: Terminal::new(backend)?,
            input: input::read(Arc::clone(&modes))?,
            signals,
            screen,
            executor,
            inbox,
            host: host::TtyHost::new(Arc::clone(&modes)),
            pacing: Pacing::default(),
        };
        hangup::watch(Arc::clone(&modes), watched)?;
        event_loop.run(wiring.mode).await
    }
    .await;
    drop(guard);
    last_resort.call_off();

    let ended = match ended {
        // A terminal that cannot be written to any more is a line that is gone.
        Err(error) if modes.is_dead() || gone(&error) => Ok(Ended::HangUp),
        other => other.map_err(|error| no_terminal(&error)),
    };
    if let Ok(Ended::HangUp) = ended {
        tty::let_go();
    } else if outcomes.pending() {
        let _ = writeln!(
            io::stderr(),
            "Waiting until the outcome of what was sent is recorded …"
        );
    }
    outcomes.recorded().await;
    ended.map(exit_code)
}

fn take(modes: &Arc<Modes>) -> io::Result<()> {
    crossterm::style::force_color_output(true);
    modes::install_panic_hook(modes, std::thread::current().id());
    modes.enter()
}

fn gone(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error())
}

struct LastWords {
    resort: Arc<LastResort>,
    modes: Arc<Modes>,
    outcomes: Outcomes,
}

/// Hands signals to the loop, and starts the count for the case that the loop cannot hear them
/// because it waits in a write to a terminal that takes nothing.
async fn pass_on(
    mut watch: mpsc::UnboundedReceiver<Signal>,
    tell: mpsc::UnboundedSender<Signal>,
    last: LastWords,
) {
    let runtime = tokio::runtime::Handle::current();
    while let Some(signal) = watch.recv().await {
        let ended = match signal {
            Signal::HangUp => Some(Ended::HangUp),
            Signal::Terminate | Signal::Interrupt => Some(Ended::Signal(signal)),
            Signal::Stop | Signal::Continue | Signal::Resized => None,
        };
        if let Some(ended) = ended {
            let (modes, outcomes, runtime) = (last.modes.clone(), last.outcomes.clone(), runtime.clone());
            last.resort.arm(move || {
                modes.abandon();
                modes.bury();
                tty::let_go();
                runtime.block_on(outcomes.recorded());
                std::process::exit(i32::from(exit_code(ended)));
            });
        }
        if tell.send(signal).is_err() {
            return;
        }
    }
}

fn exit_code(ended: Ended) -> u8 {
    match ended {
        Ended::Quit => 0,
        Ended::Signal(Signal::Interrupt) => 130,
        Ended::Signal(_) => 143,
        Ended::HangUp => 129,
    }
}

fn no_terminal(error: &io::Error) -> Failure {
    Failure::new(
        FailureKind::Usage,
        format!("The console cannot use this terminal: {error}."),
    )
    .next("Run it in a terminal, or use the commands: dsr --help")
}
