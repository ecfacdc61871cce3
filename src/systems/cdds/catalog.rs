//! What is published beside the certificate: who is signed in, and the lists to choose from.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::adapter::word;
use super::errors;
use super::exchange::{Call, Exchange};
use super::{Account, Choice, SYSTEM};
use crate::config::cdds::Variant;
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::genesys_cloud::answer::{http_date, text};
use crate::systems::genesys_cloud::json;
use crate::systems::transport::Purpose;

/// `GET /userinfo`
pub(super) async fn account(exchange: &Exchange) -> Result<Account, Failure> {
    let mut call = Call::get("/userinfo", "the account");
    call.at_auth = true;
    let told: Value = read(exchange, &call).await?;
    let told = told.get("data").filter(|data| data.is_object()).unwrap_or(&told);
    let first = |names: &[&str]| names.iter().find_map(|name| word(told.get(name)?));
    let mut roles = Vec::new();
    for name in ["roles", "authorities"] {
        let listed = told.get(name).and_then(Value::as_array);
        roles.extend(listed.into_iter().flatten().filter_map(|role| {
            word(role).or_else(|| {
                ["name", "authority"]
                    .iter()
                    .find_map(|name| word(role.get(name)?))
            })
        }));
    }
    Ok(Account {
        username: first(&["username", "userName", "user_name", "name", "sub"]),
        tenant: first(&[
            "tenant",
            "tenantName",
            "contactCenter",
            "contact_center_id",
            "contactCenterId",
        ]),
        roles,
    })
}

/// A look at the sign-in without a token: any answer of HTTP that is not a page of HTML will do.
pub(super) async fn probe(exchange: &Exchange) -> Result<Option<Timestamp>, Failure> {
    let mut call = Call::get("/userinfo", "a look at the service");
    call.at_auth = true;
    let url = format!("{}/userinfo", exchange.auth_base());
    let request = exchange
        .with_key(http::Request::builder().uri(url))?
        .body(Bytes::new())
        .map_err(|_| errors::unknown_address(&call))?;
    let asked = exchange.transport.call(request, Purpose::Read);
    let answer = tokio::time::timeout(exchange.tuning.read_deadline, asked)
        .await
        .map_err(|_| {
            Failure::new(FailureKind::Unreachable, "The service does not answer in time.")
                .next("Check the network between this host and the service.")
                .at(SYSTEM)
        })?
        .map_err(|error| errors::unreachable(&call, &error))?;
    let status = answer.status().as_u16();
    let headers = answer.headers();
    let html = text(headers, "content-type").is_some_and(|kind| kind.starts_with("text/html"));
    if html || matches!(status, 300..=399 | 404 | 500..=599) {
        return Err(Failure::new(
            FailureKind::BadAnswer,
            format!("{status} at the sign-in's address: this does not look like the service."),
        )
        .next("Check url of [profiles.NAME.cdds] or DSR_CDDS_URL, and what stands between.")
        .at(SYSTEM));
    }
    Ok(text(headers, "date").and_then(http_date))
}

/// `GET /data/sources`; UDM has no such list.
pub(super) async fn sources(exchange: &Exchange) -> Result<Vec<Choice>, Failure> {
    match exchange.place.variant {
        Variant::Cdds => choices(exchange, &Call::get("/data/sources", "the data sources")).await,
        Variant::Udm => Ok(vec![Choice {
            id: "UDM".to_owned(),
            name: "UDM".to_owned(),
        }]),
    }
}

/// `GET /data/sub-types`. UDM tells attributes of entities instead, so its entities are the types.
pub(super) async fn sub_types(exchange: &Exchange) -> Result<Vec<Choice>, Failure> {
    match exchange.place.variant {
        Variant::Cdds => choices(exchange, &Call::get("/data/sub-types", "what can be exported")).await,
        Variant::Udm => {
            let call = Call::get(
                "/data/attributes?entities=Interaction,Contact",
                "what can be exported",
            );
            let told: Value = read(exchange, &call).await?;
            let known = ["Interaction", "Contact"];
            let there: Vec<&str> = match &told {
                Value::Object(entities) => known
                    .into_iter()
                    .filter(|name| entities.keys().any(|key| key.eq_ignore_ascii_case(name)))
                    .collect(),
                _ => Vec::new(),
            };
            let names = if there.is_empty() { known.to_vec() } else { there };
            Ok(names
                .into_iter()
                .map(|name| Choice {
                    id: name.to_owned(),
                    name: name.to_owned(),
                })
                .collect())
        }
    }
}

/// `GET /data/job-statuses`
pub(super) async fn job_statuses(exchange: &Exchange) -> Result<Vec<Choice>, Failure> {
    choices(exchange, &Call::get("/data/job-statuses", "the job statuses")).await
}

async fn read(exchange: &Exchange, call: &Call) -> Result<Value, Failure> {
    let answer = exchange.read(call).await?;
    json::read(&answer.body).map_err(|why| errors::bad_answer(call, &answer.head, &why))
}

/// A list of texts, or of objects with an id or a name; their shape is not published.
async fn choices(exchange: &Exchange, call: &Call) -> Result<Vec<Choice>, Failure> {
    let answer = exchange.read(call).await?;
    let told: Value = json::read(&answer.body).map_err(|why| errors::bad_answer(call, &answer.head, &why))?;
    let list = match &told {
        Value::Array(list) => Some(list),
        Value::Object(fields) => fields.values().find_map(Value::as_array),
        _ => None,
    };
    let list = list.ok_or_else(|| errors::bad_answer(call, &answer.head, "it holds no list"))?;
    Ok(list.iter().filter_map(choice).collect())
}

fn choice(entry: &Value) -> Option<Choice> {
    if let Some(name) = word(entry) {
        return Some(Choice {
            id: name.clone(),
            name,
        });
    }
    let first = |names: &[&str]| names.iter().find_map(|name| word(entry.get(name)?));
    let id = first(&["id", "code", "value", "name"])?;
    let name = first(&["name", "displayName", "label", "id"])?;
    Some(Choice { id, name })
}
