//! Writing to the configuration file: a profile is added, or keys to one, and everything else stays
//! as somebody wrote it. A file that would not be right afterwards is not written.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::document;
use super::problem;
use crate::domain::failure::{Failure, FailureKind};

/// A key with its value.
pub type Pair = (&'static str, String);

/// Adds keys to a profile, which is made when there is none of this name.
///
/// # Errors
/// When the file is wrong already, the profile says one of the keys, or nothing can be written.
pub fn add_to_profile(file: &Path, profile: &str, pairs: &[Pair]) -> Result<(), Failure> {
    let file = &std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(file, "cannot be read", &error)),
    };
    if !text.is_empty() {
        let (before, problems) = document::read(file);
        if !problems.is_empty() {
            return Err(problem::failure(&problems));
        }
        let said = before.profiles.get(profile);
        if let Some((key, _)) = pairs
            .iter()
            .find(|(key, _)| said.is_some_and(|said| said.contains_key(key)))
        {
            return Err(Failure::new(
                FailureKind::Conflict,
                format!("The profile {profile} says {key} already; it is not overwritten."),
            )
            .next("Choose another profile with --profile, or take the key out of the file."));
        }
    }
    let edited = edited(&text, profile, pairs);
    let beside = beside(file);
    let mode = std::fs::metadata(file).map_or(0o600, |facts| facts.mode() & 0o777);
    let made = write_new(&beside, edited.as_bytes(), mode);
    made.map_err(|error| failed(file, "cannot be written", &error))?;
    let (_, problems) = document::read(&beside);
    if !problems.is_empty() {
        let _ = std::fs::remove_file(&beside);
        return Err(problem::failure(&problems));
    }
    std::fs::rename(&beside, file).map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        failed(file, "cannot be replaced", &error)
    })
}

/// The text with the keys in the profile's table.
fn edited(text: &str, profile: &str, pairs: &[Pair]) -> String {
    let lines: String = pairs
        .iter()
        .map(|(key, value)| format!("{key} = {}\n", toml::Value::String(value.clone())))
        .collect();
    let header = text.split_inclusive('\n').scan(0, |at, line| {
        *at += line.len();
        Some((*at, line))
    });
    let place = header
        .filter(|(_, line)| is_header_of(line, profile))
        .map(|(end, _)| end)
        .next();
    match place {
        Some(at) => {
            let (before, after) = text.split_at(at);
            let newline = if before.ends_with('\n') { "" } else { "\n" };
            format!("{before}{newline}{lines}{after}")
        }
        None => {
            let gap = match text {
                "" => "",
                _ if text.ends_with('\n') => "\n",
                _ => "\n\n",
            };
            format!("{text}{gap}[profiles.{}]\n{lines}", quoted(profile))
        }
    }
}

/// True for the line `[profiles.NAME]`, in whatever quotes the name stands.
fn is_header_of(line: &str, profile: &str) -> bool {
    if !line.trim_start().starts_with('[') || line.trim_start().starts_with("[[") {
        return false;
    }
    let Ok(table) = line.parse::<toml::Table>() else {
        return false;
    };
    let inner = table.get("profiles").and_then(toml::Value::as_table);
    inner.is_some_and(|profiles| {
        let named = profiles.get(profile).and_then(toml::Value::as_table);
        named.is_some_and(toml::Table::is_empty)
    })
}

fn quoted(name: &str) -> String {
    let bare = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if bare {
        name.to_owned()
    } else {
        toml::Value::String(name.to_owned()).to_string()
    }
}

/// A place for a secret, taken before the secret exists, so that it cannot be lost for want of one.
#[derive(Debug)]
pub struct SecretPlace {
    path: PathBuf,
    filled: bool,
}

impl SecretPlace {
    /// The place beside a configuration file where the secret of a profile lies.
    pub fn of_profile(file: &Path, profile: &str) -> PathBuf {
        let name: String = profile
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') {
                    c
                } else {
                    '-'
                }
            })
            .collect();
        file.parent().unwrap_or(Path::new(".")).join("secrets").join(name)
    }

    /// Takes the place. Nothing is overwritten.
    ///
    /// # Errors
    /// When something lies there already, or nothing can be written.
    pub fn take(path: &Path) -> Result<SecretPlace, Failure> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)
                .map_err(|error| failed(directory, "cannot be made", &error))?;
        }
        write_new(path, b"", 0o600).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Failure::new(
                FailureKind::Conflict,
                format!(
                    "The secret file {} exists already; it is not overwritten.",
                    path.display()
                ),
            )
            .next("Name another file, or remove it if it is not needed."),
            _ => failed(path, "cannot be written", &error),
        })?;
        Ok(SecretPlace {
            path: path.to_owned(),
            filled: false,
        })
    }

    /// Puts the secret there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn fill(mut self, secret: &SecretString) -> Result<PathBuf, Failure> {
        let written = std::fs::OpenOptions::new()
            .write(true)
            .open(&self.path)
            .and_then(|mut file| {
                file.write_all(secret.expose_secret().as_bytes())?;
                file.write_all(b"\n")?;
                file.sync_all()
            });
        written.map_err(|error| failed(&self.path, "cannot be written", &error))?;
        self.filled = true;
        Ok(self.path.clone())
    }
}

impl Drop for SecretPlace {
    fn drop(&mut self) {
        if !self.filled {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    file.with_file_name(name)
}

fn write_new(path: &Path, bytes: &[u8], mode: u32) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn failed(path: &Path, what: &str, error: &std::io::Error) -> Failure {
    Failure::new(
        FailureKind::Storage,
        format!("{} {what} ({}).", path.display(), error.kind()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_into_the_table_of_their_profile_and_the_rest_stays() {
        let text = "profile = \"a\" # why\n\n[profiles.a]\nmode = \"live\"\n\n[profiles.\"b c\"]\n";
        let pair = [("region", "eu-central-1".to_owned())];
        assert_eq!(
            edited(text, "a", &pair),
            "profile = \"a\" # why\n\n[profiles.a]\nregion = \"eu-central-1\"\nmode = \"live\"\n\n[profiles.\"b c\"]\n"
        );
        assert!(edited(text, "b c", &pair).ends_with("[profiles.\"b c\"]\nregion = \"eu-central-1\"\n"));
        assert!(edited(text, "new", &pair).ends_with("\n[profiles.new]\nregion = \"eu-central-1\"\n"));
    }

    #[test]
    fn a_value_cannot_end_its_text() {
        let pair = [("organization", "a\" \nmode = \"live".to_owned())];
        let table: toml::Table = edited("", "p", &pair).parse().unwrap();
        let profile = table["profiles"]["p"].as_table().unwrap();
        assert_eq!(profile.len(), 1);
        assert_eq!(profile["organization"].as_str(), Some("a\" \nmode = \"live"));
    }
}
