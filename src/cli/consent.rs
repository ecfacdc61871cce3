//! Asking before anything is changed. Without a terminal nobody is asked: the command line must
//! have said the mode and `--yes`.

use std::io::{IsTerminal, Write};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::context::Context;
use crate::config::wiped;
use crate::domain::failure::{Failure, FailureKind};

/// No answer is longer.
const LONGEST_LINE: usize = 64 * 1024;

/// A key of the terminal that does nothing (`_POSIX_VDISABLE`).
const DISABLED: u8 = if cfg!(target_os = "linux") { 0 } else { 0xff };

impl Context {
    /// True when somebody can be asked.
    pub fn interactive(&self) -> bool {
        !self.global.no_input && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// To be called by every command that changes something, before it does any work.
    ///
    /// # Errors
    /// Without a terminal: when the mode was not said, or `--yes` is missing.
    pub fn before_change(&self, yes: bool) -> Result<(), Failure> {
        if self.interactive() {
            return Ok(());
        }
        if !self.decided.explicit() {
            return Err(Failure::new(
                FailureKind::Usage,
                "Without a terminal, a command that changes something must say which world it means.",
            )
            .next("Add --live or --simulate, set DSR_MODE, or set mode in the profile."));
        }
        if !yes {
            return Err(Failure::new(
                FailureKind::Usage,
                "Nobody can be asked here, and --yes is missing.",
            )
            .next("Look first (with --dry-run, where the command has it), then add --yes."));
        }
        Ok(())
    }

    /// As [`Context::before_change`], for a command that writes files of this user only.
    ///
    /// # Errors
    /// Without a terminal: when `--yes` is missing.
    pub fn before_local_change(&self, yes: bool) -> Result<(), Failure> {
        if yes || self.interactive() {
            return Ok(());
        }
        Err(Failure::new(
            FailureKind::Usage,
            "Nobody can be asked here, and --yes is missing.",
        ))
    }

    /// As [`Context::confirm`], for a command that writes files of this user only.
    ///
    /// # Errors
    /// When the answer is not yes, or standard input ends.
    pub async fn confirm_local(&self, question: &str, yes: bool) -> Result<(), Failure> {
        self.before_local_change(yes)?;
        if yes {
            return Ok(());
        }
        let answer = self.ask(&format!("{question} [y/N] ")).await?;
        if is_yes(answer.as_deref()) {
            Ok(())
        } else {
            Err(not_confirmed())
        }
    }

    /// Asks a yes-or-no question, default no. With `yes` it is answered already.
    ///
    /// # Errors
    /// When the answer is not yes, or standard input ends.
    pub async fn confirm(&self, question: &str, yes: bool) -> Result<(), Failure> {
        if yes {
            return Ok(());
        }
        self.before_change(yes)?;
        let answer = self.ask(&format!("{question} [y/N] ")).await?;
        if is_yes(answer.as_deref()) {
            Ok(())
        } else {
            Err(not_confirmed())
        }
    }

    /// Asks that `expected` be typed: for what cannot be undone in a live organisation. `what` says
    /// what to type without giving away a person's name.
    ///
    /// # Errors
    /// When anything else is typed, or standard input ends.
    pub async fn confirm_typed(
        &self,
        question: &str,
        what: &str,
        expected: &str,
        yes: bool,
    ) -> Result<(), Failure> {
        if yes {
            return Ok(());
        }
        self.before_change(yes)?;
        let answer = self.ask(&format!("{question}\nType {what} to go on: ")).await?;
        if is_typed(answer.as_deref(), expected) {
            Ok(())
        } else {
            Err(not_confirmed())
        }
    }

    /// Asks for a line that is not shown while it is typed, and of which no other copy stays in
    /// memory. `None` at the end of input.
    ///
    /// # Errors
    /// As [`Context::ask`].
    pub async fn ask_hidden(&self, prompt: &str) -> Result<Option<SecretString>, Failure> {
        let _echo_is_off = self.interactive().then(Hidden::new);
        let line = self.line(prompt).await?;
        line.map(|line| wiped::secret(&line).ok_or_else(unread))
            .transpose()
    }

    /// Asks for a line. `None` at the end of input.
    ///
    /// # Errors
    /// When nobody can be asked, or the process is interrupted meanwhile.
    pub async fn ask(&self, prompt: &str) -> Result<Option<String>, Failure> {
        let line = self.line(prompt).await?;
        let text = line.map(|line| String::from_utf8(line.to_vec()).map_err(|_| unread()));
        text.transpose()
    }

    /// Writes the prompt and reads a line, byte by byte: nothing after it is taken, and no buffer
    /// remembers it.
    async fn line(&self, prompt: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        if !self.interactive() {
            return Err(Failure::new(FailureKind::Usage, "Nobody can be asked here."));
        }
        let prompt = crate::cli::table::shown_lines(prompt, self.out.drawing());
        let _ = std::io::stderr().lock().write_all(prompt.as_bytes());
        let read = tokio::task::spawn_blocking(|| wiped::line(wiped::stdin()?, LONGEST_LINE));
        tokio::select! {
            () = self.cancel.cancelled() => {
                // What is told next begins on a line of its own.
                let _ = std::io::stderr().lock().write_all(b"\n");
                Err(not_confirmed())
            }
            answer = read => match answer {
                Ok(Ok(line)) => Ok(line),
                _ => Err(unread()),
            },
        }
    }
}

/// Turns the echo of the terminal off for as long as it lives. The keys that would stop or abort the
/// process without its knowledge are off with it, or a shell would be left without echo; the one that
/// interrupts stays.
struct Hidden(Option<Termios>);

impl Hidden {
    fn new() -> Hidden {
        let Ok(before) = tcgetattr(std::io::stdin()) else {
            return Hidden(None);
        };
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        silent.local_modes.insert(LocalModes::ECHONL);
        for key in [SpecialCodeIndex::VSUSP, SpecialCodeIndex::VQUIT] {
            silent.special_codes[key] = DISABLED;
        }
        let changed = tcsetattr(std::io::stdin(), OptionalActions::Flush, &silent);
        Hidden(changed.is_ok().then_some(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
        }
    }
}

fn is_yes(answer: Option<&str>) -> bool {
    matches!(answer.map(str::trim), Some("y" | "Y" | "yes" | "Yes" | "YES"))
}

/// An empty text is never met: the Enter key alone confirms nothing.
fn is_typed(answer: Option<&str>, expected: &str) -> bool {
    let expected = expected.trim();
    !expected.is_empty() && answer.map(str::trim) == Some(expected)
}

fn unread() -> Failure {
    Failure::new(FailureKind::Usage, "The answer could not be read.")
}

fn not_confirmed() -> Failure {
    Failure::new(FailureKind::Interrupted, "Not confirmed; nothing was sent.")
}

#[cfg(test)]
mod tests {
    use super::is_typed;

    #[test]
    fn only_the_text_itself_is_typed_and_an_empty_one_is_never_met() {
        assert!(is_typed(Some("CASE-1\n"), "CASE-1"));
        for (answer, expected) in [
            (Some("\n"), ""),
            (Some(" \n"), " "),
            (Some("\n"), "CASE-1"),
            (Some("y\n"), "CASE-1"),
            (None, ""),
            (None, "CASE-1"),
        ] {
            assert!(!is_typed(answer, expected), "{answer:?} {expected:?}");
        }
    }
}
