//! Files over the API: listed, fetched with ranges, deleted.

use serde_json::{Value, json};

use super::auth::{exporter, refused};
use super::files::{self, Order};
use super::jobs;
use super::runs::{self, File, KEPT_DAYS};
use crate::simulator::Simulator;
use crate::simulator::clock::moment;
use crate::simulator::cloud::answer::{Answer, Body, Fail};
use crate::simulator::cloud::call::Call;
use crate::simulator::lifecycle::DAY;

/// Files that are kept now, newest first.
fn all(call: &Call<'_>) -> Vec<File> {
    let oldest = call.now - KEPT_DAYS * DAY;
    let mut found = Vec::new();
    for job in jobs::all(call) {
        // What ran once before the oldest that is kept has nothing any more.
        if job.made.every.is_none() && job.created < oldest - DAY {
            continue;
        }
        for run in runs::runs(&call.state.cdds, &job, call.plan.seed, call.now) {
            if run.end > oldest {
                found.extend(jobs::files_of(call, &job, &run));
            }
        }
    }
    found.retain(|file| !call.state.cdds.deleted.contains_key(&file.id));
    found.sort_by(|a, b| b.run.end.cmp(&a.run.end).then(a.part.cmp(&b.part)));
    found
}

fn find(call: &Call<'_>) -> Result<File, Fail> {
    let id = call.name("id");
    all(call)
        .into_iter()
        .find(|file| file.id == id)
        .ok_or_else(|| refused(404, "File not found"))
}

fn order(call: &Call<'_>, file: File) -> Order {
    Order {
        file,
        seed: call.plan.seed,
        epoch: call.state.head().epoch,
        generation: call.state.head().generation.clone(),
        old_key: call.state.cdds.old_key.clone(),
    }
}

/// `GET …/data/artifacts`
pub(crate) fn list(call: &Call<'_>) -> Result<Answer, Fail> {
    exporter(call)?;
    let (total, files) = jobs::page(call, all(call))?;
    Ok(Answer {
        status: 200,
        headers: Vec::new(),
        body: Body::Exports(
            total,
            files
                .into_iter()
                .map(|file| {
                    let told = wire(call, &file);
                    (told, order(call, file))
                })
                .collect(),
        ),
    })
}

fn wire(call: &Call<'_>, file: &File) -> Value {
    let mut told = json!({
        "id": file.id,
        "jobId": file.job.made.id,
        "name": files::name(file),
        "type": file.job.made.kind,
        "createdTime": moment(file.run.end).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "remainingDays": file.remaining_days(call.now),
        "certificateSerial": file.run.certificate.as_ref().map(|held| held.serial.clone()),
    });
    if file.parts > 1 {
        told["part"] = json!(file.part);
        told["parts"] = json!(file.parts);
    }
    told
}

/// The list with sizes and digests, where they can be told without computing a key first; outside of
/// the transaction, since files are made for it.
pub(crate) fn told(simulator: &Simulator, total: usize, entries: &[(Value, Order)]) -> Answer {
    let told: Vec<Value> = entries
        .iter()
        .map(|(told, order)| {
            let mut told = told.clone();
            let own = order
                .file
                .run
                .certificate
                .as_ref()
                .is_some_and(|held| held.pem.is_some());
            if (own || order.old_key.is_some())
                && entries.len() <= 200
                && let Some(bytes) = simulator.export_bytes(order)
            {
                told["size"] = json!(bytes.len());
                told["sha256"] = json!(files::digest(&bytes));
            }
            told
        })
        .collect();
    Answer::ok(&json!({"artifacts": told, "total": total}))
}

/// `GET …/data/artifacts/{id}/content`
pub(crate) fn content(call: &Call<'_>) -> Result<Answer, Fail> {
    exporter(call)?;
    let file = find(call)?;
    Ok(Answer {
        status: 200,
        headers: Vec::new(),
        body: Body::Export(Box::new(order(call, file))),
    })
}

/// `DELETE …/data/artifacts/{id}`
pub(crate) fn delete(call: &Call<'_>) -> Result<Answer, Fail> {
    exporter(call)?;
    let file = find(call)?;
    crate::simulator::log::append(call.connection, call.now, "cdds-file-deleted", &file.id)?;
    Ok(Answer::empty(204))
}
