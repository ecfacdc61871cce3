//! Misbehaviour by scenario: which call of which route goes wrong, and how. Calls are counted in
//! the log, so that the third call is the third whichever process makes it.

use rusqlite::Connection;

use super::fault::Fault;
use super::log;
use super::scenario::Plan;

/// True when any call can go wrong, so that calls have to be counted.
pub(crate) fn any(plan: &Plan) -> bool {
    !plan.faults.is_empty()
}

/// The faults that hit this call of `route` (`POST /api/v2/gdpr/requests`).
pub(crate) fn hits<'a>(
    plan: &'a Plan,
    connection: &Connection,
    route: &str,
) -> rusqlite::Result<Vec<&'a Fault>> {
    let concerned: Vec<&Fault> = plan
        .faults
        .iter()
        .filter(|fault| covers(&fault.route, route))
        .collect();
    if concerned.is_empty() {
        return Ok(Vec::new());
    }
    let own = log::count_call(connection, route)?;
    let any = log::count_call(connection, "*")?;
    Ok(concerned
        .into_iter()
        .filter(|fault| {
            let n = if fault.route == "*" { any } else { own };
            is_hit(fault, n)
        })
        .collect())
}

fn covers(pattern: &str, route: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => route.starts_with(start),
        None => pattern == route,
    }
}

fn is_hit(fault: &Fault, n: u64) -> bool {
    match (fault.every, fault.calls.is_empty()) {
        (Some(every), _) if n.is_multiple_of(every) => true,
        (None, true) => true,
        _ => fault.calls.contains(&n),
    }
}
