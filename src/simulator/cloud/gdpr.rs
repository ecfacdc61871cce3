//! The four GDPR operations.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::{Answer, ApiError, Fail};
use super::call::Call;
use super::paging::Page;
use crate::simulator::archive;
use crate::simulator::clock::moment;
use crate::simulator::estate::Submitted;
use crate::simulator::log;
use crate::simulator::request::{Request, WireSubject, WireTerm};
use crate::simulator::scenario::{Duplicates, ListOrder};
use crate::simulator::words::{RequestKind, SearchType};

fn search_words() -> String {
    let words: Vec<&str> = SearchType::WORDS.iter().map(|(word, _)| *word).collect();
    format!("[{}]", words.join(", "))
}

/// `GET /api/v2/gdpr/subjects`
pub(crate) fn subjects(call: &Call<'_>) -> Result<Answer, Fail> {
    let word = call
        .parameter("searchType")
        .ok_or_else(|| ApiError::constraint("searchType is required"))?;
    let value = call
        .parameter("searchValue")
        .ok_or_else(|| ApiError::constraint("searchValue is required"))?;
    let kind =
        SearchType::parse(word).ok_or_else(|| ApiError::query_value(word, "searchType", &search_words()))?;
    let found: Vec<WireSubject> = call
        .state
        .search(call.people, kind, value, call.now)
        .iter()
        .map(WireSubject::found)
        .collect();
    Ok(Answer::ok(&json!({
        "entities": found,
        "pageSize": found.len().max(25),
        "pageNumber": 1,
        "total": found.len(),
        "pageCount": usize::from(!found.is_empty()),
        "selfUri": "/api/v2/gdpr/subjects",
    })))
}

/// `GET /api/v2/gdpr/requests`
pub(crate) fn list(call: &Call<'_>) -> Result<Answer, Fail> {
    let page = Page::of(call, call.plan.lifecycle.largest_page)?;
    let total = call.state.count(call.people, call.now);
    let requests = match call.plan.lifecycle.list_order {
        ListOrder::Newest => call.state.newest(call.people, call.now, page.skip(), page.size),
        ListOrder::Oldest => {
            let before = total.saturating_sub(page.skip());
            let take = page.size.min(before);
            let mut requests = call.state.newest(call.people, call.now, before - take, take);
            requests.reverse();
            requests
        }
    };
    let entities = requests.iter().map(|request| wire(call, request)).collect();
    Ok(Answer::ok(&page.listing(
        "/api/v2/gdpr/requests",
        total,
        entities,
    )))
}

/// `GET /api/v2/gdpr/requests/{id}`
pub(crate) fn show(call: &Call<'_>) -> Result<Answer, Fail> {
    let request = call
        .state
        .request(call.people, call.name("id"), call.now)
        .ok_or_else(ApiError::not_found)?;
    Ok(Answer::ok(&wire(call, &request)))
}

/// A request as it goes over the wire.
fn wire(call: &Call<'_>, request: &Request) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("id", Value::from(request.id.clone()));
    let kind = if request.by_user { "users" } else { "oauth/clients" };
    put(
        "createdBy",
        json!({
            "id": request.created_by,
            "selfUri": format!("/api/v2/{kind}/{}", request.created_by),
        }),
    );
    if !request.terms.is_empty() {
        put("replacementTerms", json!(request.terms));
    }
    put("requestType", json!(request.kind));
    put("createdDate", Value::from(iso(request.created)));
    put("status", Value::from(request.timetable.status(call.now)));
    put("subject", json!(request.subject));
    let done = request
        .timetable
        .completed_at()
        .is_some_and(|completed| completed <= call.now);
    if done && request.kind == RequestKind::Export {
        let links: Vec<String> = (0..request.archives)
            .map(|part| {
                let id = archive::download_id(call.plan.seed, &request.id, part);
                format!("{}/platform/api/v2/downloads/{id}", call.base)
            })
            .collect();
        put("resultsUrl", json!(links.first()));
        if links.len() > 1 {
            put("resultsUrls", json!(links));
        }
    }
    put(
        "selfUri",
        Value::from(format!("/api/v2/gdpr/requests/{}", request.id)),
    );
    Value::Object(fields)
}

