//! What the process does to itself before it touches personal data.

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, setrlimit, umask};

/// Files made from now on are for their owner alone, and a crash leaves no memory image behind.
pub fn process() {
    umask(Mode::from_raw_mode(0o077));
    // A host that forbids lowering a limit leaves nothing else to try.
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    );
}
