//! Who calls: the token, what it belongs to, and what that may.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, params};

use super::answer::{ApiError, Fail};
use super::call::Call;
use crate::simulator::estate::{ClientMade, RoleMade};
use crate::simulator::seed::hex_digest;

/// A caller.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Digest of the token.
    pub token_hash: String,
    /// OAuth client.
    pub client: ClientMade,
    /// User, if a person signed in.
    pub user_id: Option<String>,
    /// Roles.
    pub roles: Vec<RoleMade>,
}

impl Caller {
    /// Whether a role grants `permission`; a role may use `*` for a part.
    pub(crate) fn may(&self, permission: &str) -> bool {
        self.roles
            .iter()
            .flat_map(|role| &role.permissions)
            .any(|granted| covers(granted, permission))
    }

    /// Whether the token has one of `scopes`; they apply to people only.
    pub(crate) fn has_scope(&self, scopes: &[&str]) -> bool {
        self.user_id.is_none()
            || self
                .client
                .scopes
                .iter()
                .any(|scope| scopes.contains(&scope.as_str()))
    }

    /// All permissions, sorted.
    pub(crate) fn permissions(&self) -> BTreeSet<&str> {
        self.roles
            .iter()
            .flat_map(|role| role.permissions.iter().map(String::as_str))
            .collect()
    }

    /// Id of the subject of authorization: the user, else the client.
    pub(crate) fn subject_id(&self) -> &str {
        self.user_id.as_deref().unwrap_or(&self.client.id)
    }
}

fn covers(granted: &str, wanted: &str) -> bool {
    let mut granted = granted.split(':');
    let mut wanted = wanted.split(':');
    loop {
        match (granted.next(), wanted.next()) {
            (None, None) => return true,
            (Some(own), Some(part)) if own == "*" || own == part => {}
            _ => return false,
        }
    }
}

/// How tokens and codes are kept.
pub(crate) fn token_hash(token: &str) -> String {
    hex_digest(&[b"token:", token.as_bytes()])
}

/// The bearer token of a call.
pub(crate) fn bearer(call: &Call<'_>) -> Result<String, ApiError> {
    let header = call
        .headers
        .get(http::header::AUTHORIZATION)
        .ok_or_else(ApiError::authentication_required)?;
    let text = header.to_str().map_err(|_| ApiError::bad_credentials())?;
    let (scheme, token) = text
        .split_once(' ')
        .ok_or_else(ApiError::authentication_required)?;
    if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() {
        Ok(token.trim().to_owned())
    } else {
        Err(ApiError::authentication_required())
    }
}

/// Finds out who calls.
pub(crate) fn identify(call: &Call<'_>) -> Result<Caller, Fail> {
    let hash = token_hash(&bearer(call)?);
    let found: Option<(String, Option<String>, i64)> = call
        .connection
        .prepare_cached(
            "SELECT client_id, user_id, expires_ms FROM token WHERE hash = ?1 AND use = 'access'",
        )?
        .query_row(params![hash], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((client_id, user_id, _)) = found.filter(|(_, _, expires)| *expires > call.now) else {
        return Err(ApiError::bad_credentials().into());
    };
    let client = call.state.clients().iter().find(|client| client.id == client_id);
    let Some(client) = client.cloned() else {
        return Err(ApiError::bad_credentials().into());
    };
    let role_ids = match &user_id {
        None => client.role_ids.clone(),
        Some(user) => roles_of_user(call, user),
    };
    let roles = call
        .state
        .roles()
        .iter()
        .filter(|role| role_ids.contains(&role.id))
        .cloned()
        .collect();
    Ok(Caller {
        token_hash: hash,
        client,
        user_id,
        roles,
    })
}

fn roles_of_user(call: &Call<'_>, user: &str) -> Vec<String> {
    call.plan
        .records
        .iter()
        .filter(|entry| {
            call.people
                .named(&entry.key)
                .is_some_and(|record| record.id == user)
        })
        .flat_map(|entry| &entry.roles)
        .map(|name| crate::simulator::beginning::role_id(call.plan, name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_stands_for_a_part() {
        assert!(covers("gdpr:*:*", "gdpr:request:add"));
        assert!(covers("gdpr:request:add", "gdpr:request:add"));
        assert!(!covers("gdpr:request:*", "gdpr:subject:view"));
        assert!(!covers("gdpr:*", "gdpr:subject:view"));
    }
}
