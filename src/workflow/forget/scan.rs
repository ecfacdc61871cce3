//! The scan of the keyspace, as the workflow asks for it.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::tables::tables;
use super::{Ends, Question};
use crate::domain::failure::Failure;
use crate::domain::progress::Progress;
use crate::systems::keyspace::matching::{Needles, Placing};
use crate::systems::keyspace::{
    Keyspace, KeyspaceError, LeftOut, Match, NotRead, NotReadRange, PageRequest, Row, ScanEvent,
    ScanListener, ScanProgress, ScanReport, Slice, TableInfo, TableReport,
};
use crate::workflow::World;

/// How many slices a table is cut into: what is given up is small then.
const SLICES: usize = 64;
/// Rows of a page, when nothing else is said.
const PAGE: u32 = 1000;

/// Describes and scans. Gives what answered, and what was read and found.
///
/// # Errors
/// When the keyspace cannot be reached or is not there.
pub(super) async fn run(
    _world: &World,
    ends: &Ends,
    question: &Question,
    needles: Arc<Needles>,
    listener: &ScanListener,
    cancel: &CancellationToken,
) -> Result<(String, ScanReport), Failure> {
    let (described, choices) = tables(ends, &question.scan).await?;
    let answered = format!("{} {}", described.protocol.as_str(), described.version);
    let mut scan = Scan {
        keyspace: ends.keyspace.clone(),
        needles: needles.clone(),
        listener: listener.clone(),
        cancel: cancel.clone(),
        size: question.scan.page_size.unwrap_or(PAGE),
        report: ScanReport {
            substring_hits: vec![0; needles.count()],
            ..ScanReport::default()
        },
        began: tokio::time::Instant::now(),
        tables: choices.iter().filter(|choice| choice.searched).count(),
    };
    for (table, choice) in described.tables.into_iter().zip(choices) {
        if !choice.searched {
            scan.leave_out(&table.name, None, &choice.reason, choice.gap);
            continue;
        }
        let unsearchable: Vec<(String, String)> = table
            .unsearchable()
            .map(|(column, why)| (column.to_owned(), why.to_owned()))
            .collect();
        for (column, why) in unsearchable {
            scan.leave_out(&table.name, Some(&column), &why, true);
        }
        if table.hidden_columns {
            let why = "columns that this way in does not show; use the Thrift port";
            scan.leave_out(&table.name, Some("(undeclared)"), why, true);
        }
        if !scan.table(Arc::new(table)).await? {
            scan.report.interrupted = true;
            break;
        }
    }
    Ok((answered, scan.report))
}

struct Scan {
    keyspace: Arc<dyn Keyspace>,
    needles: Arc<Needles>,
    listener: ScanListener,
    cancel: CancellationToken,
    size: u32,
    report: ScanReport,
    began: tokio::time::Instant,
    tables: usize,
}

impl Scan {
    fn leave_out(&mut self, table: &str, column: Option<&str>, reason: &str, gap: bool) {
        self.report.left_out.push(LeftOut {
            table: table.to_owned(),
            column: column.map(str::to_owned),
            reason: reason.to_owned(),
            gap,
        });
    }

    /// Reads a table slice by slice. False when it was interrupted.
    async fn table(&mut self, table: Arc<TableInfo>) -> Result<bool, Failure> {
        let mut own = TableReport {
            table: table.name.clone(),
            ..TableReport::default()
        };
        let slices = self.keyspace.slices(&table, SLICES).await?;
        let all: f64 = slices.iter().map(Slice::share).sum();
        let mut waiting: Vec<Slice> = slices.into_iter().rev().collect();
        let mut done = 0.0;
        while let Some(slice) = waiting.pop() {
            let share = slice.share();
            match self.slice(&table, &slice, &mut own).await {
                Ok(true) => done += share,
                Ok(false) => return Ok(false),
                Err(error) => match (error.as_not_read(), slice.halves()) {
                    // A part that was read already is read again: a match is told once all the same.
                    (Some(why), Some((low, high))) if why.smaller_helps() && share > SMALLEST => {
                        waiting.push(high);
                        waiting.push(low);
                    }
                    (Some(why), _) => {
                        done += share;
                        self.give_up(&table, &slice, why.as_str(), &error);
                    }
                    (None, _) => self.give_up(&table, &slice, "malformed", &error),
                },
            }
            self.tell(&table, (all > 0.0).then_some(done / all));
        }
        self.report.rows += own.rows;
        self.report.bytes += own.bytes;
        self.report.tables.push(own);
        Ok(true)
    }

    fn give_up(&mut self, table: &TableInfo, slice: &Slice, why: &str, error: &KeyspaceError) {
        let part = NotReadRange {
            table: table.name.clone(),
            part: slice.to_string(),
            why: why.to_owned(),
            detail: error.to_string(),
        };
        self.listener.tell(ScanEvent::NotRead(part.clone()));
        self.report.not_read.push(part);
    }

