//! A file of the export service: how long it is kept, and which part of a split export it is.

use jiff::{Timestamp, ToSpan};
use serde::Serialize;

/// Days for which the service keeps a file.
pub const KEPT_DAYS: i64 = 30;

/// Remaining days from which on a file is shown as expiring.
pub const WARN_DAYS: i64 = 5;

/// Most files that one command downloads or deletes, as in the vendor's page.
pub const MOST_SELECTED: usize = 100;

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
}
