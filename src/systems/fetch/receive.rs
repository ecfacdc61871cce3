//! One look at a source: what its answer means, and the bytes written down as they come.

use futures_util::StreamExt;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use super::files::storage;
use super::head::{content_range, content_range_total, is_html, length, whole};
use super::partial::{Partial, Whole};
use super::{Part, Refusal, Source, Trouble};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::{Listener, Progress};
use crate::systems::transport::AnswerBody;

/// How much has to come between two reports.
const REPORT_EVERY: u64 = 256 * 1024;

/// How one look at the source ended.
pub(super) enum Step {
    /// All of it is here.
    Complete,
    /// Worth another look; the failure to end with when there is none.
    Again(Failure),
}

/// Opens the source, fetches what is missing from there, and writes it down.
pub(super) async fn look(
    source: &dyn Source,
    partial: &mut Partial,
    listener: &Listener,
) -> Result<Step, Failure> {
    let validator = partial.whole.validator.clone();
    let part = Part {
        from: partial.length,
        if_range: validator.as_deref(),
    };
    let system = source.system();
    let answer = match source.open(part).await {
        Ok(answer) => answer,
        Err(Trouble::Failure(failure)) => return Err(failure),
        Err(Trouble::Transport(error)) => {
            let mut failure = broken(partial, system, &error.message);
            if let Some(next) = error.next {
                failure = failure.next(next);
            }
            return Ok(Step::Again(failure));
        }
    };
    let status = answer.status().as_u16();
    match status {
        200 if is_html(answer.headers()) => Err(foreign(status, true, system)),
        200 => {
            if partial.length > 0 {
                partial.begin_again()?;
            }
            let mut told = whole(answer.headers(), length(answer.headers()));
            told.total = told.total.or(partial.expected);
            partial.note(told)?;
            receive(answer, partial, listener, system).await
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
                receive(answer, partial, listener, system).await
            }
            _ => {
                partial.begin_again()?;
                Ok(Step::Again(foreign(status, false, system)))
            }
        },
        416 => {
            let told = content_range_total(answer.headers());
            if partial.length > 0 && told == Some(partial.length) && fits(partial, told) {
                return Ok(Step::Complete);
            }
            partial.begin_again()?;
            Ok(Step::Again(foreign(status, false, system)))
        }
        408 | 429 | 500..=599 => Ok(Step::Again(broken(partial, system, &format!("status {status}")))),
        _ => match source.refusal(status) {
            Some(Refusal::Again(failure)) => Ok(Step::Again(failure)),
            Some(Refusal::Final(failure)) => Err(failure),
            None => Err(foreign(status, is_html(answer.headers()), system)),
        },
    }
}

/// Writes the body down as it comes.
async fn receive(
    answer: http::Response<AnswerBody>,
    partial: &mut Partial,
    listener: &Listener,
    system: &'static str,
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
        (Some(trouble), _) => Ok(Step::Again(broken(partial, system, &trouble))),
        (None, Some(total)) if partial.length < total => {
            Ok(Step::Again(broken(partial, system, "the answer ended too early")))
        }
        (None, Some(total)) if partial.length > total => {
            partial.begin_again()?;
            Ok(Step::Again(broken(
                partial,
                system,
                "more came than was announced",
            )))
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

fn broken(partial: &Partial, system: &'static str, why: &str) -> Failure {
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
    .at(system)
}

fn foreign(status: u16, html: bool, system: &'static str) -> Failure {
    let what = if html { "an HTML page" } else { "an unknown body" };
    Failure::new(
        FailureKind::BadAnswer,
        format!("The address of the file answered with {status} and {what} instead of the result."),
    )
    .next("Something between (proxy, portal) may answer in its place. Try again, or from another network.")
    .at(system)
}

/// The rest fits when its whole has the length that was announced before, where both are known.
fn fits(partial: &Partial, total: Option<u64>) -> bool {
    match (partial.whole.total, total) {
        (Some(known), Some(told)) => known == told,
        _ => partial.whole.validator.is_some(),
    }
}