    async fn slice(
        &mut self,
        table: &Arc<TableInfo>,
        slice: &Slice,
        own: &mut TableReport,
    ) -> Result<bool, KeyspaceError> {
        let mut paging = None;
        let mut size = self.size;
        loop {
            if self.cancel.is_cancelled() {
                return Ok(false);
            }
            let request = PageRequest {
                table: table.clone(),
                slice: slice.clone(),
                paging: paging.clone(),
                size,
            };
            let page = match self.keyspace.page(request).await {
                Err(error) if size > 16 && error.as_not_read().is_some_and(NotRead::smaller_helps) => {
                    size /= 4;
                    continue;
                }
                page => page?,
            };
            own.rows += page.rows.count() as u64;
            own.bytes += page.bytes();
            let mut found = Vec::new();
            let (needles, report) = (self.needles.clone(), &mut self.report);
            page.rows
                .visit(&mut |row| search_row(&needles, table, &row, report, &mut found))?;
            for one in found {
                if !self.report.matches.contains(&one) {
                    self.listener.tell(ScanEvent::Found(one.clone()));
                    self.report.matches.push(one);
                    own.matches += 1;
                }
            }
            paging = page.next;
            if paging.is_none() {
                return Ok(true);
            }
            if slice.share() >= 1.0 {
                self.tell_rows(table, own.rows);
            }
        }
    }

    fn tell(&self, table: &TableInfo, share: Option<f64>) {
        self.listener
            .tell(ScanEvent::Progress(self.progress(table, share, 0)));
    }

    fn tell_rows(&self, table: &TableInfo, rows: u64) {
        self.listener
            .tell(ScanEvent::Progress(self.progress(table, None, rows)));
    }

    fn progress(&self, table: &TableInfo, share: Option<f64>, more: u64) -> ScanProgress {
        let rows = self.report.rows + more;
        ScanProgress {
            table: table.name.clone(),
            tables_done: self.report.tables.len(),
            tables: self.tables,
            share,
            rows,
            bytes: self.report.bytes,
            rate: rows as f64 / self.began.elapsed().as_secs_f64().max(0.001),
            left: None,
            matches: self.report.matches.len() as u64,
            not_read: self.report.not_read.len() as u64,
        }
    }
}

/// A slice of this share of the ring is not halved any more.
const SMALLEST: f64 = 1.0 / 16384.0;

fn search_row(
    needles: &Needles,
    table: &TableInfo,
    row: &Row<'_>,
    report: &mut ScanReport,
    found: &mut Vec<Match>,
) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    for part in row.keys.iter().chain(row.cells) {
        let named = part
            .name_type
            .map(|kind| needles.search_cell(kind, part.name, "(name)"));
        let valued = needles.search_cell(part.cell_type, part.value, "");
        for findings in named.into_iter().chain([valued]) {
            for (search, count) in &findings.substrings {
                report.substring_hits[*search] += count;
            }
            report.unopened += findings.unopened;
            for finding in findings.found {
                let column = text(part.name);
                let placing = Placing::of(row, &column);
                let key_parts: Vec<(String, String)> = row
                    .keys
                    .iter()
                    .map(|key| (text(key.name), text(key.value)))
                    .collect();
                found.push(Match {
                    search: finding.search,
                    table: table.name.clone(),
                    key: key_parts
                        .iter()
                        .map(|(_, part)| part.as_str())
                        .collect::<Vec<_>>()
                        .join(":"),
                    key_parts,
                    column,
                    pointer: finding.pointer,
                    snippet: finding.snippet,
                    group: placing.group,
                    owner: placing.owner,
                    kind: finding.kind,
                    certainty: finding.certainty,
                });
            }
        }
    }
}

/// The figures of a scan as progress: percent of all tables where it can be known, else rows.
pub fn scan_progress(progress: &ScanProgress) -> Progress {
    let rate = (progress.rate > 0.0).then(|| format!("{:.0} rows/s", progress.rate));
    let left = progress.left.map(|left| match left.as_secs() {
        seconds @ 0..60 => format!("{seconds} s left"),
        seconds => format!("{}m{:02}s left", seconds / 60, seconds % 60),
    });
    let found = (progress.matches > 0).then(|| format!("{} found", progress.matches));
    let not_read = (progress.not_read > 0).then(|| format!("{} parts NOT READ", progress.not_read));
    let table = format!(
        "table {}/{}",
        progress.tables_done + 1,
        progress.tables.max(progress.tables_done + 1)
    );
    let parts = [Some(table), rate, left, found, not_read];
    let note = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let tables = progress.tables.max(1) as f64;
    match progress.share {
        Some(share) => {
            let whole = (progress.tables_done as f64 + share.clamp(0.0, 1.0)) / tables * 100.0;
            Progress {
                done: (whole as u64).min(100),
                total: Some(100),
                unit: "percent",
                note,
            }
        }
        None => Progress {
            done: progress.rows,
            total: None,
            unit: "rows",
            note,
        },
    }
}
