//! Layers: environment over file over defaults, and for every value where it came from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::document::Values;
use super::env::Env;
use super::problem::Problem;
use super::schema::{Key, Kind};
use super::value::{self, Value};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody said another.
    Default,
    /// A line of the file.
    File {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An environment variable.
    Environment(&'static str),
}

impl Source {
    /// True for the environment.
    pub fn is_environment(&self) -> bool {
        matches!(self, Source::Environment(_))
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Default => f.write_str("default"),
            Source::File { file, line } => write!(f, "{}:{line}", file.display()),
            Source::Environment(name) => write!(f, "environment {name}"),
        }
    }
}

/// One value with its source.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The value.
    pub value: Value,
    /// Where it came from.
    pub source: Source,
}

/// A variable, the key it stands for, what that holds, and the keys whose place it takes.
pub type Overlay = (&'static str, &'static str, Kind, &'static [&'static str]);

/// Values of one table by key.
#[derive(Clone, Debug, Default)]
pub struct Layered(BTreeMap<&'static str, Setting>);

impl Layered {
    /// Defaults with the file over them.
    pub fn of(schema: &[Key], said: &Values, file: Option<&Path>) -> Layered {
        let mut layered = Layered::default();
        for key in schema {
            let placed = said.get(key.name).map(|placed| Setting {
                value: placed.value.clone(),
                source: Source::File {
                    file: file.unwrap_or(Path::new("")).to_owned(),
                    line: placed.line,
                },
            });
            let default = || {
                // A default that does not fit its key is found by the test over the sample file.
                let value = value::from_text(key.kind, key.default?, Path::new("")).ok()?;
                Some(Setting {
                    value,
                    source: Source::Default,
                })
            };
            if let Some(setting) = placed.or_else(default) {
                layered.0.insert(key.name, setting);
            }
        }
        layered
    }

    /// Lays the environment over a profile. A variable takes the place of every key that answers
    /// the same question.
    pub fn overlay(&mut self, env: &Env, base: &Path, problems: &mut Vec<Problem>) {
        const SECRETS: &[&str] = &[
            "client_secret",
            "client_secret_file",
            "client_secret_env",
            "client_secret_fd",
            "secret_command",
        ];
        const TOKENS: &[&str] = &["access_token", "access_token_file", "access_token_env"];
        // Another address or client is perhaps another organisation: the store named in the file is not its.
        const PLACES: &[&str] = &["region", "api_url", "login_url", "store", "organization"];
        const CLIENT: &[&str] = &["store", "organization"];
        let gws: &'static [&'static str] = &super::schema::GWS_PASSWORD;
        let cassandra: &'static [&'static str] = &super::schema::CASSANDRA_PASSWORD;
        let rules: [Overlay; 14] = [
            ("DSR_GWS_URL", "gws_url", Kind::Text, &[]),
            (
                "DSR_ENCRYPTION_PASSPHRASE_FILE",
                "encryption_passphrase_file",
                Kind::Path,
                &super::schema::ENCRYPTION_PASSPHRASE,
            ),
            ("DSR_GWS_USERNAME", "gws_username", Kind::Text, &[]),
            ("DSR_GWS_PASSWORD_FILE", "gws_password_file", Kind::Path, gws),
            ("DSR_GWS_PASSWORD", "gws_password", Kind::Secret, gws),
            (
                "DSR_CASSANDRA_PASSWORD_FILE",
                "cassandra_password_file",
                Kind::Path,
                cassandra,
            ),
            (
                "DSR_CASSANDRA_PASSWORD",
                "cassandra_password",
                Kind::Secret,
                cassandra,
            ),
            ("GENESYSCLOUD_REGION", "region", Kind::Text, PLACES),
            ("DSR_GENESYS_CLOUD_URL", "api_url", Kind::Text, PLACES),
            ("GENESYSCLOUD_OAUTHCLIENT_ID", "client_id", Kind::Text, CLIENT),
            (
                "GENESYSCLOUD_OAUTHCLIENT_SECRET_FILE",
                "client_secret_file",
                Kind::Path,
                SECRETS,
            ),
            (
                "GENESYSCLOUD_OAUTHCLIENT_SECRET",
                "client_secret",
                Kind::Secret,
                SECRETS,
            ),
            (
                "GENESYSCLOUD_ACCESS_TOKEN_FILE",
                "access_token_file",
                Kind::Path,
                TOKENS,
            ),
            ("GENESYSCLOUD_ACCESS_TOKEN", "access_token", Kind::Secret, TOKENS),
        ];
        self.overlay_with(&rules, env, base, problems);
    }

    /// Lays the variables of `rules` over a table.
    pub fn overlay_with(&mut self, rules: &[Overlay], env: &Env, base: &Path, problems: &mut Vec<Problem>) {
        for (variable, key, kind, replaces) in rules.iter().copied() {
            let Some(text) = env.get(variable) else { continue };
            match value::from_text(kind, text, base) {
                Ok(value) => {
                    for replaced in replaces {
                        self.0.remove(replaced);
                    }
                    let source = Source::Environment(variable);
                    self.0.insert(key, Setting { value, source });
                }
                Err(why) => problems.push(Problem::new(why).key(variable)),
            }
        }
    }

    /// The setting of a key.
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.0.get(key)
    }

    /// The value of a key that holds a text.
    pub fn text(&self, key: &str) -> Option<String> {
        match &self.get(key)?.value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// The value of a key that holds names.
    pub fn names(&self, key: &str) -> Vec<String> {
        match self.get(key).map(|setting| &setting.value) {
            Some(Value::Names(names)) => names.clone(),
            _ => Vec::new(),
        }
    }

    /// The value of a key that holds a command.
    pub fn command(&self, key: &str) -> Option<Vec<String>> {
        match &self.get(key)?.value {
            Value::Command(words) => Some(words.clone()),
            _ => None,
        }
    }

    /// The value of a key that holds a path.
    pub fn path(&self, key: &str) -> Option<PathBuf> {
        match &self.get(key)?.value {
            Value::Path(path) => Some(path.clone()),
            _ => None,
        }
    }

    /// The value of a key that holds a secret.
    pub fn secret(&self, key: &str) -> Option<SecretString> {
        match &self.get(key)?.value {
            Value::Secret(secret) => Some(secret.clone()),
            _ => None,
        }
    }
}
