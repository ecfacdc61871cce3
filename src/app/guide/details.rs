//! Step 4: what belongs to the request on our side, and whether a copy goes first.

use jiff::civil::Date;

use crate::app::field::Field;
use crate::app::shared::Shared;
use crate::app::time;
use crate::domain::filter::day;
use crate::keymap::Action;

/// Number of fields.
const FIELDS: usize = 3;

/// The step.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// Case or ticket, day received, reason.
    pub fields: [Field; FIELDS],
    /// A copy is asked for before the deletion.
    pub copy_first: bool,
    /// The selected row: the fields, then the copy.
    pub row: usize,
    /// The field of the selected row is typed in.
    pub typing: bool,
}

/// Labels of the fields, and what is written there.
pub const LABELS: [(&str, &str); FIELDS] = [
    ("case or ticket", "its number, as your case system knows it"),
    ("received on", "2026-11-03, today, or 3d for three days ago"),
    ("reason", "a note for the record"),
];

impl Details {
    /// The ticket or case.
    pub fn reference(&self) -> Option<String> {
        filled(&self.fields[0])
    }

    /// The reason.
    pub fn reason(&self) -> Option<String> {
        filled(&self.fields[2])
    }

    /// The day on which the data subject's request was received.
    ///
    /// # Errors
    /// When what was typed is no day, or one that has not come yet.
    pub fn received(&self, shared: &Shared) -> Result<Option<Date>, String> {
        let Some(text) = filled(&self.fields[1]) else {
            return Ok(None);
        };
        let zone = shared.world.as_ref().map(|world| &world.time_zone);
        let Some(today) = shared.now.zip(zone).map(|(now, zone)| time::today(now, zone)) else {
            return Err("no organisation is shown yet".to_owned());
        };
        match day(&text, today) {
            Err(error) => Err(error.0),
            Ok(day) if day > today => Err("that day has not come yet".to_owned()),
            Ok(day) => Ok(Some(day)),
        }
    }

    /// The field typed in.
    pub fn field(&mut self) -> Option<&mut Field> {
        self.fields.get_mut(self.row).filter(|_| self.typing)
    }

    /// Up or down among `rows`.
    pub fn step(&mut self, down: bool, rows: usize) {
        self.row = if down {
            (self.row + 1).min(rows - 1)
        } else {
            self.row.saturating_sub(1)
        };
    }

    /// Acts while a field is typed in; true when enter was pressed behind the last field.
    pub fn while_typing(&mut self, action: Action) -> bool {
        match action {
            Action::Leave => self.typing = false,
            Action::NextField | Action::Down => self.row = (self.row + 1).min(FIELDS - 1),
            Action::PreviousField | Action::Up => self.row = self.row.saturating_sub(1),
            Action::Accept if self.row + 1 < FIELDS => self.row += 1,
            Action::Accept => {
                self.typing = false;
                return true;
            }
            _ => {}
        }
        false
    }
}

fn filled(field: &Field) -> Option<String> {
    let text = field.value().trim();
    (!text.is_empty()).then(|| text.to_owned())
}
