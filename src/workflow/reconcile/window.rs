//! When, on the server's clock, the request of a lost call must have been created.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::request::Request;

/// How far two clocks, and a whole-second `Date`, may be apart.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);
/// The least time after the intent in which the request may have been created: the longest call.
const LONGEST_CALL: SignedDuration = SignedDuration::from_mins(10);

/// The time in which the request must have been created, on the server's clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) intent: Timestamp,
}

impl Window {
    pub(super) fn around(intent: Timestamp, ahead: SignedDuration, quiet: Duration) -> Window {
        let there = intent.saturating_add(ahead).unwrap_or(intent);
        Window::at(there, intent, quiet)
    }

    /// The window of an intent that was written when it was this time `there`.
    pub(super) fn at(there: Timestamp, intent: Timestamp, quiet: Duration) -> Window {
        let after = signed(quiet).max(LONGEST_CALL);
        Window {
            from: there.saturating_sub(TOLERANCE).unwrap_or(Timestamp::MIN),
            // The period is the operator's and may be longer than time.
            to: there
                .saturating_add(after.saturating_add(TOLERANCE))
                .unwrap_or(Timestamp::MAX),
            intent,
        }
    }

    pub(super) fn fits(&self, request: &Request, creator: Option<&str>) -> bool {
        let in_time = request
            .created_at
            .is_none_or(|at| self.from <= at && at <= self.to);
        let same = match (creator, &request.created_by) {
            (Some(ours), Some(theirs)) => ours == theirs,
            // Where either is not known, it cannot speak against it, and a person decides.
            _ => true,
        };
        in_time && same
    }

    /// True when a call of that moment could have made the same request.
    pub(super) fn overlaps(&self, other_intent: Timestamp) -> bool {
        let apart = self.intent.duration_since(other_intent).abs();
        apart <= self.to.duration_since(self.from)
    }
}

/// As jiff counts.
pub(super) fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(created: &str, by: Option<&str>) -> Request {
        Request {
            id: "r".to_owned(),
            kind: None,
            api_type: String::new(),
            status: String::new(),
            subject: crate::domain::subject::Subject::default(),
            replacement_terms: Vec::new(),
            created_at: created.parse().ok(),
            created_by: by.map(str::to_owned),
            results: Vec::new(),
        }
    }

    fn window(ahead: i64) -> Window {
        let intent = "2026-11-03T10:00:00Z".parse().unwrap();
        Window::around(intent, SignedDuration::from_secs(ahead), Duration::from_secs(600))
    }

    #[test]
    fn the_window_is_on_the_servers_clock() {
        let created = request("2026-11-03T10:01:00Z", None);
        assert!(window(0).fits(&created, None));
        assert!(window(60).fits(&created, None));
        // The server is two minutes ahead: one minute past is before our intent.
        assert!(!window(120).fits(&created, None));
        assert!(!window(-3600).fits(&created, None));
    }

    #[test]
    fn another_creator_speaks_against_it_and_an_unknown_one_does_not() {
        let created = request("2026-11-03T10:00:01Z", Some("client-b"));
        assert!(!window(0).fits(&created, Some("client-a")));
        assert!(window(0).fits(&created, Some("client-b")));
        assert!(window(0).fits(&created, None));
        assert!(window(0).fits(&request("2026-11-03T10:00:01Z", None), Some("client-a")));
    }

    #[test]
    fn a_quiet_period_longer_than_time_is_no_defect() {
        let intent = "2026-11-03T10:00:00Z".parse().unwrap();
        let window = Window::around(intent, SignedDuration::ZERO, Duration::MAX);
        assert!(window.fits(&request("2027-11-03T10:00:00Z", None), None));
        assert!(!window.fits(&request("2026-11-03T09:59:50Z", None), None));
    }

    #[test]
    fn what_is_older_than_the_intent_never_fits() {
        assert!(!window(0).fits(&request("2026-11-03T09:59:50Z", None), None));
        assert!(!window(0).fits(&request("2026-11-03T10:11:00Z", None), None));
    }
}
