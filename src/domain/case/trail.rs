//! A line of a case's trail without the words that may name a person: what was done, with counts, days
//! and ids, stays readable; what somebody wrote is masked.

use crate::domain::mask::mask;
use crate::domain::text::clean;

/// What is written by the program for these actions begins with words of its own; what somebody wrote
/// follows after the mark. Of all others nothing is known to be free of personal data.
const OWN_WORDS: [(&str, &str); 12] = [
    ("case.open", ": "),
    ("case.close", ": "),
    ("case.identity", ": "),
    ("case.pause", ": "),
    ("case.extend", ": "),
    ("case.answer", " by "),
    ("case.coverage", " ("),
    ("case.recheck.settle", "settled: "),
    ("case.recheck.unsettle", ""),
    ("case.link", ""),
    ("case.resume", ""),
    ("case.forget", ""),
];

/// The text of a line with everything masked that somebody wrote.
pub fn masked(action: &str, text: &str) -> String {
    let text = clean(text);
    let own = OWN_WORDS.iter().find(|(known, _)| *known == action);
    match own {
        None => mask(&text),
        Some((_, "")) => text,
        Some((_, mark)) => match text.split_once(mark) {
            None => text,
            Some((own, written)) => format!("{own}{mark}{}", mask(written)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn what_the_program_wrote_is_readable_and_what_a_person_wrote_is_not() {
        for (action, text, shown) in [
            (
                "case.open",
                "access received 2026-11-25",
                "access received 2026-11-25",
            ),
            (
                "case.open",
                "access received 2026-11-25: Anna wrote: help",
                "access received 2026-11-25: A••• w••••: h•••",
            ),
            (
                "case.recheck.settle",
                "favorites: 1 found, searched, settled: Anna agreed",
                "favorites: 1 found, searched, settled: A••• a•••••",
            ),
            (
                "case.coverage",
                "genesys cloud: searched 2, not all of it could be read",
                "genesys cloud: searched 2, not all of it could be read",
            ),
            (
                "case.coverage",
                "crm: not applicable (Anna is unknown)",
                "crm: not applicable (A••• i• u••••••)",
            ),
            (
                "case.answer",
                "answered on 2026-12-01 by letter",
                "answered on 2026-12-01 by l•••••",
            ),
            ("case.close", "closed as fulfilled", "closed as fulfilled"),
            ("case.change", "reference: Anna", "r••••••••: A•••"),
            (
                "case.refuse",
                "Anna's part refused on 2026-12-01",
                "A•••'• p••• r•••••• o• ••••-••-••",
            ),
        ] {
            assert_eq!(masked(action, text), shown, "{action}");
        }
    }
}
