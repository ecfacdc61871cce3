//! Results of exports, streamed to disk; taken up again where a link or a connection broke.

use std::path::Path;

use futures_util::StreamExt;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

use super::Downloaded;
use super::answer::Head;
use super::errors::SYSTEM;
use super::exchange::Exchange;
use super::files::storage;
use super::foreign::describe;
use super::partial::{Partial, Whole};
use super::result_head::{content_range, content_range_total, length, whole};
use super::signed_link::{self, LinkTrouble, Part};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::{Listener, Progress};
use crate::systems::transport::AnswerBody;

/// How much has to come between two reports.
const REPORT_EVERY: u64 = 256 * 1024;

/// How one look at the signed address ended.
enum Step {
    /// All of it is here.
    Complete,
    /// Worth another look; the failure to end with when there is none.
    Again(Failure),
}

/// Fetches one result into `dir`.
pub(super) async fn download(
    exchange: &Exchange,
    result_url: &str,
    request_id: &str,
    dir: &Path,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Downloaded, Failure> {
    let id = signed_link::download_id(result_url)?;
    let (owned_dir, owned_request, owned_id) = (dir.to_owned(), request_id.to_owned(), id.clone());
    let mut partial = blocking(move || Partial::open(&owned_dir, &owned_request, &owned_id)).await??;
    let mut attempt = 1;
    loop {
        let before = partial.length;
        let step = tokio::select! {
            step = look(exchange, &id, &mut partial, listener) => step,
            () = cancel.cancelled() => return Err(cancelled(&partial)),
        };
        match step? {
            Step::Complete => break,
            Step::Again(failure) => {
                let progress = partial.length > before;
                attempt = if progress { 1 } else { attempt + 1 };
                if attempt > exchange.tuning.download_attempts {
                    return Err(failure);
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(exchange.tuning.delay(attempt)) => {}
            () = cancel.cancelled() => return Err(cancelled(&partial)),
        }
    }
    let (request_id, resumed) = (request_id.to_owned(), partial.resumed);
    let (path, bytes, sha256) = blocking(move || partial.finish(&request_id)).await??;
    Ok(Downloaded {
        path,
        bytes,
        sha256,
        resumed,
    })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Failure::new(FailureKind::Internal, "Work on the disk ended unexpectedly."))
}

fn cancelled(partial: &Partial) -> Failure {
    Failure::new(
        FailureKind::Interrupted,
        format!("The download was cancelled after {} bytes.", partial.length),
    )
    .next("What has come is kept; the next download goes on from there.")
}

/// Asks for a signed address, fetches what is missing from there, and writes it down.
async fn look(
    exchange: &Exchange,
    id: &str,
    partial: &mut Partial,
    listener: &Listener,
) -> Result<Step, Failure> {
    let link = signed_link::resolve(exchange, id).await?;
    let validator = partial.whole.validator.clone();
    let part = Part {
        from: partial.length,
        if_range: validator.as_deref(),
    };
    let answer = match signed_link::open(exchange, &link, &part).await {
        Ok(answer) => answer,
        Err(LinkTrouble::Failure(failure)) => return Err(failure),
        Err(LinkTrouble::Transport(error)) => {
            let mut failure = broken(partial, &error.message);
            if let Some(next) = error.next {
                failure = failure.next(next);
            }
            return Ok(Step::Again(failure));
        }
    };
    let head = Head::of(&answer);
    match head.status {
        200 if head.html => Err(foreign(&head)),
        200 => {
            if partial.length > 0 {
                partial.begin_again()?;
            }
            partial.note(whole(answer.headers(), length(answer.headers())))?;
            receive(answer, partial, listener).await
        }
        206 => match content_range(answer.headers()) {
            Some((from, total)) if from == partial.length && fits(partial, total) => {
                if partial.whole.total.is_none() {
                    let known = Whole {
                        total,
                        ..partial.whole.clone()
                    };
                    partial.note(known)?;
                }
                receive(answer, partial, listener).await
            }
            _ => {
                partial.begin_again()?;
                Ok(Step::Again(foreign(&head)))
            }
        },
        416 => {
            let told = content_range_total(answer.headers());
            if partial.length > 0 && told == Some(partial.length) && fits(partial, told) {
                return Ok(Step::Complete);
            }
            partial.begin_again()?;
            Ok(Step::Again(foreign(&head)))
        }
        // The signature has ended: another one is asked for.
        401 | 403 | 404 | 410 => Ok(Step::Again(signed_link::expired())),
        408 | 429 | 500..=599 => Ok(Step::Again(broken(partial, &format!("status {}", head.status)))),
        _ => Err(foreign(&head)),
    }
}

/// Writes the body down as it comes.
async fn receive(
    answer: http::Response<AnswerBody>,
    partial: &mut Partial,
    listener: &Listener,
) -> Result<Step, Failure> {
    if let Some(total) = partial.whole.total {
        partial.check_space(total.saturating_sub(partial.length))?;
    }
    let handle = partial
        .file
        .try_clone()
        .map_err(|error| storage("The file for the result cannot be opened", &error))?;
    let mut file = tokio::fs::File::from_std(handle);
    let seek = file.seek(std::io::SeekFrom::Start(partial.length)).await;
    seek.map_err(|error| storage("The file for the result cannot be written", &error))?;
    let mut body = answer.into_body();
    let mut reported = 0;
    let trouble = loop {
        let piece = match body.next().await {
            None => break None,
            Some(Ok(piece)) => piece,
            Some(Err(error)) => break Some(error.message),
        };
        if let Err(error) = write(&mut file, &piece).await {
            return Err(unwritten(partial, &error));
        }
        partial.length += piece.len() as u64;
        if partial.length - reported >= REPORT_EVERY || reported == 0 {
            reported = partial.length;
            report(partial, listener);
        }
    };
    report(partial, listener);
    match (trouble, partial.whole.total) {
        (Some(trouble), _) => Ok(Step::Again(broken(partial, &trouble))),
        (None, Some(total)) if partial.length < total => {
            Ok(Step::Again(broken(partial, "the answer ended too early")))
        }
        (None, Some(total)) if partial.length > total => {
            partial.begin_again()?;
            Ok(Step::Again(broken(partial, "more came than was announced")))
        }
        (None, _) => Ok(Step::Complete),
    }
}

/// Written through to the kernel at once, so that `length` never says more than the file holds, also
/// when the task is dropped between two pieces.
async fn write(file: &mut tokio::fs::File, piece: &[u8]) -> std::io::Result<()> {
    file.write_all(piece).await?;
    file.flush().await
}

/// A full disk would stop the store as well: what has come is removed, since it can be fetched again.
fn unwritten(partial: &Partial, error: &std::io::Error) -> Failure {
    let full = matches!(
        error.kind(),
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
    );
    if full {
        partial.remove();
        return storage(
            "The result could not be written, and its beginning was removed again",
            error,
        );
    }
    storage("The result could not be written", error)
}

fn report(partial: &Partial, listener: &Listener) {
    listener.tell(Progress {
        done: partial.length,
        total: partial.whole.total,
        unit: "bytes",
        note: "receiving the result".to_owned(),
    });
}

fn broken(partial: &Partial, why: &str) -> Failure {
    let of = partial
        .whole
        .total
        .map_or(String::new(), |total| format!(" of {total}"));
    Failure::new(
        FailureKind::Unreachable,
        format!(
            "The download broke off after {}{of} bytes: {why}.",
            partial.length
        ),
    )
    .next("What has come is kept; run it again to go on from there.")
    .at(SYSTEM)
}

fn foreign(head: &Head) -> Failure {
    let what = describe(head, b"?");
    Failure::new(
        FailureKind::BadAnswer,
        format!(
            "The signed address answered with {} and {what} instead of the result.",
            head.status
        ),
    )
    .next("Something between (proxy, portal) may answer in its place. Try again, or from another network.")
    .at(SYSTEM)
}

/// The rest fits when its whole has the length that was announced before, where both are known.
fn fits(partial: &Partial, total: Option<u64>) -> bool {
    match (partial.whole.total, total) {
        (Some(known), Some(told)) => known == told,
        _ => partial.whole.validator.is_some(),
    }
}
