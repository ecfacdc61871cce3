//! The state that the terminal is put into and brought back from: raw mode, alternate screen,
//! bracketed paste, hidden cursor. Mouse reporting stays off, and nothing is asked of the terminal.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ThreadId;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[2J";
/// Ends a synchronized update first: one may be open when a panic interrupts a frame.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[m\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// Puts the terminal into the state that the console needs, and back. Safe to call from any thread
/// and more than once: only the first call that changes the state does something.
pub struct Modes {
    tty: OwnedFd,
    original: Termios,
    active: AtomicBool,
    dead: AtomicBool,
}

impl Modes {
    /// Remembers how the terminal is set now. `tty` is a descriptor of its own.
    pub fn of(tty: OwnedFd) -> io::Result<Arc<Modes>> {
        let original = tcgetattr(&tty)?;
        Ok(Arc::new(Modes {
            tty,
            original,
            active: AtomicBool::new(false),
            dead: AtomicBool::new(false),
        }))
    }

    /// Raw mode and the alternate screen.
    pub fn enter(&self) -> io::Result<()> {
        if self.active.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        // By way of crossterm, whose reader must know that the terminal is raw (line feed is then
        // Ctrl-J and not Enter).
        crossterm::terminal::enable_raw_mode()?;
        self.write(ENTER)
    }

    /// Everything back as it was. Errors are of no use to anybody here.
    pub fn leave(&self) {
        if !self.active.swap(false, Ordering::SeqCst) || self.is_dead() {
            return;
        }
        let _ = self.write(LEAVE);
        let _ = crossterm::terminal::disable_raw_mode();
        self.restore_line();
    }

    /// Only the line discipline, without a byte that could block: for a terminal that does not take
    /// any more output.
    pub fn abandon(&self) {
        if self.active.swap(false, Ordering::SeqCst) {
            self.restore_line();
        }
    }

    /// The line is gone: from now on nothing is written.
    pub fn bury(&self) {
        self.dead.store(true, Ordering::SeqCst);
    }

    /// True after a hang-up.
    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// True between [`Modes::enter`] and [`Modes::leave`].
    pub fn is_active(&self) -> bool {
        self.active.load(Ordering::SeqCst)
    }

    /// Writes at once and whole.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(&self.tty, rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => rest = &rest[n..],
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The descriptor, for `poll` and for the size.
    pub fn tty(&self) -> impl AsFd + '_ {
        self.tty.as_fd()
    }

    fn restore_line(&self) {
        let _ = tcsetattr(&self.tty, OptionalActions::Now, &self.original);
    }
}

/// Leaves when it goes out of scope, whatever the reason.
pub struct Guard(pub Arc<Modes>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// A panic of the console's own thread first gives the terminal back and then speaks. One of a task
/// must not write over the screen: its task reports it, and the log says where it was. The message
/// itself may hold personal data and is kept out of the log.
pub fn install_panic_hook(modes: &Arc<Modes>, console: ThreadId) {
    let modes = Arc::clone(modes);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == console || !modes.is_active() {
            modes.leave();
            if !modes.is_dead() {
                before(info);
            }
            return;
        }
        match info.location() {
            Some(place) => tracing::error!("a task panicked at {place}"),
            None => tracing::error!("a task panicked"),
        }
    }));
}
