//! The encryption certificate, and the lists to choose from.

use serde_json::{Value, json};

use super::auth::{exporter, refused};
use super::multipart;
use super::recipient::Recipient;
use super::state::Uploaded;
use crate::simulator::clock::moment;
use crate::simulator::cloud::answer::{Answer, Fail};
use crate::simulator::cloud::call::Call;
use crate::simulator::log;

/// `GET …/cipher`. The successor tells what is published and nothing more.
pub(crate) fn show(call: &Call<'_>) -> Result<Answer, Fail> {
    exporter(call)?;
    let Some(held) = call.state.cdds.certificate_at(call.now) else {
        return match call.path().starts_with("/udm") {
            true => Err(refused(404, "Certificate not found")),
            false => Ok(Answer::ok(&json!({}))),
        };
    };
    let mut told = json!({
        "name": held.name,
        "size": held.size,
        "lastModified": held.at,
    });
    if call.path().starts_with("/udm") {
        told["ccid"] = json!(crate::simulator::seed::uuid(
            call.plan.seed,
            "cdds-contact-center"
        ));
    } else {
        let time = |at: i64| moment(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        told["serialNumber"] = json!(held.serial);
        told["notBefore"] = json!(time(held.not_before));
        told["notAfter"] = json!(time(held.not_after));
    }
    Ok(Answer::ok(&told))
}

/// `POST …/cipher/{name}`
pub(crate) fn upload(call: &Call<'_>) -> Result<Answer, Fail> {
    exporter(call)?;
    let kind = call
        .headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let pem = multipart::field(kind, call.body, "file")
        .ok_or_else(|| refused(400, "The multipart field file is missing"))?;
    let recipient = Recipient::read(pem).map_err(|why| refused(400, why))?;
    if recipient.not_after <= call.now {
        return Err(refused(400, "The certificate has expired"));
    }
    let uploaded = Uploaded {
        name: call.name("name").to_owned(),
        serial: recipient.serial_hex(),
        not_before: recipient.not_before,
        not_after: recipient.not_after,
        pem: String::from_utf8_lossy(pem).into_owned(),
    };
    log::append(
        call.connection,
        call.now,
        "cdds-certificate",
        &json!(uploaded).to_string(),
    )?;
    Ok(Answer::json(201, &json!({"name": uploaded.name})))
}

fn named(call: &Call<'_>, key: &str, names: &[(&str, &str)]) -> Result<Answer, Fail> {
    exporter(call)?;
    let list: Vec<Value> = names
        .iter()
        .map(|(id, name)| json!({"id": id, "name": name}))
        .collect();
    Ok(Answer::ok(&json!({ key: list })))
}

/// `GET …/data/sources`
pub(crate) fn sources(call: &Call<'_>) -> Result<Answer, Fail> {
    named(call, "sources", &[("ContactHistory", "Contact History")])
}

/// `GET …/data/sub-types`
pub(crate) fn sub_types(call: &Call<'_>) -> Result<Answer, Fail> {
    named(
        call,
        "subTypes",
        &[("Interaction", "Interaction"), ("Contact", "Contact")],
    )
}

/// `GET …/data/job-statuses`
pub(crate) fn job_statuses(call: &Call<'_>) -> Result<Answer, Fail> {
    exporter(call)?;
    Ok(Answer::ok(&json!(["Scheduled", "In Progress", "Done", "Failed"])))
}

/// `GET /udm/v10/data/attributes`
pub(crate) fn attributes(call: &Call<'_>) -> Result<Answer, Fail> {
    exporter(call)?;
    Ok(Answer::ok(&json!({
        "Interaction": ["id", "startDate", "mediaType", "subject"],
        "Contact": ["id", "firstName", "lastName"],
    })))
}
