//! Export jobs. **Assumed**: see [`super::adapter`].

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use super::adapter::word;
use super::errors;
use super::exchange::{Call, Exchange};
use super::listing::{self, Kind};
use super::types::Listed;
use super::wire;
use crate::domain::export::{Job, NewJob};
use crate::domain::failure::Failure;
use crate::domain::progress::Listener;
use crate::systems::genesys_cloud::json;
use crate::systems::permit::Permit;

/// All jobs.
pub(super) async fn list(exchange: &Exchange, listener: &Listener) -> Result<Listed<Job>, Failure> {
    let kind = Kind {
        path: "jobs_path",
        list: "jobs_list",
        what: "the list of jobs",
        unit: "jobs",
        read: wire::job,
        id: |job: &Job| job.id.as_str(),
    };
    listing::all(exchange, &kind, listener).await
}

/// One job.
pub(super) async fn show(exchange: &Exchange, id: &str) -> Result<Job, Failure> {
    let assumed = &exchange.place.assumed;
    let call = Call::get(assumed.path("job_path", Some(id)), "the job");
    let answer = exchange.read(&call).await?;
    let told: Value =
        json::read(&answer.body).map_err(|why| errors::bad_answer(&call, &answer.head, &why))?;
    wire::job(assumed, &told).map_err(|why| errors::bad_answer(&call, &answer.head, &why))
}

fn creation(exchange: &Exchange, job: &NewJob) -> (Call, Value) {
    let assumed = &exchange.place.assumed;
    let mut call = Call::of(
        Method::POST,
        assumed.path("jobs_path", None),
        "the creation of the job",
    );
    let body = wire::new_job(assumed, job);
    call.body = Some((Bytes::from(body.to_string()), "application/json".to_owned()));
    (call, body)
}

/// The call that makes a job.
pub(super) fn preview(exchange: &Exchange, job: &NewJob) -> (String, String, String) {
    let (call, body) = creation(exchange, job);
    (
        call.method.to_string(),
        format!("{}{}", exchange.place.assumed.get("service_base"), call.path),
        format!("{body:#}"),
    )
}

/// Makes a job, once.
pub(super) async fn create(exchange: &Exchange, permit: Permit, job: &NewJob) -> Result<String, Failure> {
    let (call, _) = creation(exchange, job);
    let answer = exchange.mutate(permit, &call).await?;
    let told: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let assumed = &exchange.place.assumed;
    let id = told
        .as_ref()
        .and_then(|told| assumed.text(told, "job_id_field"))
        .or_else(|| word(&Value::String(answer.head.made.clone()?)));
    id.ok_or_else(|| errors::unknown(&call, "the answer names no job"))
}

/// Deletes a job, once.
pub(super) async fn delete(exchange: &Exchange, permit: Permit, id: &str) -> Result<(), Failure> {
    let path = exchange.place.assumed.path("job_path", Some(id));
    let call = Call::of(Method::DELETE, path, "the deletion of the job");
    exchange.mutate(permit, &call).await.map(drop)
}
