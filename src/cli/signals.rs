//! INT, TERM and HUP: work that has not been sent is given up, work that has been is waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancels `token` at the first of the three signals. A second one changes nothing: an outcome that
/// is not recorded would be lost. While `waiting` is set the command waits for its input and has sent
/// nothing: then `give_up` is called, which ends the process.
pub fn cancel_on_signal(
    token: CancellationToken,
    waiting: Arc<AtomicBool>,
    give_up: impl Fn() + Send + 'static,
) {
    let (Ok(mut int), Ok(mut term), Ok(mut hup)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        return;
    };
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = int.recv() => {}
                _ = term.recv() => {}
                _ = hup.recv() => {}
            }
            token.cancel();
            if waiting.load(Ordering::SeqCst) {
                give_up();
            }
        }
    });
}
