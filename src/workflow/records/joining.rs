//! Attachments to their interactions, joined by `entityid`.

use std::collections::{HashMap, HashSet};

use super::filter::Filter;
use super::finder::ids;
use super::scan::{Found, scan_by};
use super::source::{Asked, each_part};
use super::{Kind, Record, Report, Request, entity_id, made};
use crate::domain::failure::Failure;

/// Puts attachments to their interactions, those too that the filter alone does not find.
pub(super) fn join(request: &Request, asked: &Asked<'_>, report: &mut Report) -> Result<(), Failure> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let all = std::mem::take(&mut report.records);
    let (attached, mut records): (Vec<Record>, Vec<Record>) = all
        .into_iter()
        .partition(|record| record.kind == Kind::Attachment);
    for (at, record) in records.iter().enumerate() {
        if let Some(id) = &record.id {
            places.entry(id.clone()).or_insert(at);
        }
    }
    let attached = match request.filter.is_empty() || places.is_empty() {
        true => attached,
        false => all_attachments(request, asked, &places, attached)?,
    };
    for attachment in attached {
        let owner = entity_id(&attachment.record).and_then(|id| places.get(&id).copied());
        match owner {
            Some(at) => records[at].attachments.push(attachment),
            None => records.push(attachment),
        }
    }
    report.records = records;
    Ok(())
}

/// The attachments of what was found, and those that were found themselves.
fn all_attachments(
    request: &Request,
    asked: &Asked<'_>,
    owners: &HashMap<String, usize>,
    found: Vec<Record>,
) -> Result<Vec<Record>, Failure> {
    let mut attached = found;
    let finders: Vec<_> = ids(owners.keys()).into_iter().collect();
    for file in &request.files {
        each_part(file, asked, &mut |entry, input| {
            let name = entry.map_or_else(|| file.display().to_string(), str::to_owned);
            if Kind::of_name(&name).is_some_and(|kind| kind != Kind::Attachment) {
                return Ok(true);
            }
            let known: HashSet<u64> = attached
                .iter()
                .filter(|record| record.file == *file && record.entry.as_deref() == entry)
                .map(|record| record.line)
                .collect();
            let mut take = |found: Found| {
                let owned = entity_id(&found.record).is_some_and(|id| owners.contains_key(&id));
                if owned && !known.contains(&found.line) {
                    attached.push(made(file, entry, &name, found));
                }
                true
            };
            // What is unreadable was noted in the first pass.
            let _ = scan_by(input, &Filter::default(), &finders, &mut take);
            Ok(true)
        })?;
    }
    Ok(attached)
}
