//! First use: the role and the OAuth client in the organisation.

use secrecy::SecretString;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{World, gate};
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::text;

/// What the OAuth client is given: the GDPR API, and a look at external contacts, so that a request
/// for a merged contact can say what it will touch.
const PERMISSIONS: [&str; 4] = [
    "externalContacts:contact:view",
    "gdpr:request:add",
    "gdpr:request:view",
    "gdpr:subject:view",
];

const DESCRIPTION: &str = "Made by dsr for data subject requests";

/// What would be created.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct OauthClientPlan {
    /// Name of the role.
    pub role_name: String,
    /// Its permissions.
    pub permissions: Vec<String>,
    /// Id of the role when one of that name exists with exactly these permissions.
    pub existing_role: Option<String>,
    /// Name of the client.
    pub client_name: String,
    /// Division of the grant.
    pub division: String,
}

/// What was created. The secret is shown by nobody: the caller stores it where the configuration says.
#[derive(Debug)]
pub struct OauthClient {
    /// Client id.
    pub id: String,
    /// Client secret.
    pub secret: SecretString,
    /// Role id.
    pub role_id: String,
}

/// Says what will be created. Refused when a client of that name exists.
pub async fn plan_oauth_client(
    world: &World,
    client_name: &str,
    role_name: &str,
) -> Result<OauthClientPlan, Failure> {
    let (client_name, role_name) = (client_name.trim(), role_name.trim());
    if client_name.is_empty() || role_name.is_empty() {
        return Err(Failure::new(
            FailureKind::Usage,
            "Role and OAuth client need a name each.",
        ));
    }
    if let Some(client) = world.cloud.clients_named(client_name).await?.first() {
        return Err(taken(
            &format!(
                "An OAuth client named \"{}\" exists already (id {}).",
                text::clean(client_name),
                text::clean(&client.id)
            ),
            "Use its id and secret in the profile, or choose another name. A second one of the same name is not made.",
        ));
    }
    let permissions = PERMISSIONS.map(str::to_owned).to_vec();
    let roles = world.cloud.roles_named(role_name).await?;
    let identical = roles
        .iter()
        .find(|role| role.permissions.as_ref() == Some(&permissions));
    if identical.is_none() && !roles.is_empty() {
        return Err(taken(
            &format!(
                "A role named \"{}\" exists already, with other permissions than {}.",
                text::clean(role_name),
                permissions.join(", ")
            ),
            "Choose another name for the role. A role that others may use is not changed.",
        ));
    }
    Ok(OauthClientPlan {
        role_name: role_name.to_owned(),
        permissions,
        existing_role: identical.map(|role| role.id.clone()),
        client_name: client_name.to_owned(),
        division: "*".to_owned(),
    })
}

fn taken(message: &str, next: &str) -> Failure {
    Failure::new(FailureKind::Conflict, message)
        .at("genesys_cloud")
        .next(next)
}

/// Creates role and client, each through the gate. Refused when the organisation no longer is as it
/// was when `plan` was made. After a cancellation nothing more is begun; what was begun is waited for:
/// the secret of a client is told once, in the answer that made it.
pub async fn create_oauth_client(
    world: &World,
    plan: &OauthClientPlan,
    cancel: &CancellationToken,
) -> Result<OauthClient, Failure> {
    let now = plan_oauth_client(world, &plan.client_name, &plan.role_name).await?;
    if now != *plan {
        return Err(taken(
            "The organisation has changed since the preview.",
            "Look at the preview again.",
        ));
    }
    let role_id = match &plan.existing_role {
        Some(id) => id.clone(),
        None => {
            go_on(cancel)?;
            create_role(world, plan).await?
        }
    };
    let created = match go_on(cancel) {
        Ok(()) => create_client(world, plan, &role_id).await,
        Err(failure) => Err(failure),
    };
    created.map_err(|failure| {
        // The role stands already: what is left to do is less, but something was changed.
        match (failure.changed, &plan.existing_role) {
            (Changed::Nothing, None) => {
                let message = format!(
                    "{} The role \"{}\" was created.",
                    failure.message,
                    text::clean(&plan.role_name)
                );
                Failure { message, ..failure }.changed(Changed::Something)
            }
            _ => failure,
        }
    })
}

fn go_on(cancel: &CancellationToken) -> Result<(), Failure> {
    if !cancel.is_cancelled() {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Interrupted,
        "Interrupted before the OAuth client was created.",
    )
    .next("Run the same again: a role that stands already is used, not made once more."))
}

async fn create_role(world: &World, plan: &OauthClientPlan) -> Result<String, Failure> {
    let facts = json!({"role": plan.role_name, "permissions": plan.permissions});
    let (cloud, plan) = (world.cloud.clone(), plan.clone());
    gate::change(world, "create_role", facts, move |permit| async move {
        cloud
            .create_role(permit, &plan.role_name, DESCRIPTION, &plan.permissions)
            .await
    })
    .await
}

async fn create_client(world: &World, plan: &OauthClientPlan, role_id: &str) -> Result<OauthClient, Failure> {
    let facts = json!({"client": plan.client_name, "role_id": role_id, "division": plan.division});
    let (cloud, plan, role) = (world.cloud.clone(), plan.clone(), role_id.to_owned());
    let created = gate::change(world, "create_oauth_client", facts, move |permit| async move {
        cloud
            .create_client(permit, &plan.client_name, DESCRIPTION, &role, &plan.division)
            .await
    })
    .await?;
    Ok(OauthClient {
        id: created.id,
        secret: created.secret,
        role_id: role_id.to_owned(),
    })
}
