//! The text around a finding, short and safe to show.

use std::ops::Range;

use crate::domain::text;

/// Characters shown on each side.
const AROUND: usize = 24;

/// What stands around `range`, cleaned. Bytes that are no text become `?`.
pub(super) fn snippet(bytes: &[u8], range: &Range<usize>) -> String {
    let end = range.end.min(bytes.len());
    let start = range.start.min(end);
    let before = &bytes[start.saturating_sub(4 * AROUND)..start];
    let after = &bytes[end..(end + 4 * AROUND).min(bytes.len())];
    let before = String::from_utf8_lossy(before);
    let before_count = before.chars().count();
    let shown: String = before.chars().skip(before_count.saturating_sub(AROUND)).collect();
    let found = String::from_utf8_lossy(&bytes[start..end]);
    let after: String = String::from_utf8_lossy(after).chars().take(AROUND).collect();
    let whole = format!("{shown}{found}{after}").replace('\u{fffd}', "?");
    text::clean(&whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_short_and_clean() {
        let text = format!("{}jane@example.org\u{1b}[31m{}", "a".repeat(100), "b".repeat(100));
        let at = 100..116;
        let shown = snippet(text.as_bytes(), &at);
        assert!(shown.starts_with(&"a".repeat(24)) && shown.contains("jane@example.org"));
        assert!(!shown.contains('\u{1b}') && shown.len() < 80);
        assert_eq!(snippet(b"\xffx", &(1..9)), "?x");
    }
}
