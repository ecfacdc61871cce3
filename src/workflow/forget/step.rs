//! One deletion: look, send once, look again.

use serde_json::{Value, json};

use super::Offer;
use super::entries::Form;
use super::held;
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::store::{HELD, StepState};
use crate::systems::gws::groups::{Fingerprints, digest};
use crate::systems::gws::{DeleteTemplate, GroupContent, Gws};
use crate::workflow::{World, cases, gate};

/// How often the group is read until a success shows; some servers answer reads from a cache.
const LOOKS: u32 = 4;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(400);

/// What came of one step.
pub(super) struct Done {
    pub state: StepState,
    pub detail: Option<String>,
    /// Settings of the group that are gone and were not meant.
    pub vanished: usize,
    /// The group as it was read last.
    pub after: Option<Fingerprints>,
    /// A reason not to go on with the others.
    pub stop: Option<String>,
}

/// A step that was not sent.
pub(super) fn not_sent(state: StepState, detail: impl Into<String>) -> Done {
    Done {
        state,
        detail: Some(detail.into()),
        vanished: 0,
        after: None,
        stop: None,
    }
}

/// Which step of which run it is.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    /// Id of the run.
    pub id: &'a str,
    /// Number of the step.
    pub step: usize,
    /// The case that it is for.
    pub case: Option<&'a str>,
}

/// Which settings of the group are meant to be gone: by key and location.
pub(super) type Meant = Vec<(String, String)>;

pub(super) fn id_of(offer: &Offer) -> (String, String) {
    (
        offer.key.value().to_owned(),
        offer.location.clone().unwrap_or_default(),
    )
}

/// The setting as it stands; `Err` with how many there are when that is not one.
pub(super) fn find<'a>(content: &'a GroupContent, offer: &Offer) -> Result<&'a Value, usize> {
    let mut found = content
        .with_key(offer.key.value())
        .filter(|setting| setting.location == offer.location);
    match (found.next(), found.count()) {
        (Some(setting), 0) => Ok(&setting.value),
        (None, _) => Err(0),
        (Some(_), more) => Err(more + 1),
    }
}

/// Carries one step out. `before` is the group as it should be now.
pub(super) async fn carry_out(
    world: &World,
    gws: &Gws,
    template: &DeleteTemplate,
    offer: &Offer,
    before: &Fingerprints,
    meant: &Meant,
    run: Run<'_>,
) -> Result<Done, Failure> {
    let Some(content) = gws.group(&offer.group, offer.key.attribute()).await? else {
        return Ok(not_sent(StepState::Vanished, "its group is not there any more"));
    };
    let now = content.fingerprints();
    let vanished = before.vanished(&now, meant);
    if vanished > 0 {
        return Ok(Done {
            vanished,
            ..not_sent(StepState::Planned, "not sent")
        });
    }
    let value = match find(&content, offer) {
        Ok(value) if digest(value) == offer.seen => value.clone(),
        Ok(_) => {
            return Ok(not_sent(
                StepState::Refused,
                "it has changed since it was shown; nothing was sent. Search again to see it as it is now",
            ));
        }
        Err(0) => {
            return Ok(not_sent(
                StepState::Vanished,
                "it was gone before anything was sent",
            ));
        }
        Err(_) => {
            return Ok(not_sent(
                StepState::Refused,
                "there are several of this key by now; nothing was sent",
            ));
        }
    };
    let sent = send(world, gws, template, offer, &value, run).await;
    after(gws, offer, &now, meant, sent).await
}

