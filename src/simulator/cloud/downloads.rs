//! Results: the API gives a signed address, and a storage service behind it gives the bytes. The
//! storage service wants no token and says so.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::json;

use super::super::archive::{self, Order};
use super::answer::{Answer, ApiError, Body, Fail};
use super::call::Call;
use crate::simulator::lifecycle::DAY;
use crate::simulator::record::Record;
use crate::simulator::request::Request;
use crate::simulator::seed::hex_digest;
use crate::simulator::words::RequestKind;

/// Where the storage service answers.
pub(crate) const SIGNED_PATH: &str = "/signed-downloads/{id}/{name}";

/// The completed export that a download id belongs to, and which of its archives it is. `None` also
/// when the results are no longer kept.
fn find(call: &Call<'_>, id: &str) -> Option<(Request, u8)> {
    (0..archive::MOST_PARTS).find_map(|part| {
        let request_id = archive::request_id(call.plan.seed, id, part)?;
        let request = call.state.request(call.people, &request_id, call.now)?;
        let completed = request.timetable.completed_at()?;
        let kept = completed + call.plan.lifecycle.link_days * DAY;
        let there = request.kind == RequestKind::Export && part < request.archives;
        (there && completed <= call.now && call.now < kept).then_some((request, part))
    })
}

/// `GET /api/v2/downloads/{id}`
pub(crate) fn resolve(call: &Call<'_>) -> Result<Answer, Fail> {
    let id = call.name("id");
    let redirect = match call.parameter("issueRedirect") {
        None | Some("true") => true,
        Some("false") => false,
        Some(other) => return Err(ApiError::query_value(other, "issueRedirect", "[true, false]").into()),
    };
    let (request, part) = find(call, id).ok_or_else(ApiError::not_found)?;
    let name = archive::file_name(&request, part);
    let expires = call.now / 1000 + call.plan.lifecycle.signed_seconds;
    let signature = signature(call, id, expires);
    let url = format!(
        "{}/signed-downloads/{id}/{name}?Expires={expires}&Signature={signature}",
        call.base
    );
    Ok(if redirect {
        Answer::empty(302).with("location", url)
    } else {
        Answer::ok(&json!({"url": url}))
    })
}

fn signature(call: &Call<'_>, id: &str, expires: i64) -> String {
    let generation = call.state.head().generation.as_bytes();
    let mut digest = hex_digest(&[b"sign:", generation, id.as_bytes(), &expires.to_be_bytes()]);
    digest.truncate(40);
    digest
}

/// `GET /signed-downloads/{id}/{name}`
pub(crate) fn fetch(call: &Call<'_>) -> Result<Answer, Fail> {
    if call.headers.contains_key(http::header::AUTHORIZATION) {
        return Err(Fail::Other(Answer::xml(
            400,
            "InvalidArgument",
            "Only one auth mechanism allowed; the Authorization header must not be sent to a signed address",
        )));
    }
    let id = call.name("id");
    let expires: i64 = call
        .parameter("Expires")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    if call.parameter("Signature") != Some(signature(call, id, expires).as_str()) {
        return Err(Fail::Other(Answer::xml(
            403,
            "SignatureDoesNotMatch",
            "The signature does not match.",
        )));
    }
    if expires * 1000 <= call.now {
        return Err(Fail::Other(Answer::xml(
            403,
            "AccessDenied",
            "Request has expired",
        )));
    }
    let Some((request, part)) = find(call, id) else {
        return Err(Fail::Other(Answer::xml(
            404,
            "NoSuchKey",
            "The specified key does not exist.",
        )));
    };
    // An archive holds what was known when it was packed, not what is known now.
    let packed_at = request.timetable.completed_at().unwrap_or(call.now);
    let people = subjects(call, &request, packed_at);
    Ok(Answer {
        status: 200,
        headers: Vec::new(),
        body: Body::Archive(Box::new(Order {
            seed: call.plan.seed,
            generation: call.state.head().generation.clone(),
            request,
            part,
            packed_at,
            people,
        })),
    })
}

