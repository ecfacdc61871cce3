//! Jobs and files as JSON, by the **assumed** names.

use serde_json::{Map, Value, json};

use super::adapter::{Assumed, word};
use crate::domain::export::{Artifact, Job, JobRun, NewJob, TimeFrame, serial_form};
use crate::domain::schedule::{Rhythm, Schedule, day_of, day_word, time_of};

/// Reads a job; the reason names the field that is missing.
pub(super) fn job(assumed: &Assumed, told: &Value) -> Result<Job, String> {
    let needed = |key: &str| {
        assumed
            .text(told, key)
            .ok_or_else(|| format!("a job has no {}", assumed.get(key)))
    };
    let files = assumed.field(told, "job_files_field").and_then(Value::as_array);
    Ok(Job {
        id: needed("job_id_field")?,
        title: assumed.text(told, "job_title_field").unwrap_or_default(),
        description: assumed.text(told, "job_description_field"),
        source: assumed.text(told, "job_source_field"),
        kind: assumed.text(told, "job_type_field"),
        status: needed("job_status_field")?,
        created_at: assumed.moment(told, "job_created_field"),
        started_at: assumed.moment(told, "job_started_field"),
        finished_at: assumed.moment(told, "job_finished_field"),
        next_run_at: assumed.moment(told, "job_next_field"),
        percent: assumed
            .number(told, "job_percent_field")
            .and_then(|percent| u8::try_from(percent.min(100)).ok()),
        remaining_seconds: assumed.number(told, "job_remaining_field"),
        schedule: schedule(assumed, told),
        time_frame: match (
            assumed.day(told, "job_from_field"),
            assumed.day(told, "job_to_field"),
        ) {
            (Some(from), Some(to)) => Some(TimeFrame { from, to }),
            _ => None,
        },
        split_bytes: assumed.number(told, "job_split_field").filter(|bytes| *bytes > 0),
        files: files.into_iter().flatten().filter_map(file_name).collect(),
        error: assumed.text(told, "job_error_field"),
        runs: runs(assumed, told),
    })
}

/// The history of a job; its fields are called as those of the job.
fn runs(assumed: &Assumed, told: &Value) -> Vec<JobRun> {
    let listed = assumed.field(told, "job_runs_field").and_then(Value::as_array);
    let run = |run: &Value| {
        let files = assumed.field(run, "job_files_field").and_then(Value::as_array);
        Some(JobRun {
            status: assumed.text(run, "job_status_field")?,
            started_at: assumed.moment(run, "job_started_field"),
            finished_at: assumed.moment(run, "job_finished_field"),
            files: files.into_iter().flatten().filter_map(file_name).collect(),
            error: assumed.text(run, "job_error_field"),
        })
    };
    listed.into_iter().flatten().filter_map(run).collect()
}

fn file_name(told: &Value) -> Option<String> {
    word(told).or_else(|| word(told.get("name")?))
}

fn schedule(assumed: &Assumed, told: &Value) -> Option<Schedule> {
    let run = assumed.text(told, "job_run_field")?;
    if !run.eq_ignore_ascii_case("scheduled") {
        return None;
    }
    let every = assumed.number(told, "job_every_field").unwrap_or(1);
    let day = assumed.text(told, "job_day_field");
    let rhythm = match assumed
        .text(told, "job_unit_field")?
        .to_ascii_lowercase()
        .as_str()
    {
        "hour" | "hours" => Rhythm::Hours(u8::try_from(every).ok().filter(|hours| (1..24).contains(hours))?),
        "day" | "days" if every == 1 => Rhythm::Daily,
        "week" | "weeks" if every == 1 => Rhythm::Weekly(day_of(&day?)?),
        "month" | "months" if every == 1 => Rhythm::Monthly(day?.parse().ok()?),
        _ => return None,
    };
    let at = assumed.text(told, "job_at_field").and_then(|text| time_of(&text));
    Some(Schedule {
        rhythm,
        at: at.unwrap_or(jiff::civil::Time::midnight()),
    })
}

