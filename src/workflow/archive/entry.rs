//! The text of one entry, found again by the name under which it is shown.

use std::io::{Read, Seek};

use zip::ZipArchive;

use super::kinds::{classify, is_archive, service_of};
use super::names::Names;
use super::nested::{Outer, open_nested};
use super::reader::{self, DEEPEST, Meta};
use super::{EntryKind, readable};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// What one entry is read to at most, whatever is asked for.
const LARGEST_TEXT: u64 = 16 << 20;

/// The readable text of the entry shown as `name`.
pub(super) fn entry_text<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    name: &str,
    limit: u64,
) -> Result<String, Failure> {
    let limit = limit.min(LARGEST_TEXT);
    match find(zip, name, None, limit) {
        Some(Ok(text)) => Ok(text),
        Some(Err(why)) => Err(Failure::new(
            FailureKind::BadAnswer,
            format!("The entry cannot be read: {}.", clean(&why)),
        )),
        None => Err(Failure::new(
            FailureKind::NotFound,
            "The archive holds no entry of that name.",
        )),
    }
}

fn find<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    wanted: &str,
    outer: Option<Outer<'_>>,
    limit: u64,
) -> Option<Result<String, String>> {
    let depth = outer.map_or(0, |outer| outer.depth);
    let mut names = Names::default();
    for index in 0..zip.len() {
        let Ok(meta) = reader::meta(zip, index) else {
            continue;
        };
        let name = names.show(&meta.raw_name).name;
        let service = outer.map_or_else(|| service_of(&name), |outer| outer.service);
        if name == wanted && !meta.directory {
            return Some(whole_text(zip, index, &meta, service, depth > 0, limit));
        }
        let rest = wanted
            .strip_prefix(&name)
            .and_then(|rest| rest.strip_prefix("!/"));
        let Some(rest) = rest.filter(|_| is_archive(&meta.raw_name) && depth < DEEPEST) else {
            continue;
        };
        let inner = meta
            .refused
            .clone()
            .map_or_else(|| open_nested(zip, index, &meta), Err);
        let outer = Outer {
            prefix: "",
            service,
            depth: depth + 1,
        };
        match inner {
            Err(why) => return Some(Err(why)),
            Ok(mut inner) => match find(&mut inner, rest, Some(outer), limit) {
                None => {}
                found => return found,
            },
        }
    }
    None
}

fn whole_text<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    index: usize,
    meta: &Meta,
    service: &str,
    nested: bool,
    limit: u64,
) -> Result<String, String> {
    if let Some(why) = &meta.refused {
        return Err(why.clone());
    }
    let kind = classify(service, &meta.raw_name, nested, meta.bytes);
    if kind == EntryKind::Audio {
        return Ok(format!("Audio of {} bytes. It is not shown here.\n", meta.bytes));
    }
    let (bytes, whole) = reader::head(zip, index, limit)?;
    let Some(mut text) = readable::text(&bytes, whole, kind) else {
        return Ok(format!(
            "Data of {} bytes that is no text. It is not shown here.\n",
            meta.bytes
        ));
    };
    if !whole {
        text.push_str(&format!("\n… the first {limit} bytes of {}\n", meta.bytes));
    }
    Ok(text)
}
