//! One pass over a file of records, line by line in pieces of fixed size. With a filter only lines
//! that may hold what is wanted are parsed.

use std::io::Read;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};
use serde_json::Value;

use super::filter::Filter;
use super::finder::{Finder, finders};
use super::needle::{find_escape, has_escapes};

/// Bytes read at a time.
const PIECE: usize = 1024 * 1024;
/// A longer line is no record.
const LONGEST: usize = 64 * 1024 * 1024;

/// What a pass has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) bytes: u64,
    /// Lines that are no JSON, at most a few of them by number.
    pub(super) unreadable: Vec<u64>,
    pub(super) unreadable_count: u64,
    /// The reader of results had enough.
    pub(super) stopped: bool,
}

/// A record that is wanted.
pub(super) struct Found {
    /// Number of its line.
    pub(super) line: u64,
    /// How long it is as text.
    pub(super) bytes: usize,
    pub(super) record: Value,
}

/// Takes a record that is wanted; false when nothing more is.
pub(super) type Take<'a> = dyn FnMut(Found) -> bool + 'a;

/// Reads `input` to its end, or until `take` says false. A file that is one document instead of
/// lines is read as one, when it is not too large.
pub(super) fn scan(input: impl Read, filter: &Filter, take: &mut Take<'_>) -> Result<Seen, String> {
    scan_by(input, filter, &finders(filter.needles()), take)
}

/// As [`scan`], parsing only lines in which one of `finders` finds something, or an escape stands; all
/// lines when there are none.
pub(super) fn scan_by(
    mut input: impl Read,
    filter: &Filter,
    finders: &[Finder],
    take: &mut Take<'_>,
) -> Result<Seen, String> {
    let mut pass = Pass {
        filter,
        finders,
        line: 1,
        seen: Seen::default(),
        take,
    };
    let mut buffer = vec![0; PIECE];
    let mut kept = 0;
    let mut first = true;
    loop {
        if kept == buffer.len() {
            if buffer.len() >= LONGEST {
                return Err("holds a line that is longer than any record".to_owned());
            }
            buffer.resize(buffer.len() * 2, 0);
        }
        let read = match input.read(&mut buffer[kept..]) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            other => other.map_err(|error| format!("cannot be read ({})", error.kind()))?,
        };
        pass.seen.bytes += read as u64;
        kept += read;
        if first && kept > 0 && (read == 0 || memchr(b'\n', &buffer[..kept]).is_some()) {
            first = false;
            if is_document(&buffer[..kept]) {
                return document(&buffer[..kept], input, pass);
            }
        }
        let end = if read == 0 {
            kept
        } else {
            memrchr(b'\n', &buffer[..kept]).map_or(0, |at| at + 1)
        };
        if end > 0 && !pass.lines(&buffer[..end]) {
            pass.seen.stopped = true;
            return Ok(pass.seen);
        }
        buffer.copy_within(end..kept, 0);
        kept -= end;
        if read == 0 {
            return Ok(pass.seen);
        }
        // After one long line the buffer goes back to its size.
        if kept < PIECE && buffer.len() > PIECE {
            buffer.truncate(PIECE);
            buffer.shrink_to_fit();
        }
    }
}

struct Pass<'a, 'b> {
    filter: &'a Filter,
    finders: &'a [Finder],
    /// Number of the line with which the next piece begins.
    line: u64,
    seen: Seen,
    take: &'a mut Take<'b>,
}

impl Pass<'_, '_> {
    /// Whole lines; false when nothing more is wanted.
    fn lines(&mut self, piece: &[u8]) -> bool {
        let mut from = 0;
        // Up to where lines were counted.
        let mut counted = 0;
        let escapes = has_escapes(piece);
        let mut next: Vec<Option<usize>> = vec![Some(0); self.finders.len() + 1];
        while from < piece.len() {
            let start = if self.finders.is_empty() {
                from
            } else {
                let Some(hit) = self.next_hit(piece, from, escapes, &mut next) else {
                    break;
                };
                let start = memrchr(b'\n', &piece[from..hit]).map_or(from, |at| from + at + 1);
                self.skim(piece, counted, from..start);
                start
            };
            let end = memchr(b'\n', &piece[start..]).map_or(piece.len(), |at| start + at);
            self.line += memchr_iter(b'\n', &piece[counted..start]).count() as u64;
            counted = start;
            if !self.one(&piece[start..end]) {
                return false;
            }
            from = end + 1;
        }
        self.skim(piece, counted, from..piece.len());
        self.line += memchr_iter(b'\n', &piece[counted..]).count() as u64;
        true
    }

    /// Lines in which nothing was found, and which are not parsed for it: those that cannot be records are
    /// told, for what is encoded in them was not searched. Lines were counted up to `counted`.
    fn skim(&mut self, piece: &[u8], counted: usize, lines: Range<usize>) {
        let mut at = lines.start;
        while at < lines.end {
            let end = memchr(b'\n', &piece[at..lines.end]).map_or(lines.end, |length| at + length);
            if !is_plain(&piece[at..end]) {
                let before = memchr_iter(b'\n', &piece[counted..at]).count() as u64;
                self.unreadable(self.line + before);
            }
            at = end + 1;
        }
    }

    fn unreadable(&mut self, line: u64) {
        self.seen.unreadable_count += 1;
        if self.seen.unreadable.len() < 5 {
            self.seen.unreadable.push(line);
        }
    }

