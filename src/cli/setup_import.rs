//! `dsr setup import-gc`: takes over the profiles of the `gc` command line. What will be taken is
//! shown first, secrets never; a profile of the same name is not overwritten.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde_json::json;
use zeroize::Zeroizing;

use super::output::List;
use super::setup::{exists, present, preview};
use super::table::Column;
use super::{Context, Exit};
use crate::config::write::{Pair, SecretPlace, add_to_profile};
use crate::config::{document, private};
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::genesys_cloud::regions;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// The file to take over
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Only these of its profiles
    #[arg(long, value_name = "NAME")]
    pub gc_profile: Vec<String>,
    /// Show what would be taken over, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    pub yes: bool,
}

/// One profile as it will be written.
struct Taken {
    name: String,
    pairs: Vec<Pair>,
    secret: Option<(&'static str, SecretString)>,
    notes: Vec<String>,
}

/// Takes the profiles over.
///
/// # Errors
/// When there is no such file, it is not understood, or a profile of the same name exists.
pub async fn run(ctx: &Context, args: ImportArgs) -> Result<Exit, Failure> {
    if !args.dry_run {
        ctx.before_local_change(args.yes)?;
    }
    let source = args.file.clone().map_or_else(default_file, Ok)?;
    let (_, file) = present(ctx)?;
    let taken = read(&source, &args.gc_profile)?;
    let (document, _) = if file.exists() {
        document::read(&file)
    } else {
        Default::default()
    };
    for profile in &taken {
        if document.profiles.contains_key(&profile.name) {
            return Err(exists(&profile.name));
        }
    }
    if let Err(why) = private::check(&source) {
        ctx.out.note(&format!("Note: {} {why}.", source.display()));
    }
    for profile in &taken {
        let mut pairs = profile.pairs.clone();
        if let Some((key, _)) = &profile.secret {
            pairs.push((
                key,
                SecretPlace::of_profile(&file, &profile.name)
                    .display()
                    .to_string(),
            ));
        }
        preview(ctx, &file, &profile.name, &pairs);
        profile.notes.iter().for_each(|note| ctx.out.note(note));
    }
    if !args.dry_run {
        ctx.confirm_local("Take these over?", args.yes).await?;
        write(&file, &taken)?;
    }
    tell(ctx, &taken, &file, args.dry_run)
}

fn default_file() -> Result<PathBuf, Failure> {
    let dirs = directories::BaseDirs::new().ok_or_else(|| {
        Failure::new(FailureKind::Configuration, "No home directory is known.")
            .next("Name the file with --file.")
    })?;
    Ok(dirs.home_dir().join(".gc").join("config.toml"))
}

fn write(file: &Path, taken: &[Taken]) -> Result<(), Failure> {
    for profile in taken {
        let mut pairs = profile.pairs.clone();
        let place = match &profile.secret {
            Some((key, secret)) => {
                let path = SecretPlace::of_profile(file, &profile.name);
                pairs.push((key, path.display().to_string()));
                Some((SecretPlace::take(&path)?, secret))
            }
            None => None,
        };
        add_to_profile(file, &profile.name, &pairs)?;
        if let Some((place, secret)) = place {
            place.fill(secret)?;
        }
    }
    Ok(())
}

fn tell(ctx: &Context, taken: &[Taken], file: &Path, dry_run: bool) -> Result<Exit, Failure> {
    let keys = |profile: &Taken| {
        let secret = profile.secret.as_ref().map(|(key, _)| *key);
        let keys: Vec<&str> = profile.pairs.iter().map(|(key, _)| *key).chain(secret).collect();
        keys.join(", ")
    };
    let list = List {
        columns: vec![Column::new("PROFILE").whole(), Column::new("KEYS")],
        rows: taken
            .iter()
            .map(|profile| vec![profile.name.clone(), keys(profile)])
            .collect(),
        items: taken
            .iter()
            .map(|profile| {
                json!({
                    "profile": profile.name,
                    "keys": keys(profile),
                    "written": !dry_run,
                    "path": file.display().to_string(),
                })
            })
            .collect(),
        complete: true,
        ..List::default()
    };
    ctx.out.list(None, &list)?;
    Ok(Exit::OK)
}

/// Reads the file of `gc`: one table a profile.
fn read(source: &Path, wanted: &[String]) -> Result<Vec<Taken>, Failure> {
    let shown = source.display();
    let wrong = |why: String| {
        Failure::new(FailureKind::Configuration, format!("The file {shown} {why}."))
            .next("Name the configuration file of the gc command line with --file.")
    };
    let text = std::fs::read_to_string(source)
        .map_err(|error| wrong(format!("cannot be read ({})", error.kind())))?;
    let text = Zeroizing::new(text);
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        // The message alone: what stands in the line may be a secret.
        wrong(format!("is not valid TOML: {}", error.message()))
    })?;
    let mut taken = Vec::new();
    for (name, value) in &table {
        let chosen = wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
        if let (true, toml::Value::Table(values)) = (chosen, value) {
            taken.push(profile(name, values));
        }
    }
    if let Some(missing) = wanted.iter().find(|wanted| !table.contains_key(wanted.as_str())) {
        return Err(wrong(format!("has no profile {missing}")));
    }
    if taken.is_empty() {
        return Err(wrong("has no profile".to_owned()));
    }
    Ok(taken)
}

fn profile(name: &str, values: &toml::Table) -> Taken {
    let text = |key: &str| {
        let text = values.get(key).and_then(toml::Value::as_str).map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let mut taken = Taken {
        name: name.to_owned(),
        pairs: Vec::new(),
        secret: None,
        notes: Vec::new(),
    };
    match text("environment") {
        Some(environment) if regions::endpoints(&environment).is_ok() => {
            taken.pairs.push(("region", environment))
        }
        Some(environment) => taken.address(&environment),
        None => taken
            .notes
            .push("No environment is named; set region before going live.".to_owned()),
    }
    if let Some(id) = text("client_credentials") {
        taken.pairs.push(("client_id", id));
    }
    taken.pairs.push(("store", name.to_owned()));
    taken.secret = match (text("client_secret"), text("access_token")) {
        (Some(secret), _) => Some(("client_secret_file", SecretString::from(secret))),
        (None, Some(token)) => {
            taken
                .notes
                .push("An access token is taken over; it ends within a day.".to_owned());
            Some(("access_token_file", SecretString::from(token)))
        }
        (None, None) => None,
    };
    taken
}

impl Taken {
    /// `gc` takes a host with a port too, as for a server on this host.
    fn address(&mut self, environment: &str) {
        let local = format!("http://{environment}");
        if regions::is_loopback(&local) {
            self.pairs.push(("api_url", local));
        } else {
            self.notes.push(
                "The environment is no known region; set region or api_url before going live.".to_owned(),
            );
        }
    }
}
