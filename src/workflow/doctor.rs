//! Troubleshooting: checks, each with its result and its remedy.

use jiff::SignedDuration;

use super::access::{Access, access_of};
use super::{World, reconcile};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::domain::text;
use crate::systems::genesys_cloud::Probe;

/// A difference of clocks from which on times of the API and of this host no longer fit together.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Works, with something to know.
    Warning,
    /// Does not work.
    Failed,
    /// Not checked, because an earlier check failed.
    Skipped,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// What was checked.
    pub name: String,
    /// How it ended.
    pub verdict: Verdict,
    /// What was seen.
    pub seen: String,
    /// What to do.
    pub remedy: Option<String>,
}

impl Check {
    pub(in crate::workflow) fn ok(name: &str, seen: impl Into<String>) -> Check {
        Check {
            name: name.to_owned(),
            verdict: Verdict::Ok,
            seen: seen.into(),
            remedy: None,
        }
    }

    pub(in crate::workflow) fn warning(
        name: &str,
        seen: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Check {
        Check {
            verdict: Verdict::Warning,
            remedy: Some(remedy.into()),
            ..Check::ok(name, seen)
        }
    }

    pub(in crate::workflow) fn failed(name: &str, failure: Failure) -> Check {
        let mut seen = failure.message;
        if let Some(code) = &failure.code {
            seen = format!("{seen} [{code}]");
        }
        if let Some(id) = &failure.correlation_id {
            seen = format!("{seen} (correlation id {id})");
        }
        Check {
            verdict: Verdict::Failed,
            remedy: failure.next,
            ..Check::ok(name, seen)
        }
    }

    pub(in crate::workflow) fn skipped(name: &str) -> Check {
        Check {
            verdict: Verdict::Skipped,
            ..Check::ok(name, "not checked, because an earlier check failed")
        }
    }
}

/// Checks the store, the address, sign-in, permissions, limits and clock of Genesys Cloud. Changes
/// nothing.
pub async fn cloud(world: &World) -> Vec<Check> {
    let mut checks = vec![store(world).await];
    let probe = world.cloud.probe().await;
    checks.push(address(world, &probe));
    let Ok(probe) = probe else {
        checks.extend(["sign-in", "permissions", "limits", "clock"].map(Check::skipped));
        return checks;
    };
    match world.cloud.identity().await {
        Ok(identity) => {
            let _ = world.identity.set(identity.clone());
            let access = access_of(identity);
            checks.push(sign_in(&access));
            checks.extend(permissions(&access));
            checks.push(limits(world).await);
        }
        Err(failure) => {
            checks.push(Check::failed("sign-in", failure));
            checks.extend(["permissions", "limits"].map(Check::skipped));
        }
    }
    checks.push(clock(world, &probe));
    checks
}

/// Changes whose outcome nobody knows wait for somebody to look.
pub async fn outcomes(world: &World) -> Check {
    let unknown = match reconcile::changes::unknown(world).await {
        Ok(unknown) => unknown,
        Err(failure) => return Check::failed("outcomes", failure),
    };
    let Some(first) = unknown.first() else {
        return Check::ok("outcomes", "no change is of unknown outcome");
    };
    let seen = format!(
        "{} of unknown outcome; the oldest is {} by {} at {}",
        match unknown.len() {
            1 => "1 change".to_owned(),
            several => format!("{several} changes"),
        },
        first.action,
        text::clean(&first.actor),
        first.intent_at.strftime("%Y-%m-%d %H:%MZ"),
    );
    Check::warning(
        "outcomes",
        seen,
        "Look whether it took effect, and say so: dsr requests reconcile",
    )
}

async fn store(world: &World) -> Check {
    let path = text::clean(&world.store.path().display().to_string());
    match world.store.list_state().await {
        Ok(_) => Check::ok("store", path),
        Err(failure) => Check::failed("store", failure),
    }
}

fn address(world: &World, probe: &Result<Probe, Failure>) -> Check {
    let endpoints = world.cloud.endpoints();
    let way = match (world.mode, endpoints.api.starts_with("https:")) {
        (Mode::Simulation, _) => "the simulated estate",
        (Mode::Live, true) => "TLS with a trusted certificate",
        (Mode::Live, false) => "plain http on a loopback address",
    };
    match probe {
        Ok(probe) => Check::ok(
            "address",
            format!(
                "{} answers in {} ms ({way})",
                endpoints.api,
                probe.took.as_millis()
            ),
        ),
        Err(failure) => Check::failed("address", failure.clone()),
    }
}

fn sign_in(access: &Access) -> Check {
    let identity = &access.identity;
    let organization = identity
        .organization
        .as_deref()
        .or(identity.organization_id.as_deref());
    let who = match (&identity.user_id, &identity.client_id) {
        (Some(user), _) => format!("user {user}"),
        (None, Some(client)) => format!("OAuth client {client}"),
        (None, None) => "a token".to_owned(),
    };
    let organization = organization.unwrap_or("an organisation that the token does not name");
    Check::ok("sign-in", text::clean(&format!("{who} in {organization}")))
}

fn permissions(access: &Access) -> Vec<Check> {
    let one = |needed: &super::access::Needed| {
        let name = format!("permission {}", needed.permission);
        let why = needed.needed_for;
        match (needed.held, needed.remedy()) {
            (Some(true), _) => Check::ok(&name, format!("held, for {why}")),
            (Some(false), Some(remedy)) if needed.is_optional() => Check::warning(
                &name,
                format!("missing, for {why}; the rest works without it"),
                remedy,
            ),
            (Some(false), remedy) => Check {
                verdict: Verdict::Failed,
                remedy,
                ..Check::ok(&name, format!("missing, for {why}"))
            },
            (None, _) => Check::warning(
                &name,
                format!("not known, for {why}: the account may not read its own grants"),
                "Only trying tells. An administrator can look at the roles of the account.",
            ),
        }
    };
    access.needed.iter().map(one).collect()
}

async fn limits(world: &World) -> Check {
    let limits = world.cloud.limits().await;
    let allowance = world.cloud.allowance();
    let calls = match (allowance.allowed, allowance.resets_in) {
        (Some(allowed), Some(reset)) => {
            format!(
                "{} of {allowed} calls used, reset in {} s",
                allowance.used,
                reset.as_secs()
            )
        }
        (Some(allowed), None) => format!("{allowed} calls in a window"),
        (None, _) => "the API tells no rate limit".to_owned(),
    };
    let own = match limits {
        Ok(limits) if limits.is_empty() => String::new(),
        Ok(limits) => limits
            .iter()
            .map(|(key, value)| format!("; {key} {value}"))
            .collect(),
        Err(failure) if failure.kind == FailureKind::Permission || failure.kind == FailureKind::NotFound => {
            "; the organisation's own limits may not be read".to_owned()
        }
        Err(failure) => return Check::failed("limits", failure),
    };
    Check::ok("limits", format!("{calls}{own}"))
}

/// `4 s`, `3 min`, `2 h`, `3 d`: rounded, for what is a warning at any of these sizes.
fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", (seconds + 30) / 60),
        7_200..172_800 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} d", (seconds + 43_200) / 86_400),
    }
}

fn clock(world: &World, probe: &Probe) -> Check {
    let Some(server) = probe.server_time else {
        return Check::warning(
            "clock",
            "the API sent no date to compare with",
            "Keep the clock of this host set (NTP).",
        );
    };
    let difference = world.clock.now().duration_since(server);
    let seen = format!(
        "{} apart from the API's",
        span(difference.as_secs().unsigned_abs())
    );
    if difference.abs() <= CLOCK_TOLERANCE {
        return Check::ok("clock", seen);
    }
    Check::warning(
        "clock",
        seen,
        "Set the clock of this host (NTP): sign-in, certificates and the search for lost requests go by it.",
    )
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn a_difference_of_clocks_is_told_in_the_unit_that_fits() {
        let told = [3, 119, 600, 7_200, 259_199].map(span);
        assert_eq!(told, ["3 s", "119 s", "10 min", "2 h", "3 d"]);
    }
}
