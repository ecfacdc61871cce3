//! The log: a file a day in the state directory, kept for a week. It holds what happened and how
//! long it took; identifiers and secrets cannot get in, because only our own messages are written,
//! and the types that hold them print nothing of themselves.

use std::path::PathBuf;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::Places;

/// Directory of the log.
pub fn directory(places: &Places) -> PathBuf {
    places.state.join("log")
}

/// Lines that may wait for the disk; more are dropped.
const LINES_WAITING: usize = 2_000;

/// Starts the log. What is written before the guard goes is on disk. Where no log can be written,
/// the program works without one.
pub fn start(places: &Places, verbose: u8) -> Option<WorkerGuard> {
    let directory = directory(places);
    std::fs::create_dir_all(&directory).ok()?;
    let appender = rolling::RollingFileAppender::builder()
        .rotation(rolling::Rotation::DAILY)
        .filename_prefix("dsr")
        .filename_suffix("log")
        .max_log_files(7)
        .build(&directory)
        .ok()?;
    // The queue of lines is laid out in full at the start; its usual length takes four megabytes.
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(LINES_WAITING)
        .finish(appender);
    let level = match verbose {
        0 => LevelFilter::INFO,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    // Libraries are left out at every level: they would write addresses with identifiers in them.
    let ours = Targets::new().with_target("dsr_console", level);
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(writer);
    tracing_subscriber::registry()
        .with(ours)
        .with(layer)
        .try_init()
        .ok()?;
    Some(guard)
}
