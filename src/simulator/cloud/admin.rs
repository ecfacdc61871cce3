//! Roles, OAuth clients and what the caller is granted.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, ApiError, Fail};
use super::call::Call;
use super::gdpr::iso;
use super::paging::Page;
use crate::simulator::beginning::secret_digest;
use crate::simulator::estate::{ClientMade, RoleMade};
use crate::simulator::scenario::Plan;
use crate::simulator::{log, seed};

/// The home division.
pub(crate) fn division(plan: &Plan) -> Value {
    let id = seed::uuid(plan.seed, "home-division");
    json!({"id": id, "name": "Home", "selfUri": format!("/api/v2/authorization/divisions/{id}")})
}

/// `GET /api/v2/authorization/divisions/home`
pub(crate) fn home_division(call: &Call<'_>) -> Result<Answer, Fail> {
    let mut value = division(call.plan);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("homeDivision".to_owned(), Value::Bool(true));
    }
    Ok(Answer::ok(&value))
}

/// Permissions by domain and entity: the actions of each.
fn policies(role: &RoleMade) -> BTreeMap<(&str, &str), Vec<&str>> {
    let mut grouped: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for permission in &role.permissions {
        let mut parts = permission.splitn(3, ':');
        if let (Some(domain), Some(entity), Some(action)) = (parts.next(), parts.next(), parts.next()) {
            grouped.entry((domain, entity)).or_default().push(action);
        }
    }
    grouped
}

/// `GET /api/v2/authorization/subjects/me`
pub(crate) fn subject(call: &Call<'_>) -> Result<Answer, Fail> {
    let caller = call.caller()?;
    let id = caller.subject_id();
    let made = iso(call.state.head().epoch - 90 * crate::simulator::lifecycle::DAY);
    let grants: Vec<Value> = caller
        .roles
        .iter()
        .map(|role| {
            let policies: Vec<Value> = policies(role)
                .into_iter()
                .map(|((domain, entity), actions)| {
                    json!({"actions": actions, "domain": domain, "entityName": entity})
                })
                .collect();
            json!({
                "subjectId": id,
                "division": division(call.plan),
                "role": {"id": role.id, "name": role.name, "policies": policies, "default": false},
                "grantMadeAt": made,
            })
        })
        .collect();
    Ok(Answer::ok(&json!({
        "id": id,
        "name": caller.client.name,
        "grants": grants,
        "version": 1,
        "selfUri": format!("/api/v2/authorization/subjects/{id}"),
    })))
}

fn wire_role(role: &RoleMade) -> Value {
    let policies: Vec<Value> = policies(role)
        .into_iter()
        .map(|((domain, entity), actions)| {
            json!({"domain": domain, "entityName": entity, "actionSet": actions, "allowConditions": false})
        })
        .collect();
    json!({
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "permissions": [],
        "permissionPolicies": policies,
        "default": false,
        "base": false,
        "selfUri": format!("/api/v2/authorization/roles/{}", role.id),
    })
}

