//! Phone numbers by their digits. The full number, international or national, is that number; a shorter
//! or longer one with the same end is only possibly it; another area or country is not.

use std::collections::HashMap;

use phonenumber::metadata::DATABASE;

use super::hit::{Hit, Strength};
use super::phone_run::{MOST_GROUPS, Run, runs};
use crate::domain::forms::{FormError, forms};
use crate::domain::identifier::Identifier;

/// Digits that two numbers must share at their end.
pub(super) const SUFFIX: usize = 7;

/// A number that is looked for, as digits 0 to 9.
#[derive(Clone, Debug)]
struct Number {
    search: usize,
    /// With the country, without `+`; `None` when the country is not known.
    international: Option<Vec<u8>>,
    /// As dialled inside its country, with the digit that comes first there.
    national: Vec<u8>,
    /// Without that digit.
    core: Vec<u8>,
    /// Whether `national` says it all.
    national_is_full: bool,
    /// Whether `core` does: where the first digit is usually left out (North America).
    core_is_full: bool,
}

/// All numbers that are looked for.
#[derive(Clone, Default)]
pub(super) struct Phones {
    numbers: Vec<Number>,
    /// By their last digits.
    tails: HashMap<Vec<u8>, Vec<usize>>,
    /// How long the tails are.
    lengths: Vec<usize>,
}

impl Phones {
    pub(super) fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The last digits of all numbers: whatever is found ends with one of them.
    pub(super) fn tails(&self) -> impl Iterator<Item = &[u8]> {
        self.tails.keys().map(Vec::as_slice)
    }

    /// Adds a number. `country` is for numbers in national form.
    pub(super) fn add(
        &mut self,
        search: usize,
        identifier: &Identifier,
        country: Option<&str>,
    ) -> Result<(), FormError> {
        let number = match forms(identifier, country) {
            Ok(forms) => {
                let e164 = forms
                    .iter()
                    .find(|form| form.form == "e164" || form.form == "digits");
                let e164 = e164.map_or(forms[0].value.as_str(), |form| form.value.as_str());
                Number::international(search, e164)
            }
            // A number without a country can be looked for all the same, by its digits.
            Err(error) => Number::as_typed(search, &identifier.value).ok_or(error)?,
        };
        let tail = number.tail();
        if !self.lengths.contains(&tail.len()) {
            self.lengths.push(tail.len());
        }
        self.tails.entry(tail).or_default().push(self.numbers.len());
        self.numbers.push(number);
        Ok(())
    }

    /// Finds numbers in text.
    pub(super) fn find(&self, bytes: &[u8], hit: &mut dyn FnMut(Hit)) {
        runs(bytes, &mut |run| self.in_run(run, hit));
    }

    /// Compares a number that is no text.
    pub(super) fn find_number(&self, value: u128, hit: &mut dyn FnMut(Hit)) {
        let digits: Vec<u8> = value.to_string().bytes().map(|b| b - b'0').collect();
        let run = Run {
            groups: vec![(0, 0..0)],
            digits,
            ..Run::default()
        };
        self.in_run(&run, hit);
    }

