//! Roles and OAuth clients of the organisation: looked for, and made once.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Call;
use super::errors::SYSTEM;
use super::exchange::Exchange;
use super::json;
use super::mutation::{Mutated, Verdict};
use super::refusals::refused_mutation;
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::systems::permit::Permit;

const ROLES: &str = "/api/v2/authorization/roles";
const CLIENTS: &str = "/api/v2/oauth/clients";

/// Pages of a listing that are read before giving up.
const PAGES: u32 = 40;

/// A role of the organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Permissions in the form `gdpr:request:add`, sorted; `None` when they could not be read.
    pub permissions: Option<Vec<String>>,
}

/// An OAuth client of the organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientEntry {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// What was created: an OAuth client with its secret.
#[derive(Clone, Debug)]
pub struct CreatedClient {
    /// Client id.
    pub id: String,
    /// Client secret.
    pub secret: SecretString,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireRole {
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    permission_policies: Option<Vec<WirePolicy>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePolicy {
    #[serde(default)]
    domain: Option<String>,
    #[serde(default)]
    entity_name: Option<String>,
    #[serde(default)]
    action_set: Option<Vec<String>>,
    #[serde(default)]
    allow_conditions: Option<bool>,
}

#[derive(Deserialize)]
struct WireClient {
    id: String,
    #[serde(default)]
    name: Option<String>,
}

/// Roles whose name is `name`.
pub(super) async fn roles_named(exchange: &Exchange, name: &str) -> Result<Vec<Role>, Failure> {
    let call = Call::get(ROLES, "the list of roles")
        .query("name", name)
        .needs(&["authorization:role:view"]);
    let roles: Vec<WireRole> = all_pages(exchange, call).await?;
    Ok(roles
        .into_iter()
        .filter(|role| role.name.as_deref() == Some(name))
        .map(|role| Role {
            permissions: role.permission_policies.and_then(permissions),
            id: role.id,
            name: name.to_owned(),
        })
        .collect())
}

/// A policy with a condition gives less than it names, so such a role's permissions are not said.
fn permissions(policies: Vec<WirePolicy>) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for policy in policies {
        if policy.allow_conditions == Some(true) {
            return None;
        }
        let (domain, entity) = (policy.domain?, policy.entity_name?);
        for action in policy.action_set? {
            all.push(format!("{domain}:{entity}:{action}"));
        }
    }
    all.sort();
    all.dedup();
    Some(all)
}

/// OAuth clients whose name is `name`.
pub(super) async fn clients_named(exchange: &Exchange, name: &str) -> Result<Vec<ClientEntry>, Failure> {
    let call = Call::get(CLIENTS, "the list of OAuth clients").needs(&["oauth:client:view"]);
    let clients: Vec<WireClient> = all_pages(exchange, call).await?;
    Ok(clients
        .into_iter()
        .filter(|client| client.name.as_deref() == Some(name))
        .map(|client| ClientEntry {
            id: client.id,
            name: name.to_owned(),
        })
        .collect())
}

/// Every entry of a listing. One that cannot be read is a failure: it could be the one looked for.
async fn all_pages<T: serde::de::DeserializeOwned>(
    exchange: &Exchange,
    call: Call,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    for number in 1..=PAGES {
        let call = call
            .clone()
            .query("pageSize", "100")
            .query("pageNumber", number.to_string());
        let (page, head) = exchange.read_page(&call, "entities").await?;
        let more = page.page_count.is_some_and(|pages| u64::from(number) < pages);
        let (entries, unreadable) = json::entries::<T>(page.entries, "entities");
        if let Some(why) = unreadable.first() {
            return Err(super::errors::bad_answer(&call, &head, why));
        }
        let none = entries.is_empty();
        all.extend(entries);
        if !more || none {
            return Ok(all);
        }
    }
    Err(Failure::new(
        FailureKind::Incomplete,
        format!("There are too many entries in {} to look through.", call.what),
    )
    .next("Make the OAuth client by hand (Admin, Integrations, OAuth).")
    .at(SYSTEM))
}

/// The body that creates a role with `permissions`.
fn role_body(name: &str, description: &str, permissions: &[String]) -> Value {
    let mut policies: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for permission in permissions {
        let mut parts = permission.splitn(3, ':');
        if let (Some(domain), Some(entity), Some(action)) = (parts.next(), parts.next(), parts.next()) {
            policies.entry((domain, entity)).or_default().push(action);
        }
    }
    let policies: Vec<Value> = policies
        .into_iter()
        .map(|((domain, entity), actions)| json!({"domain": domain, "entityName": entity, "actionSet": actions}))
        .collect();
    json!({"name": name, "description": description, "permissionPolicies": policies})
}

/// Creates a role, once; gives its id.
pub(super) async fn create_role(
    exchange: &Exchange,
    permit: Permit,
    name: &str,
    description: &str,
    permissions: &[String],
) -> Result<String, Failure> {
    let call = Call::post(ROLES, role_body(name, description, permissions), "the new role")
        .needs(&["authorization:role:add"]);
    let made = exchange
        .mutate(permit, &call, |document| text_of(document, "id"))
        .await;
    settle(made, call.what)
}

/// Creates an OAuth client for client credentials, once.
pub(super) async fn create_client(
    exchange: &Exchange,
    permit: Permit,
    name: &str,
    description: &str,
    role_id: &str,
    division: &str,
) -> Result<CreatedClient, Failure> {
    let body = json!({
        "name": name,
        "description": description,
        "authorizedGrantType": "CLIENT-CREDENTIALS",
        "accessTokenValiditySeconds": 3600,
        "roleDivisions": [{"roleId": role_id, "divisionId": division}],
    });
    let call = Call::post(CLIENTS, body, "the new OAuth client").needs(&["oauth:client:add"]);
    let made = exchange
        .mutate(permit, &call, |document| {
            Some(CreatedClient {
                id: text_of(document, "id")?,
                secret: text_of(document, "secret")?.into(),
            })
        })
        .await;
    settle(made, call.what)
}

fn text_of(document: &Value, field: &str) -> Option<String> {
    document
        .get(field)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// A verdict as a result whose failure says truthfully what was changed.
fn settle<T>(made: Mutated<T>, what: &str) -> Result<T, Failure> {
    match made.verdict {
        Verdict::Accepted(made) => Ok(made),
        Verdict::Refused(refusal) => Err(refused_mutation(what, &refusal, made.correlation_id)),
        Verdict::NotSent(why) => Err(Failure::new(
            FailureKind::Unreachable,
            format!("Nothing was sent for {what}: {why}."),
        )
        .next("Try again.")
        .at(SYSTEM)),
        Verdict::Unknown(why) => {
            let mut failure = Failure::new(
                FailureKind::UnknownOutcome,
                format!("Whether Genesys Cloud made {what} is not known: {why}."),
            )
            .changed(Changed::Unknown)
            .next("Look in the organisation (Admin, Integrations, OAuth, and Roles) before trying again.")
            .at(SYSTEM);
            failure.correlation_id = made.correlation_id;
            Err(failure)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_grouped_into_policies() {
        let permissions = ["gdpr:request:add", "gdpr:request:view", "gdpr:subject:view"].map(str::to_owned);
        assert_eq!(
            role_body("GDPR operator", "d", &permissions),
            json!({"name": "GDPR operator", "description": "d", "permissionPolicies": [
                {"domain": "gdpr", "entityName": "request", "actionSet": ["add", "view"]},
                {"domain": "gdpr", "entityName": "subject", "actionSet": ["view"]},
            ]})
        );
    }
}
