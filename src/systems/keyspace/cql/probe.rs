//! What answers at a port. The number of the port decides nothing: a question in CQL is asked, then one
//! in Thrift, then TLS is tried; each protocol gives itself away in its first bytes.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::access::Access;
use super::probe_tls::{secure, speaks_tls};
use crate::systems::keyspace::error::{Answering, KeyspaceError, words};

pub(super) const CONNECT: Duration = Duration::from_secs(10);
pub(super) const ANSWER: Duration = Duration::from_secs(5);

/// OPTIONS of version 4, which a server answers before any sign-in.
const OPTIONS: [u8; 9] = [4, 0, 0, 0, 5, 0, 0, 0, 0];
/// A framed call of `describe_version`, which takes no arguments.
const DESCRIBE_VERSION: &[u8] = b"\0\0\0\x1d\x80\x01\0\x01\0\0\0\x10describe_version\0\0\0\x01\0";

/// Finds out what answers at the first host that answers at all.
///
/// # Errors
/// When nothing can be connected to, or TLS fails.
pub async fn probe(access: &Access) -> Result<Answering, KeyspaceError> {
    let mut first = None;
    for host in &access.hosts {
        match probe_host(access, host).await {
            Ok(Answering::Nothing) => {
                first.get_or_insert(Ok(Answering::Nothing));
            }
            Err(error @ KeyspaceError::Unreachable { .. }) => {
                first.get_or_insert(Err(error));
            }
            answer => return answer,
        }
    }
    first.unwrap_or_else(|| Err(unreachable(access, "no host was named")))
}

async fn probe_host(access: &Access, host: &str) -> Result<Answering, KeyspaceError> {
    let host = host.trim();
    let Ok(addresses) = look_up(access, host).await else {
        return Err(unreachable(access, "the name was not found"));
    };
    let mut answer = Answering::Nothing;
    for question in [OPTIONS.as_slice(), DESCRIBE_VERSION] {
        answer = match &access.tls {
            Some(tls) => ask(secure(access, tls, &addresses).await?, question).await,
            None => ask(connect(access, &addresses).await?, question).await,
        };
        if !matches!(answer, Answering::Nothing | Answering::Unknown) {
            return Ok(answer);
        }
    }
    if access.tls.is_none() && speaks_tls(access, &addresses).await? {
        return Ok(Answering::Tls);
    }
    Ok(answer)
}

/// Refuses everything but CQL of version 4.
pub(super) async fn expect_cql(access: &Access) -> Result<(), KeyspaceError> {
    match probe(access).await? {
        Answering::Cql(_) => Ok(()),
        found => Err(KeyspaceError::WrongProtocol {
            address: words(&access.address()),
            found,
            expected: "CQL",
        }),
    }
}

/// The addresses of a host that the operator gave, which is remembered for certificates.
async fn look_up(access: &Access, host: &str) -> std::io::Result<Vec<SocketAddr>> {
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, access.port)).await?.collect();
    for address in &found {
        access.names.leads(host, address.ip());
    }
    Ok(found)
}

/// The addresses of all hosts.
pub(super) async fn resolve(access: &Access) -> Result<Vec<SocketAddr>, KeyspaceError> {
    let mut found = Vec::new();
    for host in &access.hosts {
        match look_up(access, host.trim()).await {
            Ok(addresses) => found.extend(addresses),
            Err(_) if access.hosts.len() > 1 => {}
            Err(_) => return Err(unreachable(access, "the name was not found")),
        }
    }
    if found.is_empty() {
        return Err(unreachable(access, "no name was found"));
    }
    Ok(found)
}

fn unreachable(access: &Access, why: &str) -> KeyspaceError {
    KeyspaceError::Unreachable {
        address: words(&access.address()),
        why: words(why),
    }
}

/// The first address that lets itself be connected to.
pub(super) async fn connect(access: &Access, addresses: &[SocketAddr]) -> Result<TcpStream, KeyspaceError> {
    let mut why = String::new();
    for address in addresses {
        match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => why = told(&error),
            Err(_) => "no answer in time".clone_into(&mut why),
        }
    }
    Err(unreachable(access, &why))
}

fn told(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "nothing listens there (connection refused)".to_owned(),
        _ => error.to_string(),
    }
}

