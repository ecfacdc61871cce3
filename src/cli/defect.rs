//! A panic is a defect of this program, and is told like every other failure. Its message may hold
//! anything, identifiers too, so only the place in the source is told, unless a developer asked for
//! more with RUST_BACKTRACE.

use std::sync::OnceLock;

use crate::domain::failure::{Changed, Failure, FailureKind};

static PLACE: OnceLock<String> = OnceLock::new();

/// Remembers where the first panic was instead of printing it.
pub fn remember() {
    if std::env::var_os("RUST_BACKTRACE").is_some() {
        return;
    }
    std::panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            let place = format!("{}:{}", place.file(), place.line());
            tracing::error!(place, "panic");
            let _ = PLACE.set(place);
        }
    }));
}

/// The failure for a panic.
pub fn failure() -> Failure {
    let place = PLACE.get().map_or("an unknown place", String::as_str);
    Failure::new(
        FailureKind::Internal,
        format!("This is a defect of dsr, at {place}."),
    )
    .changed(Changed::Unknown)
    .next("See what was recorded with: dsr requests list. Please report the place.")
}
