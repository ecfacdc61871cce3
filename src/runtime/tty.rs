//! The terminal as a file: a writer of our own, since the standard output is buffered by line.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use ratatui::layout::Size;
use rustix::fd::BorrowedFd;

use super::backend::SizeOf;
use super::modes::Modes;

/// A descriptor of the terminal that the console will draw on.
///
/// # Errors
/// When standard input or output is not a terminal.
pub fn open() -> io::Result<OwnedFd> {
    let (input, output) = (io::stdin(), io::stdout());
    for fd in [input.as_fd(), output.as_fd()] {
        if !rustix::termios::isatty(fd) {
            return Err(io::Error::other("standard input and output are not a terminal"));
        }
    }
    output.as_fd().try_clone_to_owned()
}

/// Asks the kernel for the size in columns and rows.
pub fn size(fd: BorrowedFd<'_>) -> io::Result<Size> {
    let size = rustix::termios::tcgetwinsize(fd)?;
    // A pseudo-terminal that nobody told a size has none.
    Ok(match (size.ws_col, size.ws_row) {
        (0, _) | (_, 0) => Size::new(80, 24),
        (columns, rows) => Size::new(columns, rows),
    })
}

/// [`size`] for the back end.
pub fn size_of(modes: &Arc<Modes>) -> SizeOf {
    let modes = Arc::clone(modes);
    Box::new(move || size(modes.tty().as_fd()))
}

/// Writes to the terminal, or nowhere once the line is gone: tear-down must not fail on it.
pub struct TtyWriter(pub Arc<Modes>);

impl io::Write for TtyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.0.is_dead() {
            self.0.write(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// After a hang-up: standard input, output and error point nowhere, so that nothing of this process
/// keeps the line open while an outcome is still being recorded.
pub fn let_go() {
    let Ok(nowhere) = std::fs::File::options().read(true).write(true).open("/dev/null") else {
        return;
    };
    let _ = rustix::stdio::dup2_stdin(&nowhere);
    let _ = rustix::stdio::dup2_stdout(&nowhere);
    let _ = rustix::stdio::dup2_stderr(&nowhere);
}
