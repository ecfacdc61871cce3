//! Where a GWS answers. Plain http is common on premise, so it is accepted everywhere, and told.

use url::Url;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text;

/// The address of a GWS: scheme, host, port and perhaps a path in front of `/api`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    text: String,
    plain: bool,
    loopback: bool,
}

impl Base {
    /// Reads an address as it stands on a command line or in a configuration.
    ///
    /// # Errors
    /// What is no http or https address, or holds a password, query or fragment.
    pub fn parse(address: &str) -> Result<Base, Failure> {
        let wrong = |why: &str| {
            Failure::new(FailureKind::Configuration, format!("The address of GWS {why}."))
                .at(super::SYSTEM)
                .next("Write it like http://gws.example.org:8090 or https://gws.example.org:8099.")
        };
        let url = Url::parse(address.trim()).map_err(|_| wrong("is not a web address"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("is neither http nor https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "holds a user name or password; give them by --gws_username and the configuration",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("must end before any ? or #"));
        }
        if url.host().is_none() {
            return Err(wrong("names no host"));
        }
        let whole = url.as_str().trim_end_matches('/');
        // People paste the address of the API as well as that of the server.
        let whole = whole.strip_suffix("/api/v2").unwrap_or(whole);
        Ok(Base {
            plain: url.scheme() == "http",
            loopback: super::super::genesys_cloud::regions::is_loopback(url.as_str()),
            text: whole.trim_end_matches('/').to_owned(),
        })
    }

    /// Without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// True for an address of this host.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// What is to be told before a password goes over plain http to another host.
    pub fn warning(&self) -> Option<String> {
        (self.plain && !self.loopback).then(|| {
            format!(
                "{} is plain http: the GWS password and the settings of agents travel readable for \
                 everybody in between. Use https where GWS offers it.",
                text::clean(&self.text)
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Base;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for (given, read) in [
            ("http://127.0.0.1:8090", "http://127.0.0.1:8090"),
            ("https://gws.example.org:8099/", "https://gws.example.org:8099"),
            ("http://gws.example.org/api/v2/", "http://gws.example.org"),
            ("http://gws.example.org/gws", "http://gws.example.org/gws"),
        ] {
            assert_eq!(Base::parse(given).unwrap().as_str(), read);
        }
        for bad in ["", "gws:8090", "ftp://gws", "http://u:p@gws", "http://gws/?x=1"] {
            let failure = Base::parse(bad).unwrap_err();
            assert!(!failure.message.contains("u:p"), "{failure}");
        }
    }

    #[test]
    fn only_plain_http_to_another_host_is_warned_of() {
        let warned = |address: &str| Base::parse(address).unwrap().warning().is_some();
        assert!(warned("http://gws.example.org:8090"));
        assert!(!warned("http://localhost:8090"));
        assert!(!warned("https://gws.example.org:8099"));
    }
}
