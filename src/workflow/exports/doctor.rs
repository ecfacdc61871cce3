//! Checks of the export service, each with its remedy. Nothing is changed.

use jiff::SignedDuration;

use super::{artifacts, certificate};
use crate::crypto::keyring::KeyRing;
use crate::domain::export::{WARN_DAYS, serial_form};
use crate::domain::failure::FailureKind;
use crate::domain::mode::Mode;
use crate::domain::progress::Listener;
use crate::workflow::World;
use crate::workflow::doctor::Check;

/// A difference of clocks from which on times no longer fit together.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(120);

/// Checks address, sign-in, permission, certificate, files and clock.
pub async fn cdds(world: &World) -> Vec<Check> {
    const REST: [&str; 5] = [
        "cdds sign-in",
        "cdds permission",
        "cdds certificate",
        "cdds files",
        "cdds clock",
    ];
    let client = match world.cdds().await {
        Ok(client) => client,
        Err(failure) => {
            let mut checks = vec![Check::failed("cdds address", failure)];
            checks.extend(REST.map(Check::skipped));
            return checks;
        }
    };
    let place = client.place();
    let probe = client.probe().await;
    let mut checks = vec![match &probe {
        Ok(_) => Check::ok("cdds address", format!("{} answers", place.host)),
        Err(failure) => Check::failed("cdds address", failure.clone()),
    }];
    let Ok(server_time) = probe else {
        checks.extend(REST.map(Check::skipped));
        return checks;
    };
    match client.account().await {
        Ok(account) => {
            let name = account
                .username
                .unwrap_or_else(|| "somebody whom the service does not name".to_owned());
            let tenant = account
                .tenant
                .map_or_else(String::new, |tenant| format!(" of {tenant}"));
            checks.push(Check::ok("cdds sign-in", format!("{name}{tenant}")));
        }
        Err(failure) => {
            checks.push(Check::failed("cdds sign-in", failure));
            checks.extend(["cdds permission", "cdds certificate", "cdds files"].map(Check::skipped));
            checks.push(clock(world, server_time));
            return checks;
        }
    }
    checks.extend(contents(world).await);
    checks.push(clock(world, server_time));
    checks
}

async fn contents(world: &World) -> Vec<Check> {
    let listed = artifacts::list(world, &Listener::none()).await;
    let files = match listed {
        Ok(files) => files,
        Err(failure) => {
            // The paths of jobs and files are assumed: that nothing is there says nothing of the rest.
            let permission = match failure.kind {
                FailureKind::Permission => Check::failed("cdds permission", failure),
                _ => Check::failed("cdds files", failure),
            };
            return vec![permission, certificate_check(world).await];
        }
    };
    let mut checks = vec![
        Check::ok("cdds permission", "jobs and files can be read"),
        certificate_check(world).await,
    ];
    let expiring = files.expiring(SignedDuration::from_hours(WARN_DAYS * 24));
    let missing = expiring.iter().filter(|entry| entry.here.is_none()).count();
    let seen = format!(
        "{} files, {missing} of them deleted within {WARN_DAYS} days and not here",
        files.entries.len()
    );
    checks.push(match missing {
        0 => Check::ok("cdds files", seen),
        _ => Check::warning(
            "cdds files",
            seen,
            format!("Fetch them: dsr artifacts download --expiring {WARN_DAYS}d"),
        ),
    });
    checks.push(keys(world, &files));
    checks
}

/// Whether the keys are here that the files of the service were encrypted for.
fn keys(world: &World, files: &artifacts::Artifacts) -> Check {
    let name = "cdds keys";
    let ring = match KeyRing::at(&world.vault.keyring).entries() {
        Ok(ring) => ring,
        Err(failure) => return Check::failed(name, failure),
    };
    let has = |serial: &str| {
        ring.iter()
            .any(|entry| serial_form(&entry.certificate.serial()).as_deref() == Some(serial))
    };
    let told: Vec<&str> = (files.entries.iter())
        .filter_map(|entry| entry.artifact.recipient_serial.as_deref())
        .collect();
    let lacking = told.iter().filter(|serial| !has(serial)).count();
    let silent = files.entries.len() - told.len();
    let seen = format!(
        "{} keys in the ring; {} files can be opened with them, {lacking} cannot, {silent} do not tell their key",
        ring.len(),
        told.len() - lacking,
    );
    match lacking {
        // In a simulation the key is made when it is needed.
        _ if world.mode == Mode::Simulation => Check::ok(name, seen),
        0 => Check::ok(name, seen),
        _ => Check::warning(
            name,
            seen,
            "Add the key that the files were encrypted for: dsr certificate add --key FILE --cert FILE",
        ),
    }
}

async fn certificate_check(world: &World) -> Check {
    let name = "cdds certificate";
    let state = match certificate::state(world).await {
        Ok(state) => state,
        Err(failure) => return Check::failed(name, failure),
    };
    match (state.demand(), state.standing) {
        // Files can still be listed and fetched: a thing to know, and to do.
        (Err(failure), _) => Check::warning(name, failure.message, failure.next.unwrap_or_default()),
        (Ok(()), certificate::Standing::NotTold) => Check::warning(
            name,
            state.words(),
            "Upload it again with dsr certificate import: then serial number and validity are known here.",
        ),
        (Ok(()), _) => Check::ok(name, state.words()),
    }
}

fn clock(world: &World, server: Option<jiff::Timestamp>) -> Check {
    let name = "cdds clock";
    let Some(server) = server else {
        return Check::warning(
            name,
            "the service sent no date to compare with",
            "Keep the clock of this host set (NTP).",
        );
    };
    let difference = world.clock.now().duration_since(server).abs();
    let seen = format!("{} s apart from the service's", difference.as_secs());
    if difference <= TOLERANCE {
        Check::ok(name, seen)
    } else {
        Check::warning(
            name,
            seen,
            "Set the clock of this host (NTP): remaining days go by it.",
        )
    }
}