/// Asks once and reads the beginning of the answer.
async fn ask<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, question: &[u8]) -> Answering {
    let exchange = async {
        stream.write_all(question).await?;
        stream.flush().await?;
        let mut answer = Vec::new();
        let mut piece = [0; 1024];
        while answer.len() < 9 || !whole(&answer) {
            let count = stream.read(&mut piece).await?;
            if count == 0 || answer.len() > 64 * 1024 {
                break;
            }
            answer.extend_from_slice(&piece[..count]);
        }
        Ok::<_, std::io::Error>(answer)
    };
    match tokio::time::timeout(ANSWER, exchange).await {
        Ok(Ok(answer)) => classify(&answer),
        _ => Answering::Nothing,
    }
}

/// True when the frame of version 4 is here to its end; other protocols need no more than its beginning.
fn whole(answer: &[u8]) -> bool {
    match answer {
        [0x84, _, _, _, _, a, b, c, d, body @ ..] => {
            body.len() >= u32::from_be_bytes([*a, *b, *c, *d]) as usize
        }
        _ => true,
    }
}

fn classify(answer: &[u8]) -> Answering {
    match answer {
        [] => Answering::Nothing,
        [0x84, ..] => Answering::Cql(versions(answer)),
        [version @ 0x81..=0x83, ..] => Answering::OldCql(version & 0x7f),
        [_, _, _, _, 0x80, 1, ..] => Answering::Thrift,
        // An alert or a handshake of TLS.
        [0x15 | 0x16, 3, ..] => Answering::Tls,
        _ if answer.starts_with(b"HTTP/") => Answering::Http,
        _ => Answering::Unknown,
    }
}

/// The versions that a SUPPORTED frame names, or version 4 by itself.
fn versions(answer: &[u8]) -> String {
    let body = answer.get(9..).unwrap_or_default();
    let at = memchr::memmem::find(body, b"PROTOCOL_VERSIONS");
    let list = at.and_then(|at| {
        let mut rest = &body[at + b"PROTOCOL_VERSIONS".len()..];
        let count = take_short(&mut rest)?;
        let mut found = Vec::new();
        for _ in 0..count.min(16) {
            let length = usize::from(take_short(&mut rest)?);
            found.push(String::from_utf8_lossy(rest.get(..length)?).into_owned());
            rest = &rest[length..];
        }
        Some(found.join(", "))
    });
    words(&list.unwrap_or_else(|| "version 4".to_owned()))
}

fn take_short(rest: &mut &[u8]) -> Option<u16> {
    let (value, after) = rest.split_first_chunk::<2>()?;
    *rest = after;
    Some(u16::from_be_bytes(*value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell() {
        assert_eq!(DESCRIBE_VERSION.len() - 4, usize::from(DESCRIBE_VERSION[3]));
        assert_eq!(classify(b""), Answering::Nothing);
        assert_eq!(classify(b"\x81\0\0\0\0"), Answering::OldCql(1));
        assert_eq!(classify(b"\x83\0\0\0\0"), Answering::OldCql(3));
        assert_eq!(classify(b"\0\0\0\x29\x80\x01\0\x02"), Answering::Thrift);
        assert_eq!(classify(b"HTTP/1.1 400 Bad Request"), Answering::Http);
        assert_eq!(classify(b"\x15\x03\x01\0\x02"), Answering::Tls);
        assert_eq!(classify(b"SSH-2.0"), Answering::Unknown);
        let mut supported = b"\x84\0\0\0\x06\0\0\0\0\0\x01\0\x11PROTOCOL_VERSIONS\0\x02\0\x04".to_vec();
        supported.extend(b"3/v3\0\x044/v4");
        assert_eq!(classify(&supported), Answering::Cql("3/v3, 4/v4".to_owned()));
        assert_eq!(classify(&supported[..20]), Answering::Cql("version 4".to_owned()));
    }

    #[tokio::test]
    async fn nothing_listens_is_unreachable() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let error = probe(&Access::plain("127.0.0.1", port)).await.unwrap_err();
        assert!(matches!(error, KeyspaceError::Unreachable { why, .. } if why.contains("nothing listens")));
    }

    #[tokio::test]
    async fn another_protocol_is_named() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut piece = [0; 64];
                let count = stream.read(&mut piece).await.unwrap();
                // As a Thrift server: it hangs up on a frame that it takes for a huge one.
                if piece[..count].starts_with(b"\0\0\0\x1d\x80\x01") {
                    stream
                        .write_all(b"\0\0\0\x29\x80\x01\0\x02\0\0\0\x10describe_version")
                        .await
                        .unwrap();
                }
            }
        });
        let access = Access::plain("127.0.0.1", port);
        assert_eq!(probe(&access).await.unwrap(), Answering::Thrift);
        let error = expect_cql(&access).await.unwrap_err();
        assert!(error.next().contains("Thrift"), "{}", error.next());
        server.abort();
    }
}
