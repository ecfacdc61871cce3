//! The upload of an encryption certificate. It replaces the one that is there, so what the old key is
//! still needed for is said first.

use jiff::Timestamp;
use serde_json::json;

use super::certificate::{self, State};
use super::old_key;
use crate::crypto::certificate::{Facts, Report, check};
use crate::domain::export::{Artifact, serial_form};
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::text::clean;
use crate::store::{ExportCertificate, Once, UnknownChange};
use crate::systems::cdds::SYSTEM;
use crate::workflow::reconcile::changes;
use crate::workflow::{World, evidence, gate};

/// The change that uploads a certificate, as the evidence names it.
const REPLACE: &str = "export_certificate.replace";

/// What an upload would do.
#[derive(Clone, Debug)]
pub struct ImportPlan {
    /// The name under which it is uploaded.
    pub file_name: String,
    /// The file.
    pub pem: Vec<u8>,
    /// What the certificate says of itself.
    pub facts: Facts,
    /// What stands in the preferences now.
    pub current: State,
    /// Files at the service that still need an older key.
    pub need_old_key: Vec<Artifact>,
    /// What else should be known before it is replaced.
    pub notes: Vec<String>,
    /// Uploads of this certificate that are under way or of unknown outcome.
    pub equal: Vec<UnknownChange>,
    /// The operator said that another is meant, in the knowledge of these.
    pub again: bool,
}

impl ImportPlan {
    /// Refuses what may have been done already, unless the operator said that another is meant.
    ///
    /// # Errors
    /// A conflict that names the equal one; it is recorded as a denied attempt.
    pub async fn refuse_equal(&self, world: &World) -> Result<(), Failure> {
        let refused = changes::refuse(&self.equal, self.again, world.clock.now());
        evidence::denied(world, REPLACE, refused).await
    }

    /// Serial number of the new certificate.
    pub fn new_serial(&self) -> String {
        serial_form(&self.facts.serial).unwrap_or_else(|| self.facts.serial.clone())
    }

    /// Serial number of the one that is replaced, if one is and it is known.
    pub fn old_serial(&self) -> Option<&str> {
        self.current.serial()
    }

    /// The question that is asked before the upload.
    pub fn question(&self) -> String {
        let new = self.new_serial();
        match (&self.current.server, self.old_serial()) {
            (None, _) => format!("Upload the certificate with serial {new}? There is none yet."),
            (Some(_), Some(old)) => {
                format!("Replace the certificate with serial {old} by the one with serial {new}?")
            }
            (Some(server), None) => format!(
                "Replace the certificate {} (serial not told) by the one with serial {new}?",
                server.name.as_deref().unwrap_or("without a name")
            ),
        }
    }
}

/// Checks a certificate file and says what its upload would do. Nothing is changed.
///
/// # Errors
/// Everything that is wrong with the file; one that stands there already.
pub async fn plan(world: &World, file_name: &str, bytes: Vec<u8>) -> Result<ImportPlan, Failure> {
    let report = check(&bytes, world.clock.now());
    let facts = match (&report.certificate, report.is_valid()) {
        (Some(facts), true) => facts.clone(),
        _ => return Err(refused(&report)),
    };
    let current = certificate::state(world).await?;
    let new = serial_form(&facts.serial);
    if current.serial().is_some() && current.serial().map(str::to_owned) == new {
        return Err(Failure::new(
            FailureKind::Conflict,
            format!(
                "The certificate with serial {} stands in the preferences already.",
                facts.serial
            ),
        )
        .next("Nothing is to be done. A new pair is made with: dsr certificate new --out FILE"));
    }
    let mut notes: Vec<String> = report
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.message, finding.next))
        .collect();
    let need_old_key = old_key::files(world, new.as_deref(), &mut notes).await;
    old_key::keys(world, new.as_deref(), &need_old_key, &mut notes);
    let unknown = changes::unknown(world).await?;
    let equal = world.store.equal_changes(REPLACE, same(&facts)).await?;
    if let Some(text) = changes::note(&equal, world.clock.now()) {
        notes.push(text);
    } else if let Some(change) = unknown.iter().find(|change| change.action == REPLACE) {
        notes.push(format!(
            "What became of another upload is not known ({}): should it take effect later, it replaces this one. Say what was seen: dsr requests reconcile",
            change.id
        ));
    }
    Ok(ImportPlan {
        file_name: upload_name(file_name),
        pem: bytes,
        facts,
        current,
        need_old_key,
        notes,
        equal,
        again: false,
    })
}

/// In what two uploads are the same.
fn same(facts: &Facts) -> serde_json::Value {
    json!({ "fingerprint": facts.fingerprint })
}

