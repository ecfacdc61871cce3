//! Answers that are not what they should be, whichever system they come from.

use std::time::Duration;

use axum::body::Body as HttpBody;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::fault::FaultKind;

/// What a broken answer says, and whether it is HTML.
pub(crate) fn spoiled(bytes: Bytes, kind: Option<FaultKind>) -> (Bytes, bool) {
    match kind {
        Some(FaultKind::HalfJson) => (bytes.slice(..bytes.len() / 2), false),
        Some(FaultKind::Empty) => (Bytes::new(), false),
        Some(FaultKind::Html) => (
            Bytes::from_static(
                b"<!DOCTYPE html><html><head><title>Sign in to the network</title></head>\
                  <body><h1>This network wants you to sign in</h1></body></html>",
            ),
            true,
        ),
        Some(FaultKind::WrongTypes) => {
            let Ok(mut value) = serde_json::from_slice(&bytes) else {
                return (bytes, false);
            };
            swap_types(&mut value);
            (Bytes::from(value.to_string()), false)
        }
        _ => (bytes, false),
    }
}

/// Numbers become objects, texts become numbers, lists become texts.
fn swap_types(value: &mut serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::Object(fields) => fields.values_mut().for_each(swap_types),
        Value::Array(_) => *value = Value::String("list".to_owned()),
        Value::String(_) => *value = Value::from(7),
        Value::Number(_) => *value = serde_json::json!({"number": true}),
        Value::Bool(_) | Value::Null => {}
    }
}

/// Half of the body, then nothing more, although the header promised all of it.
pub(crate) fn breaking_off(bytes: &Bytes) -> HttpBody {
    let half = bytes.slice(..bytes.len() / 2);
    // The pause lets the server send what it has before it learns of the end.
    let end = stream::once(async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(std::io::Error::new(
            std::io::ErrorKind::ConnectionReset,
            "the connection broke off",
        ))
    });
    HttpBody::from_stream(stream::once(async { Ok(half) }).chain(end))
}
