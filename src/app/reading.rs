//! One thing of a list in full (an entry of an archive, a record, a job), broken into lines of the
//! terminal's width. Closing it goes back to its list.

use unicode_segmentation::UnicodeSegmentation;

use crate::app::list::List;
use crate::app::shared::Shared;
use crate::domain::text::{clean, width};
use crate::keymap::Action;

/// What is read.
#[derive(Debug)]
pub struct Reading {
    /// Its name in the list.
    pub name: String,
    /// Its lines as they are shown.
    pub lines: Vec<String>,
    /// The window over them.
    pub list: List,
    source: Vec<String>,
    room: usize,
}

impl Reading {
    /// A text under its name, which is broken into lines by [`Reading::wrap`].
    pub fn new(name: String, text: &str) -> Reading {
        Reading {
            name,
            lines: Vec::new(),
            list: List::default(),
            source: text.lines().map(clean).collect(),
            room: 0,
        }
    }

    /// Acts while something is read, and says whether the key was of use. `None` when nothing is read.
    pub(super) fn act(open: &mut Option<Reading>, action: Action) -> Option<bool> {
        let reading = open.as_mut()?;
        if matches!(action, Action::Close | Action::Interrupt) {
            *open = None;
            return Some(true);
        }
        Some(reading.list.handle(action))
    }

    /// Breaks what is read for the terminal as it is now.
    pub(super) fn sync(open: &mut Option<Reading>, shared: &Shared) {
        if let Some(reading) = open {
            reading.wrap(usize::from(shared.size.0).saturating_sub(4));
        }
    }

    /// Breaks the text into lines of at most `room` columns, unless that has been done.
    pub fn wrap(&mut self, room: usize) {
        let room = room.max(20);
        if self.room == room {
            return;
        }
        self.room = room;
        self.lines = self.source.iter().flat_map(|line| broken(line, room)).collect();
        self.list.set_len(self.lines.len());
    }
}

/// Breaks where the room ends, between user-perceived characters; indentation is kept as it is.
fn broken(line: &str, room: usize) -> Vec<String> {
    if width(line) <= room {
        return vec![line.to_owned()];
    }
    let mut lines = vec![String::new()];
    let mut used = 0;
    for grapheme in line.graphemes(true) {
        let columns = width(grapheme);
        if used + columns > room {
            lines.push(String::new());
            used = 0;
        }
        used += columns;
        if let Some(last) = lines.last_mut() {
            last.push_str(grapheme);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_no_line_is_too_wide() {
        let text = "short\n".to_owned() + &"日本語 text ".repeat(40);
        let mut reading = Reading::new("entry".to_owned(), &text);
        reading.wrap(33);
        assert!(reading.lines.iter().all(|line| width(line) <= 33));
        assert_eq!(reading.lines.concat(), text.replace('\n', ""));
        assert_eq!(reading.list.len(), reading.lines.len());
    }

    #[test]
    fn a_new_width_breaks_anew() {
        let mut reading = Reading::new("entry".to_owned(), &"x".repeat(100));
        reading.wrap(50);
        assert_eq!(reading.lines.len(), 2);
        reading.wrap(25);
        assert_eq!(reading.lines.len(), 4);
    }
}
