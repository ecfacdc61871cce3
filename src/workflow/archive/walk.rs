//! Going through an archive and the archives packed in it.

use std::io::{Read, Seek};

use zip::ZipArchive;

use super::kinds::{classify, is_archive, service_of};
use super::names::{Names, Shown};
use super::nested::{Outer, open_nested};
use super::reader::{self, DEEPEST, MOST_ENTRIES, Meta};
use super::{ArchiveView, Entry, EntryKind, readable};

/// Bytes read of an entry for its preview: whole for most records and transcripts.
const PREVIEW_BYTES: u64 = 64 << 10;
/// Previews in one view. The rest is read when it is asked for.
const MOST_PREVIEWS: usize = 5_000;
/// Bytes of packed archives that one view unpacks in all.
const UNPACKED_IN_ALL: u64 = 1 << 30;
/// Lines of reasons in one view.
const MOST_REASONS: usize = 500;

/// A view in the making.
#[derive(Default)]
pub(super) struct Walk {
    view: ArchiveView,
    listed: usize,
    previews: usize,
    unpacked: u64,
    left_out: usize,
}

impl Walk {
    /// Lists all entries of an archive.
    pub(super) fn archive<R: Read + Seek>(&mut self, zip: &mut ZipArchive<R>, outer: Option<Outer<'_>>) {
        let prefix = outer.map_or("", |outer| outer.prefix);
        if zip.has_duplicate_names() {
            self.warn(format!(
                "{}several entries have the same name; the last of each is shown",
                if prefix.is_empty() {
                    String::new()
                } else {
                    format!("{prefix}: ")
                }
            ));
        }
        let mut names = Names::default();
        for index in 0..zip.len() {
            let meta = match reader::meta(zip, index) {
                Ok(meta) => meta,
                Err(why) => {
                    self.unreadable(&format!("{prefix}entry {}", index + 1), &why);
                    continue;
                }
            };
            let Shown { name, odd } = names.show(&meta.raw_name);
            let name = format!("{prefix}{name}");
            if odd {
                self.warn(format!(
                    "{name}: this name is shown cleaned and never used as a path"
                ));
            }
            if self.listed >= MOST_ENTRIES {
                self.unreadable(&name, "there are more entries than any export has");
                return;
            }
            if !meta.directory {
                self.entry(zip, index, &meta, name, outer);
            }
        }
    }

    fn entry<R: Read + Seek>(
        &mut self,
        zip: &mut ZipArchive<R>,
        index: usize,
        meta: &Meta,
        name: String,
        outer: Option<Outer<'_>>,
    ) {
        self.listed += 1;
        if let Some(why) = &meta.refused {
            return self.unreadable(&name, why);
        }
        let service = outer
            .map_or_else(|| service_of(&name), |outer| outer.service)
            .to_owned();
        if is_archive(&meta.raw_name) && meta.bytes > 0 {
            return self.nested(zip, index, meta, &name, &service, outer);
        }
        let kind = classify(&service, &meta.raw_name, outer.is_some(), meta.bytes);
        if kind == EntryKind::Receipt {
            self.view.receipts += 1;
            return;
        }
        let (kind, preview) = match self.preview(zip, index, kind, meta.bytes) {
            Ok(found) => found,
            Err(why) => return self.unreadable(&name, &why),
        };
        self.view.entries.push(Entry {
            name,
            service,
            kind,
            bytes: meta.bytes,
            preview,
        });
    }

    /// The preview of an entry, and its kind now that it has been looked into.
    fn preview<R: Read + Seek>(
        &mut self,
        zip: &mut ZipArchive<R>,
        index: usize,
        kind: EntryKind,
        bytes: u64,
    ) -> Result<(EntryKind, Option<String>), String> {
        if matches!(kind, EntryKind::Audio | EntryKind::Empty) || self.previews >= MOST_PREVIEWS {
            return Ok((kind, None));
        }
        self.previews += 1;
        let (head, whole) = reader::head(zip, index, PREVIEW_BYTES.min(bytes.max(1)))?;
        if whole && readable::is_empty(&head) {
            return Ok((EntryKind::Empty, None));
        }
        Ok((
            kind,
            readable::text(&head, whole, kind).map(|text| readable::first_lines(&text)),
        ))
    }

    fn nested<R: Read + Seek>(
        &mut self,
        zip: &mut ZipArchive<R>,
        index: usize,
        meta: &Meta,
        name: &str,
        service: &str,
        outer: Option<Outer<'_>>,
    ) {
        let depth = outer.map_or(1, |outer| outer.depth + 1);
        if depth > DEEPEST {
            return self.unreadable(name, "archives are packed in each other too deep");
        }
        if self.unpacked.saturating_add(meta.bytes) > UNPACKED_IN_ALL {
            return self.unreadable(name, "its archives unpack to more than is looked through at once");
        }
        let mut inner = match open_nested(zip, index, meta) {
            Ok(inner) => inner,
            Err(why) => return self.unreadable(name, &why),
        };
        self.unpacked += meta.bytes.max(1);
        let prefix = format!("{name}!/");
        let before = self.listed;
        self.archive(
            &mut inner,
            Some(Outer {
                prefix: &prefix,
                service,
                depth,
            }),
        );
        if self.listed == before {
            self.view.entries.push(Entry {
                name: name.to_owned(),
                service: service.to_owned(),
                kind: EntryKind::Empty,
                bytes: meta.bytes,
                preview: None,
            });
        }
    }

    fn unreadable(&mut self, name: &str, why: &str) {
        if self.view.unreadable.len() < MOST_REASONS {
            self.view.unreadable.push(format!("{name}: {why}"));
        } else {
            self.left_out += 1;
        }
    }

    fn warn(&mut self, text: String) {
        if self.view.warnings.len() < MOST_REASONS {
            self.view.warnings.push(text);
        }
    }

    /// The finished view, sorted.
    pub(super) fn finish(mut self) -> ArchiveView {
        if self.left_out > 0 {
            self.view.unreadable.push(format!("and {} more", self.left_out));
        }
        self.view
            .entries
            .sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        self.view.not_covered = vec![
            "transcripts of calls (their audio alone is)".to_owned(),
            "content of analytics (receipts acknowledge it)".to_owned(),
        ];
        self.view
    }
}