/// `2026-11-22T12:35:00.123Z`
pub(crate) fn iso(at: i64) -> String {
    moment(at).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// A submission as it comes in; types are checked by hand to answer in the API's words.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Incoming {
    request_type: Option<String>,
    subject: Option<WireSubject>,
    replacement_terms: Option<Vec<IncomingTerm>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IncomingTerm {
    #[serde(rename = "type")]
    kind: Option<String>,
    existing_value: Option<String>,
    updated_value: Option<String>,
}

/// `POST /api/v2/gdpr/requests`
pub(crate) fn submit(call: &Call<'_>) -> Result<Answer, Fail> {
    let confirmed = match call.parameter("deleteConfirmed") {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => return Err(ApiError::query_value(other, "deleteConfirmed", "[true, false]").into()),
    };
    let incoming: Incoming = call.json()?;
    let kind = request_type(incoming.request_type.as_deref())?;
    let subject = incoming
        .subject
        .ok_or_else(|| ApiError::constraint("subject is required"))?;
    check_subject(&subject)?;
    let terms = check_terms(kind, incoming.replacement_terms.unwrap_or_default())?;
    if kind == RequestKind::Delete && !confirmed {
        return Err(ApiError::new(400, "bad.request", "deleteConfirmed must be true to delete").into());
    }
    let refuses = call.plan.lifecycle.duplicates == Duplicates::Conflict;
    if refuses && call.state.has_open(kind, &subject, call.now) {
        return Err(ApiError::of_code("request.conflict").into());
    }
    let caller = call.caller()?;
    let submitted = Submitted {
        kind,
        targets: call.state.targets(call.people, &subject, call.now),
        siblings: call.state.siblings(call.people, &subject, call.now),
        subject,
        terms,
        created_by: caller.subject_id().to_owned(),
        by_user: caller.user_id.is_some(),
    };
    let body = serde_json::to_string(&submitted).map_err(|_| ApiError::of_status(500))?;
    let seq = log::append(call.connection, call.now, "submitted", &body)?;
    let made = call.state.requests_of(call.plan, seq, call.now, &submitted);
    let first = made.first().ok_or_else(|| ApiError::of_status(500))?;
    Ok(Answer::json(
        call.plan.lifecycle.accepted_status,
        &wire(call, first),
    ))
}

fn request_type(word: Option<&str>) -> Result<RequestKind, ApiError> {
    match word {
        Some("GDPR_EXPORT") => Ok(RequestKind::Export),
        Some("GDPR_DELETE") => Ok(RequestKind::Delete),
        Some("GDPR_UPDATE") => Ok(RequestKind::Update),
        Some(other) => Err(ApiError::field_value(
            other,
            "requestType",
            "[GDPR_EXPORT, GDPR_UPDATE, GDPR_DELETE]",
        )),
        None => Err(ApiError::constraint("requestType is required")),
    }
}

/// A subject must say something, and a name does not go with an id.
fn check_subject(subject: &WireSubject) -> Result<(), ApiError> {
    let whole_journey = subject
        .journey_customer
        .as_ref()
        .is_none_or(|journey| journey.kind.is_some() && journey.id.is_some());
    let whole_handle = subject.social_handle.as_ref().is_none_or(|handle| {
        handle.value.is_some()
            && handle
                .kind
                .as_deref()
                .and_then(SearchType::parse)
                .is_some_and(SearchType::is_social)
    });
    let says_something = subject.has_id() || !subject.values().is_empty();
    let name_beside_id = subject.name.is_some() && subject.has_id();
    if whole_journey && whole_handle && says_something && !name_beside_id {
        Ok(())
    } else {
        Err(ApiError::invalid_data())
    }
}

fn check_terms(kind: RequestKind, terms: Vec<IncomingTerm>) -> Result<Vec<WireTerm>, ApiError> {
    if (kind == RequestKind::Update) == terms.is_empty() {
        return Err(ApiError::invalid_data());
    }
    terms
        .into_iter()
        .map(|term| {
            let word = term.kind.ok_or_else(ApiError::invalid_data)?;
            Ok(WireTerm {
                kind: SearchType::parse(&word)
                    .ok_or_else(|| ApiError::field_value(&word, "type", &search_words()))?,
                existing_value: term.existing_value.ok_or_else(ApiError::invalid_data)?,
                updated_value: term.updated_value.ok_or_else(ApiError::invalid_data)?,
            })
        })
        .collect()
}
