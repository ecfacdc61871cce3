//! Time as a world tells it. Nothing else in the house asks the operating system for it, so that a
//! simulated estate whose clock was advanced is consistent in every place.

use jiff::Timestamp;

/// A source of the present moment.
pub trait Clock: Send + Sync {
    /// The present moment of this world.
    fn now(&self) -> Timestamp;
}
