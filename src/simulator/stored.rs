//! The keyspace over the same settings: what GWS shows lies here as rows, beside rows of other
//! products. What GWS deletes is gone here too.

use std::io::Write;

use super::Simulator;
use super::gws::GwsPlan;
use super::seed::Dice;
use super::settings::{Held, Overlay};

/// The only keyspace of a simulated cluster, called as GWS calls its own.
pub const KEYSPACE: &str = "sipfs";

/// A table of the simulated keyspace. All have a text `key`, a text `column1` and a blob `value`, as
/// column families of old have when they are seen through CQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTable {
    /// Its name.
    pub name: String,
    /// Rows, about.
    pub rows: u64,
    /// Bytes, about.
    pub bytes: u64,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRow {
    /// Partition key.
    pub key: String,
    /// Name of the column.
    pub column: String,
    /// Value: JSON, compressed JSON, or anything.
    pub value: Vec<u8>,
}

impl Simulator {
    /// The tables of the simulated keyspace.
    pub fn stored_tables(&self) -> Vec<StoredTable> {
        let plan = self.inner.plan.gws_plan();
        let generated = self.inner.people.generated();
        let mut tables: Vec<StoredTable> = Vec::new();
        let mut add = |name: &str, rows: u64, bytes: u64| match tables.iter_mut().find(|t| t.name == name) {
            Some(table) => {
                table.rows += rows;
                table.bytes += bytes;
            }
            None => tables.push(StoredTable {
                name: name.to_owned(),
                rows,
                bytes,
            }),
        };
        for group in &plan.groups {
            add(&group.table, 0, 0);
        }
        for setting in &plan.settings {
            if let Some(group) = plan.group(&setting.group) {
                add(&group.table, 1, setting.value.len() as u64);
            }
        }
        if let Some(generated) = generated
            && let Some(group) = plan.group(super::settings::PERSONAL)
        {
            add(&group.table, generated.favorites(), generated.favorites() * 220);
        }
        for row in &plan.rows {
            add(&row.table, 1, row.value.len() as u64);
        }
        for filler in &plan.fillers {
            add(&filler.table, filler.rows, filler.rows * filler.bytes as u64);
        }
        tables
    }

    /// Rows of a table from a place on, at most `most`, and the place to read on from; `None` when
    /// that is the end. The place of a row stays the same while others go.
    ///
    /// # Errors
    /// When the estate's log cannot be read.
    pub fn stored_rows(
        &self,
        table: &str,
        from: u64,
        most: usize,
    ) -> Result<(Vec<StoredRow>, Option<u64>), super::SimulatorError> {
        let plan = self.inner.plan.gws_plan();
        self.transaction(false, |_, state| {
            Ok(self.rows(plan, &state.settings, table, from, most))
        })
        .map_err(|error| super::storage(&error))
    }

    fn rows(
        &self,
        plan: &GwsPlan,
        overlay: &Overlay,
        table: &str,
        from: u64,
        most: usize,
    ) -> (Vec<StoredRow>, Option<u64>) {
        let generated = self.inner.people.generated();
        let originals = Overlay::originals(plan, generated);
        let made = overlay.made(plan, generated);
        let others: Vec<StoredRow> = plan
            .rows
            .iter()
            .filter(|row| row.table == table)
            .map(|row| StoredRow {
                key: row.key.clone(),
                column: row.column.clone(),
                value: row.value.clone().into_bytes(),
            })
            .collect();
        let filler = plan.fillers.iter().find(|filler| filler.table == table);
        let filled = filler.map_or(0, |filler| filler.rows);
        let after_made = originals + made.len() as u64;
        let after_others = after_made + others.len() as u64;
        let end = after_others + filled;
        let mut rows = Vec::new();
        let mut at = from;
        while at < end && rows.len() < most {
            let place = |start: u64| usize::try_from(at - start).unwrap_or(usize::MAX);
            if at < originals {
                rows.extend(
                    overlay
                        .original(plan, generated, at)
                        .and_then(|held| row(plan, table, &held)),
                );
            } else if at < after_made {
                rows.extend(made.get(place(originals)).and_then(|held| row(plan, table, held)));
            } else if at < after_others {
                rows.extend(others.get(place(after_made)).cloned());
            } else if let Some(filler) = filler {
                let number = at - after_others;
                let mut dice = Dice::indexed(self.inner.plan.seed, 9, number);
                rows.push(StoredRow {
                    key: format!("{table}-{number:06}"),
                    column: "audio".to_owned(),
                    value: dice.bytes(filler.bytes),
                });
            }
            at += 1;
        }
        (rows, (at < end).then_some(at))
    }
}

/// How a setting lies in its table: partition by group, column by owner and key.
fn row(plan: &GwsPlan, table: &str, held: &Held) -> Option<StoredRow> {
    let group = plan.group(&held.group);
    if group.map_or("settings", |group| group.table.as_str()) != table {
        return None;
    }
    let text = held.value.to_string();
    let value = match group {
        Some(group) if group.gzip => {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            // Writing into memory does not fail.
            let _ = packer.write_all(text.as_bytes());
            packer.finish().unwrap_or_else(|_| text.into_bytes())
        }
        _ => text.into_bytes(),
    };
    Some(StoredRow {
        key: held.group.clone(),
        column: format!("{}:{}", held.owner, held.key),
        value,
    })
}
