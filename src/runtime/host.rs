//! The terminal beyond drawing: suspending and the clipboard.

use std::sync::Arc;

use rustix::process::Signal;

use super::clipboard;
use super::modes::Modes;

/// What the event loop asks of the terminal beside pictures.
pub trait Host {
    /// Gives the terminal back and lets the process be stopped. `by_key` means everybody who belongs
    /// to the foreground job stops too. False when it is better not to stop. The stop itself comes a
    /// moment later: until [`Host::resume`] nothing may be drawn.
    fn stop(&mut self, by_key: bool) -> bool;

    /// The process was continued: takes the terminal again. The screen must be painted anew.
    fn resume(&mut self);

    /// Sends text to the clipboard of the terminal.
    fn copy(&mut self, text: &str);
}

/// The real terminal.
pub struct TtyHost {
    modes: Arc<Modes>,
    in_tmux: bool,
}

impl TtyHost {
    /// For the terminal of `modes`.
    pub fn new(modes: Arc<Modes>) -> TtyHost {
        TtyHost {
            modes,
            in_tmux: std::env::var_os("TMUX").is_some(),
        }
    }
}

impl Host for TtyHost {
    fn stop(&mut self, by_key: bool) -> bool {
        if by_key && nobody_to_continue_us() {
            return false;
        }
        self.modes.leave();
        // SIGSTOP and not SIGTSTP, which is caught to get here in the first place. The kernel may
        // stop this thread only after a few more instructions, so the terminal is taken again when
        // SIGCONT is heard and not below.
        let stopped = if by_key {
            rustix::process::kill_current_process_group(Signal::STOP)
        } else {
            rustix::process::kill_process(rustix::process::getpid(), Signal::STOP)
        };
        if let Err(error) = stopped {
            tracing::warn!("could not stop: {error}");
            self.resume();
            return false;
        }
        true
    }

    fn resume(&mut self) {
        // Stopped by somebody else, the shell has set the terminal to its own liking meanwhile.
        self.modes.leave();
        if let Err(error) = self.modes.enter() {
            tracing::warn!("the terminal could not be taken again: {error}");
        }
    }

    fn copy(&mut self, text: &str) {
        if let Some(sequence) = clipboard::sequence(text, self.in_tmux) {
            let _ = self.modes.write(&sequence);
        }
    }
}

/// Under `ssh -t host dsr` there is no shell that could bring a stopped console back; a stop would
/// freeze the terminal for good.
fn nobody_to_continue_us() -> bool {
    let Some(parent) = rustix::process::getppid() else {
        return true;
    };
    match (session_of(None), session_of(Some(parent))) {
        (Some(ours), Some(theirs)) => ours != theirs,
        _ => true,
    }
}

/// The session of a process, as a number that is 0 where its leader lives in another process
/// namespace (a container entered from outside). The type that `rustix` answers with has no room for
/// that 0, so the kernel's own table is read.
#[cfg(target_os = "linux")]
fn session_of(process: Option<rustix::process::Pid>) -> Option<i32> {
    let path = match process {
        Some(pid) => format!("/proc/{}/stat", pid.as_raw_nonzero()),
        None => "/proc/self/stat".to_owned(),
    };
    session_in(&std::fs::read_to_string(path).ok()?)
}

#[cfg(not(target_os = "linux"))]
fn session_of(process: Option<rustix::process::Pid>) -> Option<i32> {
    let session = rustix::process::getsid(process).ok()?;
    Some(session.as_raw_nonzero().get())
}

/// The sixth field of a line of `proc_pid_stat(5)`. The second field is the program's name in
/// parentheses and may itself hold blanks and parentheses.
#[cfg(target_os = "linux")]
fn session_in(stat: &str) -> Option<i32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_ascii_whitespace().nth(3)?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_session_stands_behind_any_name() {
        assert_eq!(session_in("42 (a) (b c) S 1 40 7 34816 42 0"), Some(7));
        assert_eq!(session_in("42 (sh) S 0 0 0 0 -1 0"), Some(0));
        assert_eq!(session_in("42 (sh) S 0"), None);
        assert_eq!(session_in(""), None);
    }

    #[test]
    fn our_own_session_is_known() {
        assert!(session_of(None).is_some());
    }
}
