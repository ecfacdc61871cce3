//! Laws and public holidays that the configuration adds to those that come with the program. They are
//! read once, before anything is reckoned, and told from the others by the place they were read from:
//! a case names its law by a code, and every part of the program must understand the same by it.

use std::sync::{PoisonError, RwLock};

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Added {
    pub(super) code: String,
    pub(super) text: String,
    /// Where it was read from, for people.
    pub(super) from: String,
}

/// The files, laws and holidays apart.
#[derive(Debug)]
pub(super) struct Shelf(RwLock<Vec<Added>>);

pub(super) static REGIMES: Shelf = Shelf(RwLock::new(Vec::new()));
pub(super) static HOLIDAYS: Shelf = Shelf(RwLock::new(Vec::new()));

impl Shelf {
    /// Takes a file in; one of the same code is replaced.
    pub(super) fn put(&self, added: Added) {
        let mut files = self.0.write().unwrap_or_else(PoisonError::into_inner);
        files.retain(|known| known.code != added.code);
        files.push(added);
    }

    /// The file of a code.
    pub(super) fn get(&self, code: &str) -> Option<Added> {
        let files = self.0.read().unwrap_or_else(PoisonError::into_inner);
        files.iter().find(|known| known.code == code).cloned()
    }

    /// The codes.
    pub(super) fn codes(&self) -> Vec<String> {
        let files = self.0.read().unwrap_or_else(PoisonError::into_inner);
        files.iter().map(|known| known.code.clone()).collect()
    }
}

/// Adds a law from the text of a file that was read `from` somewhere. Gives its code. The laws that come
/// with the program cannot be replaced: what `eu` means must not depend on a file.
///
/// # Errors
/// What is wrong with it.
pub fn add_regime(text: &str, from: &str) -> Result<String, String> {
    let regime = super::Regime::parse(text)?;
    let code = regime.code().to_owned();
    if super::regime::is_built_in(&code) {
        return Err(format!(
            "{code} comes with the program and cannot be replaced; give the law a code of its own."
        ));
    }
    REGIMES.put(Added {
        code: code.clone(),
        text: text.to_owned(),
        from: crate::domain::text::clean(from),
    });
    Ok(code)
}

/// Adds public holidays of a country. Gives its code. A country that comes with the program may be
/// replaced, as for a single day that a government has proclaimed: `deadline why` tells of it.
///
/// # Errors
/// What is wrong with it.
pub fn add_holidays(text: &str, from: &str) -> Result<String, String> {
    let file = super::holiday_file::read(text)?;
    let code = file.country.clone();
    let regions: Vec<String> = file
        .regions
        .keys()
        .map(|region| format!("{code}-{region}"))
        .collect();
    // Each region is looked at now, so that a wrong rule is found when the file is read.
    for wanted in std::iter::once(code.clone()).chain(regions) {
        super::Calendar::parse(text, &wanted)?;
    }
    HOLIDAYS.put(Added {
        code: code.clone(),
        text: text.to_owned(),
        from: crate::domain::text::clean(from),
    });
    Ok(code)
}

/// Where the law and the holidays of these rules were read from, unless they come with the program.
pub fn added_from(rules: &super::Rules) -> Vec<String> {
    let law = REGIMES.get(rules.regime.code());
    let country = rules
        .calendar
        .code()
        .map(|code| code.split('-').next().unwrap_or_default().to_owned());
    let days = country.and_then(|code| HOLIDAYS.get(&code));
    let mut told = Vec::new();
    told.extend(law.map(|file| format!("the law {} is read from {}", file.code, file.from)));
    told.extend(days.map(|file| format!("the public holidays of {} are read from {}", file.code, file.from)));
    told
}
