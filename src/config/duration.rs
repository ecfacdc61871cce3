//! Spans of time as people write them: `90s`, `10m`, `1h 30m`, `14d`.

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// Reads a span; a day is 24 hours, months and years are refused because they have no length of
/// their own.
///
/// # Errors
/// A sentence part that says what is accepted.
pub fn parse(text: &str) -> Result<SignedDuration, String> {
    let span: Span = text
        .trim()
        .parse()
        .map_err(|_| "is not a span of time such as 90s, 10m, 1h 30m or 14d".to_owned())?;
    let duration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| "may be given in days, hours, minutes and seconds only".to_owned())?;
    if duration.is_negative() {
        return Err("must not be negative".to_owned());
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn spans_of_days_and_below_have_a_length() {
        assert_eq!(parse("10m").unwrap().as_secs(), 600);
        assert_eq!(parse("1h 30m").unwrap().as_secs(), 5400);
        assert_eq!(parse("14d").unwrap().as_secs(), 14 * 86_400);
        assert_eq!(parse("2w").unwrap().as_secs(), 14 * 86_400);
    }

    #[test]
    fn months_negative_spans_and_words_are_refused() {
        for text in ["1 month", "-5m", "soon", "", "10"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
