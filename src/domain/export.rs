//! Exports of the Cloud Data Download Service: jobs, the files they leave, and the certificate that
//! the files are encrypted for.

use jiff::{Timestamp, civil};
use serde::Serialize;

pub use super::export_file::{Artifact, KEPT_DAYS, MOST_SELECTED, WARN_DAYS, part_of_name};
use super::schedule::Schedule;

/// Where a job stands, out of the service's own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobPhase {
    /// Waits for its time.
    Scheduled,
    /// Runs.
    Running,
    /// Ended well.
    Done,
    /// Ended badly.
    Failed,
    /// A word that is not known.
    Other,
}

impl JobPhase {
    /// Reads the service's word. `In Progress` is the vendor's; the others are assumed.
    pub fn of(word: &str) -> JobPhase {
        let plain: String = word
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        match plain.as_str() {
            "inprogress" | "running" | "processing" | "started" => JobPhase::Running,
            "done" | "completed" | "complete" | "finished" | "succeeded" | "success" => JobPhase::Done,
            "failed" | "error" | "aborted" | "cancelled" => JobPhase::Failed,
            "scheduled" | "pending" | "queued" | "waiting" | "new" | "created" => JobPhase::Scheduled,
            _ => JobPhase::Other,
        }
    }
}

/// The days that an export covers; both included, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TimeFrame {
    /// First day.
    pub from: civil::Date,
    /// Last day.
    pub to: civil::Date,
}

/// One export job as the service tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: Option<String>,
    /// Data source.
    pub source: Option<String>,
    /// What is exported (`Interaction`, `Contact`).
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The service's word.
    pub status: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When its last run began.
    pub started_at: Option<Timestamp>,
    /// When its last run ended.
    pub finished_at: Option<Timestamp>,
    /// When it runs next.
    pub next_run_at: Option<Timestamp>,
    /// How much of the run is done, in percent.
    pub percent: Option<u8>,
    /// How long the run still takes, in seconds.
    pub remaining_seconds: Option<u64>,
    /// When it runs; `None` when it runs once, at once.
    pub schedule: Option<Schedule>,
    /// What it covers; everything when nothing is said.
    pub time_frame: Option<TimeFrame>,
    /// Largest size of one file in bytes; one file when nothing is said.
    pub split_bytes: Option<u64>,
    /// Names of the files it left.
    pub files: Vec<String>,
    /// Why it failed, in the service's words.
    pub error: Option<String>,
    /// Its history, the last run first; told in the detail of one job only.
    pub runs: Vec<JobRun>,
}

/// One run of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobRun {
    /// The service's word.
    pub status: String,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Names of the files it left.
    pub files: Vec<String>,
    /// Why it failed, in the service's words.
    pub error: Option<String>,
}

impl Job {
    /// Where it stands.
    pub fn phase(&self) -> JobPhase {
        JobPhase::of(&self.status)
    }
}

/// A job to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewJob {
    /// Title, mandatory.
    pub title: String,
    /// Description.
    pub description: Option<String>,
    /// Data source, mandatory.
    pub source: String,
    /// What is exported, mandatory.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it runs; at once when nothing is said.
    pub schedule: Option<Schedule>,
    /// What it covers; everything when nothing is said.
    pub time_frame: Option<TimeFrame>,
    /// Largest size of one file in bytes; one file when nothing is said.
    pub split_bytes: Option<u64>,
}

impl NewJob {
    /// The same job again, under the same or another title.
    pub fn clone_of(job: &Job) -> NewJob {
        NewJob {
            title: job.title.clone(),
            description: job.description.clone(),
            source: job.source.clone().unwrap_or_default(),
            kind: job.kind.clone().unwrap_or_default(),
            schedule: job.schedule,
            time_frame: job.time_frame,
            split_bytes: job.split_bytes,
        }
    }
}

/// What the service tells of the certificate in the user preferences. It publishes name, size and
/// date; the rest is assumed, and absent where the service does not tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ServerCertificate {
    /// Name of the file that was uploaded.
    pub name: Option<String>,
    /// Its size.
    pub bytes: Option<u64>,
    /// When it was uploaded.
    pub modified_at: Option<Timestamp>,
    /// Serial number in hex.
    pub serial: Option<String>,
    /// First moment of its validity.
    pub not_before: Option<Timestamp>,
    /// Last moment of its validity.
    pub not_after: Option<Timestamp>,
    /// The certificate itself, PEM.
    #[serde(skip)]
    pub pem: Option<String>,
}

/// A serial number in one form: hex in pairs, without colons and leading zeros, as
/// `openssl x509 -serial` shows it.
pub fn serial_form(text: &str) -> Option<String> {
    let hex: String = text
        .trim()
        .trim_start_matches("0x")
        .trim_start_matches("serial=")
        .chars()
        .filter(|c| !matches!(c, ':' | ' '))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let digits = hex.trim_start_matches('0');
    if hex.is_empty() || hex.len() > 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let pad = if digits.len() % 2 == 1 || digits.is_empty() {
        "0"
    } else {
        ""
    };
    Some(format!(
        "{pad}{digits}{}",
        if digits.is_empty() { "0" } else { "" }
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_have_one_form() {
        for (text, form) in [
            ("0a:1b:2c", Some("0A1B2C")),
            ("00a1", Some("A1")),
            ("0x7", Some("07")),
            ("0", Some("00")),
            ("", None),
            ("zz", None),
        ] {
            assert_eq!(serial_form(text).as_deref(), form, "{text}");
        }
    }

    #[test]
    fn words_of_the_service_have_a_meaning() {
        assert_eq!(JobPhase::of("In Progress"), JobPhase::Running);
        assert_eq!(JobPhase::of("IN_PROGRESS"), JobPhase::Running);
        assert_eq!(JobPhase::of("Paused"), JobPhase::Other);
    }
}
