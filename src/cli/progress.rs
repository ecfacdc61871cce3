//! Progress on standard error, on a terminal only.

use std::io::IsTerminal;
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};

use super::options::{Format, Global};
use crate::domain::progress::{Listener, Progress};
use crate::domain::text::clean;

/// A listener that draws a bar, or none where nobody would see it.
pub fn listener(global: &Global) -> Listener {
    if global.output != Format::Table || !std::io::stderr().is_terminal() {
        return Listener::none();
    }
    let bar: Mutex<Option<Bar>> = Mutex::new(None);
    Listener::new(move |progress| {
        let mut bar = bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        bar.get_or_insert_with(Bar::new).show(&progress);
    })
}

/// Wiped from the terminal when the listener goes.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Bar {
        Bar(ProgressBar::no_length())
    }

    fn show(&self, progress: &Progress) {
        let template = match (progress.total, progress.unit) {
            (Some(_), "bytes") => "{bar:20} {bytes}/{total_bytes} {msg}",
            (Some(_), _) => "{bar:20} {pos}/{len} {msg}",
            (None, "bytes") => "{bytes} {msg}",
            (None, _) => "{pos} {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style.progress_chars("#> "));
        }
        if let Some(total) = progress.total {
            self.0.set_length(total);
        }
        let unit = if progress.unit == "bytes" {
            ""
        } else {
            progress.unit
        };
        self.0
            .set_message(clean(format!("{unit} {}", progress.note).trim()));
        self.0.set_position(progress.done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
