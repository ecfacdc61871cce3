//! Export jobs: listed, shown, made, made again, deleted.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::certificate;
use super::pick;
use crate::domain::export::{Job, NewJob};
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::progress::Listener;
use crate::domain::text::clean;
use crate::store::{Once, UnknownChange};
use crate::systems::cdds::{Cdds, Choice, SYSTEM};
use crate::workflow::reconcile::changes;
use crate::workflow::{World, evidence, gate};

/// The change that makes a job, as the evidence names it.
const CREATE: &str = "export_job.create";
/// Longest title.
const LONGEST_TITLE: usize = 200;

/// The jobs as far as they could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jobs {
    /// Jobs, the newest first.
    pub jobs: Vec<Job>,
    /// False when something could not be read.
    pub complete: bool,
    /// What could not, and why.
    pub notes: Vec<String>,
    /// When they were read.
    pub read_at: Timestamp,
}

/// All jobs.
///
/// # Errors
/// As every read.
pub async fn list(world: &World, listener: &Listener) -> Result<Jobs, Failure> {
    let listed = world.cdds().await?.jobs(listener).await?;
    let mut jobs = listed.items;
    jobs.sort_by_key(|job| std::cmp::Reverse((job.started_at.or(job.created_at), job.created_at)));
    Ok(Jobs {
        jobs,
        complete: listed.unreadable.is_empty(),
        notes: listed.unreadable,
        read_at: world.clock.now(),
    })
}

/// One job, by its id, its title, or the beginning of its id.
///
/// # Errors
/// An unknown or ambiguous id, and as every read.
pub async fn show(world: &World, wanted: &str) -> Result<Job, Failure> {
    let cdds = world.cdds().await?;
    let listed = cdds.jobs(&Listener::none()).await?;
    let found = pick(
        &listed.items,
        wanted,
        "export job",
        |job| &job.id,
        |job| &job.title,
    );
    match found {
        Ok(job) => cdds.job(&job.id).await,
        // A list that is not whole may not hold it.
        Err(failure) if failure.kind == FailureKind::NotFound && !listed.unreadable.is_empty() => {
            cdds.job(wanted.trim()).await
        }
        Err(failure) => Err(failure),
    }
}

/// What would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPlan {
    /// The job, its source and type in the service's own form.
    pub job: NewJob,
    /// Method, path and body.
    pub call: (String, String, String),
    /// When a scheduled one runs first.
    pub first_run: Option<Timestamp>,
    /// The certificate that its files will be encrypted for, in words.
    pub certificate: String,
    /// What else should be known.
    pub notes: Vec<String>,
    /// Creations of the same that are under way or of unknown outcome.
    pub equal: Vec<UnknownChange>,
    /// The operator said that another is meant, in the knowledge of these.
    pub again: bool,
}

impl JobPlan {
    /// Refuses what may be there already, unless the operator said that another is meant.
    ///
    /// # Errors
    /// A conflict that names the equal one; it is recorded as a denied attempt.
    pub async fn refuse_equal(&self, world: &World) -> Result<(), Failure> {
        let refused = changes::refuse(&self.equal, self.again, world.clock.now());
        evidence::denied(world, CREATE, refused).await
    }
}

/// In what two jobs are the same: everything but how they are called.
fn same(job: &NewJob) -> serde_json::Value {
    json!({
        "source": job.source,
        "type": job.kind,
        "schedule": job.schedule,
        "time_frame": job.time_frame,
        "split_bytes": job.split_bytes,
    })
}

/// Checks a job and says what would be sent. Nothing is changed.
///
/// # Errors
/// Fields that cannot be, a source or type that the service does not have, no valid certificate.
pub async fn plan(world: &World, mut job: NewJob) -> Result<JobPlan, Failure> {
    let cdds = world.cdds().await?;
    check(&mut job)?;
    let certificate = certificate::state(world).await?;
    certificate.demand()?;
    job.source = chosen(&job.source, cdds.sources().await?, "source")?;
    job.kind = chosen(&job.kind, cdds.sub_types().await?, "type")?;
    let now = world.clock.now();
    let first_run = job.schedule.and_then(|schedule| schedule.next_run(now));
    let mut notes = Vec::new();
    if certificate.standing == certificate::Standing::NotTold {
        notes.push("The service does not tell whether the certificate is still valid; if it is not, the job will fail.".to_owned());
    }
    let end = certificate.server.as_ref().and_then(|server| server.not_after);
    if let Some(end) = end.filter(|end| end.duration_since(now) < SignedDuration::from_hours(30 * 24)) {
        notes.push(format!(
            "The certificate ends on {}: runs after that fail.",
            end.strftime("%Y-%m-%d")
        ));
    }
    let latest = job.time_frame.map(|frame| frame.to);
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    if latest.is_some_and(|day| day >= today) {
        notes.push("The time frame ends today or later: what happens after the run is not in it.".to_owned());
    }
    let unknown = changes::unknown(world).await?;
    let equal = world.store.equal_changes(CREATE, same(&job)).await?;
    if let Some(text) = changes::note(&equal, now) {
        notes.push(text);
    } else if let Some(change) = unknown.iter().find(|change| change.action == CREATE) {
        notes.push(format!(
            "What became of another creation is not known ({}): look for its job before this one is made, and say what was seen: dsr requests reconcile",
            change.id
        ));
    }
    Ok(JobPlan {
        call: cdds.preview_job(&job),
        job,
        first_run,
        certificate: certificate.words(),
        notes,
        equal,
        again: false,
    })
}

