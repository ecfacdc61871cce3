//! Answers and the one form that errors have.

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::archive::Order;
use super::codes;

/// What an endpoint answers.
pub(crate) struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers beside those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Body,
}

/// A body: ready, or an archive that is packed after the transaction.
pub(crate) enum Body {
    /// Ready.
    Bytes(Bytes),
    /// To be packed; with the `Range` and `If-Range` of the call.
    Archive(Box<Order>),
    /// A file of the export service, to be encrypted; with the range of the call.
    Export(Box<crate::simulator::cdds::Order>),
    /// Files of the export service, to be told with their sizes; their number in all.
    Exports(usize, Vec<(Value, crate::simulator::cdds::Order)>),
}

impl Answer {
    /// A JSON document.
    pub(crate) fn json(status: u16, value: &Value) -> Answer {
        Answer {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body: Body::Bytes(Bytes::from(value.to_string())),
        }
    }

    /// `200` with a JSON document.
    pub(crate) fn ok(value: &Value) -> Answer {
        Answer::json(200, value)
    }

    /// No body.
    pub(crate) fn empty(status: u16) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            body: Body::Bytes(Bytes::new()),
        }
    }

    /// The storage service behind signed addresses answers in XML.
    pub(crate) fn xml(status: u16, code: &str, message: &str) -> Answer {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        Answer {
            status,
            headers: vec![("content-type", "application/xml".to_owned())],
            body: Body::Bytes(Bytes::from(text)),
        }
    }

    /// Adds a header.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }
}

/// Why an endpoint gives no answer of its own.
pub(crate) enum Fail {
    /// An error of the API.
    Api(ApiError),
    /// An answer in another form (sign-in, signed addresses).
    Other(Answer),
    /// The log could not be read or written.
    Storage(rusqlite::Error),
}

impl From<rusqlite::Error> for Fail {
    fn from(error: rusqlite::Error) -> Fail {
        Fail::Storage(error)
    }
}

impl From<ApiError> for Fail {
    fn from(error: ApiError) -> Fail {
        Fail::Api(error)
    }
}

/// An error of the API.
#[derive(Debug)]
pub(crate) struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// Its code.
    pub code: &'static str,
    /// Its message.
    pub message: String,
    /// The message with placeholders, and what stands for them.
    pub params: Vec<(&'static str, String)>,
    /// Headers such as `Retry-After`.
    pub headers: Vec<(&'static str, String)>,
}

impl ApiError {
    /// An error with a message of its own.
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> ApiError {
        ApiError {
            status,
            code,
            message: message.into(),
            params: Vec::new(),
            headers: Vec::new(),
        }
    }

    fn param(mut self, name: &'static str, value: impl Into<String>) -> ApiError {
        self.params.push((name, value.into()));
        self
    }

    /// What the GDPR API says to a request that makes no sense.
    pub(crate) fn invalid_data() -> ApiError {
        ApiError::new(400, "bad.request", "Invalid data")
    }

    /// A body that is not JSON, or not of the right shape.
    pub(crate) fn malformed() -> ApiError {
        ApiError::new(
            400,
            "bad.request",
            "The request could not be understood by the server due to malformed syntax.",
        )
    }

    /// A rule about a field was broken.
    pub(crate) fn constraint(message: impl Into<String>) -> ApiError {
        ApiError::new(400, "constraint.validation", message)
    }

    /// A query parameter has a value that it cannot have.
    pub(crate) fn query_value(value: &str, parameter: &'static str, allowed: &str) -> ApiError {
        ApiError::new(
            400,
            "invalid.query.param.value",
            format!(
                "Value [{value}] is not valid for parameter [{parameter}]. Allowable values are: {allowed}"
            ),
        )
        .param("value", value)
        .param("parameter", parameter)
        .param("allowableValues", allowed)
    }

    /// A field has a value that it cannot have.
    pub(crate) fn field_value(value: &str, field: &'static str, allowed: &str) -> ApiError {
        ApiError::new(
            400,
            "invalid.value",
            format!("Value [{value}] is not valid for field type [{field}]. Allowable values are: {allowed}"),
        )
        .param("value", value)
        .param("fieldType", field)
        .param("allowableValues", allowed)
    }

    /// There is no such thing.
    pub(crate) fn not_found() -> ApiError {
        ApiError::new(404, "not.found", "The requested resource was not found.")
    }

    /// No token.
    pub(crate) fn authentication_required() -> ApiError {
        ApiError::new(
            401,
            "authentication.required",
            "No authentication bearer token specified in authorization header.",
        )
    }

    /// A token that is unknown, expired or ended.
    pub(crate) fn bad_credentials() -> ApiError {
        ApiError::new(401, "bad.credentials", "Invalid login credentials.")
    }

    /// A permission is missing. The GDPR subject search words it as a choice of one.
    pub(crate) fn missing_permission(permission: &str) -> ApiError {
        let listed = format!("[{permission}]");
        let (code, start) = if permission == "gdpr:subject:view" {
            (
                "missing.any.permissions",
                "You must have at least one of the following permissions assigned",
            )
        } else {
            (
                "missing.permissions",
                "You are missing the following permission(s)",
            )
        };
        ApiError::new(
            403,
            code,
            format!("Unable to perform the requested action. {start}: {listed}"),
        )
        .param("permissions", listed)
    }

    /// A scope is missing.
    pub(crate) fn missing_scope(scope: &str) -> ApiError {
        ApiError::new(
            403,
            "app.not.authorized.for.scope",
            format!("App not authorized to use scope [{scope}]"),
        )
        .param("scope", scope)
    }

    /// A rate limit; with `Retry-After` if one is given.
    pub(crate) fn rate_limit(retry_after: Option<(String, i64)>, allowed: u32) -> ApiError {
        match retry_after {
            Some((header, seconds)) => {
                let mut error = ApiError::new(
                    429,
                    "too.many.requests.retry.after",
                    format!("Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds"),
                );
                error.headers.push(("retry-after", header));
                error
            }
            None => ApiError::new(
                429,
                "too.many.requests",
                format!("Rate limit exceeded the maximum [{allowed}] requests within [60] seconds"),
            ),
        }
    }

    /// The error of a status, by its most common code.
    pub(crate) fn of_status(status: u16) -> ApiError {
        let code = match status {
            401 => "bad.credentials",
            403 => "not.authorized",
            404 => "not.found",
            408 => "client.timeout",
            409 => "request.conflict",
            413 => "request.entity.too.large",
            415 => "unsupported.media.type",
            429 => "too.many.requests",
            503 => "service.unavailable",
            504 => "request.timeout",
            500..600 => "internal.server.error",
            _ => "bad.request",
        };
        ApiError {
            status,
            ..ApiError::of_code(code)
        }
    }

    /// The error of a code of the API.
    pub(crate) fn of_code(code: &str) -> ApiError {
        let (code, status, message) = codes::find(code).unwrap_or(codes::UNEXPECTED);
        ApiError::new(status, code, message)
    }

    /// The error as it is sent.
    pub(crate) fn answer(self, correlation: &str) -> Answer {
        let params: serde_json::Map<String, Value> = self
            .params
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::String(value)))
            .collect();
        let body = json!({
            "message": self.message,
            "code": self.code,
            "status": self.status,
            "messageParams": params,
            "contextId": correlation,
            "details": [],
            "errors": [],
        });
        let mut answer = Answer::json(self.status, &body);
        answer.headers.extend(self.headers);
        answer
    }
}
