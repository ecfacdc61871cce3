//! Waits on this host for the browser to come back from a sign-in.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::pkce::SignIn;
use crate::domain::failure::{Failure, FailureKind};

/// Longest request head that is read.
const HEAD_LIMIT: usize = 16 * 1024;

/// How long a connection may take to say what it wants.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);

/// A listener on the loopback address.
pub struct LoopbackRedirect {
    listener: TcpListener,
    port: u16,
}

impl LoopbackRedirect {
    /// Listens on `port` of the loopback address, or on any free one.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn bind(port: Option<u16>) -> Result<LoopbackRedirect, Failure> {
        let failed = |error: std::io::Error| {
            Failure::new(
                FailureKind::Configuration,
                format!("No listening on the loopback address: {}.", error.kind()),
            )
            .next("Choose another port, or paste the address that the browser ends at.")
        };
        let listener = TcpListener::bind(("127.0.0.1", port.unwrap_or(0)))
            .await
            .map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(LoopbackRedirect { listener, port })
    }

    /// The address to send the browser back to.
    pub fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}/callback", self.port)
    }

    /// Waits for the browser, and gives the address it came with. Others who knock are turned away:
    /// only the state of `sign_in` opens.
    ///
    /// # Errors
    /// When cancelled.
    pub async fn wait(&self, sign_in: &SignIn, cancel: &CancellationToken) -> Result<String, Failure> {
        let (sender, mut receiver) = mpsc::channel::<(TcpStream, String)>(8);
        loop {
            tokio::select! {
                () = cancel.cancelled() => {
                    return Err(Failure::new(FailureKind::Interrupted, "The sign-in was cancelled."));
                }
                accepted = self.listener.accept() => {
                    // A browser opens connections that it never uses: each has a task of its own.
                    if let Ok((stream, _)) = accepted {
                        let sender = sender.clone();
                        tokio::spawn(async move {
                            let heard = tokio::time::timeout(HEAD_DEADLINE, target(stream)).await;
                            if let Ok(Some(heard)) = heard {
                                let _ = sender.send(heard).await;
                            }
                        });
                    }
                }
                Some((stream, target)) = receiver.recv() => {
                    let ours = is_ours(&target, sign_in);
                    answer(stream, ours).await;
                    if ours {
                        return Ok(format!("http://127.0.0.1:{}{target}", self.port));
                    }
                }
            }
        }
    }
}

fn is_ours(target: &str, sign_in: &SignIn) -> bool {
    Url::parse("http://127.0.0.1/")
        .and_then(|base| base.join(target))
        .is_ok_and(|url| {
            url.path() == "/callback"
                && url
                    .query_pairs()
                    .any(|(key, value)| key == "state" && sign_in.is_state(&value))
        })
}

/// Reads the head of a request and gives its target.
async fn target(mut stream: TcpStream) -> Option<(TcpStream, String)> {
    let mut head = Vec::new();
    let mut buffer = [0_u8; 2048];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let read = stream.read(&mut buffer).await.ok()?;
        if read == 0 || head.len() + read > HEAD_LIMIT {
            return None;
        }
        head.extend_from_slice(&buffer[..read]);
    }
    let text = String::from_utf8(head).ok()?;
    let mut words = text.lines().next()?.split(' ');
    let target = (words.next()? == "GET").then(|| words.next())??;
    target.starts_with('/').then(|| (stream, target.to_owned()))
}

async fn answer(mut stream: TcpStream, ours: bool) {
    let (status, words) = if ours {
        (
            "200 OK",
            "Back to the terminal: the sign-in goes on there. This window can be closed.",
        )
    } else {
        ("404 Not Found", "Nothing here.")
    };
    let page = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n{words}",
        words.len()
    );
    // The browser's view is a courtesy; the code is here already.
    let _ = stream.write_all(page.as_bytes()).await;
    let _ = stream.shutdown().await;
}
