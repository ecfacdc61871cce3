//! How often a person stands in a file of any kind: records, archives of records and those packed in
//! them, plain text, and the names of what is packed. What cannot be searched is named.

use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::filter::Filter;
use super::scan::scan;
use super::source::{Asked, Entries, archive, parts};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Listener;
use crate::domain::text::clean;

/// A longer line of plain text is cut into pieces.
const LINE: u64 = 1024 * 1024;
/// Archives packed in each other.
const DEEPEST: usize = 3;
/// A packed archive that is larger is not looked into.
const LARGEST_NESTED: u64 = 64 * 1024 * 1024;
/// Bytes of packed archives that are unpacked of one file in all.
const UNPACKED_IN_ALL: u64 = 1024 * 1024 * 1024;
/// So many parts are named for each reason why they could not be searched.
const MOST_TOLD: usize = 20;

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
    let mut look = Look {
        filter,
        asked,
        hits: Hits::default(),
        left: Vec::new(),
        unpacked: 0,
    };
    let shown = clean(&path.display().to_string());
    parts(path, asked, Entries::All, &mut |name, input| {
        look.part(name.unwrap_or_default(), "", input, 0);
        Ok(true)
    })?;
    let Look { mut hits, left, .. } = look;
    hits.not_read.extend(told(&shown, &left));
    Ok(hits)
}

/// One line a reason, with the parts that it is about.
fn told(shown: &str, left: &[(String, String)]) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, why) in left {
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, names)) => names.push(name),
            None => reasons.push((why, vec![name])),
        }
    }
    let line = |(why, names): (&str, Vec<&str>)| {
        let all: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
        let more = match all.len().saturating_sub(MOST_TOLD) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = all[..all.len().min(MOST_TOLD)].join(", ");
        match all.is_empty() {
            true => format!("{shown}: {why}"),
            false => format!("{shown}: {why}: {named}{more}"),
        }
    };
    reasons.into_iter().map(line).collect()
}

/// A look into one file.
struct Look<'a> {
    filter: &'a Filter,
    asked: &'a Asked<'a>,
    hits: Hits,
    /// Parts that could not be searched, by name, with why.
    left: Vec<(String, String)>,
    /// Bytes of packed archives so far.
    unpacked: u64,
}

impl Look<'_> {
    /// Searches a part: its own name, then what is in it. `above` are the archives that it lies in.
    fn part(&mut self, own: &str, above: &str, input: &mut dyn Read, depth: usize) {
        if self.filter.matches_text(own) {
            self.hits.count += 1;
        }
        let name = clean(&format!("{above}{own}"));
        let mut beginning = Vec::new();
        if let Err(error) = (&mut *input).take(4096).read_to_end(&mut beginning) {
            self.leave(name, &unreadable(&error));
            return;
        }
        let text = beginning.trim_ascii_start();
        let records = text.starts_with(b"{") || text.starts_with(b"[");
        let is_archive = beginning.starts_with(b"PK\x03\x04");
        let closed = closed(&beginning);
        let whole = Cursor::new(beginning).chain(input);
        if is_archive {
            self.nested(&name, whole, depth);
        } else if let Some(what) = closed {
            self.leave(name, &format!("{what}, which cannot be searched"));
        } else if records {
            let mut found = 0;
            let seen = scan(whole, self.filter, &mut |_| {
                found += 1;
                true
            });
            self.hits.count += found;
            match seen {
                Ok(seen) if seen.unreadable_count == 0 => {}
                Ok(seen) => self.leave(
                    name,
                    &format!("has {} lines that are no JSON", seen.unreadable_count),
                ),
                Err(why) => self.leave(name, &why),
            }
        } else {
            let (found, read) = lines(whole, self.filter);
            self.hits.count += found;
            if let Err(error) = read {
                self.leave(name, &unreadable(&error));
            }
        }
    }

    /// Looks into an archive that is packed in another.
    fn nested(&mut self, name: &str, input: impl Read, depth: usize) {
        if depth >= DEEPEST {
            return self.leave(name.to_owned(), "packed in too many archives");
        }
        if self.unpacked >= UNPACKED_IN_ALL {
            return self.leave(
                name.to_owned(),
                "a packed archive after more than is unpacked at once",
            );
        }
        let mut bytes = Vec::new();
        let read = input.take(LARGEST_NESTED + 1).read_to_end(&mut bytes);
        self.unpacked += bytes.len() as u64;
        match read {
            Ok(read) if read as u64 <= LARGEST_NESTED => {}
            Ok(_) => return self.leave(name.to_owned(), "a packed archive larger than 64 MiB"),
            Err(error) => return self.leave(name.to_owned(), &unreadable(&error)),
        }
        let (asked, above) = (self.asked, format!("{name}!/"));
        let mut document = false;
        let looked = archive(
            name,
            Cursor::new(bytes),
            asked,
            Entries::All,
            &mut |own, input| {
                let own = own.unwrap_or_default();
                document |= own == "[Content_Types].xml";
                self.part(own, &above, input, depth + 1);
                Ok(true)
            },
        );
        match looked {
            Err(_) => self.leave(name.to_owned(), "a packed archive that is damaged or locked"),
            // Words of its text can be cut by formatting.
            Ok(()) if document => self.leave(
                name.to_owned(),
                "an office document, in whose text not everything is found",
            ),
            Ok(()) => {}
        }
    }

    fn leave(&mut self, name: String, why: &str) {
        self.left.push((name, why.to_owned()));
    }
}

/// What content is that has no readable text.
fn closed(beginning: &[u8]) -> Option<&'static str> {
    let starts = |with: &[&[u8]]| with.iter().any(|with| beginning.starts_with(with));
    let riff = beginning.starts_with(b"RIFF");
    if starts(&[b"\x89PNG", b"\xff\xd8", b"GIF8"]) || (riff && beginning.get(8..12) == Some(b"WEBP")) {
        Some("a picture")
    } else if starts(&[b"OggS", b"ID3", b"fLaC", b"\xff\xfb"]) || riff {
        Some("a recording")
    } else if starts(&[b"%PDF"]) {
        Some("a PDF document")
    } else if beginning.contains(&0) || starts(&[b"\x1f\x8b"]) {
        Some("binary or packed data")
    } else if is_encoded(beginning) {
        Some("encoded data")
    } else {
        None
    }
}

/// True for text behind whose letters other content stands: parts of mail, and base64 alone.
fn is_encoded(beginning: &[u8]) -> bool {
    let lines = || beginning.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let names_it = |line: &[u8]| {
        let line = line.to_ascii_lowercase();
        line.starts_with(b"content-transfer-encoding:")
            && (line.ends_with(b"base64") || line.ends_with(b"quoted-printable"))
    };
    let letters = |line: &&[u8]| {
        let coded =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_');
        line.len() >= 60 && line.iter().all(coded)
    };
    lines().any(names_it) || lines().filter(letters).count() >= 2
}

fn unreadable(error: &std::io::Error) -> String {
    format!("cannot be read ({})", error.kind())
}

/// Lines in which somebody stands, and whether all were read.
fn lines(input: impl Read, filter: &Filter) -> (u64, std::io::Result<()>) {
    let mut reader = BufReader::new(input);
    let mut count = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader).take(LINE).read_until(b'\n', &mut line) {
            Ok(0) => return (count, Ok(())),
            Err(error) => return (count, Err(error)),
            Ok(_) => count += u64::from(filter.matches_text(&String::from_utf8_lossy(&line))),
        }
    }
}

#[cfg(test)]
mod tests;
