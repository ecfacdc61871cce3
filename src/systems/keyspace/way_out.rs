//! Why parts of a scan were not read, and what to do about it: an incomplete result that does not say
//! so leaves an operator alone.

use std::collections::BTreeMap;

use super::report::ScanReport;

impl ScanReport {
    /// One sentence for each reason for which something was not read: where, why, and what to do next.
    pub fn ways_out(&self) -> Vec<String> {
        let mut tables: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for part in &self.not_read {
            let of_reason = tables.entry(part.why.as_str()).or_default();
            if !of_reason.contains(&part.table.as_str()) {
                of_reason.push(&part.table);
            }
        }
        let mut sentences: Vec<String> = tables
            .into_iter()
            .map(|(why, tables)| {
                let (what, next) = words(why);
                format!("{} not read: {what}. {next}", listed(&tables))
            })
            .collect();
        if self.interrupted {
            sentences.push("Interrupted: with --resume it goes on where it stopped.".to_owned());
        }
        sentences
    }
}

/// At most five names.
fn listed(tables: &[&str]) -> String {
    match tables.len() {
        0..=5 => tables.join(", "),
        count => format!("{} and {} more", tables[..4].join(", "), count - 4),
    }
}

/// What the word of a reason means, and the way out.
fn words(why: &str) -> (&'static str, &'static str) {
    const CALMER: &str =
        "Run it again with --resume when the cluster is calmer; only the missing parts are read.";
    match why {
        "permission" => (
            "the Cassandra user may not read it",
            "Ask the administrator of the cluster for SELECT on it (writing is not needed), then run it again with --resume.",
        ),
        "unavailable" => (
            "not enough replicas are up",
            "Bring the missing nodes up and run it again with --resume. A lower --consistency would read, but can miss data.",
        ),
        "timed_out" => ("reads timed out", CALMER),
        "overloaded" => ("the server is overloaded or still starting", CALMER),
        "read_failed" => (
            "replicas failed while reading, often over too many deleted rows",
            "After a compaction run it again with --resume; only the missing parts are read.",
        ),
        "broken" | "unreachable" => (
            "the connection broke off",
            "Check that the nodes are up and reached (--translate for tunnels), then run it again with --resume.",
        ),
        "too_large" => (
            "an answer was too large",
            "Run it again with --resume and a smaller --page-size.",
        ),
        "too_many_matches" => ("there are too many matches", "Search for something narrower."),
        "authentication" => (
            "the sign-in was refused",
            "Check the Cassandra user and its password, then run it again with --resume.",
        ),
        "gone" => ("it is not there any more", "List the tables: dsr keyspace tables"),
        _ => (
            "the server's answers could not be used",
            "The reasons stand in --output json; run it again with --resume.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::systems::keyspace::{NotReadRange, ScanReport};

    #[test]
    fn each_reason_is_told_once_with_a_way_out() {
        let part = |table: &str, why: &str| NotReadRange {
            table: table.to_owned(),
            part: "everything".to_owned(),
            why: why.to_owned(),
            detail: String::new(),
        };
        let report = ScanReport {
            not_read: vec![
                part("closed", "permission"),
                part("closed", "permission"),
                part("settings", "timed_out"),
            ],
            interrupted: true,
            ..ScanReport::default()
        };
        let told = report.ways_out();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].starts_with("closed not read: ") && told[0].contains("SELECT"));
        assert!(told[1].starts_with("settings not read: ") && told[2].contains("--resume"));
        assert!(ScanReport::default().ways_out().is_empty());
    }
}
