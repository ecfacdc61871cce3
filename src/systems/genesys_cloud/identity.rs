//! Who the token speaks for and what it may do.

use serde::Deserialize;

use super::Identity;
use super::call::Call;
use super::exchange::Exchange;
use crate::domain::failure::{Failure, FailureKind};

#[derive(Deserialize, Default)]
struct WireNamed {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

/// `TokenInfo`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct WireToken {
    #[serde(default)]
    organization: Option<WireNamed>,
    #[serde(default)]
    authorized_scope: Option<Vec<String>>,
    #[serde(default, rename = "OAuthClient")]
    oauth_client: Option<WireNamed>,
}

/// `UserMe`, as far as it is needed.
#[derive(Deserialize)]
struct WireMe {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    authorization: Option<WireAuthorization>,
}

#[derive(Deserialize)]
struct WireAuthorization {
    #[serde(default)]
    permissions: Option<Vec<String>>,
}

/// `AuthzSubject`.
#[derive(Deserialize)]
struct WireAuthzSubject {
    #[serde(default)]
    grants: Option<Vec<WireGrant>>,
}

#[derive(Deserialize)]
struct WireGrant {
    #[serde(default)]
    role: Option<WireRole>,
}

#[derive(Deserialize)]
struct WireRole {
    #[serde(default)]
    policies: Option<Vec<WirePolicy>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePolicy {
    #[serde(default)]
    domain: Option<String>,
    #[serde(default)]
    entity_name: Option<String>,
    #[serde(default)]
    actions: Option<Vec<String>>,
}

/// Asks who we are: the token first, then the permissions by whichever way is open.
pub(super) async fn identity(exchange: &Exchange) -> Result<Identity, Failure> {
    let mut identity = Identity::default();
    let call = Call::get("/api/v2/tokens/me", "the token's own description");
    match exchange.read_as::<WireToken>(&call).await {
        Ok((token, _)) => {
            let organization = token.organization.unwrap_or_default();
            identity.organization_id = organization.id;
            identity.organization = organization.name;
            identity.client_id = token.oauth_client.and_then(|client| client.id);
            identity.scopes = token.authorized_scope.unwrap_or_default();
        }
        Err(failure) if is_final(&failure) => return Err(failure),
        // What the token says of itself is good to know, not needed.
        Err(_) => {}
    }
    if !by_user(exchange, &mut identity).await? && !by_grants(exchange, &mut identity).await? {
        by_trying(exchange, &mut identity).await?;
    }
    identity.permissions.sort();
    identity.permissions.dedup();
    Ok(identity)
}

/// Failures after which no other way is worth trying.
fn is_final(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::Authentication
            | FailureKind::Unreachable
            | FailureKind::Configuration
            | FailureKind::Interrupted
    )
}

/// A person's permissions. False when no person is signed in (client credentials: `not.a.user`).
async fn by_user(exchange: &Exchange, identity: &mut Identity) -> Result<bool, Failure> {
    let call = Call::get("/api/v2/users/me", "the user's own record").query("expand", "authorization");
    match exchange.read_as::<WireMe>(&call).await {
        Ok((me, _)) => {
            identity.user_id = me.id;
            let Some(permissions) = me
                .authorization
                .and_then(|authorization| authorization.permissions)
            else {
                return Ok(false);
            };
            identity.permissions = permissions;
            identity.permissions_complete = true;
            Ok(true)
        }
        Err(failure) if is_final(&failure) => Err(failure),
        Err(_) => Ok(false),
    }
}

/// The grants of whoever the token speaks for. False when they may not be read.
async fn by_grants(exchange: &Exchange, identity: &mut Identity) -> Result<bool, Failure> {
    let call = Call::get("/api/v2/authorization/subjects/me", "the account's own grants");
    match exchange.read_as::<WireAuthzSubject>(&call).await {
        Ok((subject, _)) => {
            let policies = subject
                .grants
                .unwrap_or_default()
                .into_iter()
                .filter_map(|grant| grant.role?.policies)
                .flatten();
            for policy in policies {
                let (Some(domain), Some(entity)) = (policy.domain, policy.entity_name) else {
                    continue;
                };
                for action in policy.actions.unwrap_or_default() {
                    identity.permissions.push(format!("{domain}:{entity}:{action}"));
                }
            }
            identity.permissions_complete = true;
            Ok(true)
        }
        Err(failure) if is_final(&failure) => Err(failure),
        Err(_) => Ok(false),
    }
}

/// Harmless reads, each of which shows one permission. What changes something is not tried.
async fn by_trying(exchange: &Exchange, identity: &mut Identity) -> Result<(), Failure> {
    let reads = [
        (
            "gdpr:request:view",
            Call::get("/api/v2/gdpr/requests", "a look at the list of requests")
                .query("pageSize", "1")
                .query("pageNumber", "1"),
        ),
        (
            "gdpr:subject:view",
            Call::get("/api/v2/gdpr/subjects", "a search for nobody")
                .query("searchType", "EXTERNAL_ID")
                .query("searchValue", "dsr-permission-check"),
        ),
    ];
    for (permission, call) in reads {
        match exchange.read(&call).await {
            Ok(_) => identity.permissions.push(permission.to_owned()),
            Err(failure) if is_final(&failure) => return Err(failure),
            Err(failure) if failure.kind == FailureKind::Permission => {
                identity.denied.push(permission.to_owned());
            }
            Err(_) => {}
        }
    }
    Ok(())
}

impl Identity {
    /// Whether a permission is held; `None` where only trying would tell. Wildcards count.
    pub fn holds(&self, permission: &str) -> Option<bool> {
        let held = self.permissions.iter().any(|held| covers(held, permission));
        let denied = self.permissions_complete || self.denied.iter().any(|denied| denied == permission);
        match (held, denied) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }
}

/// Whether a permission held (`gdpr:*:view`, `gdpr:*:*`) covers one that is needed.
fn covers(held: &str, needed: &str) -> bool {
    let mut needed = needed.split(':');
    let mut held = held.split(':');
    loop {
        match (held.next(), needed.next()) {
            (Some("*"), Some(_)) => {}
            (Some(a), Some(b)) if a.eq_ignore_ascii_case(b) => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_cover() {
        for (held, needed, covered) in [
            ("gdpr:request:view", "gdpr:request:view", true),
            ("gdpr:*:view", "gdpr:request:view", true),
            ("*:*:*", "gdpr:request:add", true),
            ("gdpr:request:*", "gdpr:request:add", true),
            ("gdpr:request:view", "gdpr:request:add", false),
            ("gdpr:request", "gdpr:request:add", false),
        ] {
            assert_eq!(covers(held, needed), covered, "{held} {needed}");
        }
    }

    #[test]
    fn what_was_not_tried_is_not_known() {
        let mut identity = Identity {
            permissions: vec!["gdpr:request:view".to_owned()],
            ..Identity::default()
        };
        assert_eq!(identity.holds("gdpr:request:view"), Some(true));
        assert_eq!(identity.holds("gdpr:request:add"), None);
        identity.denied.push("gdpr:subject:view".to_owned());
        assert_eq!(identity.holds("gdpr:subject:view"), Some(false));
        identity.permissions_complete = true;
        assert_eq!(identity.holds("gdpr:request:add"), Some(false));
    }
}
