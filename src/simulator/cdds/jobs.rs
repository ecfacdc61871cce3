//! Jobs over the API: listed, shown, made, deleted.

use serde_json::{Value, json};

use super::auth::{exporter, refused};
use super::files;
use super::runs::{self, Run};
use super::state::{Job, JobMade};
use crate::simulator::clock::moment;
use crate::simulator::cloud::answer::{Answer, Fail};
use crate::simulator::cloud::call::Call;
use crate::simulator::lifecycle::{DAY, MINUTE};
use crate::simulator::log;
use crate::simulator::scenario::Plan;
use crate::simulator::seed::Dice;

/// The most entries of a page.
const LARGEST_PAGE: usize = 1000;

/// Runs told in the detail of a job.
const RUNS_TOLD: usize = 60;

/// Jobs that are computed by their number, newest first.
fn generated(plan: &Plan, epoch: i64) -> Vec<Job> {
    let count = plan.generate.as_ref().map_or(0, |generate| generate.jobs);
    (0..count)
        .map(|index| generated_job(plan, epoch, index, count))
        .collect()
}

fn generated_job(plan: &Plan, epoch: i64, index: u64, count: u64) -> Job {
    let mut dice = Dice::indexed(plan.seed, 9, index);
    let days = plan.generate.as_ref().map_or(1, |generate| generate.days);
    let step = days * DAY / i64::try_from(count.max(1)).unwrap_or(1);
    let kind = if dice.below(3) == 0 {
        "Contact"
    } else {
        "Interaction"
    };
    Job {
        made: JobMade {
            id: dice.uuid(),
            title: format!("{kind} export {:05}", count - index),
            description: String::new(),
            source: "ContactHistory".to_owned(),
            kind: kind.to_owned(),
            every: None,
            minute: 0,
            day: None,
            frame: None,
            split: None,
            udm: false,
        },
        created: epoch
            - i64::try_from(index).unwrap_or(0) * step
            - dice.between(MINUTE, step.max(2 * MINUTE)),
        deleted: None,
        takes: None,
        parts: 0,
    }
}

/// All jobs that are there now, newest first.
pub(crate) fn all(call: &Call<'_>) -> Vec<Job> {
    let state = &call.state.cdds;
    let mut jobs: Vec<Job> = state.jobs.iter().rev().cloned().collect();
    jobs.extend(generated(call.plan, call.state.head().epoch));
    jobs.retain(|job| job.created <= call.now);
    jobs.sort_by_key(|job| std::cmp::Reverse(job.created));
    jobs
}

fn there(call: &Call<'_>, job: &Job) -> bool {
    let deleted = call.state.cdds.deleted.get(&job.made.id).copied();
    job.deleted.or(deleted).is_none_or(|at| at > call.now)
}

/// The slice of a list that a page wants.
pub(crate) fn page<T>(call: &Call<'_>, items: Vec<T>) -> Result<(usize, Vec<T>), Fail> {
    let number = |name: &str, otherwise: usize| match call.parameter(name) {
        None => Ok(otherwise),
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| refused(400, "page and size are numbers from 1")),
    };
    let (page, size) = (number("page", 1)?, number("size", 50)?.min(LARGEST_PAGE));
    let total = items.len();
    Ok((
        total,
        items.into_iter().skip((page - 1) * size).take(size).collect(),
    ))
}

/// `GET …/data/jobs`
pub(crate) fn list(call: &Call<'_>) -> Result<Answer, Fail> {
    exporter(call)?;
    let jobs: Vec<Job> = all(call).into_iter().filter(|job| there(call, job)).collect();
    let (total, jobs) = page(call, jobs)?;
    let told: Vec<Value> = jobs.iter().map(|job| wire(call, job, false)).collect();
    Ok(Answer::ok(&json!({"jobs": told, "total": total})))
}

/// `GET …/data/jobs/{id}`
pub(crate) fn show(call: &Call<'_>) -> Result<Answer, Fail> {
    exporter(call)?;
    let job = find(call)?;
    Ok(Answer::ok(&wire(call, &job, true)))
}

fn find(call: &Call<'_>) -> Result<Job, Fail> {
    let id = call.name("id");
    all(call)
        .into_iter()
        .find(|job| job.made.id == id && there(call, job))
        .ok_or_else(|| refused(404, "Job not found"))
}

/// `DELETE …/data/jobs/{id}`: files it left stay until their time.
pub(crate) fn delete(call: &Call<'_>) -> Result<Answer, Fail> {
    exporter(call)?;
    let job = find(call)?;
    log::append(call.connection, call.now, "cdds-job-deleted", &job.made.id)?;
    Ok(Answer::empty(204))
}

/// `POST …/data/jobs`
pub(crate) fn create(call: &Call<'_>) -> Result<Answer, Fail> {
    exporter(call)?;
    let told: Value = serde_json::from_slice(call.body).map_err(|_| refused(400, "The body is not JSON"))?;
    let made = read(&told, call)?;
    if call.state.cdds.certificate_at(call.now).is_none() {
        return Err(refused(
            400,
            "An encryption certificate must be specified before data can be exported",
        ));
    }
    log::append(call.connection, call.now, "cdds-job", &json!(made).to_string())?;
    Ok(Answer::json(201, &json!({"id": made.id})))
}

