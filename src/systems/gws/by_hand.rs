//! Headers that the operator gives by hand (`--gws_additional_headers`): a JSON object of texts. A
//! CSRF token given so is bound to the session it was read in, so its cookie has to come along.

use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text;

/// Headers that would change what is sent instead of how it is taken.
const NOT_BY_HAND: [&str; 6] = [
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "upgrade",
];

/// The headers. Values may be secrets and do not print.
#[derive(Clone, Default)]
pub struct ByHand(Vec<(HeaderName, SecretString)>);

impl std::fmt::Debug for ByHand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

impl ByHand {
    /// Reads a JSON object of texts.
    ///
    /// # Errors
    /// Where the JSON is wrong (line and column), or which header cannot be sent. Values are not
    /// repeated.
    pub fn parse(json: &str) -> Result<ByHand, Failure> {
        let wrong = |why: String| {
            Failure::new(FailureKind::Usage, format!("--gws_additional_headers: {why}."))
                .next(r#"Write a JSON object of texts, for example {"X-CSRF-HEADER": "X-CSRF-TOKEN"}."#)
        };
        let value: serde_json::Value = serde_json::from_str(json).map_err(|error| {
            let what = if error.is_eof() {
                "the JSON ends too early"
            } else {
                "this is not JSON"
            };
            wrong(format!(
                "{what}, at line {} column {}",
                error.line(),
                error.column()
            ))
        })?;
        let serde_json::Value::Object(fields) = value else {
            return Err(wrong("a JSON object is expected".to_owned()));
        };
        let mut headers: Vec<(HeaderName, SecretString)> = Vec::new();
        for (name, value) in fields {
            let shown = text::clean(&name);
            let serde_json::Value::String(value) = value else {
                return Err(wrong(format!("the value of {shown} is not a text")));
            };
            let Ok(header) = HeaderName::try_from(&name) else {
                return Err(wrong(format!("{shown} cannot be the name of a header")));
            };
            if NOT_BY_HAND.contains(&header.as_str()) {
                return Err(wrong(format!("{shown} is not set by hand")));
            }
            if HeaderValue::try_from(&value).is_err() {
                return Err(wrong(format!("the value of {shown} cannot be sent in a header")));
            }
            if headers.iter().any(|(known, _)| *known == header) {
                return Err(wrong(format!("{shown} is there twice")));
            }
            headers.push((header, SecretString::from(value)));
        }
        Ok(ByHand(headers))
    }

    /// True when none were given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True when a header of this name was given.
    pub fn has(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|(known, _)| known.as_str() == name.to_ascii_lowercase())
    }

    /// True when a CSRF token was given without the cookie of the session that it belongs to.
    pub fn token_without_cookie(&self) -> bool {
        !self.has("cookie") && self.0.iter().any(|(name, _)| name.as_str().contains("csrf"))
    }

    /// The headers, for sending.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&HeaderName, &str)> {
        self.0.iter().map(|(name, value)| (name, value.expose_secret()))
    }
}

#[cfg(test)]
mod tests {
    use super::ByHand;

    #[test]
    fn wrong_json_says_where_and_never_repeats_a_value() {
        for (json, words) in [
            ("{\"X-A\": \"s3cret\"", "line 1 column"),
            ("[\"s3cret\"]", "a JSON object"),
            ("{\"X-A\": 4711}", "the value of X-A is not a text"),
            ("{\"X A\": \"s3cret\"}", "cannot be the name"),
            ("{\"X-A\": \"s3cret\\n\"}", "cannot be sent"),
            ("{\"Host\": \"s3cret\"}", "is not set by hand"),
            ("{\"X-A\": \"s3cret\", \"x-a\": \"s3cret\"}", "twice"),
        ] {
            let failure = ByHand::parse(json).unwrap_err();
            assert!(failure.message.contains(words), "{json}: {failure}");
            assert!(!failure.message.contains("s3cret"), "{failure}");
            assert_eq!(failure.exit_code(), 2);
        }
    }

    #[test]
    fn a_token_needs_its_cookie() {
        let alone = ByHand::parse(r#"{"X-CSRF-HEADER":"X-CSRF-TOKEN","X-CSRF-TOKEN":"t"}"#).unwrap();
        assert!(alone.token_without_cookie());
        let both = ByHand::parse(r#"{"X-CSRF-TOKEN":"t","Cookie":"JSESSIONID=1"}"#).unwrap();
        assert!(!both.token_without_cookie());
        assert!(!format!("{both:?}").contains("JSESSIONID"));
    }
}
