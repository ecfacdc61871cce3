//! The way to Genesys Cloud, step by step: the proxy, the name, the certificate that is shown there.

use der::Decode;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;

use crate::config::Profile;
use crate::domain::text::clean;
use crate::systems::network::{Network, peer_certificate};
use crate::systems::transport::{Purpose, Transport};
use crate::workflow::doctor::{Check, Verdict};
use crate::world::live;

/// A certificate with fewer days left than this is told.
const DAYS: i64 = 14;

/// The checks of a live profile; none where it names no address. Changes nothing.
pub(super) async fn checks(profile: &Profile, now: Timestamp) -> Vec<Check> {
    let Ok(endpoints) = live::endpoints(profile) else {
        return Vec::new();
    };
    let Some(url) = url::Url::parse(&endpoints.api).ok() else {
        return Vec::new();
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port_or_known_default().unwrap_or(443);
    let mut checks = vec![proxy(profile)];
    checks.push(name(&host, port).await);
    if url.scheme() == "https" {
        checks.push(certificate(profile, &endpoints.api, &host, now).await);
    }
    checks
}

fn check(name: &str, verdict: Verdict, seen: String, remedy: Option<&str>) -> Check {
    Check {
        name: name.to_owned(),
        verdict,
        seen,
        remedy: remedy.map(str::to_owned),
    }
}

fn proxy(profile: &Profile) -> Check {
    let said = profile
        .proxy
        .as_ref()
        .map(|proxy| proxy.expose_secret().to_owned());
    let seen = match said.as_deref() {
        Some("none") => "none, whatever the environment says".to_owned(),
        // The address may hold credentials.
        Some(address) => match url::Url::parse(address) {
            Ok(url) => format!("{} of the profile", clean(url.host_str().unwrap_or("one"))),
            Err(_) => "one of the profile".to_owned(),
        },
        None => "as the environment says (HTTPS_PROXY, NO_PROXY)".to_owned(),
    };
    check("proxy", Verdict::Ok, seen, None)
}

async fn name(host: &str, port: u16) -> Check {
    let shown = clean(host);
    match tokio::net::lookup_host((host, port)).await {
        Ok(found) => {
            let mut addresses: Vec<String> = found.map(|address| address.ip().to_string()).collect();
            addresses.dedup();
            let count = addresses.len();
            let first = addresses.into_iter().next().unwrap_or_default();
            let more = if count > 1 {
                format!(" and {} more", count - 1)
            } else {
                String::new()
            };
            check(
                "name resolution",
                Verdict::Ok,
                format!("{shown} is {first}{more}"),
                None,
            )
        }
        Err(error) => check(
            "name resolution",
            Verdict::Warning,
            format!("{shown} is not known here ({})", error.kind()),
            Some("Behind a proxy that is as it should be. Else check region and name servers."),
        ),
    }
}

async fn certificate(profile: &Profile, api: &str, host: &str, now: Timestamp) -> Check {
    let title = "TLS certificate";
    let shown = clean(host);
    let asked = async {
        let network = Network::new(live::network_settings(profile)).map_err(|failure| failure.message)?;
        let request = http::Request::get(api)
            .body(bytes::Bytes::new())
            .map_err(|_| "the address is not one".to_owned())?;
        let answer = network
            .call(request, Purpose::Read)
            .await
            .map_err(|error| error.message)?;
        peer_certificate(&answer).ok_or_else(|| "the server showed none".to_owned())
    };
    let der = match asked.await {
        Ok(der) => der,
        Err(why) => {
            return check(
                title,
                Verdict::Failed,
                clean(&why),
                Some(
                    "An authority of your own goes into ca_file; a proxy that opens TLS needs its own there.",
                ),
            );
        }
    };
    let Some(ends) = ends(&der) else {
        return check(
            title,
            Verdict::Warning,
            format!("that of {shown} cannot be read"),
            None,
        );
    };
    let days = ends
        .duration_since(now)
        .as_secs()
        .div_euclid(SignedDuration::from_hours(24).as_secs());
    let seen = format!(
        "{shown} is trusted until {}, {days} days",
        ends.strftime("%Y-%m-%d")
    );
    match days {
        DAYS.. => check(title, Verdict::Ok, seen, None),
        _ => check(
            title,
            Verdict::Warning,
            seen,
            Some("Whoever runs this address renews it; if that is a proxy of yours, it is you."),
        ),
    }
}

fn ends(der: &[u8]) -> Option<Timestamp> {
    let certificate = x509_cert::Certificate::from_der(der).ok()?;
    let until = certificate
        .tbs_certificate()
        .validity()
        .not_after
        .to_unix_duration();
    Timestamp::from_second(i64::try_from(until.as_secs()).ok()?).ok()
}
