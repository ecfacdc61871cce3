//! Public holidays as they are written in a file, which may hold anything, and the files that come
//! with the program.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::rule::Raw;

/// The countries that come with the program. Each file names its sources.
pub(super) const FILES: [(&str, &str); 17] = [
    ("AT", include_str!("../../../assets/holidays/AT.toml")),
    ("BE", include_str!("../../../assets/holidays/BE.toml")),
    ("CH", include_str!("../../../assets/holidays/CH.toml")),
    ("CZ", include_str!("../../../assets/holidays/CZ.toml")),
    ("DE", include_str!("../../../assets/holidays/DE.toml")),
    ("DK", include_str!("../../../assets/holidays/DK.toml")),
    ("ES", include_str!("../../../assets/holidays/ES.toml")),
    ("FR", include_str!("../../../assets/holidays/FR.toml")),
    ("GB", include_str!("../../../assets/holidays/GB.toml")),
    ("IE", include_str!("../../../assets/holidays/IE.toml")),
    ("IT", include_str!("../../../assets/holidays/IT.toml")),
    ("LU", include_str!("../../../assets/holidays/LU.toml")),
    ("NL", include_str!("../../../assets/holidays/NL.toml")),
    ("PL", include_str!("../../../assets/holidays/PL.toml")),
    ("PT", include_str!("../../../assets/holidays/PT.toml")),
    ("SE", include_str!("../../../assets/holidays/SE.toml")),
    ("US", include_str!("../../../assets/holidays/US.toml")),
];

/// A holiday file larger than this is something else.
const LIMIT: usize = 64 * 1024;
/// More rules than this are no country's.
const RULES: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) country: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) regions: BTreeMap<String, String>,
    pub(super) holidays: Vec<Raw>,
}

/// Reads a file and checks what does not need its rules.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(text: &str) -> Result<File, String> {
    if text.len() > LIMIT {
        return Err(format!("A holiday file has at most {LIMIT} bytes."));
    }
    // The parser's message names line and column; it may quote the file, so it is cleaned.
    let file: File = toml::from_str(text).map_err(|error| {
        let first = error.message().lines().next().unwrap_or_default().to_owned();
        format!(
            "The holiday file is not right: {}.",
            crate::domain::text::clean(&first)
        )
    })?;
    if file.holidays.len() > RULES {
        return Err(format!("A holiday file has at most {RULES} rules."));
    }
    let code_is_plain = file.country.len() == 2 && file.country.bytes().all(|b| b.is_ascii_uppercase());
    let regions_are_plain = file.regions.keys().all(|region| {
        (1..=8).contains(&region.len())
            && region
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    });
    if !code_is_plain || !regions_are_plain {
        return Err("The holiday file is not right: codes are capitals and digits.".to_owned());
    }
    Ok(file)
}

pub(super) fn unknown_region(file: &File, region: &str) -> String {
    let known: Vec<String> = file
        .regions
        .keys()
        .map(|known| format!("{}-{known}", file.country))
        .collect();
    let region = crate::domain::text::clean(region);
    match known[..] {
        [] => format!(
            "No regions of {} are known; {region} is none. Leave it out.",
            file.country
        ),
        _ => format!(
            "{region} is no region of {}. Known are {}.",
            file.country,
            known.join(", ")
        ),
    }
}

/// Codes of the countries that are known: those that come with the program, and those added to them.
pub fn known() -> Vec<String> {
    let mut codes: Vec<String> = FILES.iter().map(|(code, _)| (*code).to_owned()).collect();
    codes.extend(super::added::HOLIDAYS.codes());
    codes.sort();
    codes.dedup();
    codes
}

/// Every country and region that comes with the program: code and name.
pub fn places() -> Vec<(String, String)> {
    let mut places = Vec::new();
    for (code, text) in FILES {
        let Ok(file) = toml::from_str::<File>(text) else {
            continue;
        };
        places.push((code.to_owned(), file.name.clone()));
        places.extend(
            file.regions
                .iter()
                .map(|(region, name)| (format!("{code}-{region}"), format!("{}, {name}", file.name))),
        );
    }
    places
}
