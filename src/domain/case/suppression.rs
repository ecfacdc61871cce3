//! What is kept of a person whose data was erased, so that it is noticed when it comes back: after a
//! restore from a backup, above all. Nothing else of the case is in it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::identifier::Identifier;

/// One entry of the register. Personal data: its `Debug` tells the case only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// Id of the case under which the data was erased.
    pub case: String,
    /// What the person is known by.
    pub identifiers: Vec<Identifier>,
    /// Day on which the case was closed.
    pub closed_on: Date,
    /// Last day on which the entry is kept.
    pub until: Date,
}

impl std::fmt::Debug for Suppressed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Suppressed")
            .field("case", &self.case)
            .finish_non_exhaustive()
    }
}

/// The name of an entry's file: the case and the last day, which are no personal data, so that what is
/// over can be removed without a key.
pub fn file_name(case: &str, until: Date) -> String {
    format!("{case}.until-{until}.enc")
}

/// What the name of an entry's file says; `None` for any other file.
pub fn of_file_name(name: &str) -> Option<(String, Date)> {
    let (case, rest) = name.strip_suffix(".enc")?.split_once(".until-")?;
    let number = case.strip_prefix("C-")?;
    let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    Some((case.to_owned(), rest.parse().ok()?)).filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_case_and_day_and_nothing_else_is_taken_for_one() {
        let day = jiff::civil::date(2027, 12, 31);
        let name = file_name("C-17", day);
        assert_eq!(of_file_name(&name), Some(("C-17".to_owned(), day)));
        for other in [
            "C-17.enc",
            "C-.until-2027-12-31.enc",
            "../C-1.until-2027-12-31.enc",
            "C-1.until-x.enc",
            "rest.key",
        ] {
            assert_eq!(of_file_name(other), None, "{other}");
        }
    }
}
