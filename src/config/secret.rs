//! Where a secret comes from. It is read when it is needed, not before: `config show` runs no
//! command, and simulation reads none.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::env::Env;
use super::{private, wiped};
use crate::domain::failure::{Failure, FailureKind};

/// No secret is larger.
const LIMIT: usize = 64 * 1024;

/// Where it comes from.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// It stands in the configuration file or in an environment variable that was read.
    Here(SecretString),
    /// A file that only its owner can read.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// An open file, read once.
    Descriptor(u32),
    /// The output of a command.
    Command(Vec<String>),
}

/// A secret with its source; read once.
#[derive(Clone, Debug)]
pub struct Secret {
    source: SecretSource,
    /// True when the environment said it, which goes before what the file says.
    pub from_environment: bool,
    read: Arc<OnceLock<SecretString>>,
}

impl Secret {
    /// A secret that is read later.
    pub fn new(source: SecretSource, from_environment: bool) -> Secret {
        Secret {
            source,
            from_environment,
            read: Arc::default(),
        }
    }

    /// The file it is read from, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.source {
            SecretSource::File(path) => Some(path),
            _ => None,
        }
    }

    /// Where it comes from, in words; never what it is.
    pub fn whence(&self) -> String {
        match &self.source {
            SecretSource::Here(_) => "it was given at the start, and is asked for at each".to_owned(),
            SecretSource::File(path) => {
                let shown = crate::domain::text::clean(&path.display().to_string());
                format!("it is read from {shown}")
            }
            SecretSource::Variable(name) => format!("it is taken from the environment variable {name}"),
            SecretSource::Descriptor(number) => format!("it is read from file descriptor {number}"),
            SecretSource::Command(_) => "a command gives it".to_owned(),
        }
    }

    /// The secret. Blocking: a command may ask its user for something.
    ///
    /// # Errors
    /// A configuration failure that names the source, never its content.
    pub fn read(&self, env: &Env) -> Result<SecretString, Failure> {
        if let Some(secret) = self.read.get() {
            return Ok(secret.clone());
        }
        let secret = self.source.read(env)?;
        Ok(self.read.get_or_init(|| secret).clone())
    }
}

impl SecretSource {
    fn read(&self, env: &Env) -> Result<SecretString, Failure> {
        match self {
            SecretSource::Here(secret) => Ok(secret.clone()),
            SecretSource::File(path) => from_file(path),
            SecretSource::Variable(name) => env
                .get(name)
                .map(SecretString::from)
                .ok_or_else(|| failed(format!("The environment variable {name} is not set."))),
            SecretSource::Descriptor(number) => {
                let path = PathBuf::from(format!("/dev/fd/{number}"));
                let file = std::fs::File::open(path).map_err(|error| {
                    failed(format!(
                        "File descriptor {number} cannot be read ({}).",
                        error.kind()
                    ))
                })?;
                trimmed(file, &format!("File descriptor {number}"))
            }
            SecretSource::Command(words) => from_command(words),
        }
    }
}

/// Reads a secret from a file of its own.
///
/// # Errors
/// When others can read the file, or it cannot be read.
pub fn from_file(path: &Path) -> Result<SecretString, Failure> {
    let shown = crate::domain::text::clean(&path.display().to_string());
    private::check(path).map_err(|why| {
        failed(format!("The secret file {shown} {why}.")).next(format!("Make it private: chmod 600 {shown}"))
    })?;
    let file = std::fs::File::open(path).map_err(|error| {
        failed(format!(
            "The secret file {shown} cannot be read ({}).",
            error.kind()
        ))
    })?;
    trimmed(file, &format!("The secret file {shown}"))
}

/// Reads a secret from standard input (`--password-stdin` and the like).
///
/// # Errors
/// When there is none.
pub fn from_stdin() -> Result<SecretString, Failure> {
    let name = "Standard input";
    trimmed(wiped::stdin().map_err(|error| unreadable(name, &error))?, name)
}

fn from_command(words: &[String]) -> Result<SecretString, Failure> {
    let mut command = match words {
        [line] => {
            let mut shell = Command::new("/bin/sh");
            shell.arg("-c").arg(line);
            shell
        }
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments);
            command
        }
        [] => return Err(failed("secret_command is empty.".to_owned())),
    };
    let mut child = command
        .env_remove("GENESYSCLOUD_OAUTHCLIENT_SECRET")
        .env_remove("GENESYSCLOUD_ACCESS_TOKEN")
        .env_remove("DSR_GWS_PASSWORD")
        .env_remove("DSR_CASSANDRA_PASSWORD")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("secret_command could not be started ({}).", error.kind())))?;
    let read = match child.stdout.take() {
        Some(output) => limited(output, COMMAND),
        None => Err(failed(format!("{COMMAND} cannot be read."))),
    };
    if read.is_err() {
        // It may write for ever; what it says is of no use any more.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| {
        failed(format!(
            "secret_command could not be waited for ({}).",
            error.kind()
        ))
    })?;
    let bytes = read?;
    if !status.success() {
        return Err(failed(format!("secret_command failed ({status}).")));
    }
    secret_in(&bytes, COMMAND)
}

const COMMAND: &str = "The output of secret_command";

fn trimmed(source: impl Read, name: &str) -> Result<SecretString, Failure> {
    secret_in(&limited(source, name)?, name)
}

fn limited(source: impl Read, name: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    wiped::all(source, LIMIT)
        .map_err(|error| unreadable(name, &error))?
        .ok_or_else(|| failed(format!("{name} is too large for a secret.")))
}

fn secret_in(bytes: &[u8], name: &str) -> Result<SecretString, Failure> {
    let end = bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r'));
    match end {
        None => Err(failed(format!("{name} holds no secret."))),
        Some(last) => {
            wiped::secret(&bytes[..=last]).ok_or_else(|| failed(format!("{name} is not UTF-8 text.")))
        }
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    failed(format!("{name} cannot be read ({}).", error.kind()))
}

fn failed(message: String) -> Failure {
    Failure::new(FailureKind::Configuration, message)
}
