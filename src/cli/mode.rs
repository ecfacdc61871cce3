//! Which world a command speaks to, and whether somebody said so.

use crate::config::Env;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;

use super::options::Global;

/// Where the mode was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `--live` or `--simulate`.
    Flag,
    /// A parameter that names a live host.
    Parameter,
    /// `DSR_MODE`.
    Environment,
    /// The profile's `mode`.
    Profile,
    /// Nobody said it: simulation.
    Default,
}

/// The mode and who decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Live or simulation.
    pub mode: Mode,
    /// Where it was said.
    pub source: Source,
}

impl Decided {
    /// True when somebody said the mode, so that no script believes it has erased when it has
    /// simulated.
    pub fn explicit(self) -> bool {
        self.source != Source::Default
    }
}

/// Decides the mode: flag, then a parameter that names a live host, then `DSR_MODE`, then the
/// profile, then simulation.
///
/// # Errors
/// When `DSR_MODE` is neither `live` nor `simulation`: a guess could be the wrong world.
pub fn decide(
    global: &Global,
    names_live_host: bool,
    env: &Env,
    profile: Option<Mode>,
) -> Result<Decided, Failure> {
    let decided = |mode, source| Ok(Decided { mode, source });
    if global.simulate {
        return decided(Mode::Simulation, Source::Flag);
    }
    if global.live {
        return decided(Mode::Live, Source::Flag);
    }
    if names_live_host {
        return decided(Mode::Live, Source::Parameter);
    }
    if let Some(text) = env.get("DSR_MODE") {
        let mode = Mode::parse(text).ok_or_else(|| {
            Failure::new(
                FailureKind::Configuration,
                "The environment variable DSR_MODE is neither \"live\" nor \"simulation\".",
            )
            .next("Set DSR_MODE to live or to simulation, or unset it.")
        })?;
        return decided(mode, Source::Environment);
    }
    match profile {
        Some(mode) => decided(mode, Source::Profile),
        None => decided(Mode::Simulation, Source::Default),
    }
}
