//! One call to the API, before it becomes bytes. Previews and calls are made of the same value, so
//! that the preview is the call.

use bytes::Bytes;
use http::{HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// A call to the API.
#[derive(Clone)]
pub(super) struct Call {
    /// Method.
    pub method: Method,
    /// Path below the API's base, percent-encoded.
    pub path: String,
    /// Query, not yet encoded.
    pub query: Vec<(&'static str, String)>,
    /// JSON body.
    pub body: Option<Value>,
    /// What is asked for, in words for an error message.
    pub what: &'static str,
    /// Permissions of which the account needs one; the first is named when it is refused.
    pub needs: &'static [&'static str],
}

impl Call {
    pub(super) fn get(path: impl Into<String>, what: &'static str) -> Call {
        Call {
            method: Method::GET,
            path: path.into(),
            query: Vec::new(),
            body: None,
            what,
            needs: &[],
        }
    }

    pub(super) fn post(path: impl Into<String>, body: Value, what: &'static str) -> Call {
        Call {
            method: Method::POST,
            body: Some(body),
            ..Call::get(path, what)
        }
    }

    pub(super) fn query(mut self, key: &'static str, value: impl Into<String>) -> Call {
        self.query.push((key, value.into()));
        self
    }

    pub(super) fn needs(mut self, permissions: &'static [&'static str]) -> Call {
        self.needs = permissions;
        self
    }

    /// Path with the encoded query.
    pub(super) fn target(&self) -> String {
        let mut target = self.path.clone();
        for (i, (key, value)) in self.query.iter().enumerate() {
            target.push(if i == 0 { '?' } else { '&' });
            target.push_str(key);
            target.push('=');
            target.push_str(&encode(value));
        }
        target
    }

    /// The request as it goes out. `None` when the base address is not one, which construction of
    /// the client has ruled out.
    pub(super) fn to_request(&self, base: &str, token: &SecretString) -> Option<http::Request<Bytes>> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).ok()?;
        bearer.set_sensitive(true);
        let mut request = http::Request::builder()
            .method(self.method.clone())
            .uri(format!("{base}{}", self.target()))
            .header(header::AUTHORIZATION, bearer)
            .header(header::ACCEPT, "application/json");
        let body = match &self.body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        request.body(body).ok()
    }

    /// The values that were sent and may be personal; servers like to repeat them in messages.
    pub(super) fn private_values(&self) -> Vec<String> {
        let mut values: Vec<String> = self.query.iter().map(|(_, value)| value.clone()).collect();
        if let Some(body) = &self.body {
            strings_of(body, &mut values);
        }
        // Short words and the API's own words are no secrets, and taking them out would garble texts.
        values.retain(|v| v.chars().count() > 3 && v.chars().any(|c| !c.is_ascii_uppercase() && c != '_'));
        values.sort_by_key(|v| std::cmp::Reverse(v.len()));
        values
    }
}

fn strings_of(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings_of(item, into)),
        Value::Object(fields) => fields.values().for_each(|field| strings_of(field, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Percent-encodes everything but letters, digits, `-`, `.`, `_` and `*`; a space becomes `%20`.
pub(super) fn encode(text: &str) -> String {
    // A plus sign in the result can only stand for a space: a real one was encoded.
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_percent_encoded() {
        let call = Call::get("/x", "x")
            .query("a", "anna.muster+1@example.org")
            .query("b", "+49 30 23125014 & Ü/?#");
        assert_eq!(
            call.target(),
            "/x?a=anna.muster%2B1%40example.org&b=%2B49%2030%2023125014%20%26%20%C3%9C%2F%3F%23"
        );
    }

    #[test]
    fn the_token_does_not_print() {
        let token = SecretString::from("made-up-token");
        let request = Call::get("/x", "x")
            .to_request("http://127.0.0.1:1", &token)
            .unwrap();
        assert!(!format!("{request:?}").contains("made-up-token"));
    }
}
