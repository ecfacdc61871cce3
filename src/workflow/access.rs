//! What the account may do, checked before work starts.

use serde_json::json;

use super::{World, evidence};
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::genesys_cloud::{Identity, who_can_give};

/// The permissions that the work needs, and what for. The first three are needed for all of it.
const NEEDED: [(&str, &str); 4] = [
    ("gdpr:subject:view", "searching for subjects"),
    ("gdpr:request:view", "the queue, details and results"),
    (SUBMIT, "submitting requests"),
    (
        "externalContacts:contact:view",
        "external contacts and what was merged with them",
    ),
];

/// Without this one nothing can be submitted.
const SUBMIT: &str = "gdpr:request:add";

/// Without this one the work goes on, with less to see.
const OPTIONAL: &str = "externalContacts:contact:view";

/// One permission that the work needs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Needed {
    /// `gdpr:subject:view`.
    pub permission: &'static str,
    /// What it is needed for.
    pub needed_for: &'static str,
    /// Held, missing, or `None` where only trying would tell.
    pub held: Option<bool>,
}

impl Needed {
    /// True when the work can go on without it.
    pub fn is_optional(&self) -> bool {
        self.permission == OPTIONAL
    }

    /// Who can give it, when it is missing.
    pub fn remedy(&self) -> Option<String> {
        (self.held == Some(false)).then(|| who_can_give(self.permission))
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Access {
    /// Who the token speaks for.
    pub identity: Identity,
    /// Each permission with its state.
    pub needed: Vec<Needed>,
}

impl Access {
    /// The permissions that are missing, the optional ones left out.
    pub fn missing(&self) -> Vec<&'static str> {
        self.needed
            .iter()
            .filter(|needed| needed.held == Some(false) && !needed.is_optional())
            .map(|needed| needed.permission)
            .collect()
    }

    /// "Access denied" as a failure, when something needed is missing.
    pub fn denied(&self) -> Option<Failure> {
        denied(&self.missing())
    }
}

/// Asks who we are and what we may; denied permissions are part of the answer, not an error.
pub async fn check(world: &World) -> Result<Access, Failure> {
    let identity = world.cloud.identity().await?;
    // Somebody else may have asked meanwhile; the answer is the same.
    let _ = world.identity.set(identity.clone());
    Ok(access_of(identity))
}

/// Asks before work starts that will end with a submission. What only trying would tell is let pass.
///
/// # Errors
/// "Access denied" when `gdpr:request:add` is missing, and whatever asking failed with.
pub async fn may_submit(world: &World) -> Result<(), Failure> {
    let access = check(world).await?;
    let missing = access.missing();
    let missing: Vec<&str> = missing.into_iter().filter(|one| *one == SUBMIT).collect();
    denied(&missing).map_or(Ok(()), Err)
}

fn denied(missing: &[&str]) -> Option<Failure> {
    let first = missing.first()?;
    Some(
        Failure::new(
            FailureKind::Permission,
            format!("Access denied: this account lacks {}.", missing.join(", ")),
        )
        .at("genesys_cloud")
        .next(who_can_give(first)),
    )
}

/// What an identity may do of what the work needs.
pub fn access_of(identity: Identity) -> Access {
    let needed = NEEDED
        .into_iter()
        .map(|(permission, needed_for)| Needed {
            permission,
            needed_for,
            held: identity.holds(permission),
        })
        .collect();
    Access { identity, needed }
}

/// Records in the store that identifiers were shown in full: `place` says where (`guide`, `queue`),
/// never what.
pub async fn record_reveal(world: &World, place: &str) -> Result<(), Failure> {
    let facts = json!({ "place": place });
    evidence::record(world, "reveal", facts).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(permissions: &[&str], complete: bool) -> Identity {
        Identity {
            permissions: permissions.iter().map(|p| (*p).to_owned()).collect(),
            permissions_complete: complete,
            ..Identity::default()
        }
    }

    #[test]
    fn missing_permissions_are_named_with_who_can_give_them() {
        let access = access_of(identity(&["gdpr:request:view", "gdpr:subject:*"], true));
        assert_eq!(access.missing(), ["gdpr:request:add"]);
        let failure = access.denied().unwrap();
        assert_eq!(failure.exit_code(), 4);
        assert!(failure.message.contains("gdpr:request:add"));
        assert!(failure.next.unwrap().contains("administrator"));
    }

    #[test]
    fn what_is_not_known_is_not_denied() {
        let access = access_of(identity(&["gdpr:request:view"], false));
        assert!(access.denied().is_none());
        assert_eq!(access.needed[2].held, None);
        // Doing without external contacts is possible.
        let access = access_of(identity(&["gdpr:*:*"], true));
        assert!(access.denied().is_none());
        assert_eq!(access.needed[3].held, Some(false));
    }
}
