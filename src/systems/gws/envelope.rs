//! The envelope around every answer of GWS: `statusCode`, and `statusMessage` when it is not 0. An
//! answer is a success only when HTTP says 2xx and the envelope says 0.

use serde_json::Value;

use crate::domain::text;

/// What `statusCode` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Code {
    Ok,
    MissingParameter,
    InvalidParameter,
    Forbidden,
    Internal,
    NoPermission,
    NotFound,
    Partial,
    ChangePassword,
    Validation,
    CannotDelete,
    NotAuthenticated,
    /// A number that is not published.
    Other(i64),
}

impl Code {
    /// The code of a number.
    pub fn of(number: i64) -> Code {
        match number {
            0 => Code::Ok,
            1 => Code::MissingParameter,
            2 => Code::InvalidParameter,
            3 => Code::Forbidden,
            4 => Code::Internal,
            5 => Code::NoPermission,
            6 => Code::NotFound,
            7 => Code::Partial,
            8 => Code::ChangePassword,
            10 => Code::Validation,
            14 => Code::CannotDelete,
            20 => Code::NotAuthenticated,
            other => Code::Other(other),
        }
    }

    /// In words.
    pub fn words(self) -> String {
        match self {
            Code::Ok => "success".to_owned(),
            Code::MissingParameter => "a parameter is missing".to_owned(),
            Code::InvalidParameter => "a parameter is not valid".to_owned(),
            Code::Forbidden => "the operation is forbidden".to_owned(),
            Code::Internal => "an internal error of GWS".to_owned(),
            Code::NoPermission => "the user has no permission".to_owned(),
            Code::NotFound => "not found".to_owned(),
            Code::Partial => "only a part was done".to_owned(),
            Code::ChangePassword => "the user must change the password first".to_owned(),
            Code::Validation => "the validation failed".to_owned(),
            Code::CannotDelete => "it cannot be deleted".to_owned(),
            Code::NotAuthenticated => "not signed in".to_owned(),
            Code::Other(number) => format!("the unpublished code {number}"),
        }
    }

    /// True when a mutation that is answered so was certainly not carried out.
    pub fn is_refusal(self) -> bool {
        !matches!(self, Code::Ok | Code::Internal | Code::Partial | Code::Other(_))
    }
}

/// What an answer says, as far as it can be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// HTTP status.
    pub http: u16,
    /// `None` when the body has no `statusCode`.
    pub code: Option<Code>,
    /// `statusMessage`, clean.
    pub message: Option<String>,
    /// The whole document; `None` when the body is no JSON.
    pub document: Option<Value>,
    /// What the body is when it is no envelope.
    pub foreign: &'static str,
}

impl Envelope {
    /// Reads an answer.
    pub fn read(http: u16, html: bool, body: &[u8]) -> Envelope {
        let document: Option<Value> = serde_json::from_slice(body).ok();
        let number = document.as_ref().and_then(|document| {
            let code = document.get("statusCode")?;
            code.as_i64().or_else(|| code.as_str()?.trim().parse().ok())
        });
        let message = document
            .as_ref()
            .and_then(|document| document.get("statusMessage")?.as_str())
            .map(|message| text::truncate(&text::clean(message), 200, "…"));
        Envelope {
            http,
            code: number.map(Code::of),
            message: message.filter(|message| !message.is_empty()),
            foreign: describe(html, body, document.is_some()),
            document,
        }
    }

    /// 2xx and 0.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.http) && self.code == Some(Code::Ok)
    }

    /// True for an answer that says "there is no such thing" in the API's own words.
    pub fn is_not_found(&self) -> bool {
        self.code == Some(Code::NotFound)
    }

    /// True when the CSRF token was missing or not accepted.
    pub fn is_csrf(&self) -> bool {
        let named = |text: &str| text.to_ascii_lowercase().contains("csrf");
        self.http == 403 && self.message.as_deref().is_some_and(named)
    }

    /// What was answered, in one clause without personal data.
    pub fn told(&self) -> String {
        match (self.code, &self.message) {
            (Some(Code::Ok), _) => format!("HTTP {} although statusCode is 0", self.http),
            (Some(code), Some(message)) => format!("HTTP {}, {}: {message}", self.http, code.words()),
            (Some(code), None) => format!("HTTP {}, {}", self.http, code.words()),
            (None, _) => format!("HTTP {} with {}", self.http, self.foreign),
        }
    }
}

fn describe(html: bool, body: &[u8], json: bool) -> &'static str {
    let start: Vec<u8> = body
        .iter()
        .copied()
        .skip_while(u8::is_ascii_whitespace)
        .take(9)
        .collect();
    let lower = start.to_ascii_lowercase();
    if body.is_empty() {
        "an empty body"
    } else if html || lower.starts_with(b"<!doctype") || lower.starts_with(b"<html") {
        "an HTML page"
    } else if json {
        "JSON without a statusCode"
    } else {
        "a body that is not JSON"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_needs_both_http_and_the_envelope() {
        let success = |http, body: &str| Envelope::read(http, false, body.as_bytes()).is_success();
        assert!(success(200, r#"{"statusCode":0}"#));
        for (http, body) in [
            (200, r#"{"statusCode":6,"statusMessage":"no"}"#),
            (500, r#"{"statusCode":0}"#),
            (302, r#"{"statusCode":0}"#),
            (200, ""),
            (200, "<html>"),
            (200, "{}"),
            (200, r#"{"statusCode":null}"#),
            (200, r#"{"statusCode":0"#),
        ] {
            assert!(!success(http, body), "{http} {body}");
        }
    }

    #[test]
    fn every_published_code_has_words_and_a_meaning() {
        for number in [1, 2, 3, 5, 6, 8, 10, 14, 20] {
            assert!(Code::of(number).is_refusal(), "{number}");
            assert!(!matches!(Code::of(number), Code::Other(_)));
        }
        for number in [0, 4, 7, 99, -1] {
            assert!(!Code::of(number).is_refusal(), "{number}");
        }
    }
}
