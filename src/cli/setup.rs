//! `dsr setup`: a profile for a live organisation, an OAuth client in it, or the profiles of `gc`.

use std::path::{Path, PathBuf};

use super::table::{Fact, facts};
use super::{Context, Exit, setup_client, setup_import, setup_profile};
use crate::config::write::Pair;
use crate::config::{self, Config, Overrides};
use crate::domain::failure::{Failure, FailureKind};

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// A part of the set-up by itself.
    #[command(subcommand)]
    pub part: Option<Part>,
    /// The profile to be made.
    #[command(flatten)]
    pub profile: setup_profile::ProfileArgs,
}

/// Parts of the set-up.
#[derive(Debug, clap::Subcommand)]
pub enum Part {
    /// Create the role and the OAuth client in the organisation, and keep the secret
    OauthClient(setup_client::ClientArgs),
    /// Take over the profiles of ~/.gc/config.toml
    ImportGc(setup_import::ImportArgs),
}

/// Runs the set-up or one of its parts.
///
/// # Errors
/// A configuration that is wrong already, a profile that exists, an answer that is missing.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args.part {
        Some(Part::OauthClient(args)) => setup_client::run(ctx, args).await,
        Some(Part::ImportGc(args)) => setup_import::run(ctx, args).await,
        None => setup_profile::run(ctx, args.profile).await,
    }
}

/// The configuration as it is, which must be right before anything is added to it; and its file.
pub fn present(ctx: &Context) -> Result<(Config, PathBuf), Failure> {
    let (places, env) = (ctx.config.places.clone(), ctx.config.env.clone());
    let overrides = Overrides {
        file: ctx.global.config.clone(),
        profile: Some("default".to_owned()),
    };
    let file = config::file_of(&places, &env, &overrides);
    if !file.exists() {
        return Ok((Config::defaults(places, env), file));
    }
    let (config, problems) = Config::inspect(places, env, &overrides);
    if problems.is_empty() {
        Ok((config, file))
    } else {
        Err(config::problem::failure(&problems))
    }
}

/// The failure for a profile that exists.
pub fn exists(name: &str) -> Failure {
    Failure::new(
        FailureKind::Conflict,
        format!("The profile {name} exists already; it is not overwritten."),
    )
    .next("Choose another name with --profile.")
}

/// Shows on standard error what will be written; the secret itself is not part of it.
pub fn preview(ctx: &Context, file: &Path, name: &str, pairs: &[Pair]) {
    let mut sheet = vec![
        Fact::new("file", file.display().to_string()),
        Fact::new("profile", name),
    ];
    sheet.extend(pairs.iter().map(|(key, value)| {
        let value = if *key == "secret_command" { "(set)" } else { value };
        Fact::new(*key, value)
    }));
    for line in facts(&sheet, ctx.out.drawing()).lines() {
        ctx.out.note(line);
    }
}
