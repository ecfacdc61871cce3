//! Users of the organisation.

use serde::Deserialize;
use serde_json::{Value, json};

use super::admin::division;
use super::answer::{Answer, ApiError, Fail};
use super::call::Call;
use super::caller::Caller;
use super::organization;
use crate::simulator::record::{Record, RecordKind};

/// A user as the directory shows it.
pub(crate) fn wire(call: &Call<'_>, user: &Record) -> Value {
    let email = user.emails.first();
    let mut contacts: Vec<Value> = user
        .emails
        .iter()
        .enumerate()
        .map(|(index, email)| {
            let kind = if index == 0 { "PRIMARY" } else { "OTHER" };
            json!({"address": email, "mediaType": "EMAIL", "type": kind})
        })
        .collect();
    contacts.extend(user.phones.iter().map(|phone| {
        json!({
            "address": crate::simulator::record::e164(phone),
            "display": phone,
            "mediaType": "PHONE",
            "type": "WORK",
        })
    }));
    let mut value = json!({
        "id": user.id,
        "name": user.name,
        "division": division(call.plan),
        "email": email,
        "primaryContactInfo": contacts.first().into_iter().collect::<Vec<_>>(),
        "addresses": contacts.get(1..).unwrap_or_default(),
        "state": "active",
        "username": email,
        "version": 7,
        "acdAutoAnswer": false,
        "selfUri": format!("/api/v2/users/{}", user.id),
    });
    if let Some(fields) = value.as_object_mut() {
        if let Some(title) = &user.title {
            fields.insert("title".to_owned(), json!(title));
        }
        if let Some(department) = &user.department {
            fields.insert("department".to_owned(), json!(department));
        }
    }
    value
}

/// `GET /api/v2/users/me`
pub(crate) fn me(call: &Call<'_>) -> Result<Answer, Fail> {
    let caller = call.caller()?;
    let Some(id) = &caller.user_id else {
        return Err(ApiError::new(
            400,
            "not.a.user",
            "This request requires a user context. Client credentials cannot be used for requests to this resource.",
        )
        .into());
    };
    let user = call
        .state
        .record(call.people, &format!("user:{id}"), call.now)
        .ok_or_else(ApiError::not_found)?;
    let mut value = wire(call, &user);
    let wanted: Vec<&str> = call
        .query
        .iter()
        .filter(|(name, _)| name == "expand")
        .flat_map(|(_, value)| value.split(','))
        .collect();
    if let Some(fields) = value.as_object_mut() {
        if wanted.contains(&"authorization") {
            fields.insert("authorization".to_owned(), authorization(caller));
        }
        if wanted.contains(&"organization") {
            fields.insert("organization".to_owned(), organization::reference(call.plan));
        }
    }
    Ok(Answer::ok(&value))
}

fn authorization(caller: &Caller) -> Value {
    let roles: Vec<Value> = caller
        .roles
        .iter()
        .map(|role| json!({"id": role.id, "name": role.name}))
        .collect();
    json!({"roles": roles, "unusedRoles": [], "permissions": caller.permissions()})
}

