//! What is wrong with a configuration: where, which key, and what was probably meant. Values are
//! never repeated: they may be secrets.

use std::path::PathBuf;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The file; `None` for a flag or an environment variable.
    pub file: Option<PathBuf>,
    /// Line in the file, from 1.
    pub line: Option<usize>,
    /// The key with its tables (`profiles.acme.region`), or the variable.
    pub key: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: Option<String>,
}

impl Problem {
    /// A problem with nothing but a message.
    pub fn new(message: impl Into<String>) -> Problem {
        Problem {
            file: None,
            line: None,
            key: None,
            message: message.into(),
            remedy: None,
        }
    }

    /// Names the key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Problem {
        self.key = Some(key.into());
        self
    }

    /// Names the line.
    #[must_use]
    pub fn line(mut self, line: Option<usize>) -> Problem {
        self.line = line;
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Problem {
        self.remedy = Some(remedy.into());
        self
    }

    /// Where it is and what is wrong, in one line.
    pub fn sentence(&self) -> String {
        let mut place = String::new();
        if let Some(file) = &self.file {
            place.push_str(&clean(&file.display().to_string()));
        }
        if let Some(line) = self.line {
            place.push_str(&format!(", line {line}"));
        }
        if let Some(key) = &self.key {
            let separator = if place.is_empty() { "" } else { ", " };
            place.push_str(&format!("{separator}{}", clean(key)));
        }
        if place.is_empty() {
            self.message.clone()
        } else {
            format!("{place}: {}", self.message)
        }
    }
}

/// The failure for one or several problems; the first is told in full.
pub fn failure(problems: &[Problem]) -> Failure {
    let Some(first) = problems.first() else {
        return Failure::new(
            FailureKind::Internal,
            "A configuration without problems was refused.",
        );
    };
    let more = match problems.len() - 1 {
        0 => String::new(),
        1 => " (and 1 more problem)".to_owned(),
        n => format!(" (and {n} more problems)"),
    };
    let mut failure = Failure::new(
        FailureKind::Configuration,
        format!("Configuration: {}{more}", first.sentence()),
    );
    failure.next = match (&first.remedy, problems.len()) {
        (Some(remedy), 1) => Some(remedy.clone()),
        (Some(remedy), _) => Some(format!("{remedy} All problems: dsr config check")),
        (None, 1) => None,
        (None, _) => Some("All problems: dsr config check".to_owned()),
    };
    failure
}
