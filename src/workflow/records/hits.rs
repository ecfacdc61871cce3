//! How often a person stands in a file of any kind: records, archives of records, and plain text.

use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::filter::Filter;
use super::scan::scan;
use super::source::{Asked, Entries, parts};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Listener;
use crate::domain::text::clean;

/// A longer line of plain text is cut into pieces.
const LINE: u64 = 1024 * 1024;

/// What was found in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// Records or lines.
    pub count: u64,
    /// What of it could not be searched.
    pub not_read: Vec<String>,
}

/// Counts the records and lines that the filter wants.
///
/// # Errors
/// A file that cannot be read or is encrypted, or a wish to stop.
pub async fn hits(
    path: &Path,
    filter: Filter,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Hits, Failure> {
    let (path, listener, cancel) = (path.to_owned(), listener.clone(), cancel.clone());
    tokio::task::spawn_blocking(move || {
        let files = [path];
        let asked = Asked::new(&files, &listener, &cancel).opened_by(filter.key.as_deref());
        count(&files[0], &filter, &asked)
    })
    .await
    .unwrap_or_else(|_| Err(Failure::new(FailureKind::Internal, "The search broke off.")))
}

fn count(path: &Path, filter: &Filter, asked: &Asked<'_>) -> Result<Hits, Failure> {
    let mut hits = Hits::default();
    let mut blind = 0_u64;
    let shown = clean(&path.display().to_string());
    parts(path, asked, Entries::All, &mut |_, input| {
        let mut beginning = Vec::new();
        if input.take(4096).read_to_end(&mut beginning).is_err() {
            blind += 1;
            return Ok(true);
        }
        let text = beginning.trim_ascii_start();
        let records = text.starts_with(b"{") || text.starts_with(b"[");
        let binary = beginning.contains(&0)
            || beginning.starts_with(b"PK\x03\x04")
            || beginning.starts_with(b"\xff\xd8");
        let whole = Cursor::new(beginning).chain(input);
        if binary {
            blind += 1;
        } else if records {
            let seen = scan(whole, filter, &mut |_| {
                hits.count += 1;
                true
            });
            match seen {
                Ok(seen) if seen.unreadable_count == 0 => {}
                Ok(seen) => hits
                    .not_read
                    .push(format!("{shown}: {} lines are no JSON", seen.unreadable_count)),
                Err(why) => hits.not_read.push(format!("{shown} {why}")),
            }
        } else {
            hits.count += lines(whole, filter);
        }
        Ok(true)
    })?;
    if blind > 0 {
        hits.not_read.push(format!(
            "{shown}: {blind} parts are recordings, pictures or archives, which cannot be searched"
        ));
    }
    Ok(hits)
}

fn lines(input: impl Read, filter: &Filter) -> u64 {
    let mut reader = BufReader::new(input);
    let mut count = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader).take(LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return count,
            Ok(_) => count += u64::from(filter.matches_text(&String::from_utf8_lossy(&line))),
        }
    }
}