    /// The next place that makes a line worth parsing. Each kind is looked for only when the last
    /// place of that kind lies behind.
    fn next_hit(
        &self,
        piece: &[u8],
        from: usize,
        escapes: bool,
        next: &mut [Option<usize>],
    ) -> Option<usize> {
        for (at, place) in next.iter_mut().enumerate() {
            let stale = place.is_some_and(|place| place < from || place == 0);
            if stale {
                *place = match self.finders.get(at) {
                    Some(finder) => finder.find(piece, from),
                    None if escapes => find_escape(piece, from),
                    None => None,
                };
            }
        }
        next.iter().flatten().min().copied()
    }

    fn one(&mut self, line: &[u8]) -> bool {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
        if line.is_empty() {
            return true;
        }
        match serde_json::from_slice::<Value>(line) {
            Ok(record) => {
                let (bytes, number) = (line.len(), self.line);
                let found = |record| Found {
                    line: number,
                    bytes,
                    record,
                };
                !self.filter.matches(&record) || (self.take)(found(record))
            }
            Err(_) => {
                self.unreadable(self.line);
                true
            }
        }
    }
}

/// True when a line begins and ends as a record does, or is one, or is empty.
fn is_plain(line: &[u8]) -> bool {
    if let [b'{', .., b'}'] | [b'[', .., b']'] | [b'"', .., b'"'] = line {
        return true;
    }
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
    line.is_empty() || serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
}

/// True when the first line is only the beginning of a record or a list.
fn is_document(beginning: &[u8]) -> bool {
    let text = beginning
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(beginning)
        .trim_ascii_start();
    let line = text
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default()
        .trim_ascii();
    line.starts_with(b"[")
        || (line.starts_with(b"{") && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err())
}

fn document(beginning: &[u8], rest: impl Read, mut pass: Pass<'_, '_>) -> Result<Seen, String> {
    let mut text = beginning.to_vec();
    rest.take((LONGEST - text.len().min(LONGEST) + 1) as u64)
        .read_to_end(&mut text)
        .map_err(|error| format!("cannot be read ({})", error.kind()))?;
    if text.len() > LONGEST {
        return Err("is one document that is larger than 64 MiB; records stand one on a line".to_owned());
    }
    pass.seen.bytes = text.len() as u64;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let records = match serde_json::from_slice::<Value>(text) {
        Ok(Value::Array(records)) => records,
        Ok(record) => vec![record],
        // Lines after all, of which the first is damaged.
        Err(_) => {
            pass.seen.stopped = !pass.lines(text);
            return Ok(pass.seen);
        }
    };
    let bytes = text.len() / records.len().max(1);
    for (at, record) in records.into_iter().enumerate() {
        let line = at as u64 + 1;
        if pass.filter.matches(&record) && !(pass.take)(Found { line, bytes, record }) {
            pass.seen.stopped = true;
            break;
        }
    }
    Ok(pass.seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, conditions: &[&str]) -> Vec<u64> {
        let conditions: Vec<String> = conditions.iter().map(|text| (*text).to_owned()).collect();
        let filter = Filter::parse(&conditions).unwrap();
        let mut lines = Vec::new();
        scan(text.as_bytes(), &filter, &mut |found| {
            lines.push(found.line);
            true
        })
        .unwrap();
        lines
    }

    #[test]
    fn a_value_is_found_however_an_encoder_wrote_it() {
        let text = concat!(
            "{\"id\":\"1\",\"email\":\"anna@example.org\"}\n",
            "{\"id\":\"2\",\"email\":\"ANNA@EXAMPLE.ORG\"}\n",
            "{\"id\":\"3\",\"who\":{\"email\":\"anna\\u0040example.org\"}}\n",
            "{\"id\":\"4\",\"email\":\"hanna@example.org\"}\n",
            "{\"id\":\"5\",\"note\":\"anna@example.org\"}\n",
        );
        assert_eq!(found(text, &["email=anna@example.org"]), [1, 2, 3]);
        assert_eq!(found(text, &["who.email=anna@example.org"]), [3]);
        assert_eq!(found(text, &["*=*anna@example.org*"]), [1, 2, 3, 4, 5]);
        assert_eq!(found(text, &["email=anna@example.org", "id=2"]), [2]);
        assert_eq!(found(text, &["id=5"]), [5]);
        assert_eq!(found(text, &[]), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn lists_documents_and_damage_are_read_as_they_are() {
        assert_eq!(found("[{\"id\":1},\n{\"id\":2}]", &["id=2"]), [2]);
        assert_eq!(found("{\n \"id\": 7\n}\n", &["id=7"]), [1]);
        assert_eq!(found("{\"id\":1}\n\n{\"id\":2", &[]), [1]);
        let seen = scan(
            "{\"id\":1}\nnonsense\n{\"id\":2}".as_bytes(),
            &Filter::default(),
            &mut |_| true,
        )
        .unwrap();
        assert_eq!((seen.unreadable, seen.unreadable_count), (vec![2], 1));
        // What is not parsed because nothing was found in it is told all the same.
        let text = "{\"id\":1}\nY29kZWQ=\n{\"id\":2}\r\n\n{\"id\":3}\n{\"id\":";
        let filter = Filter::parse(&["id=3".to_owned()]).unwrap();
        let mut hits = 0;
        let seen = scan(text.as_bytes(), &filter, &mut |_| {
            hits += 1;
            true
        });
        let seen = seen.unwrap();
        assert_eq!((hits, seen.unreadable, seen.unreadable_count), (1, vec![2, 6], 2));
    }

    #[test]
    fn records_across_pieces_are_whole() {
        let mut text = String::new();
        for number in 0..60_000 {
            text.push_str(&format!(
                "{{\"id\":{number},\"mail\":\"p{number}@example.org\"}}\n"
            ));
        }
        assert!(text.len() > 2 * PIECE);
        assert_eq!(found(&text, &["mail=p59999@example.org"]), [60_000]);
        assert_eq!(found(&text, &[]).len(), 60_000);
    }
}
