//! What the log says about exports: certificates as they were uploaded, jobs as they were made, and
//! what was deleted.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::plan::{CddsPlan, FirstCertificate};
use super::recipient::{hex, old_serial};
use crate::simulator::lifecycle::DAY;
use crate::simulator::log::Event;
use crate::simulator::scenario::{Plan, duration};
use crate::simulator::seed::Dice;

/// A certificate in the user preferences.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// From when on.
    pub at: i64,
    /// Name of the file.
    pub name: String,
    /// The certificate; the estate's old one has none here, since its key is computed late.
    pub pem: Option<String>,
    /// Size of the file.
    pub size: usize,
    /// Serial number in hex.
    pub serial: String,
    /// Validity.
    pub not_before: i64,
    /// Last moment.
    pub not_after: i64,
}

/// An upload as the log holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub(crate) struct Uploaded {
    pub name: String,
    pub pem: String,
    pub serial: String,
    pub not_before: i64,
    pub not_after: i64,
}

/// A job as the log holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub(crate) struct JobMade {
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub description: String,
    pub source: String,
    pub kind: String,
    /// Unit and count of a schedule.
    pub every: Option<(String, u32)>,
    /// Minutes after midnight, UTC.
    #[serde(default)]
    pub minute: u32,
    /// Day of the week or month.
    #[serde(default)]
    pub day: Option<String>,
    /// First and last day, both included.
    pub frame: Option<(String, String)>,
    pub split: Option<u64>,
    /// Made over `/udm`: one file an interaction.
    #[serde(default)]
    pub udm: bool,
}

/// A job.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// As it was made.
    pub made: JobMade,
    /// When.
    pub created: i64,
    /// When it was deleted.
    pub deleted: Option<i64>,
    /// How long a run takes; by chance when nothing is said.
    pub takes: Option<i64>,
    /// Parts of its export, whatever its size.
    pub parts: u32,
}

/// Everything about exports.
#[derive(Clone, Debug, Default)]
pub(crate) struct CddsState {
    /// Certificates, oldest first.
    pub certificates: Vec<Held>,
    /// Jobs, oldest first.
    pub jobs: Vec<Job>,
    /// Files that were deleted, and when.
    pub deleted: HashMap<String, i64>,
    /// The old private key, once it was computed (PKCS#8, PEM).
    pub old_key: Option<String>,
}

/// Validity of the estate's old certificate.
pub(crate) fn old_validity(plan: &CddsPlan, epoch: i64) -> (i64, i64) {
    // Whole seconds, as certificates have them.
    let epoch = epoch / 1000 * 1000;
    match plan.certificate {
        FirstCertificate::Valid => (epoch - 400 * DAY, epoch + 365 * DAY),
        _ => (epoch - 377 * DAY, epoch - 12 * DAY),
    }
}

impl CddsState {
    /// The state of an estate in which nothing has happened.
    pub(crate) fn begin(plan: &Plan, epoch: i64) -> CddsState {
        let cdds = &plan.cdds.clone().unwrap_or_default();
        let mut state = CddsState::default();
        if cdds.certificate != FirstCertificate::None {
            let (not_before, not_after) = old_validity(cdds, epoch);
            state.certificates.push(Held {
                at: not_before,
                name: "exports-old.pem".to_owned(),
                pem: None,
                size: 1254,
                serial: hex(&old_serial(plan.seed)),
                not_before,
                not_after,
            });
        }
        for (index, entry) in cdds.jobs.iter().enumerate() {
            let mut dice = Dice::new(plan.seed, &format!("cdds-listed-job:{index}"));
            state.jobs.push(Job {
                made: JobMade {
                    id: dice.uuid(),
                    title: entry.title.clone(),
                    description: entry.description.clone(),
                    source: "ContactHistory".to_owned(),
                    kind: entry.kind.clone(),
                    every: entry.every.clone().map(|unit| (unit, 1)),
                    minute: 120,
                    day: Some("1".to_owned()),
                    frame: None,
                    split: None,
                    udm: false,
                },
                created: epoch - duration(&entry.age).unwrap_or(0),
                deleted: None,
                takes: entry.takes.as_deref().and_then(duration),
                parts: entry.parts,
            });
        }
        state
    }

    /// Applies one event.
    pub(crate) fn apply(&mut self, event: &Event) {
        match event.kind.as_str() {
            "cdds-certificate" => {
                if let Ok(uploaded) = serde_json::from_str::<Uploaded>(&event.body) {
                    self.certificates.push(Held {
                        at: event.at,
                        name: uploaded.name,
                        size: uploaded.pem.len(),
                        pem: Some(uploaded.pem),
                        serial: uploaded.serial,
                        not_before: uploaded.not_before,
                        not_after: uploaded.not_after,
                    });
                }
            }
            "cdds-job" => {
                if let Ok(made) = serde_json::from_str::<JobMade>(&event.body) {
                    self.jobs.push(Job {
                        made,
                        created: event.at,
                        deleted: None,
                        takes: None,
                        parts: 0,
                    });
                }
            }
            "cdds-job-deleted" => {
                if let Some(job) = self.jobs.iter_mut().find(|job| job.made.id == event.body) {
                    job.deleted = Some(event.at);
                } else {
                    self.deleted.insert(event.body.clone(), event.at);
                }
            }
            "cdds-file-deleted" => {
                self.deleted.insert(event.body.clone(), event.at);
            }
            "cdds-old-key" => self.old_key = Some(event.body.clone()),
            _ => {}
        }
    }

    /// The certificate that stood in the preferences at a moment.
    pub(crate) fn certificate_at(&self, at: i64) -> Option<&Held> {
        self.certificates.iter().rev().find(|held| held.at <= at)
    }
}
