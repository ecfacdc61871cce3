//! What `dsr setup` needs to know: from options, or asked for on a terminal.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::Context;
use super::setup_profile::ProfileArgs;
use crate::config::secret;
use crate::config::write::Pair;
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::genesys_cloud::regions;

/// Where the secret will come from.
pub enum SecretPlan {
    /// Nowhere: a person signs in.
    None,
    /// It was given now, and goes into a private file.
    Keep(SecretString),
    /// A file of the operator's.
    File(PathBuf),
    /// A command.
    Command(String),
}

/// Where the organisation is.
///
/// # Errors
/// An address that is none, or nobody to ask.
pub async fn address(ctx: &Context, args: &ProfileArgs) -> Result<Vec<Pair>, Failure> {
    if let Some(api) = &args.api_url {
        let login = args.login_url.as_ref().unwrap_or(api);
        regions::endpoints_at(api, login)?;
        return Ok(vec![("api_url", api.clone()), ("login_url", login.clone())]);
    }
    if let Some(region) = &args.region {
        regions::endpoints(region)?;
        return Ok(vec![("region", region.clone())]);
    }
    loop {
        let region = required(
            ctx,
            "--region",
            "Region of the organisation, e.g. eu-central-1 or mypurecloud.de: ",
        )
        .await?;
        match regions::endpoints(&region) {
            Ok(_) => return Ok(vec![("region", region)]),
            Err(failure) => ctx.out.note(&format!(
                "{} {}",
                failure.message,
                failure.next.unwrap_or_default()
            )),
        }
    }
}

/// Where the secret will come from.
///
/// # Errors
/// A file that others can read, or no secret where one was announced.
pub async fn secret_plan(ctx: &Context, args: &ProfileArgs, needed: bool) -> Result<SecretPlan, Failure> {
    if args.secret_stdin {
        return Ok(SecretPlan::Keep(ctx.values.wait(secret::from_stdin)?));
    }
    if let Some(path) = &args.secret_file {
        secret::from_file(path)?;
        return Ok(SecretPlan::File(path.clone()));
    }
    if let Some(command) = &args.secret_command {
        return Ok(SecretPlan::Command(command.clone()));
    }
    if !needed || !ctx.interactive() {
        return Ok(SecretPlan::None);
    }
    let typed = ctx.ask_hidden("Secret of the OAuth client (not shown): ").await?;
    Ok(match typed.as_ref().map(|typed| typed.expose_secret().trim()) {
        Some(text) if !text.is_empty() => SecretPlan::Keep(SecretString::from(text)),
        _ => SecretPlan::None,
    })
}

/// An answer that must be given.
///
/// # Errors
/// Nobody to ask, or the end of input.
pub async fn required(ctx: &Context, option: &str, prompt: &str) -> Result<String, Failure> {
    if !ctx.interactive() {
        return Err(Failure::new(
            FailureKind::Usage,
            format!("{option} is missing, and nobody can be asked here."),
        ));
    }
    match ctx.ask(prompt).await? {
        Some(line) => Ok(line.trim().to_owned()),
        None => Err(Failure::new(
            FailureKind::Interrupted,
            "The set-up was given up; nothing was written.",
        )),
    }
}

/// An answer that may be left out; nobody is asked without a terminal.
///
/// # Errors
/// An interruption.
pub async fn optional(ctx: &Context, prompt: &str) -> Result<Option<String>, Failure> {
    if !ctx.interactive() {
        return Ok(None);
    }
    let line = ctx.ask(prompt).await?.unwrap_or_default();
    let line = line.trim();
    Ok((!line.is_empty()).then(|| line.to_owned()))
}
