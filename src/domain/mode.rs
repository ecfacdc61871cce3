//! Which world is spoken to: the live organisation or the simulated estate.

use serde::{Deserialize, Serialize};

/// Live or simulation. Every JSON document, exported file and status bar carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The simulated estate.
    Simulation,
    /// A real organisation.
    Live,
}

impl Mode {
    /// `live` or `simulation`, as in JSON and in `DSR_MODE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Simulation => "simulation",
            Mode::Live => "live",
        }
    }

    /// The inverse of [`Mode::as_str`]; anything else is `None`, never a guess.
    pub fn parse(text: &str) -> Option<Mode> {
        match text {
            "simulation" => Some(Mode::Simulation),
            "live" => Some(Mode::Live),
            _ => None,
        }
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
