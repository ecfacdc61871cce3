//! One connection to a Thrift server: connecting, TLS, one call after the other, each with a limit of
//! time and size. A connection on which anything but an orderly answer came is not used again.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::error::{ServerError, ThriftError};
use super::frame;
use super::protocol::{Malformed, MessageKind, Reader, kind};
use super::writer::Writer;
use crate::domain::text::clean;
use crate::systems::keyspace::server_names::is_about_the_name;

/// Limits of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For name, connection and TLS together.
    pub connect: Duration,
    /// For one call. Stands above the server's own limit (`rpc_timeout`, 10 s), so that its word comes
    /// first.
    pub call: Duration,
    /// Largest answer, in bytes.
    pub frame: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connect: Duration::from_secs(10),
            call: Duration::from_secs(30),
            frame: 64 * 1024 * 1024,
        }
    }
}

/// Words of the server are cut to this many characters.
const MAX_WORDS: usize = 300;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection to one server.
pub struct Connection {
    stream: Box<dyn Stream>,
    limits: Limits,
    sequence: i32,
    whole: bool,
}

/// The answer to a call: its bytes, and where its result begins.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The whole frame.
    pub bytes: Bytes,
    /// Where the result struct begins.
    pub result: usize,
}

impl Connection {
    /// Connects to `host` and `port`, with TLS when a configuration is given.
    ///
    /// # Errors
    /// [`ThriftError::Unreachable`], [`ThriftError::Tls`] or [`ThriftError::TimedOut`].
    pub async fn open(
        host: &str,
        port: u16,
        tls: Option<&Arc<ClientConfig>>,
        limits: Limits,
    ) -> Result<Connection, ThriftError> {
        let opening = async {
            let Some(tls) = tls else {
                return Ok(Box::new(connect(host, port).await?) as Box<dyn Stream>);
            };
            secure(host, port, tls).await
        };
        let stream = timeout(limits.connect, opening)
            .await
            .map_err(|_| ThriftError::TimedOut)??;
        Ok(Connection {
            stream,
            limits,
            sequence: 0,
            whole: true,
        })
    }

    /// Whether it can carry another call.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Carries out the call `name` with the arguments that `arguments` writes. `exceptions` are the
    /// exceptions that the call declares, by their field ids from 1 on.
    ///
    /// # Errors
    /// See [`ThriftError`].
    pub async fn call(
        &mut self,
        name: &'static str,
        exceptions: &[Exception],
        arguments: impl FnOnce(&mut Writer),
    ) -> Result<Answer, ThriftError> {
        if !self.whole {
            return Err(ThriftError::Broken(
                "it was given up after an earlier failure".to_owned(),
            ));
        }
        // Until the answer is here and in order, a cancelled call leaves the connection unusable: its
        // answer may still come and would be taken for that of another.
        self.whole = false;
        self.sequence = self.sequence.wrapping_add(1);
        let mut call = Writer::call(name, self.sequence);
        arguments(&mut call);
        let exchange = async {
            frame::send(&mut self.stream, &call.frame()).await?;
            frame::receive(&mut self.stream, self.limits.frame).await
        };
        let bytes = timeout(self.limits.call, exchange)
            .await
            .map_err(|_| ThriftError::TimedOut)??;
        let answer = open_answer(bytes, name, self.sequence, exceptions);
        self.whole = answer
            .as_ref()
            .err()
            .is_none_or(ThriftError::leaves_connection_whole);
        answer
    }
}

async fn connect(host: &str, port: u16) -> Result<TcpStream, ThriftError> {
    let tcp = TcpStream::connect((host, port)).await.map_err(unreachable)?;
    // Calls are small and each waits for its answer.
    tcp.set_nodelay(true).map_err(unreachable)?;
    Ok(tcp)
}

/// The certificate may name the host as it was given, or its address, as those of nodes often do.
async fn secure(host: &str, port: u16, tls: &Arc<ClientConfig>) -> Result<Box<dyn Stream>, ThriftError> {
    let named = ServerName::try_from(host.to_owned())
        .map_err(|_| ThriftError::Unreachable("the host name cannot stand in a certificate".to_owned()))?;
    let tcp = connect(host, port).await?;
    let address = ServerName::IpAddress(tcp.peer_addr().map_err(unreachable)?.ip().into());
    let failed = |error: std::io::Error| ThriftError::Tls(clean(&error.to_string()));
    let connector = TlsConnector::from(tls.clone());
    match connector.connect(named.clone(), tcp).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) if named != address && names_another(&error) => {
            let tcp = connect(host, port).await?;
            let stream = connector.connect(address, tcp).await.map_err(failed)?;
            Ok(Box::new(stream))
        }
        Err(error) => Err(failed(error)),
    }
}

/// Whether a handshake failed because the certificate does not name the server as it was called.
fn names_another(error: &std::io::Error) -> bool {
    error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        .is_some_and(is_about_the_name)
}

/// Exceptions of `cassandra.thrift`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exception {
    /// `InvalidRequestException`: 1 why.
    Invalid,
    /// `UnavailableException`.
    Unavailable,
    /// `TimedOutException`.
    TimedOut,
    /// `NotFoundException`.
    NotFound,
    /// `AuthenticationException`: 1 why.
    Authentication,
    /// `AuthorizationException`: 1 why.
    Authorization,
}

fn open_answer(
    bytes: Bytes,
    name: &str,
    sequence: i32,
    exceptions: &[Exception],
) -> Result<Answer, ThriftError> {
    let mut reader = Reader::new(&bytes);
    let (kind, of, number) = reader.message()?;
    if kind == MessageKind::Exception {
        // TApplicationException: 1 message, 2 type.
        let why = why(&mut reader)?;
        return Err(ThriftError::Server(ServerError::Internal(why)));
    }
    if kind != MessageKind::Reply || of != name.as_bytes() || number != sequence {
        return Err(Malformed("the answer belongs to another call").into());
    }
    let result = reader.at();
    let mut first = reader;
    match first.field()? {
        Some((kind::STRUCT, id)) if id > 0 => {
            let index = usize::try_from(id - 1).unwrap_or(usize::MAX);
            let exception = exceptions
                .get(index)
                .ok_or(Malformed("an exception is not known"))?;
            let why = why(&mut first)?;
            Err(ThriftError::Server(match exception {
                Exception::Invalid => ServerError::Invalid(why),
                Exception::Unavailable => ServerError::Unavailable,
                Exception::TimedOut => ServerError::TimedOut,
                Exception::NotFound => ServerError::NotFound,
                Exception::Authentication => ServerError::Authentication(why),
                Exception::Authorization => ServerError::Authorization(why),
            }))
        }
        _ => Ok(Answer { bytes, result }),
    }
}

/// Field 1 of an exception, cleaned and cut.
fn why(reader: &mut Reader<'_>) -> Result<String, Malformed> {
    let mut why = String::new();
    while let Some((kind, id)) = reader.field()? {
        match (kind, id) {
            (kind::STRING, 1) => {
                let text = clean(&reader.text()?);
                why = text.chars().take(MAX_WORDS).collect();
            }
            _ => reader.skip(kind)?,
        }
    }
    Ok(why)
}

fn unreachable(error: std::io::Error) -> ThriftError {
    ThriftError::Unreachable(match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "nothing listens on that port".to_owned(),
        _ => clean(&error.to_string()),
    })
}
