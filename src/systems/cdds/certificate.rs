//! The encryption certificate in the user preferences: `GET /cipher`, `POST /cipher/{file name}`.

use http::Method;
use serde_json::Value;

use super::adapter::{encode, moment, word};
use super::errors;
use super::exchange::{Call, Exchange};
use super::multipart;
use crate::config::cdds::Variant;
use crate::domain::export::{ServerCertificate, serial_form};
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::genesys_cloud::json;
use crate::systems::permit::Permit;

/// What is there now; `None` when nothing is.
pub(super) async fn show(exchange: &Exchange) -> Result<Option<ServerCertificate>, Failure> {
    let call = Call::get("/cipher", "the encryption certificate");
    let answer = match exchange.read(&call).await {
        Ok(answer) => answer,
        // Without one there is nothing at the path; the service says so in its own words.
        Err(failure) if failure.kind == FailureKind::NotFound => return Ok(None),
        Err(failure) => return Err(failure),
    };
    if answer.head.status == 204 || answer.body.is_empty() {
        return Ok(None);
    }
    let told: Value =
        json::read(&answer.body).map_err(|why| errors::bad_answer(&call, &answer.head, &why))?;
    let found = match &told {
        Value::Null => return Ok(None),
        Value::Array(all) => all.first(),
        Value::Object(object) if object.is_empty() => None,
        Value::Object(_) => Some(told.get("data").filter(|data| data.is_object()).unwrap_or(&told)),
        _ => return Err(errors::bad_answer(&call, &answer.head, "it is no JSON object")),
    };
    let Some(found) = found else { return Ok(None) };
    let assumed = &exchange.place.assumed;
    Ok(Some(ServerCertificate {
        name: found.get("name").and_then(word),
        bytes: found.get("size").and_then(Value::as_u64),
        modified_at: found.get("lastModified").and_then(moment),
        serial: assumed
            .text(found, "certificate_serial_field")
            .and_then(|text| serial_form(&text)),
        not_before: assumed.moment(found, "certificate_begins_field"),
        not_after: assumed.moment(found, "certificate_ends_field"),
        pem: assumed
            .field(found, "certificate_pem_field")
            .and_then(Value::as_str)
            .filter(|text| text.len() < 64 * 1024)
            .map(str::to_owned),
    }))
}

/// Uploads a certificate, once.
pub(super) async fn upload(
    exchange: &Exchange,
    permit: Permit,
    file_name: &str,
    pem: &[u8],
) -> Result<(), Failure> {
    let variant = exchange.place.variant;
    let path = match variant {
        Variant::Cdds | Variant::Udm => format!("/cipher/{}", encode(file_name)),
    };
    let mut call = Call::of(Method::POST, path, "the upload of the certificate");
    call.body = Some(multipart::file("file", file_name, "application/x-pem-file", pem)?);
    exchange.mutate(permit, &call).await?;
    Ok(())
}
