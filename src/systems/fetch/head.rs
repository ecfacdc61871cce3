//! What the head of a result says: how long it is, which part it is, what it is called.

use http::{HeaderMap, header};

use super::files::file_name;
use super::partial::Whole;

/// What the head says of the whole. Only a strong entity tag or a date can vouch for a rest.
pub(in crate::systems) fn whole(headers: &HeaderMap, total: Option<u64>) -> Whole {
    let tag = text(headers, header::ETAG.as_str()).filter(|tag| tag.starts_with('"') && tag.len() <= 200);
    let date = text(headers, header::LAST_MODIFIED.as_str()).filter(|date| date.len() <= 60);
    Whole {
        validator: tag.or(date).map(str::to_owned),
        total,
        name: text(headers, header::CONTENT_DISPOSITION.as_str()).and_then(disposition_name),
    }
}

pub(in crate::systems) fn length(headers: &HeaderMap) -> Option<u64> {
    text(headers, header::CONTENT_LENGTH.as_str())?.parse().ok()
}

/// True for a page that a proxy or portal puts in the place of a file.
pub(in crate::systems) fn is_html(headers: &HeaderMap) -> bool {
    text(headers, header::CONTENT_TYPE.as_str())
        .is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

/// The text of a header, if it is plain ASCII.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// `bytes 100-199/200`: the first byte and the total.
pub(in crate::systems) fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let told = text(headers, header::CONTENT_RANGE.as_str())?.strip_prefix("bytes ")?;
    let (range, total) = told.split_once('/')?;
    let (from, _) = range.split_once('-')?;
    Some((from.trim().parse().ok()?, total.trim().parse().ok()))
}

/// `bytes */200`: the total.
pub(in crate::systems) fn content_range_total(headers: &HeaderMap) -> Option<u64> {
    let told = text(headers, header::CONTENT_RANGE.as_str())?.strip_prefix("bytes ")?;
    told.split_once('/')?.1.trim().parse().ok()
}

/// The file name of a `Content-Disposition`, in its extended form first.
fn disposition_name(value: &str) -> Option<String> {
    let parameter = |wanted: &str| {
        value.split(';').skip(1).find_map(|part| {
            let (key, value) = part.split_once('=')?;
            key.trim()
                .eq_ignore_ascii_case(wanted)
                .then(|| value.trim().trim_matches('"').to_owned())
        })
    };
    let extended = parameter("filename*").and_then(|value| {
        let encoded = value.splitn(3, '\'').nth(2)?.to_owned();
        Some(percent_decoded(&encoded))
    });
    file_name(&extended.or_else(|| parameter("filename"))?)
}

fn percent_decoded(text: &str) -> String {
    // The form decoder would take a plus sign for a space.
    url::form_urlencoded::parse(format!("n={}", text.replace('+', "%2B").replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_either_form() {
        for (value, name) in [
            (
                r#"attachment; filename="results-r1-2026.zip""#,
                Some("results-r1-2026.zip"),
            ),
            ("attachment; filename=results.zip", Some("results.zip")),
            (
                "attachment; filename=a.zip; filename*=UTF-8''b%20c+d.zip",
                Some("b_c_d.zip"),
            ),
            (r#"attachment; filename="../../x.zip""#, Some("x.zip")),
            ("attachment", None),
            ("inline; filename=", None),
        ] {
            assert_eq!(disposition_name(value).as_deref(), name, "{value}");
        }
    }

    #[test]
    fn ranges_are_read() {
        let mut headers = HeaderMap::new();
        headers.insert("content-range", "bytes 100-199/200".parse().unwrap());
        assert_eq!(content_range(&headers), Some((100, Some(200))));
        headers.insert("content-range", "bytes 0-9/*".parse().unwrap());
        assert_eq!(content_range(&headers), Some((0, None)));
        headers.insert("content-range", "bytes */200".parse().unwrap());
        assert_eq!(content_range(&headers), None);
        assert_eq!(content_range_total(&headers), Some(200));
        headers.insert("content-range", "lines 1-2/3".parse().unwrap());
        assert_eq!(content_range(&headers), None);
    }
}
