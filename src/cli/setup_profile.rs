//! `dsr setup` by itself: makes a profile, writes it, and signs in to see whether it works.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::setup::{exists, present, preview};
use super::setup_answers::{SecretPlan, address, optional, secret_plan};
use super::table::Fact;
use super::{Context, Exit};
use crate::config::write::{Pair, SecretPlace, add_to_profile};
use crate::config::{Config, Overrides};
use crate::domain::failure::Failure;
use crate::domain::mode::Mode;
use crate::domain::text::clean;
use crate::world::{self, Selection};

/// What a profile is made of. What is not said is asked for on a terminal.
#[derive(Debug, Default, clap::Args)]
pub struct ProfileArgs {
    /// AWS region or domain of the organisation
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Address of the API, instead of a region
    #[arg(long, value_name = "URL", conflicts_with = "region")]
    pub api_url: Option<String>,
    /// Address of the login host, when it differs from the API's
    #[arg(long, value_name = "URL", requires = "api_url")]
    pub login_url: Option<String>,
    /// Id of the OAuth client
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Read the client's secret from standard input
    #[arg(long, conflicts_with_all = ["secret_file", "secret_command"])]
    pub secret_stdin: bool,
    /// File that holds the client's secret
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// Command that prints the client's secret
    #[arg(long, value_name = "COMMAND", conflicts_with = "secret_file")]
    pub secret_command: Option<String>,
    /// What the organisation is called on screen
    #[arg(long, value_name = "NAME")]
    pub organization: Option<String>,
    /// Country of phone numbers written without one
    #[arg(long, value_name = "DE")]
    pub default_country: Option<String>,
    /// Mode of the profile when nothing else says one: live or simulation
    #[arg(long, value_name = "MODE")]
    pub default_mode: Option<String>,
    /// Do not sign in to see whether it works
    #[arg(long)]
    pub no_check: bool,
    /// Show what would be written, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    pub yes: bool,
}

/// Makes the profile.
///
/// # Errors
/// An answer that is missing, a profile that exists, or nothing can be written.
pub async fn run(ctx: &Context, args: ProfileArgs) -> Result<Exit, Failure> {
    if !args.dry_run {
        ctx.before_local_change(args.yes)?;
    }
    let (config, file) = present(ctx)?;
    let name = ctx.global.profile.clone().unwrap_or_else(|| "default".to_owned());
    let address = address(ctx, &args).await?;
    let client_id = match &args.client_id {
        Some(id) => Some(id.clone()),
        None => optional(ctx, "Id of the OAuth client (empty: sign in as a person): ").await?,
    };
    let secret = secret_plan(ctx, &args, client_id.is_some()).await?;
    let mut pairs: Vec<Pair> = address;
    pairs.extend(client_id.map(|id| ("client_id", id)));
    pairs.extend(args.organization.clone().map(|name| ("organization", name)));
    let country = match &args.default_country {
        Some(country) => Some(country.clone()),
        None => {
            optional(
                ctx,
                "Country of phone numbers written without one, e.g. DE (empty: none): ",
            )
            .await?
        }
    };
    pairs.extend(country.map(|country| ("default_country", country)));
    pairs.extend(args.default_mode.clone().map(|mode| ("mode", mode)));
    // The store keeps its name when the OAuth client is replaced one day.
    pairs.push(("store", name.clone()));
    let place = SecretPlace::of_profile(&file, &name);
    match &secret {
        SecretPlan::None => {}
        SecretPlan::Keep(_) => pairs.push(("client_secret_file", place.display().to_string())),
        SecretPlan::File(path) => pairs.push(("client_secret_file", absolute(path))),
        SecretPlan::Command(command) => pairs.push(("secret_command", command.clone())),
    }
    preview(ctx, &file, &name, &pairs);
    if config.file.is_some() && config.profiles.contains_key(&name) && said(&config, &name) {
        return Err(exists(&name));
    }
    if args.dry_run {
        return Ok(Exit::OK);
    }
    ctx.confirm_local("Write this profile?", args.yes).await?;
    let taken = match secret {
        SecretPlan::Keep(secret) => Some((SecretPlace::take(&place)?, secret)),
        _ => None,
    };
    add_to_profile(&file, &name, &pairs)?;
    if let Some((place, secret)) = taken {
        place.fill(&secret)?;
    }
    let organization = match args.no_check {
        true => None,
        false => check(ctx, &file, &name).await?,
    };
    let checked = organization.is_some();
    if let (Some(called), None) = (organization, &args.organization) {
        add_to_profile(&file, &name, &[("organization", called)])?;
    }
    let value = json!({ "profile": name, "path": file.display().to_string(), "checked": checked });
    let step = if checked || args.no_check {
        "doctor"
    } else {
        "login"
    };
    let next = format!("dsr --live --profile {name} {step}");
    let then = format!(
        "dsr --live --profile {name} encryption on: what is kept of people on this host is then encrypted with a passphrase"
    );
    ctx.out.object(
        &value,
        &[
            Fact::new("written", file.display().to_string()),
            Fact::new("profile", &name),
            Fact::new("next", next),
            Fact::new("then", then),
        ],
    )?;
    Ok(Exit::OK)
}

/// True when the file itself has the profile: the profile `default` exists without being written.
fn said(config: &Config, name: &str) -> bool {
    let file = config.file.as_deref().unwrap_or(Path::new(""));
    let (document, _) = crate::config::document::read(file);
    document
        .profiles
        .get(name)
        .is_some_and(|values| !values.is_empty())
}

/// Signs in with the new profile, where it has somebody who can, and gives what the organisation
/// calls itself.
async fn check(ctx: &Context, file: &Path, name: &str) -> Result<Option<String>, Failure> {
    let overrides = Overrides {
        file: Some(file.to_owned()),
        profile: Some(name.to_owned()),
    };
    let env = ctx.config.env.without_ours();
    let config = Config::load(ctx.config.places.clone(), env, &overrides)?;
    if let Some(missing) = config.profile.missing_for_live() {
        ctx.out.note(&format!(
            "Not checked: {missing}. Sign in as a person, with a token (login --token-stdin), or name an OAuth client."
        ));
        return Ok(None);
    }
    let selection = Selection {
        mode: Mode::Live,
        profile: Some(name.to_owned()),
        scenario: super::context::scenario(None),
    };
    let world = world::build(&config, &selection).await?;
    let access = crate::workflow::access::check(&world).await?;
    let organization = clean(access.identity.organization.as_deref().unwrap_or(name));
    ctx.out.note(&format!("Signed in to {organization}."));
    for needed in access.needed.iter().filter(|needed| needed.held == Some(false)) {
        let remedy = needed.remedy().unwrap_or_default();
        ctx.out.note(&format!(
            "Missing permission {}, for {}. {remedy}",
            needed.permission, needed.needed_for
        ));
    }
    Ok(Some(organization))
}

fn absolute(path: &Path) -> String {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    whole.display().to_string()
}
