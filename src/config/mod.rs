//! Configuration: flags over environment over file over defaults; profiles; secrets.

mod access;
pub mod cdds;
pub mod document;
pub mod duration;
pub mod env;
pub mod forget;
mod laws;
pub mod layers;
pub mod places;
pub mod private;
pub mod problem;
pub mod profile;
pub mod schema;
pub mod secret;
pub mod value;
pub mod wiped;
pub mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use document::Document;
pub use env::Env;
pub use layers::{Layered, Source};
pub use places::Places;
pub use problem::Problem;
pub use profile::{Address, Profile, SharedStore, Timeouts};

use crate::domain::failure::Failure;
use crate::domain::nearest::nearest;

/// What the command line says about the configuration itself.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--config FILE`.
    pub file: Option<PathBuf>,
    /// `--profile NAME`.
    pub profile: Option<String>,
}

/// What the configuration says about the console, whatever the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Console {
    /// Name of the theme.
    pub theme: String,
    /// After how long without a key what was revealed is masked again.
    pub remask_after: Duration,
    /// The `[keys]` table as a document of its own, for the key map.
    pub keys: Option<String>,
}

/// One line of `config show`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The key.
    pub key: String,
    /// Its value; a secret does not show.
    pub value: Option<String>,
    /// Where it came from; `None` for a key that nobody set.
    pub source: Option<String>,
}

/// The configuration as read and checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where things live.
    pub places: Places,
    /// The environment it was read with.
    pub env: Env,
    /// The file it was read from, if there is one.
    pub file: Option<PathBuf>,
    /// The profile chosen by flag, environment, file or default.
    pub profile: Profile,
    /// All profiles; the chosen one has the environment over it.
    pub profiles: BTreeMap<String, Profile>,
    /// What holds for the console.
    pub console: Console,
    /// Every key with its value and source, for `config show`.
    pub shown: Vec<Shown>,
}

impl Config {
    /// The defaults alone: for commands that work without a configuration.
    pub fn defaults(places: Places, env: Env) -> Config {
        build(places, env, &Document::default(), "default", &mut Vec::new())
    }

    /// Reads the file, lays the environment and the flags over it, and checks everything.
    ///
    /// # Errors
    /// Unknown keys, wrong types, unknown profile, a file with secrets that others can read.
    pub fn load(places: Places, env: Env, overrides: &Overrides) -> Result<Config, Failure> {
        let (config, problems) = Config::inspect(places, env, overrides);
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(problem::failure(&problems))
        }
    }

    /// As [`Config::load`], with all problems instead of the first, and what could be read.
    pub fn inspect(places: Places, env: Env, overrides: &Overrides) -> (Config, Vec<Problem>) {
        let path = file_of(&places, &env, overrides);
        let named = overrides.file.is_some() || env.get("DSR_CONFIG").is_some();
        let (document, mut problems) = if named || path.exists() {
            document::read(&path)
        } else {
            (Document::default(), Vec::new())
        };
        let said = overrides
            .profile
            .clone()
            .or_else(|| env.get("DSR_PROFILE").map(str::to_owned));
        let top = Layered::of(&schema::TOP, &document.top, document.file.as_deref());
        let in_file = top.text("profile");
        let name = said.or(in_file).unwrap_or_else(|| "default".to_owned());
        // The profile `default` exists without being written down; it is what simulation needs.
        if name != "default" && !document.profiles.contains_key(&name) {
            problems.push(unknown_profile(&name, &document));
        }
        let config = build(places, env, &document, &name, &mut problems);
        (config, problems)
    }

    /// A profile by name; the chosen one for `None`.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn profile_named(&self, name: Option<&str>) -> Result<&Profile, Failure> {
        let Some(name) = name else {
            return Ok(&self.profile);
        };
        self.profiles.get(name).ok_or_else(|| {
            problem::failure(&[no_such_profile(name, self.profiles.keys().map(String::as_str))])
        })
    }
}

/// The file that is read: `--config`, `DSR_CONFIG`, or the user's.
pub fn file_of(places: &Places, env: &Env, overrides: &Overrides) -> PathBuf {
    let named = overrides.file.clone();
    named
        .or_else(|| env.get("DSR_CONFIG").map(PathBuf::from))
        .unwrap_or_else(|| places.config_file())
}

