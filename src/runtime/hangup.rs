//! Notices that the line is gone, whatever was done with SIGHUP, and sees to it that the terminal
//! is let go within a second even if the event loop is stuck in a write.

use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};

use super::modes::Modes;
use super::signals::Signal;

/// How long the event loop has to come to its end by itself.
const PATIENCE: Duration = Duration::from_millis(700);

/// Watches the line on a thread of its own. `poll` without any event wanted wakes for a hang-up and
/// for nothing else.
pub fn watch(modes: Arc<Modes>, tell: tokio::sync::mpsc::UnboundedSender<Signal>) -> std::io::Result<()> {
    std::thread::Builder::new()
        .name("line".to_owned())
        .spawn(move || {
            if wait(&modes) {
                modes.bury();
                let _ = tell.send(Signal::HangUp);
            }
        })?;
    Ok(())
}

/// True when the line is gone; false when it cannot be watched.
fn wait(modes: &Modes) -> bool {
    loop {
        let tty = modes.tty();
        let mut fds = [PollFd::from_borrowed_fd(tty.as_fd(), PollFlags::empty())];
        match poll(&mut fds, None) {
            Ok(_) if fds[0].revents().contains(PollFlags::NVAL) => return false,
            Ok(_) if fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) => return true,
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// The last resort: armed by a signal that ends the console, called off by its orderly end.
pub struct LastResort {
    arm: Mutex<Option<Sender<()>>>,
}

impl LastResort {
    /// `give_up` runs on a thread of its own when the event loop has not come to its end in time.
    pub fn new() -> Arc<LastResort> {
        Arc::new(LastResort {
            arm: Mutex::new(None),
        })
    }

    /// Starts the count, once.
    pub fn arm(&self, give_up: impl FnOnce() + Send + 'static) {
        let mut arm = self.lock();
        if arm.is_some() {
            return;
        }
        let (called_off, wait): (Sender<()>, Receiver<()>) = channel();
        *arm = Some(called_off);
        let started = std::thread::Builder::new()
            .name("last resort".to_owned())
            .spawn(move || {
                if let Err(std::sync::mpsc::RecvTimeoutError::Timeout) = wait.recv_timeout(PATIENCE) {
                    give_up();
                }
            });
        if let Err(error) = started {
            tracing::warn!("no thread for the last resort: {error}");
        }
    }

    /// The event loop has ended.
    pub fn call_off(&self) {
        // Dropping the sender ends the wait.
        self.lock().take();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Sender<()>>> {
        self.arm.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portable_pty::{PtySize, native_pty_system};

    #[tokio::test]
    async fn a_line_that_goes_is_noticed_without_any_signal() {
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let name = pair.master.tty_name().unwrap();
        let tty = std::fs::File::options()
            .read(true)
            .write(true)
            .open(name)
            .unwrap();
        let modes = Modes::of(tty.into()).unwrap();
        let (tell, mut heard) = tokio::sync::mpsc::unbounded_channel();
        watch(Arc::clone(&modes), tell).unwrap();
        assert!(heard.try_recv().is_err());
        drop(pair);
        assert_eq!(heard.recv().await, Some(Signal::HangUp));
        assert!(modes.is_dead(), "nothing is written any more");
    }

    #[test]
    fn the_last_resort_comes_only_when_it_is_not_called_off() {
        let (came, come) = channel();
        let resort = LastResort::new();
        resort.arm(move || came.send(()).unwrap());
        resort.call_off();
        assert!(come.recv().is_err(), "its sender went without a word");
        let (came, come) = channel();
        let resort = LastResort::new();
        resort.arm(move || came.send(()).unwrap());
        assert!(come.recv().is_ok());
    }
}
