//! Anchoring: what the files alone cannot prove is witnessed outside. A checkpoint is stamped by a
//! time-stamping authority, handed to a command, or dropped as a file where somebody else keeps it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bytes::Bytes;
use futures_util::StreamExt;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Signed, blocking, settle, signed};
use crate::domain::canonical::hex;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;
use crate::ledger::{Anchored, timestamp};
use crate::systems::transport::{Purpose, Transport};
use crate::workflow::World;

/// The longest answer of an authority; certificates included they have a few kilobytes.
const LONGEST_ANSWER: usize = 256 * 1024;

/// Where a checkpoint is witnessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// A time-stamping authority at this address (RFC 3161 over HTTP), and the certificates that it
    /// must have signed with; without them the signature is not checked here.
    Authority {
        /// `http://…` or `https://…`.
        url: String,
        /// PEM file of trusted certificates.
        ca: Option<PathBuf>,
    },
    /// A shell command that reads the checkpoint on standard input.
    Command(String),
    /// A directory that somebody else keeps.
    Drop(PathBuf),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Anchor {
    /// `rfc3161`, `command` or `drop`.
    pub how: &'static str,
    /// Entries below the checkpoint.
    pub size: u64,
    /// When the authority saw it, by its own clock.
    pub at: Option<jiff::Timestamp>,
    /// The file that holds the stamp or the copy.
    pub file: Option<PathBuf>,
    /// True when the signature of the stamp was checked.
    pub checked: bool,
}

/// Publishes what waits, witnesses the checkpoint above it, and records that.
///
/// # Errors
/// As publishing; when the witness cannot be reached, fails, or gives no stamp for this checkpoint.
pub async fn anchor(world: &World, witness: &Witness, transport: &dyn Transport) -> Result<Anchor, Failure> {
    let signed = signed(world).await?;
    let anchor = match witness {
        Witness::Authority { url, ca } => stamp(world, &signed, url, ca.as_deref(), transport).await?,
        Witness::Command(line) => {
            let (line, note) = (line.clone(), signed.note.clone());
            waiting(move || command(&line, &note)).await?;
            Anchor {
                how: "command",
                size: signed.size,
                at: None,
                file: None,
                checked: false,
            }
        }
        Witness::Drop(directory) => drop_file(&signed, directory)?,
    };
    let facts = json!({
        "how": anchor.how,
        "size": signed.size,
        "checkpoint": hex(&Sha256::digest(signed.note.as_bytes())),
        "stamped_at": anchor.at.map(|at| at.to_string()),
    });
    let now = world.clock.now();
    world
        .store
        .record_action(&world.actor, "ledger.anchor", facts, now)
        .await?;
    settle(world).await?;
    Ok(anchor)
}

async fn stamp(
    world: &World,
    signed: &Signed,
    url: &str,
    ca: Option<&Path>,
    transport: &dyn Transport,
) -> Result<Anchor, Failure> {
    let digest = Sha256::digest(signed.note.as_bytes()).into();
    let mut nonce = [0; timestamp::NONCE];
    getrandom::fill(&mut nonce)
        .map_err(|error| Failure::new(FailureKind::Internal, format!("No random numbers: {error}.")))?;
    let answer = ask(url, timestamp::query(&digest, &nonce), transport).await?;
    let stamp = timestamp::read(&answer, &digest, &nonce).map_err(|why| bad(format!("The answer {why}.")))?;
    let kept = Anchored::new(world.ledger.place(), signed.size);
    let (note, at) = (signed.note.clone(), kept.clone());
    blocking(move || at.keep(&note, &answer)).await?;
    if let Some(ca) = ca {
        let (at, ca) = (kept.clone(), ca.to_owned());
        let held = waiting(move || check(&at, &ca)).await;
        if held.is_err() {
            kept.remove();
        }
        held?;
    }
    Ok(Anchor {
        how: "rfc3161",
        size: signed.size,
        at: Some(stamp.at),
        file: Some(kept.stamp),
        checked: ca.is_some(),
    })
}

