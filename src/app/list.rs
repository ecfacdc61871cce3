//! Selection and window of a list. The window moves by half its height at the edges instead of by
//! one row: over a slow link one repaint then serves many key presses.

use std::cell::Cell;

use crate::keymap::Action;

/// Selection and window of a list of `len` rows.
#[derive(Clone, Debug, Default)]
pub struct List {
    selected: usize,
    len: usize,
    // Written by the view while drawing: only there the height is known.
    offset: Cell<usize>,
    height: Cell<usize>,
}

impl List {
    /// Index of the selected row; `None` when there are no rows.
    pub fn selected(&self) -> Option<usize> {
        (self.len > 0).then_some(self.selected)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Says how many rows there are; the selection stays within them.
    pub fn set_len(&mut self, len: usize) {
        self.len = len;
        self.selected = self.selected.min(len.saturating_sub(1));
    }

    /// Selects a row.
    pub fn select(&mut self, index: usize) {
        self.selected = index.min(self.len.saturating_sub(1));
    }

    /// Moves by an action of the context `list`; false for any other action.
    pub fn handle(&mut self, action: Action) -> bool {
        let page = self.height.get().max(2) - 1;
        let last = self.len.saturating_sub(1);
        self.selected = match action {
            Action::Up => self.selected.saturating_sub(1),
            Action::Down => (self.selected + 1).min(last),
            Action::PageUp => self.selected.saturating_sub(page),
            Action::PageDown => (self.selected + page).min(last),
            Action::Top => 0,
            Action::Bottom => last,
            _ => return false,
        };
        true
    }

    /// The rows to draw in `height` lines; called by the view.
    pub fn window(&self, height: usize) -> std::ops::Range<usize> {
        self.height.set(height);
        if height == 0 || self.len == 0 {
            return 0..0;
        }
        let mut offset = self.offset.get().min(self.len.saturating_sub(height));
        let half = height.div_ceil(2);
        if self.selected < offset {
            offset = if offset - self.selected > height {
                self.selected
            } else {
                self.selected.saturating_sub(half)
            };
        } else if self.selected >= offset + height {
            offset = if self.selected - offset >= 2 * height {
                self.selected + 1 - height
            } else {
                (self.selected + 1 - half).min(self.len.saturating_sub(height))
            };
        }
        self.offset.set(offset);
        offset..(offset + height).min(self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(len: usize) -> List {
        let mut list = List::default();
        list.set_len(len);
        list
    }

    #[test]
    fn the_selected_row_is_always_in_the_window() {
        let mut list = list(100);
        list.window(10);
        for (action, times) in [
            (Action::Down, 57),
            (Action::Up, 23),
            (Action::PageDown, 3),
            (Action::Bottom, 1),
            (Action::PageUp, 9),
            (Action::Top, 1),
        ] {
            for _ in 0..times {
                assert!(list.handle(action));
                let selected = list.selected().unwrap();
                assert!(list.window(10).contains(&selected), "{action:?} {selected}");
            }
        }
    }

    #[test]
    fn at_the_edge_the_window_moves_by_half_its_height() {
        let mut list = list(100);
        list.window(10);
        let moves = (0..50)
            .filter(|_| {
                let before = list.window(10);
                list.handle(Action::Down);
                list.window(10) != before
            })
            .count();
        assert!(moves <= 9, "{moves} repaints for 50 keys");
    }

    #[test]
    fn fewer_rows_keep_the_selection_inside() {
        let mut list = list(100);
        list.handle(Action::Bottom);
        list.set_len(3);
        assert_eq!(list.selected(), Some(2));
        assert_eq!(list.window(10), 0..3);
        list.set_len(0);
        assert_eq!(list.selected(), None);
        assert_eq!(list.window(10), 0..0);
    }
}
