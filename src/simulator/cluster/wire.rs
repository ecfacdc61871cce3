//! Framed binary Thrift, as far as the simulator needs it to write. What reads in the product must not
//! be what writes here, or a mistake in one would be hidden by the other: these words are its own.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::answer::{Answer, broken};
use super::{ClusterError, failed, unreachable};

/// Types on the wire.
pub(super) mod kind {
    pub const BOOL: u8 = 2;
    pub const BYTE: u8 = 3;
    pub const DOUBLE: u8 = 4;
    pub const I16: u8 = 6;
    pub const I32: u8 = 8;
    pub const I64: u8 = 10;
    pub const STRING: u8 = 11;
    pub const STRUCT: u8 = 12;
    pub const MAP: u8 = 13;
    pub const SET: u8 = 14;
    pub const LIST: u8 = 15;
}

/// What is written to and read from, with TLS or without.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// For a connection and for one answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// No answer to a write is larger.
const LARGEST: usize = 16 << 20;

/// Fields of a struct, as they are sent.
#[derive(Default)]
pub(super) struct Body(pub(super) Vec<u8>);

impl Body {
    fn head(&mut self, kind: u8, id: i16) {
        self.0.push(kind);
        self.0.extend(id.to_be_bytes());
    }

    fn count(&mut self, count: usize) {
        // Batches and values of a simulated estate come nowhere near this limit.
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.0.extend(count.to_be_bytes());
    }

    /// Bytes without a field around them.
    pub(super) fn bytes(&mut self, value: &[u8]) -> &mut Body {
        self.count(value.len());
        self.0.extend(value);
        self
    }

    pub(super) fn binary(&mut self, id: i16, value: &[u8]) -> &mut Body {
        self.head(kind::STRING, id);
        self.bytes(value)
    }

    pub(super) fn text(&mut self, id: i16, value: &str) -> &mut Body {
        self.binary(id, value.as_bytes())
    }

    pub(super) fn number(&mut self, id: i16, value: i32) -> &mut Body {
        self.head(kind::I32, id);
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(super) fn long(&mut self, id: i16, value: i64) -> &mut Body {
        self.head(kind::I64, id);
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(super) fn stop(&mut self) -> &mut Body {
        self.0.push(0);
        self
    }

    pub(super) fn nested(&mut self, id: i16, fill: impl FnOnce(&mut Body)) -> &mut Body {
        self.head(kind::STRUCT, id);
        fill(self);
        self.stop()
    }

    /// The head of a map's entries, which follow.
    pub(super) fn entries(&mut self, keys: u8, values: u8, count: usize) -> &mut Body {
        self.0.extend([keys, values]);
        self.count(count);
        self
    }

    pub(super) fn map(&mut self, id: i16, keys: u8, values: u8, count: usize) -> &mut Body {
        self.head(kind::MAP, id);
        self.entries(keys, values, count)
    }

    /// The head of a list's items, which follow.
    pub(super) fn items(&mut self, of: u8, count: usize) -> &mut Body {
        self.0.push(of);
        self.count(count);
        self
    }

    pub(super) fn list(&mut self, id: i16, of: u8, count: usize) -> &mut Body {
        self.head(kind::LIST, id);
        self.items(of, count)
    }

    pub(super) fn texts(&mut self, id: i16, pairs: &[(&str, &str)]) -> &mut Body {
        self.map(id, kind::STRING, kind::STRING, pairs.len());
        for (key, value) in pairs {
            self.bytes(key.as_bytes()).bytes(value.as_bytes());
        }
        self
    }
}

/// A call that the cluster refused; one that wants a sign-in says so in words only.
pub(super) fn refused(name: &str, why: String) -> ClusterError {
    match why.contains("logged in") {
        true => ClusterError::SignIn(why),
        false => failed(&format!("the cluster refused {name}"), &why),
    }
}

/// How a call ended.
pub(super) enum Said {
    /// With its result.
    Fine(Answer),
    /// With an exception: its field id (0 where the call itself is not known), and why.
    Thrown(i16, String),
}

/// One connection, one call after the other.
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    sequence: i32,
    /// False once an answer did not come: the next one may be that of an earlier call.
    pub(super) whole: bool,
}

impl Wire {
    pub(super) async fn open(
        host: &str,
        port: u16,
        tls: Option<&Arc<ClientConfig>>,
    ) -> Result<Wire, ClusterError> {
        let stream = timeout(PATIENCE, TcpStream::connect((host, port)))
            .await
            .map_err(|_| unreachable("Thrift", &"no answer in time"))?
            .map_err(|error| unreachable("Thrift", &error))?;
        stream
            .set_nodelay(true)
            .map_err(|error| unreachable("Thrift", &error))?;
        let stream: Box<dyn Stream> = match tls {
            Some(tls) => Box::new(secure(stream, tls).await?),
            None => Box::new(stream),
        };
        Ok(Wire {
            stream,
            sequence: 0,
            whole: true,
        })
    }

