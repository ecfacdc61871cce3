//! What the console is started with.

use crate::domain::mode::Mode;
use crate::keymap::Keymap;

/// How it looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// ASCII stand-ins for all other characters (`--ascii`, or a locale that is not UTF-8).
    pub ascii: bool,
    /// No colour (`NO_COLOR`, `--color never`); reverse, bold and underline stay.
    pub monochrome: bool,
    /// Name of a theme of `assets/themes`; `None` for the default one.
    pub theme: Option<String>,
}

/// Where a switch from simulation to live would lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveTarget {
    /// Profile name.
    pub profile: String,
    /// What the profile calls its organisation or region, where it says so.
    pub organization: String,
}

/// What the console is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// How it looks.
    pub look: Look,
    /// Keys in force.
    pub keymap: Keymap,
    /// Where live is, or why it cannot be switched to (`--simulate`, no profile).
    pub live: Result<LiveTarget, String>,
    /// Why simulation cannot be switched to (`--live`), if so.
    pub simulation: Result<(), String>,
    /// Begin with identifiers shown in full (`--reveal`); they are masked again like others.
    pub reveal: bool,
    /// The mode being opened, shown from the first picture on; `None` where nobody knows it.
    pub opening: Option<Mode>,
    /// Seconds without a key after which what was revealed is masked again.
    pub remask_after: i64,
}

impl Options {
    /// Options with the shipped keys for a console that cannot go live, because of `reason`.
    pub fn simulation_only(keymap: Keymap, reason: impl Into<String>) -> Options {
        Options {
            look: Look::default(),
            keymap,
            live: Err(reason.into()),
            simulation: Ok(()),
            reveal: false,
            opening: None,
            remask_after: 180,
        }
    }
}
