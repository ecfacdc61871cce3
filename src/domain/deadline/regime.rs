//! The law that a clock runs under: how long, from when, what stops it, and where that is written.
//! Each is a data file.

use std::sync::Arc;

use super::added::REGIMES;
use super::length::{Awaited, Length, WhileWaiting};
use super::regime_file::{File, length};

/// The regimes that come with the program.
const FILES: [(&str, &str); 3] = [
    ("eu", include_str!("../../../assets/regimes/eu.toml")),
    ("uk", include_str!("../../../assets/regimes/uk.toml")),
    ("us-ca", include_str!("../../../assets/regimes/us-ca.toml")),
];

/// A regime file larger than this is something else.
const LIMIT: usize = 16 * 1024;

/// A rule with the place where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The rule.
    pub rule: T,
    /// Where it is written.
    pub source: String,
}

/// The law that a clock runs under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regime {
    inner: Arc<Inner>,
}

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    file: File,
    answer: Length,
    extension: Option<(Length, Length)>,
}

impl Default for Regime {
    fn default() -> Regime {
        // The file comes with the program, and a test reads it.
        Regime::parse(FILES[0].1).unwrap_or_else(|why| unreachable!("{why}"))
    }
}

impl Regime {
    /// The regime called `eu`, `uk` or `us-ca`.
    ///
    /// # Errors
    /// A sentence that lists what is known.
    pub fn named(code: &str) -> Result<Regime, String> {
        let wanted = code.trim().to_ascii_lowercase();
        match FILES.iter().find(|(known, _)| *known == wanted) {
            Some((_, text)) => Regime::parse(text),
            None => match REGIMES.get(&wanted) {
                Some(added) => Regime::parse(&added.text),
                None => Err(format!(
                    "{} is no regime. Known are {}.",
                    crate::domain::text::clean(code),
                    known().join(", ")
                )),
            },
        }
    }

    /// The regime that a file of the same form tells.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Regime, String> {
        if text.len() > LIMIT {
            return Err(format!("A regime file has at most {LIMIT} bytes."));
        }
        let file: File = toml::from_str(text).map_err(|error| {
            let first = error.message().lines().next().unwrap_or_default().to_owned();
            format!(
                "The regime file is not right: {}.",
                crate::domain::text::clean(&first)
            )
        })?;
        let wrong = |what: &str| format!("The regime file is not right: {what}.");
        let plain = |text: &str| {
            text.bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit())
        };
        if file.code.is_empty() || file.code.len() > 16 || !plain(&file.code) {
            return Err(wrong("a code is 1 to 16 small letters, digits and hyphens"));
        }
        let answer = length(&file.answer).ok_or_else(|| wrong("answer is so many months or days"))?;
        let extension = match &file.extension {
            None => None,
            Some(period) => {
                let by = length(period).ok_or_else(|| wrong("extension is so many months or days"))?;
                let whole = answer
                    .and(by)
                    .ok_or_else(|| wrong("answer and extension have one unit"))?;
                Some((by, whole))
            }
        };
        Ok(Regime {
            inner: Arc::new(Inner {
                file,
                answer,
                extension,
            }),
        })
    }

    /// `eu`.
    pub fn code(&self) -> &str {
        &self.inner.file.code
    }

    /// Its name, cleaned.
    pub fn name(&self) -> String {
        crate::domain::text::clean(&self.inner.file.name)
    }

    /// Within what the answer is due.
    pub fn answer(&self) -> Sourced<Length> {
        sourced(self.inner.answer, &self.inner.file.answer.source)
    }

    /// As [`Regime::answer`], without its source.
    pub(super) fn answer_length(&self) -> Length {
        self.inner.answer
    }

    /// True when an end on a day off moves.
    pub(super) fn is_moved(&self) -> bool {
        self.inner.file.counting.moved.is_some()
    }

    /// As [`Regime::working_days`], without its source; 0 for none.
    pub(super) fn least_working_days(&self) -> u16 {
        self.inner.file.counting.working_days
    }

    /// By how much it can be extended, and what the whole period then is.
    pub fn extension(&self) -> Option<Sourced<(Length, Length)>> {
        let source = &self.inner.file.extension.as_ref()?.source;
        self.inner.extension.map(|extension| sourced(extension, source))
    }

    /// Where the time for a refusal is written; it is that of an answer not extended.
    pub fn refusal_source(&self) -> String {
        crate::domain::text::clean(&self.inner.file.refusal.source)
    }

    /// Where it is written that the day of receipt is not counted.
    pub fn first_day_source(&self) -> String {
        crate::domain::text::clean(&self.inner.file.counting.first_day)
    }

    /// Where it is written on which day a period ends.
    pub fn end_source(&self) -> String {
        crate::domain::text::clean(&self.inner.file.counting.end)
    }

    /// Where it is written that an end on a day off moves; `None` where it does not move.
    pub fn moved_source(&self) -> Option<String> {
        let moved = self.inner.file.counting.moved.as_deref();
        moved.map(crate::domain::text::clean)
    }

    /// How many working days a period of two days or more has at least.
    pub fn working_days(&self) -> Option<Sourced<u16>> {
        let counting = &self.inner.file.counting;
        let source = counting.working_days_source.as_ref()?;
        (counting.working_days > 0).then(|| sourced(counting.working_days, source))
    }

    /// Within how many business days receipt is to be confirmed.
    pub fn acknowledgement(&self) -> Option<Sourced<u16>> {
        let found = self.inner.file.acknowledgement.as_ref()?;
        Some(sourced(found.business_days, &found.source))
    }

    /// What the clock does while `awaited` is awaited.
    pub fn while_waiting(&self, awaited: Awaited) -> Sourced<WhileWaiting> {
        let waiting = &self.inner.file.waiting;
        let rule = match awaited {
            Awaited::Identity => waiting.identity,
            Awaited::Clarification => waiting.clarification,
            Awaited::Fee => waiting.fee,
        };
        sourced(rule, &waiting.source)
    }

    /// For how many months records of requests must be kept.
    pub fn records(&self) -> Option<Sourced<u16>> {
        let records = self.inner.file.records.as_ref()?;
        Some(sourced(records.months, &records.source))
    }
}

fn sourced<T>(rule: T, source: &str) -> Sourced<T> {
    Sourced {
        rule,
        source: crate::domain::text::clean(source),
    }
}

/// True for a regime that comes with the program.
pub(super) fn is_built_in(code: &str) -> bool {
    FILES.iter().any(|(known, _)| *known == code)
}

/// Codes of the regimes that are known: those that come with the program, and those added to them.
pub fn known() -> Vec<String> {
    let own = FILES.iter().map(|(code, _)| (*code).to_owned());
    own.chain(REGIMES.codes()).collect()
}
