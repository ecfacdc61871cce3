//! What a failure of the HTTP client means: whether anything can have arrived, in words for people,
//! with the next step where one is known.

use std::error::Error;
use std::io;

use super::network::Timeouts;
use super::transport::{Reach, TransportError};
use crate::domain::text;

/// Classifies a failure of a call to `host`. `head` is false once the head of the answer is here.
pub(super) fn classify(error: &reqwest::Error, host: &str, timeouts: Timeouts, head: bool) -> TransportError {
    let host = text::clean(host);
    let chain = chain(error);
    let reach = if head && error.is_connect() {
        Reach::NotSent
    } else {
        Reach::Unknown
    };
    if let Some(found) = certificate(&chain, &host) {
        return with(reach, found);
    }
    if let Some(found) = proxy(&chain) {
        return with(reach, found);
    }
    if error.is_timeout() {
        return with(reach, timed_out(reach, &host, timeouts));
    }
    if error.is_dns() {
        return with(
            reach,
            (
                format!("the name {host} was not found"),
                Some(
                    "Check the region and the name servers of this host; behind a proxy, set it.".to_owned(),
                ),
            ),
        );
    }
    with(reach, broken(&chain, reach, &host))
}

type Words = (String, Option<String>);

fn with(reach: Reach, (message, next): Words) -> TransportError {
    TransportError { reach, message, next }
}

/// The error and its causes. An `io::Error` hides what it wraps from `source`, so it is opened.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut all = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        all.push(error);
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(|io| io.get_ref())
            .map(|inner| inner as &(dyn Error + 'static));
        next = inner.or_else(|| error.source());
        // A chain this long is a loop.
        if all.len() > 32 {
            break;
        }
    }
    all
}

fn certificate(chain: &[&(dyn Error + 'static)], host: &str) -> Option<Words> {
    use rustls::{CertificateError as C, Error as Tls};
    let tls = chain.iter().find_map(|error| error.downcast_ref::<Tls>())?;
    let own_ca = "If your company's proxy or own authority signs it, name that authority's PEM file as CA file in the configuration. Nothing is sent past a certificate that is not trusted.";
    let words = match tls {
        Tls::InvalidCertificate(C::Expired | C::ExpiredContext { .. }) => (
            format!("the certificate of {host} has expired"),
            "Check the clock of this host; otherwise the owner of the server has to renew it.",
        ),
        Tls::InvalidCertificate(C::NotValidYet | C::NotValidYetContext { .. }) => (
            format!("the certificate of {host} is not valid yet"),
            "Check the clock of this host.",
        ),
        Tls::InvalidCertificate(C::NotValidForName | C::NotValidForNameContext { .. }) => (
            format!("the certificate presented for {host} belongs to another name"),
            "Check the address; something between may be answering in its place.",
        ),
        Tls::InvalidCertificate(C::UnknownIssuer) => (
            format!("the certificate of {host} is signed by nobody this host trusts"),
            own_ca,
        ),
        // The verifier wraps this one of its own; its name is all that can be seen of it here.
        Tls::InvalidCertificate(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => (
            format!(
                "the certificate of {host} is one of an authority and not of a server (a self-signed one, perhaps)"
            ),
            "The server needs a certificate that an authority has signed for it; that authority's PEM file can be named as CA file in the configuration. Nothing is sent past a certificate that is not trusted.",
        ),
        Tls::InvalidCertificate(other) => (
            format!(
                "the certificate of {host} is not accepted ({})",
                text::clean(&format!("{other:?}"))
            ),
            own_ca,
        ),
        other => (
            format!("TLS with {host} failed ({})", text::clean(&other.to_string())),
            "Check the address and whether a proxy stands between.",
        ),
    };
    Some((words.0, Some(words.1.to_owned())))
}

/// hyper-util keeps the type of a proxy's refusal to itself, so its words are all there is.
fn proxy(chain: &[&(dyn Error + 'static)]) -> Option<Words> {
    let told = chain
        .iter()
        .map(|error| error.to_string())
        .find(|words| words.starts_with("tunnel error") || words.starts_with("SOCKS error"))?;
    let next = if told.contains("authorization") || told.contains("auth") {
        "Put user name and password into the proxy setting."
    } else {
        "Check the proxy setting, and whether the proxy lets this host through (NO_PROXY exempts addresses)."
    };
    Some((
        format!("the proxy did not open the way ({})", text::clean(&told)),
        Some(next.to_owned()),
    ))
}

fn timed_out(reach: Reach, host: &str, timeouts: Timeouts) -> Words {
    match reach {
        Reach::NotSent => (
            format!(
                "no connection to {host} within {} s",
                timeouts.connect.as_secs_f32()
            ),
            Some("Check the network, firewall and proxy between this host and the address.".to_owned()),
        ),
        Reach::Unknown => (
            format!("no answer from {host} in time"),
            Some("Try again; a slow link may need longer time-outs in the configuration.".to_owned()),
        ),
    }
}

fn broken(chain: &[&(dyn Error + 'static)], reach: Reach, host: &str) -> Words {
    let kind = chain
        .iter()
        .find_map(|error| error.downcast_ref::<io::Error>())
        .map(io::Error::kind);
    match (kind, reach) {
        (Some(io::ErrorKind::ConnectionRefused), Reach::NotSent) => (
            format!("{host} refused the connection"),
            Some("Check the address and port, and whether the service is running.".to_owned()),
        ),
        (_, Reach::NotSent) => (
            format!("no connection to {host} ({})", innermost(chain)),
            Some("Check the network, firewall and proxy between this host and the address.".to_owned()),
        ),
        (_, Reach::Unknown) => (
            format!("the connection to {host} was cut ({})", innermost(chain)),
            None,
        ),
    }
}

/// The last cause says most. None of the causes holds the address with its query: only the outermost
/// error does, and it is left out.
fn innermost(chain: &[&(dyn Error + 'static)]) -> String {
    match chain {
        [_, .., last] => text::clean(&last.to_string()),
        _ => "no details".to_owned(),
    }
}