/// Sends, and once more where only the CSRF token was not accepted: that call did nothing.
async fn send(
    world: &World,
    gws: &Gws,
    template: &DeleteTemplate,
    offer: &Offer,
    value: &Value,
    run: Run<'_>,
) -> Result<(), Failure> {
    let mut renewed = false;
    loop {
        let facts = json!({
            "run": run.id,
            "step": run.step,
            "group": offer.group.as_str(),
            "form": match offer.form { Form::Delete => "delete", Form::TakeOut(_) => "put" },
        });
        let own = gws.clone();
        let erasure = held::erasure(world, run.case, offer, value);
        let sent = match &offer.form {
            Form::Delete => {
                let removal = offer.removal(template)?;
                gate::erase(
                    world,
                    "gws.delete_setting",
                    facts,
                    erasure,
                    move |permit| async move { own.remove(permit, removal).await },
                )
                .await
            }
            Form::TakeOut(entries) => {
                let replacement = offer.replacement(value, entries)?;
                gate::erase(
                    world,
                    "gws.put_setting",
                    facts,
                    erasure,
                    move |permit| async move { own.replace(permit, replacement).await },
                )
                .await
            }
        };
        match sent {
            Err(failure)
                if !renewed
                    && failure.changed == Changed::Nothing
                    && failure.kind == FailureKind::Permission
                    && failure.message.to_ascii_lowercase().contains("csrf") =>
            {
                renewed = true;
                gws.renew().await?;
            }
            Err(failure) if failure.code.as_deref() == Some(HELD) => {
                // Set after the preview; the attempt is written down.
                let case = run.case.map(str::to_owned);
                let (about, today) = (offer.about.clone(), cases::today(world));
                let found = world.store.holds_against(Vec::new(), about, case, today).await?;
                cases::holds::blocked(world, Some(run.id), &found).await?;
                return Err(failure);
            }
            other => return other,
        }
    }
}

/// Looks again. The answer says what should be; the group says what is.
async fn after(
    gws: &Gws,
    offer: &Offer,
    before: &Fingerprints,
    meant: &Meant,
    sent: Result<(), Failure>,
) -> Result<Done, Failure> {
    let mut expected = meant.clone();
    if offer.form == Form::Delete {
        expected.push(id_of(offer));
    }
    let refused = matches!(&sent, Err(failure) if failure.changed == Changed::Nothing);
    let mut looks = 0;
    loop {
        looks += 1;
        let read = match gws.group(&offer.group, offer.key.attribute()).await {
            Ok(read) => read,
            Err(failure) => return Ok(unread(sent, &failure)),
        };
        let now = read.as_ref().map(GroupContent::fingerprints).unwrap_or_default();
        let vanished = before.vanished(&now, &expected);
        let gone = is_gone(offer, read.as_ref());
        if !gone && vanished == 0 && !refused && looks < LOOKS {
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        return Ok(judge(sent, gone, vanished, now));
    }
}

/// True when the group shows that the step has taken effect.
fn is_gone(offer: &Offer, content: Option<&GroupContent>) -> bool {
    let Some(content) = content else { return true };
    match (&offer.form, find(content, offer)) {
        (_, Err(0)) => true,
        (Form::Delete, _) | (_, Err(_)) => false,
        (Form::TakeOut(_), Ok(value)) => digest(value) != offer.seen,
    }
}

fn unread(sent: Result<(), Failure>, failure: &Failure) -> Done {
    let said = match sent {
        Ok(()) => "GWS said success",
        Err(_) => "the outcome is not known",
    };
    Done {
        state: StepState::Unknown,
        detail: Some(format!(
            "{said}, and the group could not be read again: {}",
            failure.message
        )),
        vanished: 0,
        after: None,
        stop: Some("The group could not be read again after a deletion.".to_owned()),
    }
}

fn judge(sent: Result<(), Failure>, gone: bool, vanished: usize, after: Fingerprints) -> Done {
    let (state, detail, stop) = match (sent, gone) {
        (Ok(()), true) => (StepState::Deleted, None, None),
        (Ok(()), false) => (
            StepState::Unknown,
            Some("GWS said success, but still shows it".to_owned()),
            Some("GWS said success, but still shows the setting.".to_owned()),
        ),
        (Err(failure), true) if failure.changed == Changed::Nothing => (
            StepState::Vanished,
            Some(format!("refused, and yet gone: {}", failure.message)),
            Some("A setting is gone although its deletion was refused.".to_owned()),
        ),
        (Err(failure), true) => (
            StepState::Deleted,
            Some(format!("seen to be gone; {}", failure.message)),
            None,
        ),
        (Err(failure), false) if failure.changed == Changed::Nothing => {
            let stop = matches!(
                failure.kind,
                FailureKind::Authentication
                    | FailureKind::Permission
                    | FailureKind::Unreachable
                    | FailureKind::Storage
            );
            let message = failure.message;
            (StepState::Refused, Some(message.clone()), stop.then_some(message))
        }
        (Err(failure), false) => (
            StepState::Unknown,
            Some(format!("{} It is still shown.", failure.message)),
            Some("The outcome of a deletion is not known.".to_owned()),
        ),
    };
    Done {
        state,
        detail,
        vanished,
        after: Some(after),
        stop,
    }
}