    /// The whole numbers that can be meant, each once for a search: with the country, and inside it
    /// without the digit that comes first there.
    pub(super) fn values(&self) -> Vec<(usize, u64)> {
        let mut all = Vec::new();
        for number in &self.numbers {
            for digits in number
                .international
                .iter()
                .chain([&number.core, &number.national])
            {
                if let Ok(value) = text_of(digits).parse() {
                    all.push((number.search, value));
                }
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    fn in_run(&self, run: &Run, hit: &mut dyn FnMut(Hit)) {
        for length in &self.lengths {
            for end in *length..=run.digits.len() {
                let Some(numbers) = self.tails.get(&run.digits[end - length..end]) else {
                    continue;
                };
                for number in numbers.iter().map(|index| &self.numbers[*index]) {
                    if let Some((strength, group, last)) = number.at(run, end) {
                        hit(Hit {
                            search: number.search,
                            range: run.groups[group].1.start..run.groups[last].1.end,
                            strength,
                        });
                    }
                }
            }
        }
    }
}

impl Number {
    fn international(search: usize, e164: &str) -> Number {
        let digits = digits_of(e164);
        let parsed = phonenumber::parse(None, format!("+{}", text_of(&digits))).ok();
        let country = parsed
            .as_ref()
            .map(|number| digits_of(&number.code().value().to_string()));
        let core = match &country {
            Some(code) if digits.starts_with(code) && digits.len() > code.len() + 2 => {
                digits[code.len()..].to_vec()
            }
            _ => digits.clone(),
        };
        let trunk = parsed
            .as_ref()
            .and_then(|number| number.metadata(&DATABASE))
            .and_then(|metadata| metadata.national_prefix())
            .map(digits_of)
            .unwrap_or_default();
        let national: Vec<u8> = trunk.iter().chain(&core).copied().collect();
        Number {
            search,
            national_is_full: core.len() < digits.len(),
            core_is_full: country.as_deref() == Some(&[1]) && core.len() == 10,
            international: Some(digits),
            national,
            core,
        }
    }

    /// A number of which nothing is known but its digits.
    fn as_typed(search: usize, value: &str) -> Option<Number> {
        let letters = value.chars().any(char::is_alphabetic);
        let national: Vec<u8> = value.chars().filter_map(super::fold::digit).collect();
        let core: Vec<u8> = national.iter().skip_while(|d| **d == 0).copied().collect();
        if letters
            || value.contains('+')
            || value.trim_start().starts_with("00")
            || !(5..=17).contains(&core.len())
        {
            return None;
        }
        Some(Number {
            search,
            international: None,
            national_is_full: true,
            core_is_full: false,
            national,
            core,
        })
    }

    fn tail(&self) -> Vec<u8> {
        self.core[self.core.len() - self.core.len().min(SUFFIX)..].to_vec()
    }

    /// What the digits of `run` up to `end` are; with the groups at which it begins and ends.
    fn at(&self, run: &Run, end: usize) -> Option<(Strength, usize, usize)> {
        let last = (0..run.groups.len()).find(|group| run.group_end(*group) >= end)?;
        let first = last.saturating_sub(MOST_GROUPS);
        let mut best = None;
        if run.group_end(last) == end {
            for group in first..=last {
                let whole = group == 0 && end == run.digits.len() && !run.in_word;
                if let Some(strength) = self.compare(run, group, end, whole) {
                    best = best.max(Some((strength, group)));
                }
            }
        }
        if best.is_none() && run.digits[..end].ends_with(&self.core) && !self.abroad(run, end) {
            let begin = end - self.core.len();
            let group = (0..=last)
                .rev()
                .find(|group| run.groups[*group].0 <= begin)
                .unwrap_or(last);
            best = Some((Strength::Substring, group));
        }
        best.map(|(strength, group)| (strength, group, last))
    }

    /// True for a whole number that names another country: a neighbour, and no substring either.
    fn abroad(&self, run: &Run, end: usize) -> bool {
        let names_country = run.plus || run.digits.starts_with(&[0, 0]);
        names_country && end == run.digits.len() && self.international.is_some()
    }

    fn compare(&self, run: &Run, group: usize, end: usize, whole: bool) -> Option<Strength> {
        let begin = run.groups[group].0;
        let mut digits = run.digits[begin..end].to_vec();
        let plus = run.plus && group == 0;
        if let Some(zero) = run.bracketed.filter(|zero| (begin + 1..end).contains(zero)) {
            let mut without = digits.clone();
            without.remove(zero - begin);
            if self.is_full(&without, plus) {
                digits = without;
            }
        }
        if group > 0 {
            return self
                .is_full_behind(&digits, run.plus)
                .then_some(Strength::Possible);
        }
        if self.is_full(&digits, plus) {
            let long = self.core.len() >= SUFFIX || self.international.as_ref() == Some(&digits);
            return Some(if whole && long {
                Strength::Exact
            } else {
                Strength::Possible
            });
        }
        let other_country = plus && self.international.is_some();
        if run.in_word || other_country || digits.len() < SUFFIX {
            return None;
        }
        let known = |full: &[u8]| full.ends_with(&digits) || digits.ends_with(full);
        let fits = known(&self.national)
            || self.international.as_ref().is_some_and(|full| known(full))
            || (self.core.len() >= SUFFIX && known(&self.core));
        // `00` names a country as `+` does.
        let abroad =
            digits.starts_with(&[0, 0]) && self.international.is_some() && !self.is_dialled_abroad(&digits);
        (fits && !abroad).then_some(Strength::Possible)
    }

    fn is_full(&self, digits: &[u8], plus: bool) -> bool {
        let international = match &self.international {
            None => return digits == self.national && !plus,
            Some(international) => international,
        };
        digits == international
            || (!plus && digits.strip_prefix(&[0, 0]) == Some(international))
            || (!plus && self.national_is_full && digits == self.national)
            || (!plus && self.core_is_full && digits == self.core)
    }

    /// A full number behind other digits. Behind a `+` these can be its country and area, so that only
    /// a number that says where it begins counts.
    fn is_full_behind(&self, digits: &[u8], plus: bool) -> bool {
        let begins = digits.starts_with(&[0]) || digits.len() > self.core.len() && !self.core_is_full;
        self.is_full(digits, false) && (!plus || begins)
    }

    fn is_dialled_abroad(&self, digits: &[u8]) -> bool {
        self.international
            .as_ref()
            .is_some_and(|full| digits.ends_with(full))
    }
}

fn digits_of(text: &str) -> Vec<u8> {
    text.chars().filter_map(super::fold::digit).collect()
}

fn text_of(digits: &[u8]) -> String {
    digits.iter().map(|d| char::from(b'0' + d)).collect()
}

#[cfg(test)]
mod tests;
