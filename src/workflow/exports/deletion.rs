//! Deleting files at the service, for a case or for nobody's: what stands against it is told before
//! anybody is asked, and the case takes the result over.

use serde_json::json;

use super::artifacts::few_enough;
use super::coverage;
use crate::domain::case::Case;
use crate::domain::export::Artifact;
use crate::domain::failure::{Changed, Failure};
use crate::domain::progress::{Listener, Progress};
use crate::store::Erasure;
use crate::workflow::{World, cases, evidence, gate};

/// The change that deletes one file, as the evidence names it.
const DELETE: &str = "export_file.delete";

/// What is to be deleted, and for whom.
#[derive(Clone, Debug)]
pub struct Deletion {
    /// The files.
    pub files: Vec<Artifact>,
    /// The case it is for.
    pub case: Option<Case>,
    /// Holds that stand, where no case says for whom it is: a file holds many people, and nobody knows
    /// whether those are among them.
    pub standing: usize,
}

/// What became of it.
#[derive(Clone, Debug, Default)]
pub struct Deleted {
    /// Each file for which a call was begun, with the reason why it may still be there.
    pub outcomes: Vec<(Artifact, Option<Failure>)>,
    /// Why the case could not take the result over.
    pub unrecorded: Option<Failure>,
}

impl Deletion {
    /// What should be known of holds before it is confirmed.
    pub fn warning(&self) -> Option<String> {
        match self.standing {
            0 => None,
            1 => Some("1 hold stands; whether they hold that person is not known here.".to_owned()),
            count => Some(format!(
                "{count} holds stand; whether they hold one of those persons is not known here."
            )),
        }
    }
}

impl Deleted {
    /// How many files are gone.
    pub fn count(&self) -> usize {
        self.outcomes
            .iter()
            .filter(|(_, failure)| failure.is_none())
            .count()
    }

    /// Why files may still be there.
    pub fn failures(&self) -> Vec<Failure> {
        self.outcomes
            .iter()
            .filter_map(|(_, failure)| failure.clone())
            .collect()
    }
}

/// Says what a deletion would meet. `case` is its id or reference. Nothing is changed.
///
/// # Errors
/// More than 100 files, an unknown case, a hold that stands against it, and storage failures.
pub async fn prepare(world: &World, files: Vec<Artifact>, case: Option<&str>) -> Result<Deletion, Failure> {
    few_enough(files.len())?;
    let case = match case {
        Some(handle) => Some(cases::show(world, handle).await?.case),
        None => None,
    };
    let mut standing = 0;
    match &case {
        Some(case) => {
            // Before anything is asked; each call asks again.
            let held = cases::holds::check(world, Vec::new(), Vec::new(), Some(case.id.clone())).await;
            evidence::denied(world, DELETE, held).await?;
        }
        None => standing = cases::holds::list(world, false).await?.len(),
    }
    Ok(Deletion {
        files,
        case,
        standing,
    })
}

/// Deletes files at the service, one call each; after an outcome that is not known nothing more is
/// sent. The holds of its case are asked before each call; files without one hold many people, and
/// nothing says whom.
///
/// # Errors
/// When nobody can sign in, or more than 100 are selected.
pub async fn delete(world: &World, deletion: &Deletion, listener: &Listener) -> Result<Deleted, Failure> {
    few_enough(deletion.files.len())?;
    let world = &world.about(deletion.case.as_ref().map(|case| case.id.as_str()));
    let cdds = world.cdds().await?;
    cdds.sign_in().await?;
    let mut deleted = Deleted::default();
    for artifact in &deletion.files {
        let (client, id) = (cdds.clone(), artifact.id.clone());
        let facts = json!({ "artifact_id": artifact.id, "job_id": artifact.job_id });
        let erasure = Erasure {
            identifiers: Vec::new(),
            case: deletion.case.as_ref().map(|case| case.id.clone()),
            holds_person: Box::new(|_| false),
        };
        let sent = gate::erase(world, DELETE, facts, erasure, move |permit| async move {
            client.delete_artifact(permit, &id).await
        })
        .await;
        let failure = sent.err();
        let unknown = failure
            .as_ref()
            .is_some_and(|failure| failure.changed == Changed::Unknown);
        deleted.outcomes.push((artifact.clone(), failure));
        listener.tell(Progress {
            done: deleted.outcomes.len() as u64,
            total: Some(deletion.files.len() as u64),
            unit: "files",
            note: String::new(),
        });
        if unknown {
            break;
        }
    }
    if let Some(case) = &deletion.case {
        deleted.unrecorded = coverage::deleted(world, case, deleted.count()).await.err();
    }
    Ok(deleted)
}
