//! What happened to one request, oldest first: out of what was planned, sent, seen and fetched.

use jiff::Timestamp;

use crate::domain::operation::{Operation, OperationState};
use crate::domain::queue::{TimelineEntry, TimelineKind};
use crate::domain::text::clean;
use crate::store::Remembered;

/// The timeline of everything remembered. Its texts hold no personal data of the subject.
pub(super) fn timeline(remembered: &Remembered) -> Vec<TimelineEntry> {
    let mut entries = Vec::new();
    let mut add = |at: Timestamp, not_before: Option<Timestamp>, kind: TimelineKind, text: String| {
        entries.push(TimelineEntry {
            at,
            not_before,
            kind,
            text: clean(&text),
        });
    };
    if let Some(record) = &remembered.record {
        for (at, kind, text) in own(&record.operation) {
            add(at, None, kind, text);
        }
    } else if let Some(created) = remembered.request.as_ref().and_then(|r| r.created_at) {
        add(
            created,
            None,
            TimelineKind::Status,
            "created, as Genesys Cloud says".to_owned(),
        );
    }
    if let Some((at, status)) = &remembered.first_seen {
        add(*at, None, TimelineKind::Status, format!("{status} (first seen)"));
    }
    for seen in &remembered.observations {
        let from = seen.from.as_deref().unwrap_or_default();
        add(
            seen.at,
            seen.not_before,
            TimelineKind::Status,
            format!("{from} → {} (seen)", seen.to),
        );
    }
    for download in &remembered.downloads {
        if let (Some(bytes), Some(sha256)) = (download.bytes, &download.sha256) {
            let digest = sha256.get(..12).unwrap_or(sha256);
            add(
                download.at,
                None,
                TimelineKind::Download,
                format!("result fetched, {bytes} bytes, SHA-256 {digest}…"),
            );
        }
        if let Some(at) = download.checked_at {
            add(
                at,
                None,
                TimelineKind::Download,
                "result opened and checked".to_owned(),
            );
        }
        if let Some(trouble) = &download.trouble {
            add(
                download.at,
                None,
                TimelineKind::Download,
                format!("result not usable: {trouble}"),
            );
        }
        if let Some(at) = download.expired_at {
            add(at, None, TimelineKind::Download, "result has expired".to_owned());
        }
    }
    for (at, text) in &remembered.notes {
        add(*at, None, TimelineKind::Note, text.clone());
    }
    if let Some(operation) = &remembered.merge_of
        && let Some((at, _)) = &remembered.first_seen
    {
        add(
            *at,
            None,
            TimelineKind::Note,
            format!("created by Genesys Cloud for the merge set of operation {operation}"),
        );
    }
    if let Some(at) = remembered.gone_at {
        add(
            at,
            None,
            TimelineKind::Note,
            "no longer in the organisation's list".to_owned(),
        );
    }
    // Entries of the same moment stay in the order in which they were added.
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn own(operation: &Operation) -> Vec<(Timestamp, TimelineKind, String)> {
    let digest = operation.plan_digest.get(..12).unwrap_or(&operation.plan_digest);
    let mut entries = vec![(
        operation.planned_at,
        TimelineKind::Planned,
        format!("planned by {}, digest {digest}…", operation.actor),
    )];
    if let Some(waits_for) = &operation.waits_for {
        entries.push((
            operation.planned_at,
            TimelineKind::Note,
            format!("waits until {waits_for} is here and checked"),
        ));
    }
    if let Some(at) = operation.intent_at {
        entries.push((at, TimelineKind::Intent, "intent written".to_owned()));
    }
    if let Some(at) = operation.outcome_at {
        entries.push((at, TimelineKind::Outcome, outcome(operation)));
    }
    entries
}

fn outcome(operation: &Operation) -> String {
    let mut text = match operation.state {
        OperationState::Accepted => format!(
            "accepted, id {}",
            operation.remote_id.as_deref().unwrap_or_default()
        ),
        OperationState::Refused => "refused; nothing was executed".to_owned(),
        OperationState::NotSent => "not sent".to_owned(),
        OperationState::Withdrawn => "withdrawn before it was sent".to_owned(),
        OperationState::Unknown => "outcome unknown".to_owned(),
        OperationState::Planned | OperationState::Sending => operation.state.as_str().to_owned(),
    };
    if let Some(status) = operation.http_status {
        text.push_str(&format!(" · HTTP {status}"));
    }
    if let Some(id) = &operation.correlation_id {
        text.push_str(&format!(" · correlation {id}"));
    }
    if let Some(detail) = &operation.detail {
        text.push_str(&format!(" · {detail}"));
    }
    text
}
