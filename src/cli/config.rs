//! `dsr config`: where the configuration lies, what holds and why, and whether it is right.

use serde_json::json;

use super::output::List;
use super::table::{Column, Fact};
use super::{Context, Exit};
use crate::config::{self, Config, Overrides, Problem, private};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::keymap::Keymap;
use crate::systems::cdds::{Assumed, Place};
use crate::world::live;

/// Verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Print where the configuration file lies, whether it exists or not
    Path,
    /// Show every setting of the profile with its value and where it came from; no secret is shown
    Show,
    /// Check the whole file: every profile, the keys, the files it names
    Check,
}

impl Args {
    /// True for verbs that work although the configuration is broken.
    pub fn without_configuration(&self) -> bool {
        !matches!(self, Args::Show)
    }
}

/// Runs a verb.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::Path => path(ctx),
        Args::Show => show(ctx),
        Args::Check => check(ctx),
    }
}

/// What the command line says about the configuration.
pub fn overrides(ctx: &Context) -> Overrides {
    Overrides {
        file: ctx.global.config.clone(),
        profile: ctx.global.profile.clone(),
    }
}

fn path(ctx: &Context) -> Result<Exit, Failure> {
    let path = config::file_of(&ctx.config.places, &ctx.config.env, &overrides(ctx));
    let text = path.display().to_string();
    if ctx.out.format() == super::options::Format::Table {
        ctx.out.text(&format!("{text}\n"))?;
    } else {
        let exists = path.exists();
        ctx.out.object(&json!({ "path": text, "exists": exists }), &[])?;
    }
    Ok(Exit::OK)
}

fn show(ctx: &Context) -> Result<Exit, Failure> {
    let settings: Vec<_> = ctx.config.shown.iter().collect();
    let list = List {
        columns: vec![
            Column::new("KEY").whole(),
            Column::new("VALUE"),
            Column::new("FROM").optional(),
        ],
        rows: settings
            .iter()
            .map(|setting| {
                vec![
                    setting.key.clone(),
                    setting.value.clone().unwrap_or_else(|| "-".to_owned()),
                    setting.source.clone().unwrap_or_default(),
                ]
            })
            .collect(),
        items: settings
            .iter()
            .map(|setting| json!({ "key": setting.key, "value": setting.value, "source": setting.source }))
            .collect(),
        complete: true,
        csv: vec!["key", "value", "source"],
        ..List::default()
    };
    let organization = match ctx.decided.mode {
        Mode::Live => Some(live::organization(&ctx.config, &ctx.config.profile)),
        Mode::Simulation => None,
    };
    let test = organization.is_some() && live::is_test(&ctx.config.profile);
    ctx.announce(organization.as_deref().unwrap_or("(simulated)"), test);
    ctx.out.list(organization.as_deref(), &list)?;
    Ok(Exit::OK)
}

fn check(ctx: &Context) -> Result<Exit, Failure> {
    let (config, problems) = inspect(ctx);
    let list = List {
        columns: vec![
            Column::new("LINE").right(),
            Column::new("KEY").whole(),
            Column::new("PROBLEM").whole(),
            Column::new("REMEDY").whole(),
        ],
        rows: problems
            .iter()
            .map(|problem| {
                vec![
                    problem.line.map(|line| line.to_string()).unwrap_or_default(),
                    problem.key.clone().unwrap_or_default(),
                    problem.message.clone(),
                    problem.remedy.clone().unwrap_or_default(),
                ]
            })
            .collect(),
        items: problems.iter().map(|problem| json!(problem)).collect(),
        complete: true,
        csv: vec!["file", "line", "key", "message", "remedy"],
        empty: match &config.file {
            Some(file) => format!("{}: nothing is wrong with it.", file.display()),
            None => "There is no configuration file; the defaults hold.".to_owned(),
        },
        ..List::default()
    };
    ctx.out.list(None, &list)?;
    if problems.is_empty() {
        return Ok(Exit::OK);
    }
    Err(Failure {
        kind: FailureKind::Configuration,
        ..config::problem::failure(&problems)
    })
}

/// Reads the configuration and gives everything that is wrong with it, also what only the layers
/// above know: regions, addresses, keys, and the files that are named.
pub fn inspect(ctx: &Context) -> (Config, Vec<Problem>) {
    let base = &ctx.config;
    let (config, mut problems) = Config::inspect(base.places.clone(), base.env.clone(), &overrides(ctx));
    for (name, profile) in &config.profiles {
        let at = |key: &str| format!("profiles.{name}.{key}");
        let mut add = |key: &str, message: String, remedy: Option<String>| {
            let mut problem = Problem::new(message).key(at(key));
            problem.file = config.file.clone();
            problem.remedy = remedy;
            problems.push(problem);
        };
        if profile.address.is_some()
            && let Err(failure) = live::endpoints(profile)
        {
            add("region", failure.message, failure.next);
        }
        if let Err(failure) = crate::systems::network::Network::new(live::network_settings(profile)) {
            add("ca_file", failure.message, failure.next);
        }
        let cdds = &profile.cdds;
        if let Some(url) = &cdds.url
            && let Err(failure) = Place::at(url, cdds.variant, Assumed::of(cdds.assumed.clone()))
        {
            add("cdds.url", failure.message, failure.next);
        }
        let secrets = [
            ("client_secret_file", &profile.client_secret),
            ("client_secret_file", &profile.access_token),
            ("cdds.password_file", &cdds.password),
            ("cdds.api_key_file", &cdds.api_key),
            ("cdds.client_secret_file", &cdds.client_secret),
        ];
        for (key, secret) in secrets {
            if let Some(path) = secret.as_ref().and_then(|secret| secret.file())
                && let Err(why) = private::check(path)
            {
                let shown = path.display();
                add(
                    key,
                    format!("the file {shown} {why}"),
                    Some(format!("chmod 600 {shown}")),
                );
            }
        }
    }
    if let Err(error) = Keymap::load(config.console.keys.as_deref()) {
        let mut problem = Problem::new(error.to_string()).key("keys");
        problem.file = config.file.clone();
        problems.push(problem);
    }
    (config, problems)
}

/// The facts of a profile for `setup`, without secrets.
pub fn profile_facts(name: &str, keys: &[(&str, String)]) -> Vec<Fact> {
    let mut facts = vec![Fact::new("profile", name)];
    facts.extend(keys.iter().map(|(key, value)| Fact::new(*key, value.clone())));
    facts
}
