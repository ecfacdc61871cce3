//! What an entry is, by the service that wrote it and by its name. The table was learned from
//! exports as organisations receive them; what it does not know is shown as it is.

use super::EntryKind;

/// Receipts are a topic, an id, a time and an address. Anything larger is looked at.
const RECEIPT_MOST: u64 = 4 * 1024;

/// Audio files that hold a header and no sound are shorter than this.
const AUDIO_LEAST: u64 = 64;

/// The kind of an entry. `nested` is true inside a packed recording.
pub(super) fn classify(service: &str, file: &str, nested: bool, bytes: u64) -> EntryKind {
    let lower = file.to_lowercase();
    if bytes == 0 {
        return EntryKind::Empty;
    }
    if is_audio(&lower) {
        return if bytes < AUDIO_LEAST {
            EntryKind::Empty
        } else {
            EntryKind::Audio
        };
    }
    if nested {
        return if is_transcript(&lower) {
            EntryKind::Transcript
        } else {
            EntryKind::Attachment
        };
    }
    match service {
        "analytics" if bytes <= RECEIPT_MOST => EntryKind::Receipt,
        "contacts-service" | "venue" | "auth-api" | "edge-config-user" => EntryKind::Record,
        "recording" if is_transcript(&lower) || lower.ends_with(".json") => EntryKind::Transcript,
        "recording" => EntryKind::Attachment,
        "REALTIME" => EntryKind::Transcript,
        _ => EntryKind::Other,
    }
}

/// True for the names under which transcripts stand inside packed recordings.
fn is_transcript(lower: &str) -> bool {
    let file = lower.rsplit('/').next().unwrap_or(lower);
    file.ends_with(".json") && file.contains("transcript")
}

fn is_audio(lower: &str) -> bool {
    [".opus", ".ogg", ".wav", ".mp3", ".webm"]
        .iter()
        .any(|end| lower.ends_with(end))
}

/// True for an entry that is an archive itself.
pub(super) fn is_archive(name: &str) -> bool {
    name.to_lowercase().ends_with(".zip")
}

/// The service before the first `!`; empty when there is none.
pub(super) fn service_of(name: &str) -> &str {
    name.split_once('!').map_or("", |(service, _)| service)
}
