//! Encrypted files: listed, fetched, deleted. **Assumed**: see [`super::adapter`].

use std::path::Path;

use futures_util::future::BoxFuture;
use http::{Method, header};
use tokio_util::sync::CancellationToken;

use super::SYSTEM;
use super::errors::DENIED;
use super::exchange::{Call, Exchange, OpenTrouble};
use super::listing::{self, Kind};
use super::types::Listed;
use super::wire;
use crate::domain::export::Artifact;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Listener;
use crate::systems::fetch::files::{file_name, sanitised};
use crate::systems::fetch::{self, Downloaded, Part, Patience, Refusal, Source, Target, Trouble};
use crate::systems::permit::Permit;
use crate::systems::transport::AnswerBody;

/// All files.
pub(super) async fn list(exchange: &Exchange, listener: &Listener) -> Result<Listed<Artifact>, Failure> {
    let kind = Kind {
        path: "artifacts_path",
        list: "artifacts_list",
        what: "the list of files",
        unit: "files",
        read: wire::artifact,
        id: |artifact: &Artifact| artifact.id.as_str(),
    };
    listing::all(exchange, &kind, listener).await
}

/// Deletes a file at the service, once.
pub(super) async fn delete(exchange: &Exchange, permit: Permit, id: &str) -> Result<(), Failure> {
    let path = exchange.place.assumed.path("artifact_path", Some(id));
    let call = Call::of(Method::DELETE, path, "the deletion of the file");
    exchange.mutate(permit, &call).await.map(drop)
}

/// One file at the service.
struct ExportFile<'a> {
    exchange: &'a Exchange,
    call: Call,
}

impl Source for ExportFile<'_> {
    fn system(&self) -> &'static str {
        SYSTEM
    }

    fn open<'a>(&'a self, part: Part<'a>) -> BoxFuture<'a, Result<http::Response<AnswerBody>, Trouble>> {
        Box::pin(async move {
            let mut headers = Vec::new();
            if part.from > 0 {
                headers.push((header::RANGE, format!("bytes={}-", part.from)));
                if let Some(validator) = part.if_range {
                    headers.push((header::IF_RANGE, validator.to_owned()));
                }
            }
            let opened = self.exchange.open(&self.call, &headers).await;
            opened.map_err(|trouble| match trouble {
                OpenTrouble::Transport(error) => Trouble::Transport(error),
                OpenTrouble::Failure(failure) => Trouble::Failure(failure),
            })
        })
    }

    fn refusal(&self, status: u16) -> Option<Refusal> {
        let failure = match status {
            401 => Failure::new(FailureKind::Authentication, "The service did not accept the token.")
                .next("Sign in again: dsr login cdds"),
            403 => Failure::new(FailureKind::Permission, "Access denied: the download of the file.").next(DENIED),
            404 | 410 => Failure::new(FailureKind::NotFound, "The file is no longer there: the service deletes files after 30 days.")
                .next("Create the export again (dsr jobs clone), and fetch its files in time: dsr artifacts list --expiring 3d"),
            _ => return None,
        };
        Some(Refusal::Final(failure.at(SYSTEM)))
    }
}

/// Fetches a file, still encrypted.
pub(super) async fn download(
    exchange: &Exchange,
    artifact: &Artifact,
    dir: &Path,
    listener: &Listener,
    cancel: &CancellationToken,
) -> Result<Downloaded, Failure> {
    let path = exchange.place.assumed.path("content_path", Some(&artifact.id));
    let id = sanitised(&artifact.id, 60);
    let name = file_name(&artifact.name).unwrap_or_else(|| format!("export-{id}.p7m"));
    let target = Target {
        dir,
        stem: format!("export-{id}"),
        name,
        bytes: artifact.bytes,
        sha256: artifact.sha256.as_deref(),
    };
    let tuning = exchange.tuning;
    let patience = Patience {
        attempts: tuning.download_attempts,
        delay: &move |attempt| tuning.delay(attempt),
    };
    let source = ExportFile {
        exchange,
        call: Call::get(path, "the file"),
    };
    fetch::fetch(&source, &target, &patience, listener, cancel).await
}
