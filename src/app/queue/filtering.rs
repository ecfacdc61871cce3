//! The filter line of the queue, and the keys that write it.

use super::QueuePane;
use crate::app::shared::Shared;
use crate::domain::filter::Now;
use crate::domain::queue::QueueFilter;
use crate::domain::request::RequestType;

/// What a typed line is read against.
fn now(shared: &Shared) -> Option<Now> {
    let world = shared.world.as_ref()?;
    Some(Now {
        at: shared.now?,
        zone: world.time_zone.clone(),
        login: world.operator.clone(),
    })
}

impl QueuePane {
    /// Reads the typed line. While its last word cannot be read (it is still being typed), what
    /// stands before it is in force.
    pub(super) fn read_line(&mut self, shared: &Shared) {
        let Some(now) = now(shared) else {
            return;
        };
        match QueueFilter::parse(self.line.value(), &now) {
            Ok(filter) => {
                self.error = None;
                self.apply(filter);
            }
            Err(error) => {
                self.error = Some(error.to_string());
                let before = self.line.value().trim_end().rsplit_once(char::is_whitespace);
                let before = before.map_or("", |(before, _)| before);
                if let Ok(filter) = QueueFilter::parse(before, &now) {
                    self.apply(filter);
                }
            }
        }
    }

    /// Puts a filter in force and writes it into the line.
    pub(super) fn write_line(&mut self, filter: QueueFilter, shared: &Shared) {
        if let Some(world) = &shared.world {
            self.line.set(&filter.line(&world.time_zone));
        }
        self.error = None;
        self.apply(filter);
    }

    fn apply(&mut self, filter: QueueFilter) {
        self.filter = filter;
        self.refilter(self.selected_number());
    }

    /// Filters again; the selection stays on its request where that is still shown.
    pub(super) fn refilter(&mut self, selected: Option<u32>) {
        self.rows.filter(&self.filter);
        self.list.set_len(self.rows.len());
        let place = selected.and_then(|number| self.rows.place_of(number));
        self.list.select(place.unwrap_or(0));
    }

    /// The next type, or all again after the last.
    pub(super) fn next_type(&mut self, shared: &Shared) {
        let next = match self.filter.types.as_slice() {
            [] => Some(RequestType::ALL[0]),
            [kind] => RequestType::ALL
                .iter()
                .position(|k| k == kind)
                .and_then(|at| RequestType::ALL.get(at + 1).copied()),
            _ => None,
        };
        let filter = QueueFilter {
            types: next.into_iter().collect(),
            ..self.filter.clone()
        };
        self.write_line(filter, shared);
    }

    /// The next status of those in the queue, or all again after the last.
    pub(super) fn next_status(&mut self, shared: &Shared) {
        let statuses = self.rows.statuses();
        let next = match self.filter.statuses.as_slice() {
            [] => statuses.first(),
            [word] => statuses
                .iter()
                .position(|s| **s == **word)
                .and_then(|at| statuses.get(at + 1)),
            _ => None,
        };
        let filter = QueueFilter {
            statuses: next.map(|word| word.to_string()).into_iter().collect(),
            ..self.filter.clone()
        };
        self.write_line(filter, shared);
    }

    /// The operator's own, or everybody's again.
    pub(super) fn toggle_mine(&mut self, shared: &Shared) {
        let login = shared.world.as_ref().map(|world| world.operator.clone());
        let filter = QueueFilter {
            mine: if self.filter.mine.is_some() { None } else { login },
            ..self.filter.clone()
        };
        self.write_line(filter, shared);
    }
}