/// A job as it is sent.
pub(super) fn new_job(assumed: &Assumed, job: &NewJob) -> Value {
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| assumed.put(&mut body, key, value);
    put("job_title_field", json!(job.title));
    if let Some(description) = &job.description {
        put("job_description_field", json!(description));
    }
    put("job_source_field", json!(job.source));
    put("job_type_field", json!(job.kind));
    match &job.schedule {
        None => put("job_run_field", json!("now")),
        Some(schedule) => {
            put("job_run_field", json!("scheduled"));
            let (every, unit) = match schedule.rhythm {
                Rhythm::Hours(hours) => (hours, "hours"),
                Rhythm::Daily => (1, "days"),
                Rhythm::Weekly(_) => (1, "weeks"),
                Rhythm::Monthly(_) => (1, "months"),
            };
            put("job_every_field", json!(every));
            put("job_unit_field", json!(unit));
            put("job_at_field", json!(schedule.at.strftime("%H:%M").to_string()));
            match schedule.rhythm {
                Rhythm::Weekly(day) => put("job_day_field", json!(day_word(day))),
                Rhythm::Monthly(day) => put("job_day_field", json!(day.to_string())),
                Rhythm::Hours(_) | Rhythm::Daily => {}
            }
        }
    }
    if let Some(frame) = &job.time_frame {
        put("job_from_field", json!(frame.from.to_string()));
        put("job_to_field", json!(frame.to.to_string()));
    }
    if let Some(bytes) = job.split_bytes {
        put("job_split_field", json!(bytes));
    }
    Value::Object(body)
}

/// Reads a file's entry; the reason names the field that is missing.
pub(super) fn artifact(assumed: &Assumed, told: &Value) -> Result<Artifact, String> {
    let needed = |key: &str| {
        assumed
            .text(told, key)
            .ok_or_else(|| format!("a file has no {}", assumed.get(key)))
    };
    let small = |key: &str| {
        let number = assumed.number(told, key)?;
        u32::try_from(number).ok().filter(|number| *number > 0)
    };
    let digest = assumed.text(told, "artifact_digest_field");
    Ok(Artifact {
        id: needed("artifact_id_field")?,
        job_id: assumed.text(told, "artifact_job_field"),
        name: needed("artifact_name_field")?,
        kind: assumed.text(told, "artifact_type_field"),
        created_at: assumed.moment(told, "artifact_created_field"),
        remaining_days: assumed.integer(told, "artifact_remaining_field"),
        bytes: assumed.number(told, "artifact_bytes_field"),
        sha256: digest.filter(|digest| digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit())),
        part: small("artifact_part_field"),
        parts: small("artifact_parts_field"),
        recipient_serial: assumed
            .text(told, "artifact_serial_field")
            .and_then(|text| serial_form(&text)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_reads_back_as_it_was_sent() {
        let assumed = Assumed::default();
        for schedule in [
            None,
            Some("hourly:6"),
            Some("daily@02:30"),
            Some("weekly:fri@01:00"),
            Some("monthly:3@04:00"),
        ] {
            let new = NewJob {
                title: "Interactions of October".to_owned(),
                description: Some("x".to_owned()),
                source: "ContactHistory".to_owned(),
                kind: "Interaction".to_owned(),
                schedule: schedule.map(|text| Schedule::parse(text).unwrap()),
                time_frame: Some(TimeFrame {
                    from: "2026-10-01".parse().unwrap(),
                    to: "2026-10-31".parse().unwrap(),
                }),
                split_bytes: Some(1_000_000),
            };
            let mut told = new_job(&assumed, &new);
            told["id"] = json!("j1");
            told["status"] = json!("Scheduled");
            let read = job(&assumed, &told).unwrap();
            assert_eq!(NewJob::clone_of(&read), new);
        }
    }

    #[test]
    fn hostile_entries_are_named_and_never_kept() {
        let assumed = Assumed::default();
        assert!(
            job(&assumed, &json!({"status": "Done"}))
                .unwrap_err()
                .contains("id")
        );
        assert!(artifact(&assumed, &json!({"id": {"x": 1}, "name": "n"})).is_err());
        let odd = json!({"id": "a", "name": "\u{202e}n\u{7}", "size": -5, "sha256": "xyz", "part": 0,
            "createdTime": "yesterday", "remainingDays": "x", "certificateSerial": "no hex"});
        let read = artifact(&assumed, &odd).unwrap();
        assert_eq!(
            (read.bytes, read.sha256, read.part, read.recipient_serial),
            (None, None, None, None)
        );
        assert_eq!(read.name, "n");
    }
}
