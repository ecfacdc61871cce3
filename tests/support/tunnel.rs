//! Ports that lead elsewhere, as tunnels do, and what stands in front of servers: TLS, and a proxy.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::cassandra::Certificates;

/// A port on the loopback address that leads to another one; closed with this value.
pub struct Tunnel {
    /// The port.
    pub port: u16,
    used: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Tunnel {
    /// Leads to `target`.
    pub async fn to(target: SocketAddr) -> Tunnel {
        Tunnel::each(move |stream| async move { lead(stream, target).await }).await
    }

    /// Speaks TLS as the server of `certificates` and leads to `target` what is inside.
    pub async fn with_tls(target: SocketAddr, certificates: &Certificates) -> Tunnel {
        let chain = vec![CertificateDer::from_pem_file(certificates.file("server.crt")).unwrap()];
        let key = PrivateKeyDer::from_pem_file(certificates.file("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Tunnel::each(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                // A client that refuses the certificate goes away, which is no failure of the tunnel.
                if let Ok(stream) = acceptor.accept(stream).await {
                    lead(stream, target).await;
                }
            }
        })
        .await
    }

    /// Takes what is plain and leads to `target` in TLS, whose certificate `authority` has signed.
    pub async fn into_tls(target: SocketAddr, authority: &str) -> Tunnel {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(authority).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        Tunnel::each(move |mut stream| {
            let connector = connector.clone();
            async move {
                let there = TcpStream::connect(target).await.unwrap();
                let name = rustls::pki_types::ServerName::IpAddress(target.ip().into());
                let mut there = connector.connect(name, there).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut there).await;
            }
        })
        .await
    }

    /// An HTTP proxy that knows one host, `name`, and leads to `target`.
    pub async fn proxy(name: &'static str, target: SocketAddr) -> Tunnel {
        Tunnel::each(move |mut stream| async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => return,
                }
            }
            let wanted = format!("CONNECT {name} ");
            if !head.starts_with(wanted.as_bytes()) {
                let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await;
                return;
            }
            if stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.is_ok() {
                lead(stream, target).await;
            }
        })
        .await
    }

    async fn each<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> Tunnel
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let used = Arc::new(AtomicUsize::new(0));
        let count = used.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(stream));
            }
        });
        Tunnel { port, used, task }
    }

    /// How many connections came in.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn lead<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, target: SocketAddr) {
    if let Ok(mut there) = TcpStream::connect(target).await {
        let _ = copy_bidirectional(&mut stream, &mut there).await;
    }
}
