//! Checks of GWS and its Cassandra, each with its result and its remedy. Nothing is changed.

use super::doctor::{Check, Verdict};
use super::forget::Ends;
use crate::domain::mode::Mode;
use crate::domain::text::clean;
use crate::systems::gws::{DeleteTemplate, Gws};
use crate::systems::keyspace::TableKind;

/// Checks GWS: address, version, sign-in, roles, the groups, and the form of the delete call.
pub async fn gws(gws: &Gws, template: &DeleteTemplate, mode: Mode) -> Vec<Check> {
    let mut checks = vec![match gws.base().warning().filter(|_| mode == Mode::Live) {
        Some(warning) => Check::warning("gws transport", warning, "Use the https address of GWS."),
        None => Check::ok("gws transport", clean(gws.base().as_str())),
    }];
    match gws.version().await {
        Ok(version) => checks.push(Check::ok("gws address", format!("GWS {version} answers"))),
        Err(failure) => {
            checks.push(Check::failed("gws address", failure));
            checks.extend(["gws sign-in", "gws roles", "gws settings"].map(Check::skipped));
            return checks;
        }
    }
    if !gws.has_credentials() {
        checks.push(Check {
            verdict: Verdict::Failed,
            remedy: Some("Set gws_username and gws_password_file, or run: dsr login gws".to_owned()),
            ..Check::ok("gws sign-in", "no user is known")
        });
        checks.extend(["gws roles", "gws settings"].map(Check::skipped));
        return checks;
    }
    match gws.me().await {
        Err(failure) => {
            checks.push(Check::failed("gws sign-in", failure));
            checks.extend(["gws roles", "gws settings"].map(Check::skipped));
        }
        Ok(account) => {
            let user = account.username.clone().unwrap_or_else(|| "a user".to_owned());
            checks.push(Check::ok("gws sign-in", user));
            let roles = account.roles.join(", ");
            checks.push(if account.is_admin() {
                Check::ok("gws roles", roles)
            } else {
                Check {
                    verdict: Verdict::Failed,
                    remedy: Some(
                        "Use a user with ROLE_ADMIN: only such a one sees and deletes settings of agents."
                            .to_owned(),
                    ),
                    ..Check::ok("gws roles", format!("no administrator's role ({roles})"))
                }
            });
            checks.push(groups(gws).await);
        }
    }
    checks.push(if mode == Mode::Live && template.is_published() {
        Check::warning(
            "gws delete call",
            "the published form; that it deletes an agent's setting is assumed",
            "It is proven on a group of its own before the first deletion. Another form: gws_delete, gws_delete_body.",
        )
    } else {
        Check::ok("gws delete call", if template.is_published() { "the published form" } else { "a form of the configuration" })
    });
    checks
}

async fn groups(gws: &Gws) -> Check {
    match gws.groups().await {
        Err(failure) => Check::failed("gws settings", failure),
        Ok(groups) => {
            let personal = groups
                .iter()
                .any(|group| group.name.as_str().contains("personal-favorites"));
            let seen = format!("{} settings groups", groups.len());
            if personal {
                Check::ok("gws settings", seen)
            } else {
                Check::warning(
                    "gws settings",
                    format!("{seen}, none called personal-favorites"),
                    "Name the group with --group_name if it is called otherwise here.",
                )
            }
        }
    }
}

/// Tells that the password of the Cassandra user travels readable.
pub fn readable(warning: String) -> Check {
    Check::warning(
        "cassandra transport",
        warning,
        "Set cassandra_tls and cassandra_ca_file in the profile.",
    )
}

/// Checks Cassandra: what answers, and whether everything in the keyspace can be searched.
pub async fn cassandra(ends: &Ends) -> Vec<Check> {
    let description = match ends.keyspace.describe().await {
        Ok(description) => description,
        Err(error) => return vec![Check::failed("cassandra keyspace", error.into())],
    };
    let mut checks = vec![Check::ok(
        "cassandra address",
        clean(&format!(
            "{} {} at {} (cluster {})",
            description.protocol.as_str(),
            description.version,
            ends.place,
            description.cluster
        )),
    )];
    let down: Vec<&str> = description
        .nodes
        .iter()
        .filter(|node| node.up == Some(false))
        .map(|node| node.address.as_str())
        .collect();
    checks.push(if down.is_empty() {
        Check::ok("cassandra nodes", format!("{} nodes", description.nodes.len()))
    } else {
        Check::warning(
            "cassandra nodes",
            clean(&format!(
                "{} of {} are down: {}",
                down.len(),
                description.nodes.len(),
                down.join(", ")
            )),
            "Bring them up: what cannot be read makes the result INCOMPLETE.",
        )
    });
    checks.push(Check::ok(
        "cassandra partitioner",
        clean(description.partitioner.name()),
    ));
    let hidden: Vec<&str> = description
        .tables
        .iter()
        .filter(|table| table.hidden_columns && table.kind == TableKind::CompactStatic)
        .map(|table| table.name.as_str())
        .collect();
    checks.push(if hidden.is_empty() {
        Check::ok(
            "cassandra tables",
            format!(
                "{} tables in {}",
                description.tables.len(),
                clean(&description.keyspace)
            ),
        )
    } else {
        Check::warning(
            "cassandra tables",
            clean(&format!(
                "columns of {} can be hidden from this way in",
                hidden.join(", ")
            )),
            "Use the Thrift port (usually 9160) of this cluster.",
        )
    });
    checks.extend(
        description
            .notes
            .iter()
            .map(|note| Check::warning("cassandra note", clean(note), "See README, section Forget-me.")),
    );
    checks
}