fn subjects(call: &Call<'_>, request: &Request, at: i64) -> Vec<Record> {
    let mut keys = request.targets.clone();
    if keys.is_empty() {
        keys = request.subject.keys();
    }
    let mut people: Vec<Record> = keys
        .iter()
        .filter_map(|key| call.state.record(call.people, key, at))
        .collect();
    if people.is_empty() && !request.subject.has_id() {
        for (kind, value) in request.subject.values() {
            people.extend(call.state.search(call.people, kind, &value, at));
        }
    }
    people
}

/// A stretch of bytes that was asked for.
#[derive(Debug, PartialEq, Eq)]
enum Stretch {
    Whole,
    Part(usize, usize),
    Outside,
}

/// Serves `bytes`, or the stretch of them that is asked for.
pub(crate) fn serve_bytes(name: &str, bytes: &Bytes, headers: &HeaderMap) -> Answer {
    let etag = format!("\"{}\"", &hex_digest(&[bytes])[..32]);
    let text = |header: http::HeaderName| headers.get(header).and_then(|value| value.to_str().ok());
    let same = text(http::header::IF_RANGE).is_none_or(|wanted| wanted == etag);
    let stretch = match text(http::header::RANGE) {
        Some(range) if same => stretch(range, bytes.len()),
        _ => Stretch::Whole,
    };
    let (status, body, range) = match stretch {
        Stretch::Whole => (200, bytes.clone(), None),
        Stretch::Part(from, to) => (
            206,
            bytes.slice(from..to),
            Some(format!("bytes {from}-{}/{}", to - 1, bytes.len())),
        ),
        Stretch::Outside => (416, Bytes::new(), Some(format!("bytes */{}", bytes.len()))),
    };
    let mut answer = Answer {
        status,
        headers: vec![
            ("content-type", "application/zip".to_owned()),
            ("accept-ranges", "bytes".to_owned()),
            ("etag", etag),
            ("content-disposition", format!("attachment; filename=\"{name}\"")),
        ],
        body: Body::Bytes(body),
    };
    answer.headers.extend(range.map(|range| ("content-range", range)));
    answer
}

/// One range of `bytes=…`; several, or what cannot be read, count as none.
fn stretch(range: &str, length: usize) -> Stretch {
    let Some((from, to)) = range.strip_prefix("bytes=").and_then(|text| text.split_once('-')) else {
        return Stretch::Whole;
    };
    let number = |text: &str| text.trim().parse::<usize>().ok();
    match (number(from), number(to)) {
        (Some(from), _) if from >= length => Stretch::Outside,
        (Some(from), None) if to.trim().is_empty() => Stretch::Part(from, length),
        (Some(from), Some(to)) if from <= to => Stretch::Part(from, to.saturating_add(1).min(length)),
        (None, Some(last)) if from.trim().is_empty() && last > 0 => {
            Stretch::Part(length.saturating_sub(last), length)
        }
        _ => Stretch::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::{Stretch, stretch};

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        assert_eq!(stretch("bytes=0-99", 1000), Stretch::Part(0, 100));
        assert_eq!(stretch("bytes=900-", 1000), Stretch::Part(900, 1000));
        assert_eq!(stretch("bytes=-10", 1000), Stretch::Part(990, 1000));
        assert_eq!(stretch("bytes=990-5000", 1000), Stretch::Part(990, 1000));
        assert_eq!(stretch("bytes=1000-", 1000), Stretch::Outside);
        assert_eq!(stretch("bytes=5-2", 1000), Stretch::Whole);
        assert_eq!(stretch("lines=1-2", 1000), Stretch::Whole);
        assert_eq!(stretch("bytes=0-1,5-6", 1000), Stretch::Whole);
    }
}