fn refused(report: &Report) -> Failure {
    let fatal: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.fatal)
        .map(|finding| finding.message.as_str())
        .collect();
    let next = report
        .findings
        .iter()
        .find(|finding| finding.fatal)
        .map(|finding| finding.next.clone());
    Failure::new(
        FailureKind::Refused,
        format!("The export service will not take this file. {}", fatal.join(" ")),
    )
    .next(next.unwrap_or_else(|| "Make a pair with: dsr certificate new --out FILE".to_owned()))
}

/// A name that is good as a part of a path on every server.
fn upload_name(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-._".contains(c) {
                c
            } else {
                '_'
            }
        })
        .take(100)
        .collect();
    let plain = plain.trim_start_matches('.');
    if plain.is_empty() {
        "certificate.pem".to_owned()
    } else {
        plain.to_owned()
    }
}

/// Uploads the certificate, once, and looks at what stands there afterwards.
///
/// # Errors
/// Refusals, also while an equal upload is open that the plan does not know of; after an unknown
/// outcome the failure says what stands there now.
pub async fn import(world: &World, plan: &ImportPlan) -> Result<State, Failure> {
    let cdds = world.cdds().await?;
    cdds.sign_in().await?;
    let facts = json!({
        "old_serial": plan.old_serial(),
        "new_serial": plan.new_serial(),
        "fingerprint": plan.facts.fingerprint,
    });
    let (name, pem) = (plan.file_name.clone(), plan.pem.clone());
    let once = Once {
        same: same(&plan.facts),
        despite: changes::known(&plan.equal, plan.again),
    };
    let sent = gate::once(world, REPLACE, facts, once, move |permit| async move {
        cdds.upload_certificate(permit, &name, &pem).await
    })
    .await;
    match sent {
        Ok(()) => {
            remember(world, plan, world.clock.now())
                .await
                .map_err(|failure| {
                    let message = format!(
                        "The certificate was uploaded, and that could not be noted here: {}",
                        failure.message
                    );
                    Failure { message, ..failure }
                        .changed(Changed::Something)
                        .next("Do not upload it again; look at it with: dsr certificate show")
                })?;
            confirmed(certificate::state(world).await, plan)
        }
        Err(failure) if failure.changed == Changed::Unknown => Err(looked(world, plan, failure).await),
        Err(failure) => Err(failure),
    }
}

async fn remember(world: &World, plan: &ImportPlan, now: Timestamp) -> Result<(), Failure> {
    let certificate = ExportCertificate {
        name: plan.file_name.clone(),
        bytes: plan.pem.len() as u64,
        serial: plan.new_serial(),
        not_before: plan.facts.not_before,
        not_after: plan.facts.not_after,
        fingerprint: plan.facts.fingerprint.clone(),
        uploaded_at: now,
    };
    world
        .store
        .export_certificate_uploaded(&world.actor, certificate, now)
        .await
}

/// The service said yes; what it shows has to be the new one.
fn confirmed(state: Result<State, Failure>, plan: &ImportPlan) -> Result<State, Failure> {
    let state = state.map_err(|failure| {
        let message = format!(
            "The certificate was uploaded, and could not be looked at afterwards: {}",
            failure.message
        );
        Failure { message, ..failure }.changed(Changed::Something)
    })?;
    match state.serial() {
        Some(serial) if serial != plan.new_serial() => Err(Failure::new(
            FailureKind::Incomplete,
            format!(
                "The upload was accepted, and the service shows serial {serial} instead of {}.",
                plan.new_serial()
            ),
        )
        .changed(Changed::Something)
        .next("Look again with dsr certificate show; somebody else may have uploaded another one.")
        .at(SYSTEM)),
        _ => Ok(state),
    }
}

/// After an unknown outcome: what stands there now tells.
async fn looked(world: &World, plan: &ImportPlan, failure: Failure) -> Failure {
    match certificate::state(world).await {
        Ok(state) if state.serial() == Some(&plan.new_serial()) => {
            let _ = remember(world, plan, world.clock.now()).await;
            failure.next(
                "The service shows the new certificate now: it was replaced. Say so: dsr requests reconcile",
            )
        }
        Ok(state) if state.serial().is_some() => {
            let shown = clean(state.serial().unwrap_or_default());
            failure.next(format!(
                "The service still shows serial {shown}. Look again in a while (dsr certificate show), and say what was seen: dsr requests reconcile"
            ))
        }
        _ => failure
            .next("Look at it with dsr certificate show, and say what was seen: dsr requests reconcile"),
    }
}