fn unknown_profile(name: &str, document: &Document) -> Problem {
    let mut problem = no_such_profile(name, document.profiles.keys().map(String::as_str));
    problem.file = document.file.clone();
    problem
}

fn no_such_profile<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Problem {
    let problem = Problem::new("there is no profile of this name").key(format!("profiles.{name}"));
    match nearest(name, known.clone()) {
        Some(near) => problem.remedy(format!("The nearest known profile is {near}.")),
        None => {
            let known: Vec<&str> = known.collect();
            match known[..] {
                [] => problem.remedy("No profile is configured; make one with: dsr setup"),
                _ => problem.remedy(format!("Known profiles: {}.", known.join(", "))),
            }
        }
    }
}

fn build(places: Places, env: Env, document: &Document, chosen: &str, problems: &mut Vec<Problem>) -> Config {
    let file = document.file.as_deref();
    let top = Layered::of(&schema::TOP, &document.top, file);
    let mut profiles = BTreeMap::new();
    let mut shown = Vec::new();
    let empty = document::Values::new();
    let names = document.profiles.keys().map(String::as_str);
    let missing = (!document.profiles.contains_key(chosen)).then_some(chosen);
    for name in names.chain(missing) {
        let mut values = Layered::of(
            &schema::PROFILE,
            document.profiles.get(name).unwrap_or(&empty),
            file,
        );
        if name == chosen {
            values.overlay(&env, Path::new(""), problems);
            shown = show(&top, &values, chosen, document.keys.is_some());
        }
        let mut exports = Layered::of(&cdds::keys(), document.cdds.get(name).unwrap_or(&empty), file);
        if name == chosen {
            exports.overlay_with(&cdds::OVERLAY, &env, Path::new(""), problems);
            shown.extend(show_table(
                &cdds::keys(),
                &format!("profiles.{name}.cdds"),
                &exports,
            ));
        }
        let profile = Profile {
            cdds: cdds::CddsProfile::of(&exports),
            ..Profile::of(name, &values)
        };
        problems.extend(timeouts(&profile, document));
        profiles.insert(name.to_owned(), profile);
    }
    let profile = Profile::of(chosen, &Layered::default());
    Config {
        places,
        env,
        file: document.file.clone(),
        profile: profiles.get(chosen).cloned().unwrap_or(profile),
        profiles,
        console: Console {
            theme: top.text("theme").unwrap_or_default(),
            remask_after: top
                .text("remask_after")
                .and_then(|text| duration::parse(&text).ok())
                .map_or(Duration::ZERO, |span| span.unsigned_abs()),
            keys: document.keys.clone(),
        },
        shown,
    }
}

/// Waiting no time at all is never meant, and a call that ends before its connection can be made
/// would leave every such outcome unknown.
fn timeouts(profile: &Profile, document: &Document) -> Option<Problem> {
    let Timeouts {
        connect,
        read,
        mutation,
    } = profile.timeouts;
    let (key, why) = if connect.is_zero() {
        ("connect_timeout", "must be longer than nothing")
    } else if read.is_zero() {
        ("read_timeout", "must be longer than nothing")
    } else if mutation <= connect {
        ("mutation_timeout", "must be longer than connect_timeout")
    } else {
        return None;
    };
    let placed = document
        .profiles
        .get(&profile.name)
        .and_then(|values| values.get(key));
    let mut problem = Problem::new(why).key(format!("profiles.{}.{key}", profile.name));
    problem.line = placed.map(|placed| placed.line);
    problem.file = document.file.clone();
    Some(problem)
}

fn show(top: &Layered, profile: &Layered, name: &str, keys: bool) -> Vec<Shown> {
    let mut shown = show_table(&schema::TOP, "", top);
    shown.push(Shown {
        key: "keys".to_owned(),
        value: keys.then(|| "(own keys)".to_owned()),
        source: None,
    });
    shown.extend(show_table(&schema::PROFILE, &format!("profiles.{name}"), profile));
    shown
}

fn show_table(keys: &[schema::Key], table: &str, values: &Layered) -> Vec<Shown> {
    let line = |key: &schema::Key| {
        let setting = values.get(key.name);
        Shown {
            key: match table {
                "" => key.name.to_owned(),
                table => format!("{table}.{}", key.name),
            },
            value: setting.map(|setting| setting.value.shown()),
            source: setting.map(|setting| setting.source.to_string()),
        }
    };
    keys.iter().map(line).collect()
}