async fn ask(url: &str, query: Vec<u8>, transport: &dyn Transport) -> Result<Vec<u8>, Failure> {
    let request = http::Request::post(url)
        .header(http::header::CONTENT_TYPE, timestamp::QUERY)
        .body(Bytes::from(query))
        .map_err(|_| Failure::new(FailureKind::Usage, "The authority's address is not one."))?;
    let answer = transport.call(request, Purpose::Read).await.map_err(|error| {
        let failure = Failure::new(FailureKind::Unreachable, error.message).at("time_stamping_authority");
        failure.next(
            error
                .next
                .unwrap_or_else(|| "Check the address, and try again later.".to_owned()),
        )
    })?;
    if !answer.status().is_success() {
        return Err(bad(format!(
            "It answered with HTTP {}.",
            answer.status().as_u16()
        )));
    }
    let mut body = answer.into_body();
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await {
        bytes.extend_from_slice(&piece.map_err(|error| bad(error.message))?);
        if bytes.len() > LONGEST_ANSWER {
            return Err(bad("Its answer is too long for a time stamp.".to_owned()));
        }
    }
    Ok(bytes)
}

/// Holds the stamp against trusted certificates, with the tool that everybody has for it.
fn check(kept: &Anchored, ca: &Path) -> Result<(), Failure> {
    let output = Command::new("openssl")
        .args(["ts", "-verify", "-data"])
        .arg(&kept.checkpoint)
        .arg("-in")
        .arg(&kept.stamp)
        .arg("-CAfile")
        .arg(ca)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| {
            let kind = error.kind();
            Failure::new(
                FailureKind::Storage,
                format!("openssl could not be started ({kind})."),
            )
            .next("Install openssl, or leave --ca out and check the stamp elsewhere.")
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().next().unwrap_or_default();
    Err(bad(format!(
        "Its stamp is not signed by one of the trusted certificates ({}).",
        clean(line)
    )))
}

fn command(line: &str, note: &str) -> Result<(), Failure> {
    let failed = |why: String| {
        Failure::new(FailureKind::Incomplete, format!("The anchoring command {why}."))
            .next("The ledger is whole; anchor it again when the command works.")
    };
    let mut child = Command::new("/bin/sh")
        .arg("-c")
        .arg(line)
        .env_remove("GENESYSCLOUD_OAUTHCLIENT_SECRET")
        .env_remove("GENESYSCLOUD_ACCESS_TOKEN")
        .env_remove("DSR_GWS_PASSWORD")
        .env_remove("DSR_CASSANDRA_PASSWORD")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| failed(format!("could not be started ({})", error.kind())))?;
    if let Some(mut input) = child.stdin.take() {
        // Whoever does not read to the end says by the exit code whether it is content.
        let _ = input.write_all(note.as_bytes());
    }
    let status = child
        .wait()
        .map_err(|error| failed(format!("could not be waited for ({})", error.kind())))?;
    if status.success() {
        Ok(())
    } else {
        Err(failed(format!("failed ({status})")))
    }
}

fn drop_file(signed: &Signed, directory: &Path) -> Result<Anchor, Failure> {
    let name = format!(
        "{}-{:012}.checkpoint",
        signed.origin.replace('/', "-"),
        signed.size
    );
    let path = directory.join(name);
    let written = std::fs::File::create(&path).and_then(|mut file| {
        file.write_all(signed.note.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| {
        let shown = clean(&path.display().to_string());
        Failure::new(
            FailureKind::Storage,
            format!("{shown} cannot be written ({}).", error.kind()),
        )
    })?;
    Ok(Anchor {
        how: "drop",
        size: signed.size,
        at: None,
        file: Some(path),
        checked: false,
    })
}

fn bad(message: String) -> Failure {
    Failure::new(
        FailureKind::BadAnswer,
        format!("The time-stamping authority gave no stamp. {}", clean(&message)),
    )
    .at("time_stamping_authority")
    .next("Check its address, or ask another one.")
}

/// Work that waits for another program.
async fn waiting<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err(Failure::new(FailureKind::Internal, "Anchoring met a defect.")),
    }
}
