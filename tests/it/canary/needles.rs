//! Fictional identifiers of one run, and every form in which they could stand somewhere.

use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// A person who exists for the length of one test.
pub struct Canary {
    pub email: String,
    pub other_email: String,
    pub phone: String,
    pub name: String,
    pub address: String,
    pub external_id: String,
    pub handle: String,
    /// A word in reasons and notes.
    pub word: String,
    forms: Vec<String>,
    finder: AhoCorasick,
}

fn digits(count: usize) -> String {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).unwrap();
    bytes
        .iter()
        .take(count)
        .map(|byte| char::from(b'0' + byte % 10))
        .collect()
}

fn letters(count: usize) -> String {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).unwrap();
    bytes
        .iter()
        .take(count)
        .map(|byte| char::from(b'a' + byte % 26))
        .collect()
}

impl Canary {
    pub fn new() -> Canary {
        let mark = letters(9);
        // Of the numbers in Berlin that are kept for fiction.
        let local = format!("23125{}", digits(3));
        let email = format!("kanari.{mark}@example.org");
        let other_email = format!("neu.{mark}@example.org");
        let phone = format!("+49 30 {local}");
        let name = format!("Kana {}{}", mark[..1].to_uppercase(), &mark[1..]);
        let address = format!("Vogelweg{mark} 7, 10115 Berlin, DE");
        let external_id = format!("CRM-{}", digits(12));
        let handle = format!("kanarih{mark}");
        let word = format!("vertraulich{mark}");
        let texts = [
            email.clone(),
            other_email.clone(),
            // What a search by a part of the address would find.
            format!("kanari.{mark}"),
            format!("4930{local}"),
            format!("030{local}"),
            phone.clone(),
            name.clone(),
            mark.clone(),
            address.clone(),
            external_id.clone(),
            handle.clone(),
            word.clone(),
        ];
        let mut forms = Vec::new();
        for text in &texts {
            forms.extend(forms_of(text));
        }
        forms.sort();
        forms.dedup();
        let finder = AhoCorasick::new(&forms).unwrap();
        let forms = forms
            .iter()
            .map(|form| String::from_utf8_lossy(form).into_owned())
            .collect();
        Canary {
            email,
            other_email,
            phone,
            name,
            address,
            external_id,
            handle,
            word,
            forms,
            finder,
        }
    }

    /// The first form that stands in these bytes.
    pub fn found_in(&self, bytes: &[u8]) -> Option<&str> {
        self.finder
            .find(bytes)
            .map(|found| self.forms[found.pattern().as_usize()].as_str())
    }

    /// Files below `root` in which it stands, those left out for which `allowed` is true.
    pub fn files(&self, root: &Path, allowed: impl Fn(&Path) -> bool) -> Vec<(PathBuf, String)> {
        let mut found = Vec::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap().flatten() {
                let path = entry.path();
                if allowed(path.strip_prefix(root).unwrap()) {
                    continue;
                }
                if let Some(form) = self.found_in(path.file_name().unwrap().as_encoded_bytes()) {
                    found.push((path.clone(), form.to_owned()));
                }
                if path.is_dir() {
                    folders.push(path);
                } else if let Some(form) = std::fs::read(&path)
                    .ok()
                    .and_then(|bytes| self.found_in(&bytes).map(str::to_owned))
                {
                    found.push((path, form));
                }
            }
        }
        found
    }
}

/// As it is, in both cases, in hexadecimal, percent-encoded, in base64 at each of its three places,
/// and in UTF-16 of both orders.
fn forms_of(text: &str) -> Vec<Vec<u8>> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let percent = |all: bool| -> String {
        let one = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' if !all => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(one).collect()
    };
    let mut forms: Vec<Vec<u8>> = [
        text.to_owned(),
        text.to_lowercase(),
        text.to_uppercase(),
        hex(text.as_bytes()),
        hex(text.as_bytes()).to_uppercase(),
        percent(false),
        percent(true),
        percent(true).to_lowercase(),
        text.replace(' ', "+"),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect();
    forms.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    forms.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
    for before in 0..3 {
        let padded = [&vec![b'x'; before], text.as_bytes()].concat();
        for engine in [&STANDARD, &URL_SAFE] {
            let encoded = engine.encode(&padded);
            // The edges hang on what stands before and behind.
            let end = encoded.trim_end_matches('=').len();
            let end = if padded.len() % 3 == 0 { end } else { end - 1 };
            let begin = [0, 2, 3][before];
            forms.push(encoded.as_bytes()[begin..end].to_vec());
        }
    }
    forms.retain(|form| form.len() >= 8);
    forms
}

#[test]
fn a_canary_is_found_in_every_form() {
    let canary = Canary::new();
    for before in ["", "a", "ab"] {
        for text in [&canary.email, &canary.phone, &canary.name, &canary.external_id] {
            let whole = format!("{before}{text} and more");
            let encoded = STANDARD.encode(&whole);
            for hidden in [
                whole.clone(),
                whole.to_uppercase(),
                encoded,
                format!("{:02x?}", whole.as_bytes()).replace(", ", ""),
            ] {
                assert!(canary.found_in(hidden.as_bytes()).is_some(), "{hidden}");
            }
            let wide: Vec<u8> = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert!(canary.found_in(&wide).is_some());
        }
    }
    assert_eq!(canary.found_in(b"kan***@e*** +49 30 2312***"), None);
}
