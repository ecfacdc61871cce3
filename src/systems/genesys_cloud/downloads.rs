//! Results of exports: the API is asked for a signed address each time, since those end soon, and
//! the bytes come from there.

use std::path::Path;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::Downloaded;
use super::errors::SYSTEM;
use super::exchange::Exchange;
use super::signed_link;
use crate::domain::failure::Failure;
use crate::domain::progress::Listener;
use crate::systems::fetch::files::sanitised;
use crate::systems::fetch::{self, Part, Patience, Refusal, Source, Target, Trouble};
use crate::systems::transport::AnswerBody;

/// One result behind its signed addresses.
struct SignedResult<'a> {
    exchange: &'a Exchange,
    id: &'a str,
}

impl Source for SignedResult<'_> {
    fn system(&self) -> &'static str {
        SYSTEM
    }

    fn open<'a>(&'a self, part: Part<'a>) -> BoxFuture<'a, Result<http::Response<AnswerBody>, Trouble>> {
        Box::pin(async move {
            let link = signed_link::resolve(self.exchange, self.id)
                .await
                .map_err(Trouble::Failure)?;
            signed_link::open(self.exchange, &link, &part).await
        })
    }

    /// The signature has ended: another one is asked for.
    fn refusal(&self, status: u16) -> Option<Refusal> {
        matches!(status, 401 | 403 | 404 | 410).then(|| Refusal::Again(signed_link::expired()))
    }
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
    let request = sanitised(request_id, 60);
    let target = Target {
        dir,
        stem: format!("results-{request}-{}.zip", sanitised(&id, 60)),
        name: format!("results-{request}.zip"),
        bytes: None,
        sha256: None,
    };
    let tuning = exchange.tuning;
    let patience = Patience {
        attempts: tuning.download_attempts,
        delay: &move |attempt| tuning.delay(attempt),
    };
    let source = SignedResult { exchange, id: &id };
    fetch::fetch(&source, &target, &patience, listener, cancel).await
}
