//! Exports of the Cloud Data Download Service: jobs, the files they leave, and the certificate that
//! the files are encrypted for.

use jiff::{Timestamp, ToSpan, civil};
use serde::Serialize;

use super::schedule::Schedule;

/// Days for which the service keeps a file.
pub const KEPT_DAYS: i64 = 30;

/// Remaining days from which on a file is shown as expiring.
pub const WARN_DAYS: i64 = 5;

/// Most files that one command downloads or deletes, as in the vendor's page.
pub const MOST_SELECTED: usize = 100;

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

/// A file that the service keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Artifact {
    /// Its id.
    pub id: String,
    /// The job that left it.
    pub job_id: Option<String>,
    /// Its name.
    pub name: String,
    /// What is inside (`Interaction`, `Contact`).
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Days after which it is deleted.
    pub remaining_days: Option<i64>,
    /// Its size.
    pub bytes: Option<u64>,
    /// Its hex SHA-256.
    pub sha256: Option<String>,
    /// Which part of a split export it is, from 1.
    pub part: Option<u32>,
    /// How many parts there are.
    pub parts: Option<u32>,
    /// Serial number of the certificate it is encrypted for, in hex.
    pub recipient_serial: Option<String>,
}

impl Artifact {
    /// When the service deletes it, as far as its age tells.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.created_at?.checked_add((KEPT_DAYS * 24).hours()).ok()
    }

    /// Fills in the remaining days from its age, where the service does not tell them.
    pub fn count_days(&mut self, now: Timestamp) {
        if self.remaining_days.is_none()
            && let Some(end) = self.expires_at()
        {
            let left = end.duration_since(now).as_secs();
            self.remaining_days = Some(left.div_euclid(86_400) + i64::from(left.rem_euclid(86_400) > 0));
        }
    }

    /// True when it is deleted within [`WARN_DAYS`].
    pub fn is_expiring(&self) -> bool {
        self.remaining_days.is_some_and(|days| days <= WARN_DAYS)
    }

    /// What the parts of one split export have in common; `None` for an export in one file. Without
    /// part numbers from the service the name decides.
    pub fn whole(&self) -> Option<String> {
        match (self.parts, part_of_name(&self.name)) {
            (Some(parts), _) if parts < 2 => None,
            (_, Some((stem, ..))) => Some(format!("{}/{stem}", self.job_id.as_deref().unwrap_or_default())),
            (Some(_), None) => self.job_id.clone(),
            (None, None) => None,
        }
    }

    /// Which part it is and of how many, from the service or from its name.
    pub fn part_numbers(&self) -> Option<(u32, Option<u32>)> {
        match (self.part, part_of_name(&self.name)) {
            (Some(part), named) => {
                let parts = self.parts.or(named.and_then(|(_, _, parts)| parts));
                parts.is_none_or(|parts| parts > 1).then_some((part, parts))
            }
            (None, Some((_, part, parts))) => Some((part, parts)),
            (None, None) => None,
        }
    }
}

/// Reads `name.part2of3.p7m`, `name.002`, `name.part2.p7m`: stem, number and, if told, the count.
pub fn part_of_name(name: &str) -> Option<(String, u32, Option<u32>)> {
    for (at, piece) in name.split('.').enumerate().skip(1) {
        let lower = piece.to_ascii_lowercase();
        let numbers = lower.strip_prefix("part").unwrap_or_default();
        let counted = match numbers.split_once("of") {
            Some((part, parts)) => Some((part.parse().ok()?, Some(parts.parse().ok()?))),
            None if !numbers.is_empty() => numbers.parse().ok().map(|part| (part, None)),
            None if lower.len() == 3 && lower.bytes().all(|b| b.is_ascii_digit()) => {
                lower.parse().ok().map(|part| (part, None))
            }
            None => None,
        };
        if let Some((part, parts)) = counted.filter(|(part, _)| *part > 0) {
            let stem: Vec<&str> = name
                .split('.')
                .enumerate()
                .filter(|(index, _)| *index != at)
                .map(|(_, piece)| piece)
                .collect();
            return Some((stem.join("."), part, parts));
        }
    }
    None
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
    fn parts_are_read_from_names() {
        for (name, expected) in [
            (
                "Interaction-7.part2of3.p7m",
                Some(("Interaction-7.p7m", 2, Some(3))),
            ),
            (
                "Interaction-7.zip.p7m.002",
                Some(("Interaction-7.zip.p7m", 2, None)),
            ),
            ("Interaction-7.part12.p7m", Some(("Interaction-7.p7m", 12, None))),
            ("Interaction-7.p7m", None),
            ("Interaction-7.part0of3.p7m", None),
            ("2026.p7m", None),
        ] {
            let expected = expected.map(|(stem, part, parts)| (stem.to_owned(), part, parts));
            assert_eq!(part_of_name(name), expected, "{name}");
        }
    }

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
    fn days_are_counted_from_the_age_and_rounded_up() {
        let mut artifact = Artifact {
            id: "a".to_owned(),
            job_id: None,
            name: "n".to_owned(),
            kind: None,
            created_at: Some("2026-11-01T12:00:00Z".parse().unwrap()),
            remaining_days: None,
            bytes: None,
            sha256: None,
            part: None,
            parts: None,
            recipient_serial: None,
        };
        artifact.count_days("2026-11-26T13:00:00Z".parse().unwrap());
        assert_eq!(artifact.remaining_days, Some(5));
        assert!(artifact.is_expiring());
    }

    #[test]
    fn words_of_the_service_have_a_meaning() {
        assert_eq!(JobPhase::of("In Progress"), JobPhase::Running);
        assert_eq!(JobPhase::of("IN_PROGRESS"), JobPhase::Running);
        assert_eq!(JobPhase::of("Paused"), JobPhase::Other);
    }
}
