//! What a scenario file says is held together by keys; a key that leads nowhere is an error with
//! its place, found before the estate is opened.

use std::collections::HashSet;

use super::cloud::is_error_code;
use super::fault::{Fault, FaultKind};
use super::record::RecordKind;
use super::scenario::{Plan, RequestEntry, duration};

/// The first thing that is wrong, with the key of the entry.
pub(crate) fn check(plan: &Plan) -> Result<(), String> {
    if plan.organization.is_none() {
        return Err("key `organization` is missing".to_owned());
    }
    check_clients(plan)?;
    check_records(plan)?;
    for (index, request) in plan.requests.iter().enumerate() {
        check_request(plan, request).map_err(|problem| format!("key `requests[{index}]`: {problem}"))?;
    }
    for (index, fault) in plan.faults.iter().enumerate() {
        check_fault(fault).map_err(|problem| format!("key `faults[{index}]`: {problem}"))?;
    }
    plan.gws_plan().check()?;
    if let Some(cdds) = &plan.cdds {
        cdds.check()?;
    }
    let status = plan.lifecycle.accepted_status;
    if status != 200 && status != 202 {
        return Err("key `lifecycle.accepted_status`: 200 or 202".to_owned());
    }
    if plan.lifecycle.largest_page == 0 {
        return Err("key `lifecycle.largest_page`: from 1".to_owned());
    }
    let [least, most] = plan.lifecycle.delete_lag_hours;
    if least < 0 || most < least {
        return Err("key `lifecycle.delete_lag_hours`: least and most, in that order".to_owned());
    }
    Ok(())
}

fn check_clients(plan: &Plan) -> Result<(), String> {
    let roles: HashSet<&str> = plan.roles.iter().map(|role| role.name.as_str()).collect();
    for (index, client) in plan.oauth_clients.iter().enumerate() {
        let at = format!("key `oauth_clients[{index}]`");
        if client.grant != "CLIENT-CREDENTIALS" && client.grant != "CODE" {
            return Err(format!("{at}: `grant` is CLIENT-CREDENTIALS or CODE"));
        }
        if client.grant == "CLIENT-CREDENTIALS" && client.secret.is_none() {
            return Err(format!("{at}: `secret` is missing"));
        }
        if let Some(role) = client.roles.iter().find(|role| !roles.contains(role.as_str())) {
            return Err(format!("{at}: there is no role `{role}`"));
        }
        if let Some(key) = &client.signs_in {
            let user = |record: &&super::scenario::RecordEntry| {
                record.key == *key && record.kind == RecordKind::User
            };
            if !plan.records.iter().any(|record| user(&record)) {
                return Err(format!("{at}: `signs_in` names no user of this file: `{key}`"));
            }
        }
    }
    if !plan
        .oauth_clients
        .iter()
        .any(|client| client.grant == "CLIENT-CREDENTIALS")
    {
        return Err("key `oauth_clients`: one with `grant = \"CLIENT-CREDENTIALS\"` is needed".to_owned());
    }
    Ok(())
}

fn check_records(plan: &Plan) -> Result<(), String> {
    let mut keys = HashSet::new();
    for (index, record) in plan.records.iter().enumerate() {
        let at = format!("key `records[{index}]`");
        if !keys.insert(record.key.as_str()) {
            return Err(format!("{at}: `key` is used twice: `{}`", record.key));
        }
        if record.kind == RecordKind::Dialer && record.list.is_none() {
            return Err(format!("{at}: a dialer contact needs `list`"));
        }
        if record.kind == RecordKind::Social && record.social.len() != 1 {
            return Err(format!("{at}: a social record needs one handle in `social`"));
        }
        if record.kind == RecordKind::ExternalId && record.external_ids.len() != 1 {
            return Err(format!(
                "{at}: a record of an external id needs one of `external_ids`"
            ));
        }
        if let Some(network) = record.social.keys().find(|network| !network.is_social()) {
            return Err(format!("{at}: `social` has no network `{}`", network.word()));
        }
    }
    for (index, record) in plan.records.iter().enumerate() {
        let Some(into) = &record.merged_into else {
            continue;
        };
        let canonical = plan.records.iter().find(|other| other.key == *into);
        if record.kind != RecordKind::Contact
            || !canonical
                .is_some_and(|other| other.kind == RecordKind::Contact && other.merged_into.is_none())
        {
            return Err(format!(
                "key `records[{index}]`: `merged_into` names no unmerged contact: `{into}`"
            ));
        }
    }
    Ok(())
}

fn check_request(plan: &Plan, request: &RequestEntry) -> Result<(), String> {
    let known = |key: &String| plan.records.iter().any(|record| record.key == *key);
    if let Some(key) = request.record.iter().chain(&request.by).find(|key| !known(key)) {
        return Err(format!("there is no record `{key}`"));
    }
    let values = !request.emails.is_empty() || !request.phones.is_empty() || request.name.is_some();
    if request.record.is_some() == values {
        return Err("either `record` or values (`emails`, `phones`, `name`)".to_owned());
    }
    let age = duration(&request.age).ok_or("`age` is not a time such as `3d 4h`")?;
    if let Some(text) = &request.finished {
        let finished = duration(text).ok_or("`finished` is not a time such as `3d 4h`")?;
        if finished > age {
            return Err("`finished` lies before `age`".to_owned());
        }
    }
    Ok(())
}

fn check_fault(fault: &Fault) -> Result<(), String> {
    let needs_status = matches!(fault.kind, FaultKind::Status | FaultKind::StatusAfter);
    if let Some(code) = fault.code.as_deref().filter(|code| !is_error_code(code)) {
        return Err(format!("`code` is no error code of the API: `{code}`"));
    }
    if needs_status
        && fault.code.is_none()
        && !fault.status.is_some_and(|status| (400..600).contains(&status))
    {
        return Err("`status` from 400 to 599, or `code`, is needed".to_owned());
    }
    if fault.kind == FaultKind::Wait && fault.millis.is_none() {
        return Err("`millis` is needed".to_owned());
    }
    if fault.kind == FaultKind::Envelope && fault.status_code.is_none() {
        return Err("`status_code` is needed".to_owned());
    }
    if fault.every == Some(0) {
        return Err("`every` counts from 1".to_owned());
    }
    match fault.retry_after.as_deref() {
        None | Some("date") => Ok(()),
        Some(seconds) if seconds.parse::<u32>().is_ok() => Ok(()),
        Some(_) => Err("`retry_after` is a number of seconds or `date`".to_owned()),
    }
}
