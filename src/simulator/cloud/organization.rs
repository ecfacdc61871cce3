//! The organisation and its limits.

use serde_json::{Value, json};

use super::answer::{Answer, ApiError, Fail};
use super::call::Call;
use crate::simulator::scenario::Plan;
use crate::simulator::seed;

/// The organisation's id.
pub(crate) fn id(plan: &Plan) -> String {
    seed::uuid(plan.seed, "organization")
}

/// Id and name.
pub(crate) fn reference(plan: &Plan) -> Value {
    json!({"id": id(plan), "name": plan.organization().name})
}

/// `GET /api/v2/organizations/me`
pub(crate) fn me(call: &Call<'_>) -> Result<Answer, Fail> {
    let organization = call.plan.organization();
    Ok(Answer::ok(&json!({
        "id": id(call.plan),
        "name": organization.name,
        "defaultLanguage": "en-us",
        "defaultCountryCode": organization.country,
        "thirdPartyOrgName": organization.domain,
        "domain": organization.domain,
        "state": "active",
        "features": {"gdpr": true, "externalContacts": true},
        "selfUri": "/api/v2/organizations/me",
    })))
}

/// `GET /api/v2/organizations/limits/namespaces/{name}`
pub(crate) fn limits(call: &Call<'_>) -> Result<Answer, Fail> {
    let rate = i64::from(call.plan.limits.requests_per_minute);
    let keys: &[(&str, i64)] = match call.name("name") {
        "gdpr" => &[
            ("gdpr.requests.rate.per.minute", rate),
            ("gdpr.requests.max", 100_000),
        ],
        "platform.api" => &[("client.credentials.token.rate.per.minute", rate)],
        _ => return Err(ApiError::not_found().into()),
    };
    let entities: Vec<Value> = keys
        .iter()
        .filter(|(_, value)| *value > 0)
        .map(|(key, value)| json!({"key": key, "namespace": call.name("name"), "value": value}))
        .collect();
    Ok(Answer::ok(&json!({"entities": entities})))
}