fn read(told: &Value, call: &Call<'_>) -> Result<JobMade, Fail> {
    let text = |value: &Value| {
        value
            .as_str()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let needed =
        |name: &'static str| text(&told[name]).ok_or_else(|| refused(400, &format!("{name} is mandatory")));
    let kind = needed("type")?;
    if !matches!(kind.as_str(), "Interaction" | "Contact") {
        return Err(refused(400, "type is not known"));
    }
    let source = needed("source")?;
    if !matches!(source.as_str(), "ContactHistory" | "UDM") {
        return Err(refused(400, "source is not known"));
    }
    let schedule = &told["schedule"];
    let every = match told["run"].as_str() {
        Some("now") => None,
        Some("scheduled") => {
            let unit = text(&schedule["unit"])
                .filter(|unit| matches!(unit.as_str(), "hours" | "days" | "weeks" | "months"));
            let unit = unit.ok_or_else(|| refused(400, "schedule.unit is not known"))?;
            let every = schedule["every"]
                .as_u64()
                .filter(|every| (1..=23).contains(every));
            let every = every.ok_or_else(|| refused(400, "schedule.every is not a number from 1 to 23"))?;
            Some((unit, u32::try_from(every).unwrap_or(1)))
        }
        _ => return Err(refused(400, "run is now or scheduled")),
    };
    let minute = text(&schedule["timeUtc"]).and_then(|time| {
        let (hour, minute) = time.split_once(':')?;
        Some(hour.parse::<u32>().ok()? * 60 + minute.parse::<u32>().ok()?)
    });
    let day = |name: &str| {
        let day = told["timeFrame"].get(name)?.as_str()?;
        day.parse::<jiff::civil::Date>().ok().map(|day| day.to_string())
    };
    let frame = match (told["timeFrame"].is_object(), day("from"), day("to")) {
        (false, ..) => None,
        (true, Some(from), Some(to)) if from <= to => Some((from, to)),
        _ => return Err(refused(400, "timeFrame is not one")),
    };
    Ok(JobMade {
        id: uuid::Uuid::new_v4().to_string(),
        title: needed("title")?,
        description: text(&told["description"]).unwrap_or_default(),
        source,
        kind,
        every,
        minute: minute.unwrap_or(0).min(1439),
        day: text(&schedule["day"]),
        frame,
        split: told["fileSplitSize"].as_u64().filter(|bytes| *bytes > 0),
        udm: call.path().starts_with("/udm"),
    })
}

fn time(at: i64) -> String {
    moment(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn wire(call: &Call<'_>, job: &Job, whole: bool) -> Value {
    let (seed, now) = (call.plan.seed, call.now);
    let runs = runs::runs(&call.state.cdds, job, seed, now);
    let last = runs.last();
    let status = last.map_or("Scheduled", |run| run.status(now));
    let mut told = json!({
        "id": job.made.id,
        "title": job.made.title,
        "source": job.made.source,
        "type": job.made.kind,
        "status": status,
        "createdTime": time(job.created),
        "run": if job.made.every.is_some() { "scheduled" } else { "now" },
    });
    if !job.made.description.is_empty() {
        told["description"] = json!(job.made.description);
    }
    if let Some(run) = last {
        told["startTime"] = json!(time(run.start));
        if run.end <= now {
            told["endTime"] = json!(time(run.end));
        } else {
            told["percentComplete"] = json!((now - run.start) * 100 / (run.end - run.start).max(1));
            told["remainingSeconds"] = json!((run.end - now) / 1000);
        }
        if let Some(trouble) = run.trouble.filter(|_| run.end <= now) {
            told["error"] = json!(trouble);
        }
        told["files"] = json!(names(call, job, run));
    }
    if let Some((unit, every)) = &job.made.every {
        told["schedule"] = json!({
            "unit": unit,
            "every": every,
            "timeUtc": format!("{:02}:{:02}", job.made.minute / 60, job.made.minute % 60),
        });
        if let Some(day) = &job.made.day {
            told["schedule"]["day"] = json!(day);
        }
        told["nextRunTime"] = json!(runs::next_start(job, now).map(time));
    }
    if let Some((from, to)) = &job.made.frame {
        told["timeFrame"] = json!({"from": from, "to": to});
    }
    if let Some(split) = job.made.split {
        told["fileSplitSize"] = json!(split);
    }
    if whole {
        let runs: Vec<Value> = runs
            .iter()
            .rev()
            .take(RUNS_TOLD)
            .map(|run| {
                json!({
                    "status": run.status(now),
                    "startTime": time(run.start),
                    "endTime": (run.end <= now).then(|| time(run.end)),
                    "error": run.trouble.filter(|_| run.end <= now),
                    "files": names(call, job, run),
                })
            })
            .collect();
        told["runs"] = json!(runs);
    }
    told
}

fn names(call: &Call<'_>, job: &Job, run: &Run) -> Vec<String> {
    files_of(call, job, run).iter().map(files::name).collect()
}

/// Files that a run has left by now, also those whose time is over.
pub(crate) fn files_of(call: &Call<'_>, job: &Job, run: &Run) -> Vec<runs::File> {
    if run.end > call.now || run.trouble.is_some() {
        return Vec::new();
    }
    let (seed, epoch) = (call.plan.seed, call.state.head().epoch);
    let parts = files::parts(call.people, seed, epoch, job, run);
    runs::files_of(job, run, seed, parts)
}
