//! Where an organisation answers, by the AWS region or the domain its administrators know.

use url::Url;

use super::Endpoints;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text;

/// AWS region and domain of every region of Genesys Cloud.
pub const REGIONS: [(&str, &str); 18] = [
    ("us-east-1", "mypurecloud.com"),
    ("us-east-2", "use2.us-gov-pure.cloud"),
    ("us-west-2", "usw2.pure.cloud"),
    ("ca-central-1", "cac1.pure.cloud"),
    ("sa-east-1", "sae1.pure.cloud"),
    ("mx-central-1", "mxc1.pure.cloud"),
    ("eu-west-1", "mypurecloud.ie"),
    ("eu-west-2", "euw2.pure.cloud"),
    ("eu-central-1", "mypurecloud.de"),
    ("eu-central-2", "euc2.pure.cloud"),
    ("eusc-de-east-1", "edee1.eusc-pure.cloud"),
    ("me-central-1", "mec1.pure.cloud"),
    ("ap-south-1", "aps1.pure.cloud"),
    ("ap-northeast-1", "mypurecloud.jp"),
    ("ap-northeast-2", "apne2.pure.cloud"),
    ("ap-northeast-3", "apne3.pure.cloud"),
    ("ap-southeast-1", "apse1.pure.cloud"),
    ("ap-southeast-2", "mypurecloud.com.au"),
];

/// The endpoints of a region, named by its AWS region (`eu-central-1`, underscores accepted), by its
/// domain (`mypurecloud.de`), or by one of its hosts as pasted from a browser
/// (`https://apps.mypurecloud.de/…`).
///
/// # Errors
/// A configuration failure that names the nearest region known.
pub fn endpoints(text: &str) -> Result<Endpoints, Failure> {
    let wanted = host_of(text);
    let by_name = wanted.replace('_', "-");
    let found = REGIONS
        .iter()
        .find(|(region, domain)| by_name == *region || is_host_of(&wanted, domain));
    match found {
        Some((_, domain)) => Ok(Endpoints {
            api: format!("https://api.{domain}"),
            login: format!("https://login.{domain}"),
        }),
        None => Err(unknown(&wanted)),
    }
}

/// Endpoints at one address for API and login, as a test server or a gateway has them. Plain `http`
/// is accepted for a loopback address only.
///
/// # Errors
/// A configuration failure that says what is wrong with the address.
pub fn endpoints_at(api: &str, login: &str) -> Result<Endpoints, Failure> {
    Ok(Endpoints {
        api: base(api)?,
        login: base(login)?,
    })
}

/// True when the address points at this host itself.
pub fn is_loopback(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

fn base(address: &str) -> Result<String, Failure> {
    let shown = text::clean(address);
    let wrong = |why: &str| {
        Failure::new(FailureKind::Configuration, format!("The address {shown} {why}."))
            .next("Write it like https://api.mypurecloud.de, or name the region instead.")
    };
    let url = Url::parse(address.trim()).map_err(|_| wrong("is not a web address"))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(url.as_str()) => {}
        "http" => {
            return Err(wrong(
                "is plain http, which is accepted for a loopback address only",
            ));
        }
        _ => return Err(wrong("is neither https nor http")),
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("names no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::new(
            FailureKind::Configuration,
            "The address holds a user name or a password.",
        )
        .next("Take them out of the address; credentials have settings of their own."));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has a query or a fragment"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The host of an address, or the text itself, in lower case.
fn host_of(text: &str) -> String {
    let text = text.trim().to_ascii_lowercase();
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .unwrap_or(&text);
    rest.split(['/', '?', '#', ':'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn is_host_of(host: &str, domain: &str) -> bool {
    host == domain
        || ["api", "login", "apps"]
            .iter()
            .any(|prefix| host.strip_prefix(prefix).and_then(|h| h.strip_prefix('.')) == Some(domain))
}

fn unknown(wanted: &str) -> Failure {
    let shown: String = text::clean(wanted).chars().take(60).collect();
    let near = nearest(wanted);
    Failure::new(
        FailureKind::Configuration,
        format!("No region of Genesys Cloud is called \"{shown}\"."),
    )
    .next(format!(
        "The nearest known one is {} ({}). AWS regions and domains are accepted.",
        near.0, near.1
    ))
}

fn nearest(wanted: &str) -> (&'static str, &'static str) {
    let by_name = wanted.replace('_', "-");
    REGIONS
        .into_iter()
        .min_by_key(|(region, domain)| distance(&by_name, region).min(distance(wanted, domain)))
        .unwrap_or(REGIONS[0])
}

/// Number of edits between two short texts. The text asked for is cut, so that a pasted novel costs
/// nothing.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(80).collect();
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut previous = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replaced = previous + usize::from(ca != cb);
            previous = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_is_found_by_region_underscored_region_domain_and_host() {
        assert_eq!(REGIONS.len(), 18);
        for (region, domain) in REGIONS {
            let expected = Endpoints {
                api: format!("https://api.{domain}"),
                login: format!("https://login.{domain}"),
            };
            for text in [
                region.to_owned(),
                region.replace('-', "_"),
                region.to_uppercase(),
                domain.to_owned(),
                format!(" {domain} "),
                format!("https://apps.{domain}/directory/"),
                format!("api.{domain}"),
            ] {
                assert_eq!(endpoints(&text).unwrap(), expected, "{text}");
            }
        }
    }

    #[test]
    fn an_unknown_region_names_the_nearest() {
        for (text, near) in [
            ("eu-centrl-1", "eu-central-1"),
            ("mypurecloud.fr", "mypurecloud"),
            ("us-gov", "us"),
            ("", ""),
        ] {
            let failure = endpoints(text).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Configuration);
            assert!(failure.next.unwrap().contains(near), "{text}");
        }
        assert!(endpoints("evil-mypurecloud.de").is_err());
        assert!(endpoints("mypurecloud.de.example.org").is_err());
    }

    #[test]
    fn addresses_are_https_or_loopback() {
        for good in [
            "https://api.example.org",
            "http://127.0.0.1:8080/",
            "http://localhost:1",
            "http://[::1]:9/api",
        ] {
            assert!(endpoints_at(good, good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.example.org",
            "ftp://127.0.0.1",
            "api.example.org",
            "https://u:p@example.org",
            "https://example.org/?a=b",
            "",
        ] {
            let failure = endpoints_at(bad, bad).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Configuration, "{bad}");
            assert!(!failure.message.contains("u:p@"), "{bad}");
        }
    }
}
