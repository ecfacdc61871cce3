//! A job as a document, as a row and as a sheet of facts.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::cli::output::value;
use crate::cli::requests::when;
use crate::cli::{Column, Fact};
use crate::domain::export::Job;
use crate::domain::schedule::Schedule;
use crate::domain::text::{clean, truncate};

/// The item of a list: all fields but the history, which only the detail tells.
pub fn item(job: &Job) -> Value {
    let mut item = value(job);
    if let Some(fields) = item.as_object_mut() {
        fields.remove("runs");
    }
    item
}

/// Columns of the list.
pub fn columns() -> Vec<Column> {
    vec![
        Column::new("ID").whole(),
        Column::new("TITLE"),
        Column::new("TYPE").whole(),
        Column::new("STATUS").whole(),
        Column::new("STARTED").whole(),
        Column::new("NEXT").optional(),
        Column::new("SOURCE").optional(),
        Column::new("FILES").optional().right(),
    ]
}

/// A row of the list; `id` is the shortened one.
pub fn cells(job: &Job, id: String, zone: &TimeZone) -> Vec<String> {
    let time = |at: Option<Timestamp>| at.map_or_else(String::new, |at| when::minute(at, zone));
    vec![
        id,
        job.title.clone(),
        job.kind.clone().unwrap_or_default(),
        status(job),
        time(job.started_at),
        time(job.next_run_at),
        job.source.clone().unwrap_or_default(),
        match job.files.len() {
            0 => String::new(),
            files => files.to_string(),
        },
    ]
}

/// `In Progress 40 %, 12 min left`.
pub fn status(job: &Job) -> String {
    let word = truncate(&clean(&job.status), 24, "…");
    let percent = job.percent.map(|percent| format!(" {percent} %"));
    let left = job
        .remaining_seconds
        .map(|seconds| format!(", {} left", span(seconds)));
    format!(
        "{word}{}{}",
        percent.unwrap_or_default(),
        left.unwrap_or_default()
    )
}

/// `35 s`, `12 min`, `3 h 20 min`.
pub fn span(seconds: u64) -> String {
    match seconds {
        0..=99 => format!("{seconds} s"),
        100..=7_199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Everything known of a job.
pub fn facts(job: &Job, zone: &TimeZone) -> Vec<Fact> {
    let time = |at: Option<Timestamp>| at.map(|at| when::minute(at, zone));
    let mut facts = vec![Fact::new("id", &job.id), Fact::new("title", &job.title)];
    let mut add = |label: &'static str, value: Option<String>| {
        facts.extend(value.map(|value| Fact::new(label, value)));
    };
    add("description", job.description.clone());
    add("source", job.source.clone());
    add("type", job.kind.clone());
    add("status", Some(status(job)));
    add("why", job.error.clone());
    add("run", Some(run_words(job.schedule, job.next_run_at, zone)));
    add(
        "time frame",
        Some(match job.time_frame {
            Some(frame) => format!("{} to {} (UTC)", frame.from, frame.to),
            None => "everything".to_owned(),
        }),
    );
    add(
        "split",
        Some(match job.split_bytes {
            Some(bytes) => format!("into files of at most {bytes} bytes"),
            None => "one file".to_owned(),
        }),
    );
    add("created", time(job.created_at));
    add("started", time(job.started_at));
    add("finished", time(job.finished_at));
    if !job.files.is_empty() {
        add("files", Some(job.files.join("\n")));
    }
    for run in job.runs.iter().take(10) {
        let at = time(run.started_at).unwrap_or_default();
        let more = run.error.clone().unwrap_or_else(|| run.files.join(", "));
        add(
            "run of",
            Some(format!("{at}  {}  {more}", run.status).trim_end().to_owned()),
        );
    }
    facts
}

/// When a job runs, in UTC and in the operator's zone.
pub fn run_words(schedule: Option<Schedule>, next: Option<Timestamp>, zone: &TimeZone) -> String {
    let Some(schedule) = schedule else {
        return "once, at once".to_owned();
    };
    let beside = next.map_or_else(String::new, |at| {
        format!(
            "; next {} UTC, {} here",
            at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M"),
            at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z")
        )
    });
    format!("{}{beside}", schedule.words())
}