fn check(job: &mut NewJob) -> Result<(), Failure> {
    let wrong = |message: &str| Failure::new(FailureKind::Usage, message.to_owned());
    job.title = job.title.trim().to_owned();
    if job.title.is_empty() {
        return Err(wrong("An export job needs a title.").next("Give one with --title."));
    }
    if job.title.chars().count() > LONGEST_TITLE {
        return Err(wrong("The title is longer than 200 characters."));
    }
    if clean(&job.title) != job.title {
        return Err(wrong("The title holds characters that cannot be shown."));
    }
    if job.time_frame.is_some_and(|frame| frame.from > frame.to) {
        return Err(
            wrong("The time frame ends before it begins.").next("Give --from and --to in this order.")
        );
    }
    if job.split_bytes == Some(0) {
        return Err(wrong("A file cannot be split into parts of nothing."));
    }
    Ok(())
}

/// The service's own word for what was asked for; the only one when nothing was.
fn chosen(wanted: &str, choices: Vec<Choice>, what: &str) -> Result<String, Failure> {
    let wanted = wanted.trim();
    if let ("", [only]) = (wanted, &choices[..]) {
        return Ok(only.id.clone());
    }
    let same =
        |choice: &&Choice| choice.id.eq_ignore_ascii_case(wanted) || choice.name.eq_ignore_ascii_case(wanted);
    match choices.iter().find(same) {
        Some(choice) => Ok(choice.id.clone()),
        None => {
            let known: Vec<&str> = choices.iter().map(|choice| choice.id.as_str()).collect();
            let said = match wanted {
                "" => format!("The {what} is missing."),
                _ => format!("The service has no {what} {}.", clean(wanted)),
            };
            Err(Failure::new(FailureKind::Usage, said).next(format!("It has: {}.", known.join(", "))))
        }
    }
}

/// Makes the planned job, once. Gives it as the service tells of it.
///
/// # Errors
/// Refusals, also while an equal creation is open that the plan does not know of; an unknown outcome
/// says whether a job of this title has appeared since.
pub async fn create(world: &World, plan: &JobPlan) -> Result<Job, Failure> {
    let cdds = world.cdds().await?;
    // Signed in before the intent is written, so that the call waits for nothing.
    cdds.sign_in().await?;
    let job = plan.job.clone();
    let facts = same(&job);
    let once = Once {
        same: facts.clone(),
        despite: changes::known(&plan.equal, plan.again),
    };
    let (client, sent) = (cdds.clone(), job.clone());
    let intent = world.clock.now();
    let made = gate::once(world, CREATE, facts, once, move |permit| async move {
        client.create_job(permit, &sent).await
    })
    .await;
    match made {
        Ok(id) => Ok(cdds.job(&id).await.unwrap_or_else(|_| unseen(&id, &job))),
        Err(failure) if failure.changed == Changed::Unknown => {
            Err(looked_for(&cdds, failure, &job, intent).await)
        }
        Err(failure) => Err(failure),
    }
}

/// A job that was accepted and could not be read back.
fn unseen(id: &str, job: &NewJob) -> Job {
    Job {
        id: id.to_owned(),
        title: job.title.clone(),
        description: job.description.clone(),
        source: Some(job.source.clone()),
        kind: Some(job.kind.clone()),
        status: "accepted, not seen yet".to_owned(),
        created_at: None,
        started_at: None,
        finished_at: None,
        next_run_at: None,
        percent: None,
        remaining_seconds: None,
        schedule: job.schedule,
        time_frame: job.time_frame,
        split_bytes: job.split_bytes,
        files: Vec::new(),
        error: None,
        runs: Vec::new(),
    }
}

/// After an unknown outcome the list tells whether such a job has appeared.
async fn looked_for(cdds: &Cdds, mut failure: Failure, job: &NewJob, intent: Timestamp) -> Failure {
    let Ok(listed) = cdds.jobs(&Listener::none()).await else {
        return failure;
    };
    let since = intent.checked_sub(SignedDuration::from_mins(2)).unwrap_or(intent);
    let appeared: Vec<&str> = listed
        .items
        .iter()
        .filter(|seen| seen.title == job.title && seen.created_at.is_some_and(|at| at >= since))
        .map(|seen| seen.id.as_str())
        .collect();
    failure.next = Some(match (appeared[..].as_ref(), listed.unreadable.is_empty()) {
        ([], true) => "No job of this title has appeared since. Look again in a while (dsr jobs list), and say what was seen: dsr requests reconcile".to_owned(),
        ([], false) => "The list could not be read whole. Look again in a while (dsr jobs list), and say what was seen: dsr requests reconcile".to_owned(),
        (ids, _) => format!("A job of this title has appeared since: {}. Do not create it anew.", ids.join(", ")),
    });
    failure
}

/// Deletes a job, once. Files that it left stay until their time.
///
/// # Errors
/// Refusals and unknown outcomes.
pub async fn delete(world: &World, job: &Job) -> Result<(), Failure> {
    let cdds = world.cdds().await?;
    cdds.sign_in().await?;
    let (client, id) = (cdds, job.id.clone());
    gate::change(
        world,
        "export_job.delete",
        json!({ "job_id": job.id }),
        move |permit| async move { client.delete_job(permit, &id).await },
    )
    .await
    .map_err(|failure| match failure.changed {
        Changed::Unknown => failure.next("Look whether it is still there: dsr jobs list"),
        _ => failure,
    })
    .map_err(|failure| failure.at(SYSTEM))
}