/// `GET /api/v2/users/{id}`
pub(crate) fn show(call: &Call<'_>) -> Result<Answer, Fail> {
    let user = call
        .state
        .record(call.people, &format!("user:{}", call.name("id")), call.now)
        .ok_or_else(ApiError::not_found)?;
    Ok(Answer::ok(&wire(call, &user)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Search {
    page_size: Option<u64>,
    page_number: Option<u64>,
    query: Option<Vec<Criterion>>,
}

#[derive(Deserialize)]
struct Criterion {
    #[serde(rename = "type")]
    kind: Option<String>,
    fields: Option<Vec<String>>,
    value: Option<String>,
    values: Option<Vec<String>>,
    operator: Option<String>,
    group: Option<Vec<Criterion>>,
}

/// `POST /api/v2/users/search`
pub(crate) fn search(call: &Call<'_>) -> Result<Answer, Fail> {
    let wanted: Search = call.json()?;
    let criteria = wanted
        .query
        .filter(|criteria| !criteria.is_empty())
        .ok_or_else(|| ApiError::constraint("query is required"))?;
    check(&criteria)?;
    let size = wanted.page_size.unwrap_or(25).clamp(1, 500);
    let number = wanted.page_number.unwrap_or(1).max(1);
    let found: Vec<Value> = call
        .state
        .listed(call.people, RecordKind::User, call.now)
        .iter()
        .filter(|user| meets_all(user, &criteria))
        .map(|user| wire(call, user))
        .collect();
    let total = found.len();
    let page = super::paging::Page { size, number };
    Ok(Answer::ok(&json!({
        "total": total,
        "pageCount": (total as u64).div_ceil(size),
        "pageSize": size,
        "pageNumber": number,
        "types": ["users"],
        "results": page.cut(found),
    })))
}

fn check(criteria: &[Criterion]) -> Result<(), ApiError> {
    const TYPES: [&str; 7] = [
        "EXACT",
        "STARTS_WITH",
        "CONTAINS",
        "TERM",
        "TERMS",
        "MATCH_ALL",
        "QUERY_STRING",
    ];
    for criterion in criteria {
        match criterion.kind.as_deref() {
            Some(kind) if TYPES.contains(&kind) => {}
            None if criterion.group.is_some() => {}
            other => {
                return Err(ApiError::field_value(
                    other.unwrap_or(""),
                    "type",
                    &TYPES.join(", "),
                ));
            }
        }
        check(criterion.group.as_deref().unwrap_or_default())?;
    }
    Ok(())
}

/// `AND` unless a criterion says `OR` or `NOT`.
fn meets_all(user: &Record, criteria: &[Criterion]) -> bool {
    let mut met = true;
    for (index, criterion) in criteria.iter().enumerate() {
        let this = meets(user, criterion);
        met = match criterion.operator.as_deref() {
            Some("OR") if index > 0 => met || this,
            Some("NOT") => met && !this,
            _ => met && this,
        };
    }
    met
}

fn meets(user: &Record, criterion: &Criterion) -> bool {
    if let Some(group) = &criterion.group {
        return meets_all(user, group);
    }
    let kind = criterion.kind.as_deref().unwrap_or("EXACT");
    if kind == "MATCH_ALL" {
        return true;
    }
    let wanted: Vec<String> = criterion
        .value
        .iter()
        .chain(criterion.values.iter().flatten())
        .map(|value| value.to_lowercase())
        .collect();
    let fields = criterion
        .fields
        .clone()
        .unwrap_or_else(|| vec!["name".to_owned()]);
    fields.iter().flat_map(|field| values(user, field)).any(|value| {
        let value = value.to_lowercase();
        wanted.iter().any(|wanted| match kind {
            "EXACT" => value == *wanted,
            "STARTS_WITH" => {
                value.starts_with(wanted) || value.split_whitespace().any(|w| w.starts_with(wanted))
            }
            "TERM" | "TERMS" => value.split_whitespace().any(|word| word == wanted) || value == *wanted,
            _ => value.contains(wanted.as_str()),
        })
    })
}

fn values(user: &Record, field: &str) -> Vec<String> {
    let phones = || {
        user.phones
            .iter()
            .flat_map(|phone| [Some(phone.clone()), crate::simulator::record::e164(phone)])
            .flatten()
            .collect::<Vec<_>>()
    };
    match field {
        "id" => vec![user.id.clone()],
        "name" => user.name.iter().cloned().collect(),
        "email" | "username" => user.emails.clone(),
        "title" => user.title.iter().cloned().collect(),
        "department" => user.department.iter().cloned().collect(),
        _ if field.starts_with("addresses") || field.starts_with("primaryContactInfo") => {
            let mut all = user.emails.clone();
            all.extend(phones());
            all
        }
        _ => Vec::new(),
    }
}
