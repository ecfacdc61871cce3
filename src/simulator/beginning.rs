//! What an estate holds when it begins: the roles, clients and requests of its scenario.

use super::estate::{ClientMade, RoleMade, effect_at};
use super::lifecycle;
use super::people::People;
use super::record::Record;
use super::request::{Request, WireSubject, WireTerm};
use super::scenario::{Client, Plan, RequestEntry, Role, duration};
use super::seed::{self, Dice};

/// The id of a role that the scenario names.
pub(crate) fn role_id(plan: &Plan, name: &str) -> String {
    seed::uuid(plan.seed, &format!("role:{name}"))
}

/// A role of the scenario.
pub(crate) fn role_of_plan(plan: &Plan, role: &Role) -> RoleMade {
    RoleMade {
        id: role_id(plan, &role.name),
        name: role.name.clone(),
        description: String::new(),
        permissions: role.permissions.clone(),
    }
}

/// A client of the scenario.
pub(crate) fn client_of_plan(plan: &Plan, client: &Client, epoch: i64) -> ClientMade {
    ClientMade {
        id: client.id.clone(),
        name: client.name.clone(),
        description: String::new(),
        grant: client.grant.clone(),
        secret_digest: client.secret.as_deref().map_or_else(String::new, secret_digest),
        token_seconds: plan.limits.token_seconds,
        role_ids: client.roles.iter().map(|name| role_id(plan, name)).collect(),
        scopes: client.scopes.clone(),
        redirect_uris: client.redirect_uris.clone(),
        created_by: client.id.clone(),
        created: epoch - 90 * lifecycle::DAY,
        signs_in: client.signs_in.clone(),
    }
}

/// How a secret is kept.
pub(crate) fn secret_digest(secret: &str) -> String {
    seed::hex_digest(&[b"secret:", secret.as_bytes()])
}

/// A request of the scenario.
pub(crate) fn request_of_plan(
    plan: &Plan,
    people: &People,
    index: usize,
    entry: &RequestEntry,
    epoch: i64,
) -> Request {
    let mut dice = Dice::new(plan.seed, &format!("listed-request:{index}"));
    let id = dice.uuid();
    let record = entry.record.as_deref().and_then(|key| people.named(key));
    let subject = match record {
        Some(record) => WireSubject::id_only(record),
        None => WireSubject {
            name: entry.name.clone(),
            phone_numbers: Some(entry.phones.clone()),
            email_addresses: Some(entry.emails.clone()),
            ..WireSubject::default()
        },
    };
    let created = epoch - duration(&entry.age).unwrap_or(0);
    let finished = entry
        .finished
        .as_deref()
        .and_then(duration)
        .map(|ago| epoch - ago);
    let timetable = lifecycle::standing(entry.kind, &entry.status, created, epoch, finished, &mut dice);
    let user = entry.by.as_deref().and_then(|key| people.named(key));
    let client = plan.oauth_clients.first().map(|client| client.id.clone());
    let effect = effect_at(plan, entry.kind, &timetable, &mut dice);
    Request {
        id,
        kind: entry.kind,
        targets: record.map(Record::key).into_iter().collect(),
        subject,
        terms: entry
            .terms
            .iter()
            .map(|(kind, existing, updated)| WireTerm {
                kind: *kind,
                existing_value: existing.clone(),
                updated_value: updated.clone(),
            })
            .collect(),
        created,
        created_by: user.map_or(client.unwrap_or_default(), |record| record.id.clone()),
        by_user: user.is_some(),
        timetable,
        archives: entry.archives.unwrap_or(1),
        effect_at: effect,
    }
}
