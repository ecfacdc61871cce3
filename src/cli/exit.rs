//! How a command that did not fail ends.

/// An exit code. Failures bring their own (`Failure::exit_code`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(pub u8);

impl Exit {
    /// Done.
    pub const OK: Exit = Exit(0);
    /// Told completely, and the answer is a bad one (a check failed, a request was refused).
    pub const FAILURE: Exit = Exit(1);
    /// Told, but incomplete, partial or with an unknown outcome.
    pub const INCOMPLETE: Exit = Exit(6);

    /// [`Exit::OK`] when `complete`, else [`Exit::INCOMPLETE`].
    pub fn complete(complete: bool) -> Exit {
        if complete { Exit::OK } else { Exit::INCOMPLETE }
    }
}
