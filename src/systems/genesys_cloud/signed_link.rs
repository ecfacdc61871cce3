//! Where a result lies: the id is taken from the address in the request, the API is asked for a
//! signed address, and that address is fetched without the token.

use bytes::Bytes;
use http::{Method, header};
use url::Url;

use super::call::{Call, encode};
use super::errors::SYSTEM;
use super::exchange::Exchange;
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::fetch::{Part, Trouble};
use crate::systems::transport::{AnswerBody, Purpose};

/// How many redirects are followed from a signed address.
const REDIRECTS: usize = 5;

/// The id of a download out of an address like `https://apps.<domain>/platform/api/v2/downloads/<id>`.
/// Only the id is used: what else the address says decides nothing.
pub(super) fn download_id(address: &str) -> Result<String, Failure> {
    let wrong = || {
        Failure::new(
            FailureKind::BadAnswer,
            "The address of the result is not one of Genesys Cloud's downloads; it was not opened.",
        )
        .next("Look at the request again with: dsr requests show. If it stays so, ask Genesys support.")
        .at(SYSTEM)
    };
    // A path alone is as good: the host decides nothing.
    let base = Url::parse("https://downloads.invalid/").map_err(|_| wrong())?;
    let url = base.join(address.trim()).map_err(|_| wrong())?;
    let plain =
        matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    let segments: Vec<&str> = url.path_segments().map(Iterator::collect).unwrap_or_default();
    match segments.as_slice() {
        [.., "api", "v2", "downloads", id] if plain && is_id(id) => Ok((*id).to_owned()),
        _ => Err(wrong()),
    }
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Asks the API for the signed address of a download.
pub(super) async fn resolve(exchange: &Exchange, id: &str) -> Result<Url, Failure> {
    #[derive(serde::Deserialize)]
    struct WireUrl {
        url: String,
    }
    let call = Call::get(
        format!("/api/v2/downloads/{}", encode(id)),
        "the address of the result",
    )
    .query("issueRedirect", "false");
    let (answer, _) = exchange
        .read_as::<WireUrl>(&call)
        .await
        .map_err(|failure| match failure.kind {
            FailureKind::NotFound => Failure {
                code: failure.code,
                correlation_id: failure.correlation_id,
                ..expired()
            },
            _ => failure,
        })?;
    let url = Url::parse(&answer.url).map_err(|_| not_a_link())?;
    check(exchange, &url)?;
    Ok(url)
}

/// The result is no longer there.
pub(super) fn expired() -> Failure {
    Failure::new(
        FailureKind::NotFound,
        "The result is no longer there: Genesys Cloud removes results after some time.",
    )
    .next("Submit a new export for the same person, and fetch its result when it is completed (dsr requests watch --once --fetch).")
    .at(SYSTEM)
}

fn not_a_link() -> Failure {
    Failure::new(
        FailureKind::BadAnswer,
        "The signed address of the result is not a safe web address; it was not opened.",
    )
    .next("Try again. If it stays so, give the request's id to Genesys support.")
    .at(SYSTEM)
}

/// `https`, or plain `http` where the API itself is spoken to in plain `http` (this host, simulation).
fn check(exchange: &Exchange, url: &Url) -> Result<(), Failure> {
    let scheme = match url.scheme() {
        "https" => true,
        "http" => exchange.endpoints.api.starts_with("http://"),
        _ => false,
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.host_str().is_some();
    if scheme && plain {
        Ok(())
    } else {
        Err(not_a_link())
    }
}

/// Fetches the signed address without the token, following a few redirects, each of them checked.
pub(super) async fn open(
    exchange: &Exchange,
    link: &Url,
    part: &Part<'_>,
) -> Result<http::Response<AnswerBody>, Trouble> {
    let mut url = link.clone();
    for _ in 0..=REDIRECTS {
        let mut request = http::Request::builder()
            .method(Method::GET)
            .uri(url.as_str())
            .header(header::ACCEPT, "*/*");
        if part.from > 0 {
            request = request.header(header::RANGE, format!("bytes={}-", part.from));
            if let Some(validator) = part.if_range {
                request = request.header(header::IF_RANGE, validator);
            }
        }
        let request = request
            .body(Bytes::new())
            .map_err(|_| Trouble::Failure(not_a_link()))?;
        let answer = exchange
            .transport
            .call(request, Purpose::Read)
            .await
            .map_err(Trouble::Transport)?;
        if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(answer);
        }
        let next = super::answer::text(answer.headers(), header::LOCATION.as_str())
            .and_then(|location| url.join(location).ok())
            .ok_or_else(|| Trouble::Failure(not_a_link()))?;
        check(exchange, &next).map_err(Trouble::Failure)?;
        url = next;
    }
    Err(Trouble::Failure(
        Failure::new(
            FailureKind::BadAnswer,
            "The signed address redirects in a circle.",
        )
        .next("Try again later.")
        .at(SYSTEM),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_id_is_taken_from_an_address() {
        for good in [
            "https://apps.mypurecloud.de/platform/api/v2/downloads/3f1c0b7e-22",
            "https://api.mypurecloud.de/api/v2/downloads/3f1c0b7e-22?x=y#z",
            "/platform/api/v2/downloads/3f1c0b7e-22",
            "http://127.0.0.1:8080/api/v2/downloads/3f1c0b7e-22",
        ] {
            assert_eq!(download_id(good).unwrap(), "3f1c0b7e-22", "{good}");
        }
        for bad in [
            "",
            "https://apps.mypurecloud.de/platform/api/v2/downloads/",
            "https://apps.mypurecloud.de/platform/api/v2/downloads/a/b",
            "https://apps.mypurecloud.de/platform/api/v2/downloads/..",
            "https://apps.mypurecloud.de/api/v2/downloads/%2e%2e%2foauth",
            "https://apps.mypurecloud.de/api/v2/downloads/a%20b",
            "https://user:secret@apps.mypurecloud.de/api/v2/downloads/a",
            "file:///api/v2/downloads/a",
            "javascript:alert(1)",
            "https://apps.mypurecloud.de/api/v2/oauth/clients",
        ] {
            assert!(download_id(bad).is_err(), "{bad}");
        }
    }
}
