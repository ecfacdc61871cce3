//! The far end over TCP: one client for reads, and one for mutations that has no way of sending
//! anything twice.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, future::BoxFuture};
use reqwest::{Certificate, Client, ClientBuilder, Proxy, redirect, retry};
use secrecy::{ExposeSecret, SecretString};

use super::network_error::classify;
use super::transport::{AnswerBody, Purpose, Reach, Transport, TransportError};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text;

/// Which proxy carries the calls. Loopback addresses are always called directly.
#[derive(Clone, Debug, Default)]
pub enum ProxyChoice {
    /// What the environment says (`HTTPS_PROXY`, `NO_PROXY`, …).
    #[default]
    System,
    /// None, whatever the environment says.
    Direct,
    /// This one; its address may hold credentials.
    Address(SecretString),
}

/// How long is waited, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name, connection and TLS together.
    pub connect: Duration,
    /// Between two pieces of an answer to a read.
    pub read: Duration,
    /// A whole mutation, from the connection to the end of its answer. Longer than `connect`, so
    /// that a connection that was never made is told apart.
    pub mutation: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(60),
            mutation: Duration::from_secs(90),
        }
    }
}

/// What the configuration says about the network.
#[derive(Clone, Debug, Default)]
pub struct NetworkSettings {
    /// PEM files with certificates of own authorities, trusted beside those of the system.
    pub ca_files: Vec<PathBuf>,
    /// Which proxy.
    pub proxy: ProxyChoice,
    /// How long is waited.
    pub timeouts: Timeouts,
}

/// Two clients, for the two purposes.
#[derive(Clone)]
struct Clients {
    read: Client,
    mutation: Client,
}

type Built = Result<Clients, TransportError>;

/// The network. Clients are built when they are first needed, since loading the certificates of the
/// system takes longer than painting a screen.
pub struct Network {
    certificates: Vec<Certificate>,
    proxy: ProxyChoice,
    timeouts: Timeouts,
    routed: Arc<OnceLock<Built>>,
    direct: Arc<OnceLock<Built>>,
}

impl Network {
    /// Reads the certificate files and checks the proxy's address; makes no connection.
    ///
    /// # Errors
    /// A configuration failure that names the file or says what is wrong with the proxy.
    pub fn new(settings: NetworkSettings) -> Result<Network, Failure> {
        let mut certificates = Vec::new();
        for path in &settings.ca_files {
            certificates.extend(read_certificates(path)?);
        }
        if let ProxyChoice::Address(address) = &settings.proxy {
            proxy_at(address)?;
        }
        Ok(Network {
            certificates,
            proxy: settings.proxy,
            timeouts: settings.timeouts,
            routed: Arc::default(),
            direct: Arc::default(),
        })
    }

    fn clients(&self, host: &str) -> Built {
        let direct = is_loopback_host(host);
        let cell = if direct { &self.direct } else { &self.routed };
        cell.get_or_init(|| self.build(direct)).clone()
    }

    fn build(&self, direct: bool) -> Built {
        install_provider();
        let read = self.build_one(direct, |builder| builder.read_timeout(self.timeouts.read))?;
        let mutation = self.build_one(direct, |builder| {
            builder
                .http1_only()
                .retry(retry::never())
                .pool_max_idle_per_host(0)
                .timeout(self.timeouts.mutation)
        })?;
        Ok(Clients { read, mutation })
    }

    /// Builds one client. A host without any certificate of its own (a bare container) still gets
    /// one, with which every TLS connection fails by name instead of everything failing at the start.
    fn build_one(
        &self,
        direct: bool,
        special: impl Fn(ClientBuilder) -> ClientBuilder,
    ) -> Result<Client, TransportError> {
        let base = || {
            let mut builder = Client::builder()
                .user_agent(concat!("dsr/", env!("CARGO_PKG_VERSION")))
                .redirect(redirect::Policy::none())
                .referer(false)
                .connect_timeout(self.timeouts.connect)
                .tcp_keepalive(Duration::from_secs(30))
                .tls_info(true);
            builder = match &self.proxy {
                _ if direct => builder.no_proxy(),
                ProxyChoice::System => builder,
                ProxyChoice::Direct => builder.no_proxy(),
                ProxyChoice::Address(address) => match proxy_at(address) {
                    Ok(proxy) => builder.no_proxy().proxy(proxy),
                    Err(_) => builder.no_proxy(),
                },
            };
            special(builder)
        };
        let trusting_system = base().tls_certs_merge(self.certificates.clone()).build();
        let built = match trusting_system {
            Ok(client) => Ok(client),
            Err(_) => base().tls_certs_only(self.certificates.clone()).build(),
        };
        built.map_err(|error| TransportError {
            reach: Reach::NotSent,
            message: format!(
                "the HTTP client could not be built ({})",
                text::clean(&error.to_string())
            ),
            next: Some("Check proxy and certificate settings with: dsr config check".to_owned()),
        })
    }
}

impl Transport for Network {
    fn call(
        &self,
        request: http::Request<Bytes>,
        purpose: Purpose,
    ) -> BoxFuture<'static, Result<http::Response<AnswerBody>, TransportError>> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let clients = self.clients(&host);
        let timeouts = self.timeouts;
        Box::pin(async move {
            let clients = clients?;
            let client = match purpose {
                Purpose::Read => clients.read,
                Purpose::Mutation => clients.mutation,
            };
            let request = reqwest::Request::try_from(request).map_err(|_| TransportError {
                reach: Reach::NotSent,
                message: "the request could not be formed".to_owned(),
                next: None,
            })?;
            let answer = client
                .execute(request)
                .await
                .map_err(|error| classify(&error, &host, timeouts, true))?;
            let (parts, body) = http::Response::<reqwest::Body>::from(answer).into_parts();
            let pieces = http_body_util::BodyDataStream::new(body)
                .map(move |piece| piece.map_err(|error| classify(&error, &host, timeouts, false)));
            let body: AnswerBody = Box::pin(pieces);
            Ok(http::Response::from_parts(parts, body))
        })
    }
}

/// The certificate that the other end showed, in DER; `None` without TLS.
pub fn peer_certificate(answer: &http::Response<AnswerBody>) -> Option<Vec<u8>> {
    let info = answer.extensions().get::<reqwest::tls::TlsInfo>()?;
    info.peer_certificate().map(<[u8]>::to_vec)
}

/// Installs the TLS provider for the process; a second call does nothing.
pub fn install_provider() {
    // An error means that one is installed already, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn is_loopback_host(host: &str) -> bool {
    super::genesys_cloud::regions::is_loopback(&format!("http://{host}/"))
}

fn read_certificates(path: &std::path::Path) -> Result<Vec<Certificate>, Failure> {
    let shown = text::clean(&path.display().to_string());
    let wrong = |why: String| {
        Failure::new(
            FailureKind::Configuration,
            format!("The certificate file {shown} {why}."),
        )
        .next("Name a PEM file with one or more CERTIFICATE blocks.")
    };
    let pem = std::fs::read(path).map_err(|error| wrong(format!("cannot be read ({error})")))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|_| wrong("is not PEM".to_owned()))?;
    if found.is_empty() {
        return Err(wrong("holds no certificate".to_owned()));
    }
    Ok(found)
}

fn proxy_at(address: &SecretString) -> Result<Proxy, Failure> {
    Proxy::all(address.expose_secret()).map_err(|_| {
        Failure::new(FailureKind::Configuration, "The proxy's address is not one.")
            .next("Write it like http://proxy.example.org:3128 or socks5h://127.0.0.1:1080.")
    })
}
