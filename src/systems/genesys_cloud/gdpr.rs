//! The four operations of the GDPR API.

use serde_json::Value;

use super::call::{Call, encode};
use super::exchange::Exchange;
use super::json;
use super::mutation::{Mutated, Verdict};
use super::wire::{self, WireRequest, WireSubject};
use super::{Found, RequestPage};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::IdentifierKind;
use crate::domain::operation::{NewRequest, Outcome, Sent};
use crate::domain::request::{Request, RequestType};
use crate::domain::subject::Subject;
use crate::systems::permit::Permit;

const REQUESTS: &str = "/api/v2/gdpr/requests";

pub(super) async fn search_subjects(
    exchange: &Exchange,
    kind: IdentifierKind,
    value: &str,
) -> Result<Found<Subject>, Failure> {
    let Some(search_type) = kind.search_type() else {
        return Err(Failure::new(
            FailureKind::Usage,
            format!("The GDPR API cannot be asked for a {}.", kind.as_str()),
        ));
    };
    let call = Call::get("/api/v2/gdpr/subjects", "the subject search")
        .query("searchType", search_type)
        .query("searchValue", value)
        .needs(&["gdpr:subject:view"]);
    let (page, _) = exchange.read_page(&call, "entities").await?;
    let (total, listed) = (page.total, page.entries.len() as u64);
    let (subjects, mut unreadable) = json::entries::<WireSubject>(page.entries, "entities");
    // The search has no pages: what the API holds back cannot be asked for.
    if let Some(total) = total.filter(|total| *total > listed) {
        unreadable.push(format!(
            "the API lists {listed} of {total} subjects and has no second page"
        ));
    }
    Ok(Found {
        items: subjects.into_iter().map(Subject::from).collect(),
        unreadable,
    })
}

pub(super) async fn list_requests(
    exchange: &Exchange,
    page: u32,
    page_size: u32,
) -> Result<RequestPage, Failure> {
    let call = Call::get(REQUESTS, "the list of requests")
        .query("pageSize", page_size.to_string())
        .query("pageNumber", page.to_string())
        .needs(&["gdpr:request:view"]);
    let (listing, head) = exchange.read_page(&call, "entities").await?;
    let listed = listing.entries.len() as u64;
    let more = match (listing.page_count, listing.total) {
        (Some(pages), _) => u64::from(page) < pages,
        _ if listing.next => true,
        (None, Some(total)) => listed > 0 && u64::from(page) * u64::from(page_size) < total,
        (None, None) => listed > 0 && listed >= u64::from(page_size),
    };
    let (requests, unreadable) = json::entries::<WireRequest>(listing.entries, "entities");
    Ok(RequestPage {
        requests: requests.into_iter().map(Request::from).collect(),
        total: listing.total,
        more,
        server_time: head.server_time,
        unreadable,
    })
}

pub(super) async fn get_request(exchange: &Exchange, id: &str) -> Result<Request, Failure> {
    let call = Call::get(format!("{REQUESTS}/{}", encode(id)), "the request").needs(&["gdpr:request:view"]);
    let (request, _) = exchange.read_as::<WireRequest>(&call).await?;
    Ok(request.into())
}

/// The call of a submission. Preview and submission are both made of it.
pub(super) fn submission(request: &NewRequest) -> Call {
    let call =
        Call::post(REQUESTS, wire::new_request(request), "the submission").needs(&["gdpr:request:add"]);
    match request.kind {
        RequestType::Delete => call.query("deleteConfirmed", "true"),
        RequestType::Export | RequestType::Update => call,
    }
}

pub(super) async fn submit(exchange: &Exchange, permit: Permit, request: &NewRequest) -> Sent {
    let call = submission(request);
    let sent = exchange
        .mutate(permit, &call, |document| accepted(document, request))
        .await;
    let Mutated {
        verdict,
        http_status,
        correlation_id,
        server_time,
    } = sent;
    Sent {
        outcome: match verdict {
            Verdict::Accepted(request) => Outcome::Accepted(Box::new(request)),
            Verdict::Refused(refusal) => Outcome::Refused(refusal),
            Verdict::NotSent(why) => Outcome::NotSent(why),
            Verdict::Unknown(why) => Outcome::Unknown(why),
        },
        http_status,
        correlation_id,
        server_time,
    }
}

/// The accepted request: it has an id. Should the rest of the answer be odd, what was sent stands in
/// for it, since the id is what counts.
fn accepted(document: &Value, sent: &NewRequest) -> Option<Request> {
    let id = document.get("id")?.as_str()?.trim();
    if id.is_empty() {
        return None;
    }
    let mut request = json::read_part::<WireRequest>(document.clone(), "request")
        .map(Request::from)
        .unwrap_or_else(|_| nothing_but(id));
    if request.api_type.is_empty() {
        request.kind = Some(sent.kind);
        request.api_type = sent.kind.api_name().to_owned();
    }
    if request.subject == Subject::default() {
        request.subject = sent.subject.clone();
        request.replacement_terms.clone_from(&sent.replacement_terms);
    }
    Some(request)
}

/// A request of which only the id could be read; its status is not known.
fn nothing_but(id: &str) -> Request {
    Request {
        id: id.to_owned(),
        kind: None,
        api_type: String::new(),
        status: String::new(),
        subject: Subject::default(),
        replacement_terms: Vec::new(),
        created_at: None,
        created_by: None,
        results: Vec::new(),
    }
}
