//! Who may read and write the configuration file, given what it holds.

use std::path::Path;

use super::document::{Document, Placed};
use super::problem::Problem;
use super::schema::{Key, Kind, PROFILE};
use super::value::Value;
use super::{cdds, private};

/// A file that holds a secret is for its owner alone, and nobody else may change a file whose
/// command is run.
pub(super) fn check_access(document: &Document, path: &Path, problems: &mut Vec<Problem>) {
    let tables = document
        .profiles
        .iter()
        .map(|(profile, values)| (profile.clone(), values, PROFILE.to_vec()));
    let exports = document
        .cdds
        .iter()
        .map(|(profile, values)| (format!("{profile}.cdds"), values, cdds::keys()));
    let mut said: Vec<(String, &Key, &Placed)> = Vec::new();
    let tables: Vec<_> = tables.chain(exports).collect();
    for (table, values, keys) in &tables {
        said.extend(
            keys.iter()
                .filter_map(|key| Some((table.clone(), key, values.get(key.name)?))),
        );
    }
    let command = said.iter().find(|(_, key, _)| key.kind == Kind::Command);
    if let (Some((table, key, placed)), Err(why)) = (command, private::check_unchanged(path)) {
        problems.push(
            Problem::new(format!("the file names a command and {why}"))
                .key(format!("profiles.{table}.{}", key.name))
                .line(Some(placed.line))
                .remedy("Take the right to write from the others: chmod go-w"),
        );
    }
    let secrets = said
        .iter()
        .filter(|(_, key, placed)| key.kind == Kind::Secret && holds_secret(key.name, &placed.value));
    let Some((table, key, placed)) = secrets.min_by_key(|(_, _, placed)| placed.line) else {
        return;
    };
    if let Err(why) = private::check(path) {
        problems.push(
            Problem::new(format!("the file holds a secret and {why}"))
                .key(format!("profiles.{table}.{}", key.name))
                .line(Some(placed.line))
                .remedy("Make it private with chmod 600, or keep the secret elsewhere (client_secret_file, secret_command)."),
        );
    }
}

/// A proxy's address is a secret only when it holds credentials.
fn holds_secret(key: &str, value: &Value) -> bool {
    use secrecy::ExposeSecret;
    match value {
        Value::Secret(text) => key != "proxy" || text.expose_secret().contains('@'),
        _ => false,
    }
}