    /// Calls, and gives the answer at the beginning of its result.
    pub(super) async fn call(&mut self, name: &str, body: &Body) -> Result<Answer, ClusterError> {
        match self.ask(name, body).await? {
            Said::Fine(answer) => Ok(answer),
            Said::Thrown(_, why) => Err(refused(name, why)),
        }
    }

    /// As [`Wire::call`], with exceptions told apart.
    pub(super) async fn ask(&mut self, name: &str, body: &Body) -> Result<Said, ClusterError> {
        self.whole = false;
        self.sequence = self.sequence.wrapping_add(1);
        let mut message = Body(vec![0x80, 1, 0, 1]);
        message.bytes(name.as_bytes());
        message.0.extend(self.sequence.to_be_bytes());
        message.0.extend(&body.0);
        message.stop();
        let mut frame = Body::default();
        frame.bytes(&message.0);
        let exchange = async {
            self.stream.write_all(&frame.0).await?;
            let length = usize::try_from(self.stream.read_u32().await?).unwrap_or(usize::MAX);
            if length > LARGEST {
                return Ok(None);
            }
            let mut bytes = vec![0; length];
            self.stream.read_exact(&mut bytes).await?;
            Ok::<_, std::io::Error>(Some(bytes))
        };
        let bytes = timeout(PATIENCE, exchange)
            .await
            .map_err(|_| failed(name, &"no answer in time"))?
            .map_err(|error| unreachable("Thrift", &format!("{name} broke off ({error})")))?
            .ok_or_else(broken)?;
        self.whole = true;
        said(bytes, name)
    }
}

/// Shakes hands with an address; the verifier knows which names count beside it.
async fn secure(stream: TcpStream, tls: &Arc<ClientConfig>) -> Result<TlsStream<TcpStream>, ClusterError> {
    let failed = |error: std::io::Error| unreachable("Thrift", &error);
    let name = ServerName::IpAddress(stream.peer_addr().map_err(failed)?.ip().into());
    timeout(
        PATIENCE,
        TlsConnector::from(Arc::clone(tls)).connect(name, stream),
    )
    .await
    .map_err(|_| unreachable("Thrift", &"no answer to the handshake"))?
    .map_err(failed)
}

/// Opens an answer to `name`.
fn said(bytes: Vec<u8>, name: &str) -> Result<Said, ClusterError> {
    let mut answer = Answer { bytes, at: 0 };
    let head = answer.take(4)?.to_vec();
    let of = answer.string()?;
    answer.take(4)?;
    if head[..2] != [0x80, 1] || of != name {
        return Err(broken());
    }
    if head[3] == 3 {
        // TApplicationException: 1 message.
        return Ok(Said::Thrown(0, answer.why()?));
    }
    let at = answer.at;
    match answer.field()? {
        Some((kind::STRUCT, id)) if id > 0 => Ok(Said::Thrown(id, answer.why()?)),
        _ => {
            answer.at = at;
            Ok(Said::Fine(answer))
        }
    }
}
