//! The only impure part of the console: terminal, signals, tasks and the loop that joins them.

mod backend;
mod clipboard;
pub mod console;
mod event_loop;
mod executor;
mod hangup;
mod host;
mod input;
mod modes;
mod on_tty;
mod outcomes;
pub mod pictures;
mod progress;
mod screen;
mod sgr;
mod signals;
mod tty;
mod work;

pub use backend::TtyBackend;
pub use event_loop::{Ended, EventLoop, Pacing};
pub use executor::{Executor, Report, WorldBuilder};
pub use host::Host;
pub use on_tty::{Wiring, on_tty};
pub use outcomes::Outcomes;
pub use screen::Screen;
pub use signals::Signal;
