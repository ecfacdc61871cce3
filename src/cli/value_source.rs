//! Values that need not stand in argv: `@FILE` reads them from a file, `-` from standard input, one
//! a line. A value that itself begins with `@` is written with two.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::failure::{Failure, FailureKind};

/// Identifier files larger than this are a mistake (or a batch, which has its own option).
const VALUES_LIMIT: u64 = 1024 * 1024;

/// Reads values; standard input can be read by one option only.
#[derive(Debug, Default)]
pub struct ValueSource {
    stdin_used: AtomicBool,
    waiting: Arc<AtomicBool>,
}

impl ValueSource {
    /// True while a source is being read, which may take for ever: nothing has been sent then, and an
    /// interruption may end the process at once.
    pub fn waiting(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.waiting)
    }

    /// Reads something that may not come, so that an interruption ends the wait.
    pub fn wait<T>(&self, read: impl FnOnce() -> T) -> T {
        self.waiting.store(true, Ordering::SeqCst);
        let result = read();
        self.waiting.store(false, Ordering::SeqCst);
        result
    }

    /// The values that `argument` of `option` stands for: itself, or the lines of a file or of
    /// standard input (trimmed, empty ones left out).
    ///
    /// # Errors
    /// A file that cannot be read, is not UTF-8, too large or holds no value; standard input asked
    /// for twice.
    pub fn values(&self, option: &str, argument: &str) -> Result<Vec<String>, Failure> {
        if let Some(literal) = argument.strip_prefix("@@") {
            return Ok(vec![format!("@{literal}")]);
        }
        if argument != "-" && !argument.starts_with('@') {
            return Ok(vec![argument.to_owned()]);
        }
        let text = self.text(option, argument, VALUES_LIMIT)?;
        let values: Vec<String> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect();
        if values.is_empty() {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("{option}: {} holds no value.", origin(argument)),
            ));
        }
        Ok(values)
    }

    /// The values of all `arguments` of one repeatable option.
    ///
    /// # Errors
    /// As [`ValueSource::values`].
    pub fn all(&self, option: &str, arguments: &[String]) -> Result<Vec<String>, Failure> {
        let mut values = Vec::new();
        for argument in arguments {
            values.extend(self.values(option, argument)?);
        }
        Ok(values)
    }

    /// The one value of an option that takes one.
    ///
    /// # Errors
    /// As [`ValueSource::values`], and when the source holds several.
    pub fn one(&self, option: &str, argument: &str) -> Result<String, Failure> {
        let mut values = self.values(option, argument)?;
        if values.len() > 1 {
            return Err(Failure::new(
                FailureKind::Usage,
                format!(
                    "{option} takes one value, {} holds {}.",
                    origin(argument),
                    values.len()
                ),
            ));
        }
        Ok(values.remove(0))
    }

    /// The whole text of `FILE`, `@FILE` or `-`, at most `limit` bytes: for documents such as
    /// `--batch FILE|-` and `--subject FILE|-`.
    ///
    /// # Errors
    /// As [`ValueSource::values`].
    pub fn text(&self, option: &str, argument: &str, limit: u64) -> Result<String, Failure> {
        let from = origin(argument);
        let failed = |why: &str| Failure::new(FailureKind::Usage, format!("{option}: {from} {why}."));
        let mut bytes = Vec::new();
        let stdin = argument == "-";
        if stdin && self.stdin_used.swap(true, Ordering::SeqCst) {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("{option}: standard input is already read by another option."),
            )
            .next("Put the values of one of them into a file and use @FILE."));
        }
        let path = Path::new(argument.strip_prefix('@').unwrap_or(argument));
        let read = self.wait(|| match stdin {
            true => std::io::stdin().lock().take(limit + 1).read_to_end(&mut bytes),
            false => std::fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes)),
        });
        read.map_err(|error| failed(&format!("could not be read ({})", error.kind())))?;
        if bytes.len() as u64 > limit {
            return Err(failed(&format!("is larger than {limit} bytes")));
        }
        let text = String::from_utf8(bytes).map_err(|_| failed("is not UTF-8 text"))?;
        Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }
}

/// How a source is called in a message. A file's name is the operator's own and may be repeated.
fn origin(argument: &str) -> String {
    if argument == "-" {
        "standard input".to_owned()
    } else {
        format!(
            "the file {}",
            crate::domain::text::clean(argument.strip_prefix('@').unwrap_or(argument))
        )
    }
}
