//! Signals as messages to the event loop.

use rustix::process::Signal as Number;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// What the outside asks of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM.
    Terminate,
    /// SIGINT from outside; Ctrl-C in the console is a key.
    Interrupt,
    /// SIGHUP, or the line is gone.
    HangUp,
    /// SIGTSTP from outside; Ctrl-Z in the console is a key.
    Stop,
    /// SIGCONT: the terminal may have been used by others meanwhile.
    Continue,
    /// SIGWINCH.
    Resized,
}

/// Listens from now on. Must be called inside the tokio runtime.
pub fn listen(tell: &mpsc::UnboundedSender<Signal>) -> std::io::Result<()> {
    let kinds = [
        (SignalKind::terminate(), Signal::Terminate),
        (SignalKind::interrupt(), Signal::Interrupt),
        (SignalKind::hangup(), Signal::HangUp),
        (SignalKind::from_raw(Number::TSTP.as_raw()), Signal::Stop),
        (SignalKind::from_raw(Number::CONT.as_raw()), Signal::Continue),
        (SignalKind::window_change(), Signal::Resized),
    ];
    for (kind, meaning) in kinds {
        let mut stream = signal(kind)?;
        let tell = tell.clone();
        tokio::spawn(async move {
            while stream.recv().await.is_some() {
                if tell.send(meaning).is_err() {
                    return;
                }
            }
        });
    }
    Ok(())
}
