//! Reading JSON that somebody else wrote: what is wrong is named by its path, never by its value, and
//! one bad entry of a listing does not hide the others.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::text;

/// Reads a document of a known shape; the reason names the path to what is wrong, never its value.
pub(in crate::systems) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| reason(&error))?;
    json.end()
        .map_err(|_| "something follows the JSON document".to_owned())?;
    Ok(read)
}

/// Reads a part of a document, with `at` as the path to it.
pub(super) fn read_part<T: DeserializeOwned>(part: Value, at: &str) -> Result<T, String> {
    serde_path_to_error::deserialize(part).map_err(|error: serde_path_to_error::Error<serde_json::Error>| {
        let path = error.path().to_string();
        let path = if path == "." {
            at.to_owned()
        } else {
            format!("{at}.{path}")
        };
        format!(
            "{} has a wrong type ({})",
            text::clean(&path),
            class(error.inner())
        )
    })
}

fn reason(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let inner = error.inner();
    if inner.is_eof() {
        return "the JSON document ends too early".to_owned();
    }
    if inner.is_syntax() {
        return "it is not JSON".to_owned();
    }
    match error.path().to_string().as_str() {
        "." => format!("the document has a wrong form ({})", class(inner)),
        path => format!("{} has a wrong type ({})", text::clean(path), class(inner)),
    }
}

/// What serde expected, without the value found, which may be personal.
fn class(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let expected = words
        .find("expected ")
        .map(|at| &words[at..])
        .or_else(|| words.starts_with("missing field").then_some(words.as_str()));
    let expected = expected.unwrap_or("of another type");
    let end = expected.find(" at line").unwrap_or(expected.len());
    text::clean(&expected[..end])
}

/// A page of a listing: its entries one by one, so that a bad one does not hide the others.
pub(super) struct Page {
    pub entries: Vec<Value>,
    pub total: Option<u64>,
    pub page_count: Option<u64>,
    pub next: bool,
}

/// Reads a listing whose entries stand under `key`.
pub(super) fn page(body: &[u8], key: &str) -> Result<Page, String> {
    let mut document: Value = read(body)?;
    let number = |name: &str| document.get(name).and_then(Value::as_u64);
    let (total, page_count) = (number("total"), number("pageCount"));
    let next = document.get("nextUri").is_some_and(|uri| !uri.is_null());
    if !document.is_object() {
        return Err("it is no JSON object".to_owned());
    }
    let entries = match document.get_mut(key).map(Value::take) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err(format!("{key} has a wrong type (expected a sequence)")),
    };
    Ok(Page {
        entries,
        total,
        page_count,
        next,
    })
}

/// The entries that could be read, and the reasons for those that could not.
pub(super) fn entries<T: DeserializeOwned>(page: Vec<Value>, key: &str) -> (Vec<T>, Vec<String>) {
    let mut good = Vec::new();
    let mut unreadable = Vec::new();
    for (i, entry) in page.into_iter().enumerate() {
        match read_part(entry, &format!("{key}[{i}]")) {
            Ok(entry) => good.push(entry),
            Err(why) => unreadable.push(why),
        }
    }
    (good, unreadable)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[derive(Debug, serde::Deserialize)]
    struct Named {
        #[allow(dead_code)]
        id: String,
    }

    #[test]
    fn what_is_wrong_with_a_document_is_told_without_its_values() {
        let why = |body: &[u8]| read::<Named>(body).unwrap_err();
        assert_eq!(why(b"{}"), "the document has a wrong form (missing field `id`)");
        assert_eq!(why(br#"{"id": 7}"#), "id has a wrong type (expected a string)");
        assert_eq!(why(br#"{"id": "x"#), "the JSON document ends too early");
    }
}
