//! Calls that change something: each takes a permit, is sent once, and says afterwards what is known.

use std::sync::atomic::Ordering;

use super::SYSTEM;
use super::client::Gws;
use super::delete::{Removal, Replacement};
use super::envelope::{Code, Envelope};
use super::exchange::{Call, Lost, refused, unreachable};
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::systems::permit::Permit;
use crate::systems::transport::{Purpose, Reach};

const WHAT_DELETE: &str = "the deletion of one setting";
const WHAT_PUT: &str = "the writing of one setting";

impl Gws {
    /// Deletes one setting.
    ///
    /// # Errors
    /// `changed` is `nothing` when it was refused or not sent, `unknown` for everything else that is
    /// not a success in both HTTP and envelope.
    pub async fn remove(&self, permit: Permit, removal: Removal) -> Result<(), Failure> {
        let call = Call {
            method: removal.method,
            target: removal.target,
            body: removal.body,
            what: WHAT_DELETE,
            limit: 1 << 20,
        };
        self.mutate(permit, call).await
    }

    /// Writes one setting in its new form.
    ///
    /// # Errors
    /// As [`Gws::remove`].
    pub async fn replace(&self, permit: Permit, replacement: Replacement) -> Result<(), Failure> {
        let call = Call {
            method: http::Method::PUT,
            target: replacement.target,
            body: Some(replacement.body),
            what: WHAT_PUT,
            limit: 1 << 20,
        };
        self.mutate(permit, call).await
    }

    pub(super) async fn mutate(&self, permit: Permit, call: Call) -> Result<(), Failure> {
        let envelope = self.mutate_raw(permit, &call).await?;
        if envelope.is_success() {
            Ok(())
        } else {
            Err(judge(&call, &envelope))
        }
    }

    /// Sends once and gives the answer, whatever it is; an error when there was none.
    pub(super) async fn mutate_raw(&self, permit: Permit, call: &Call) -> Result<Envelope, Failure> {
        let exchange = &self.exchange;
        let automatic = !exchange
            .by_hand
            .iter()
            .any(|(name, _)| name.as_str().contains("csrf"))
            || exchange.by_hand_refused.load(Ordering::SeqCst);
        let none_yet = exchange.session().csrf().is_none();
        if automatic && none_yet {
            // A read, before anything is sent: any GET brings a token. A GWS without CSRF
            // protection brings none, and needs none.
            exchange.read(&Call::get("/api/v2/me", "a CSRF token")).await?;
        }
        tracing::debug!(operation = permit.operation_id(), what = call.what, "sending");
        let sent = exchange.send(call, Purpose::Mutation).await;
        drop(permit);
        match sent {
            Ok(envelope) => {
                if envelope.is_csrf() {
                    exchange.session().forget_csrf();
                    if exchange.by_hand.token_without_cookie() {
                        exchange.by_hand_refused.store(true, Ordering::SeqCst);
                    }
                }
                Ok(envelope)
            }
            Err(Lost::TooLarge(_)) => Err(unknown(call, "its answer was too large to be read")),
            Err(Lost::Transport(error)) if error.reach == Reach::NotSent => {
                Err(unreachable(call, &error).changed(Changed::Nothing))
            }
            Err(Lost::Transport(error)) => Err(unknown(call, &error.message)),
        }
    }
}

/// What an answer to a mutation means when it is no success.
pub(super) fn judge(call: &Call, envelope: &Envelope) -> Failure {
    let refusal = match envelope.code {
        Some(code) => code.is_refusal(),
        // In front of GWS: a proxy that wants its own sign-in passed nothing on.
        None => envelope.http == 407,
    };
    let contradiction = envelope.code == Some(Code::Ok);
    if refusal && !contradiction {
        return refused(call, envelope).changed(Changed::Nothing);
    }
    unknown(call, &envelope.told())
}

fn unknown(call: &Call, why: &str) -> Failure {
    let why = crate::domain::text::clean(why);
    Failure::new(
        FailureKind::UnknownOutcome,
        format!(
            "Whether {} took effect is not known: {}.",
            call.what,
            why.trim_end_matches('.')
        ),
    )
    .at(SYSTEM)
    .changed(Changed::Unknown)
    .next("The group is read again to see.")
}