/// `GET /api/v2/authorization/roles`; `name` may end with a star.
pub(crate) fn roles(call: &Call<'_>) -> Result<Answer, Fail> {
    let page = Page::of(call, 500)?;
    let wanted = call.parameter("name").map(str::to_lowercase);
    let found: Vec<&RoleMade> = call
        .state
        .roles()
        .iter()
        .filter(|role| match wanted.as_deref() {
            None => true,
            Some(pattern) => match pattern.strip_suffix('*') {
                Some(start) => role.name.to_lowercase().starts_with(start),
                None => role.name.to_lowercase() == pattern,
            },
        })
        .collect();
    let total = found.len() as u64;
    let entities = page.cut(found).into_iter().map(wire_role).collect();
    Ok(Answer::ok(&page.listing(
        "/api/v2/authorization/roles",
        total,
        entities,
    )))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IncomingRole {
    name: Option<String>,
    description: Option<String>,
    permission_policies: Option<Vec<IncomingPolicy>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IncomingPolicy {
    domain: Option<String>,
    entity_name: Option<String>,
    action_set: Option<Vec<String>>,
}

/// `POST /api/v2/authorization/roles`
pub(crate) fn make_role(call: &Call<'_>) -> Result<Answer, Fail> {
    let incoming: IncomingRole = call.json()?;
    let name = named(incoming.name)?;
    if call.state.roles().iter().any(|role| role.name == name) {
        return Err(ApiError::of_status(409).into());
    }
    let mut permissions = Vec::new();
    for policy in incoming.permission_policies.unwrap_or_default() {
        let (Some(domain), Some(entity)) = (policy.domain, policy.entity_name) else {
            return Err(ApiError::constraint("a policy needs domain and entityName").into());
        };
        for action in policy.action_set.unwrap_or_default() {
            permissions.push(format!("{domain}:{entity}:{action}"));
        }
    }
    let seq = log::next_seq(call.connection)?;
    let role = RoleMade {
        id: seed::uuid(
            call.plan.seed,
            &format!("role:{}:{seq}", call.state.head().generation),
        ),
        name,
        description: incoming.description.unwrap_or_default(),
        permissions,
    };
    append(call, "role", &role)?;
    Ok(Answer::ok(&wire_role(&role)))
}

fn named(name: Option<String>) -> Result<String, ApiError> {
    name.filter(|name| !name.trim().is_empty())
        .ok_or_else(|| ApiError::constraint("name is required"))
}

fn append(call: &Call<'_>, kind: &str, event: &impl serde::Serialize) -> Result<(), Fail> {
    let body = serde_json::to_string(event).map_err(|_| ApiError::of_status(500))?;
    log::append(call.connection, call.now, kind, &body)?;
    Ok(())
}

fn wire_client(call: &Call<'_>, client: &ClientMade) -> Value {
    let home = seed::uuid(call.plan.seed, "home-division");
    let grants: Vec<Value> = client
        .role_ids
        .iter()
        .map(|role| json!({"roleId": role, "divisionId": home}))
        .collect();
    json!({
        "id": client.id,
        "name": client.name,
        "description": client.description,
        "accessTokenValiditySeconds": client.token_seconds,
        "registeredRedirectUri": client.redirect_uris,
        "roleIds": client.role_ids,
        "roleDivisions": grants,
        "dateCreated": iso(client.created),
        "dateModified": iso(client.created),
        "createdBy": {"id": client.created_by},
        "authorizedGrantType": client.grant,
        "scope": client.scopes,
        "state": "active",
        "selfUri": format!("/api/v2/oauth/clients/{}", client.id),
    })
}

/// `GET /api/v2/oauth/clients`: no secrets here.
pub(crate) fn clients(call: &Call<'_>) -> Result<Answer, Fail> {
    let all = call.state.clients();
    let page = Page {
        size: (all.len() as u64).max(25),
        number: 1,
    };
    let entities = all.iter().map(|client| wire_client(call, client)).collect();
    Ok(Answer::ok(&page.listing(
        "/api/v2/oauth/clients",
        all.len() as u64,
        entities,
    )))
}

/// `GET /api/v2/oauth/clients/{id}`
pub(crate) fn client(call: &Call<'_>) -> Result<Answer, Fail> {
    let id = call.name("id");
    let client = call.state.clients().iter().find(|client| client.id == id);
    let client = client.ok_or_else(ApiError::not_found)?;
    Ok(Answer::ok(&wire_client(call, client)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IncomingClient {
    name: Option<String>,
    description: Option<String>,
    authorized_grant_type: Option<String>,
    access_token_validity_seconds: Option<u32>,
    role_divisions: Option<Vec<IncomingGrant>>,
    role_ids: Option<Vec<String>>,
    registered_redirect_uri: Option<Vec<String>>,
    scope: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IncomingGrant {
    role_id: Option<String>,
}

/// `POST /api/v2/oauth/clients`: the only answer that holds the secret. The API itself does not
/// refuse a second client of the same name.
pub(crate) fn make_client(call: &Call<'_>) -> Result<Answer, Fail> {
    const GRANTS: &str = "[CODE, TOKEN, SAML2-BEARER, PASSWORD, CLIENT-CREDENTIALS]";
    let incoming: IncomingClient = call.json()?;
    let name = named(incoming.name)?;
    let grant = incoming.authorized_grant_type.unwrap_or_default();
    if grant != "CLIENT-CREDENTIALS" && grant != "CODE" {
        return Err(ApiError::field_value(&grant, "authorizedGrantType", GRANTS).into());
    }
    let mut role_ids = incoming.role_ids.unwrap_or_default();
    let granted = incoming.role_divisions.unwrap_or_default();
    role_ids.extend(granted.into_iter().filter_map(|grant| grant.role_id));
    let known = |id: &String| call.state.roles().iter().any(|role| role.id == *id);
    if !role_ids.iter().all(known) {
        return Err(ApiError::not_found().into());
    }
    let seconds = incoming.access_token_validity_seconds.unwrap_or(86_400);
    if !(300..=172_800).contains(&seconds) {
        return Err(ApiError::constraint("accessTokenValiditySeconds must be between 300 and 172800").into());
    }
    let secret = format!("simulated-{}", uuid::Uuid::new_v4().simple());
    let client = ClientMade {
        id: uuid::Uuid::new_v4().to_string(),
        name,
        description: incoming.description.unwrap_or_default(),
        grant,
        secret_digest: secret_digest(&secret),
        token_seconds: seconds,
        role_ids,
        scopes: incoming.scope.unwrap_or_default(),
        redirect_uris: incoming.registered_redirect_uri.unwrap_or_default(),
        created_by: call.caller()?.subject_id().to_owned(),
        created: call.now,
        signs_in: call
            .plan
            .oauth_clients
            .iter()
            .find_map(|client| client.signs_in.clone()),
    };
    append(call, "client", &client)?;
    let mut value = wire_client(call, &client);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("secret".to_owned(), Value::from(secret));
    }
    Ok(Answer::ok(&value))
}
