//! `dsr login`, `logout` and `whoami`.

use serde_json::json;

use super::login_cdds::{self, CddsArgs};
use super::table::Fact;
use super::{Context, Exit, login_flow, login_gws};
use crate::config::secret;
use crate::domain::failure::Failure;
use crate::systems::genesys_cloud::{Credentials, GenesysCloud};
use crate::workflow::World;
use crate::workflow::access::{self, Access};
use crate::world::entrance::Entrance;

/// The systems to sign in to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum System {
    /// Genesys Cloud.
    #[default]
    Cloud,
    /// Cloud Data Download Service.
    Cdds,
    /// GWS on premise.
    Gws,
}

/// Arguments of `login`.
#[derive(Debug, clap::Args)]
pub struct LoginArgs {
    /// The system
    #[arg(value_enum, default_value_t)]
    pub system: System,
    /// OAuth client with the grant type Code Authorization with PKCE; else the profile's
    /// `login_client_id`
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Port of the loopback address that the browser is sent back to; any free one when not said
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// Do not listen; ask for the address that the browser ended at
    #[arg(long)]
    pub paste: bool,
    /// Read an access token from standard input and keep it instead
    #[arg(long, conflicts_with_all = ["client_id", "port", "paste"])]
    pub token_stdin: bool,
    /// Options of the sign-in to cdds.
    #[command(flatten)]
    pub cdds: CddsArgs,
}

/// Which system is meant.
#[derive(Debug, clap::Args)]
pub struct SystemArgs {
    /// The system
    #[arg(value_enum, default_value_t)]
    pub system: System,
}

/// Signs a person in and keeps the tokens in a private file.
///
/// # Errors
/// When the sign-in is refused, cannot be finished, or nothing can be kept.
pub async fn login(ctx: &Context, args: LoginArgs) -> Result<Exit, Failure> {
    if args.system == System::Cdds {
        return login_cdds::login(ctx, &args.cdds).await;
    }
    if args.system == System::Gws {
        return login_gws::login(ctx, &args).await;
    }
    let entrance = Entrance::of(&ctx.config, &ctx.selection())?;
    ctx.announce(&entrance.organization, entrance.test);
    let (cloud, expires_at) = if args.token_stdin {
        let token = ctx.values.wait(secret::from_stdin)?;
        let cloud = entrance.client(Credentials::Token(token.clone()));
        // A token that does not work is not kept.
        cloud.identity().await?;
        entrance.sign_ins.keep_token(&token)?;
        (cloud, None)
    } else {
        let tokens = login_flow::person(ctx, &entrance, &args).await?;
        entrance.sign_ins.keep_person(&tokens)?;
        let cloud = entrance.client(Credentials::Person {
            client_id: tokens.client_id,
            access: tokens.access,
            refresh: tokens.refresh,
            expires_at: tokens.expires_at,
        });
        (cloud, tokens.expires_at)
    };
    if outdone_by_environment(ctx) {
        ctx.out
            .note("Note: credentials in the environment go before this sign-in.");
    }
    tell_signed_in(ctx, &entrance, &cloud, expires_at).await
}

/// True when the environment holds credentials: they are used as long as they are there.
fn outdone_by_environment(ctx: &Context) -> bool {
    let profile = &ctx.config.profile;
    let secrets = [&profile.access_token, &profile.client_secret];
    secrets
        .into_iter()
        .flatten()
        .any(|secret| secret.from_environment)
}

async fn tell_signed_in(
    ctx: &Context,
    entrance: &Entrance,
    cloud: &GenesysCloud,
    expires_at: Option<jiff::Timestamp>,
) -> Result<Exit, Failure> {
    let identity = cloud.identity().await?;
    let organization = identity.organization.as_ref().unwrap_or(&entrance.organization);
    let mut facts = vec![Fact::new("signed in to", organization)];
    if let Some(user) = &identity.user_id {
        facts.push(Fact::new("user", user));
    }
    if let Some(at) = expires_at {
        let zone = crate::world::time_zone(&ctx.config.profile);
        let shown = at.to_zoned(zone).strftime("%Y-%m-%d %H:%M %Z");
        facts.push(Fact::new("until", shown.to_string()));
    }
    let value = json!({
        "organization": organization,
        "user_id": identity.user_id,
        "client_id": identity.client_id,
        "expires_at": expires_at.map(|at| at.to_string()),
    });
    ctx.out.object(&value, &facts)?;
    Ok(Exit::OK)
}

/// Ends the kept sign-in at the server and forgets it here.
///
/// # Errors
/// When the server could not be told; it is forgotten here all the same.
pub async fn logout(ctx: &Context, args: SystemArgs) -> Result<Exit, Failure> {
    if args.system == System::Cdds {
        return login_cdds::logout(ctx).await;
    }
    if args.system == System::Gws {
        return login_gws::logout(ctx);
    }
    let entrance = Entrance::of(&ctx.config, &ctx.selection())?;
    ctx.announce(&entrance.organization, entrance.test);
    let kept = entrance.sign_ins.read();
    let ended = match kept {
        Ok(Some(credentials)) => entrance.client(credentials).log_out().await,
        _ => Ok(()),
    };
    let was_kept = entrance.sign_ins.forget()?;
    ended.map_err(|failure| {
        let message = format!(
            "{} The sign-in is forgotten here, but its token may live on at the server.",
            failure.message
        );
        Failure { message, ..failure }
    })?;
    let told = if was_kept {
        "signed out"
    } else {
        "nobody was signed in; the OAuth client of the configuration signs in anew each time"
    };
    ctx.out.object(
        &json!({ "signed_out": was_kept }),
        &[Fact::new("Genesys Cloud", told)],
    )?;
    Ok(Exit::OK)
}

/// Tells who is signed in and what the account may do. The exit code is 4 when a permission that
/// the work needs is missing.
///
/// # Errors
/// When nobody is signed in, or the API cannot be reached.
pub async fn whoami(ctx: &Context, args: SystemArgs) -> Result<Exit, Failure> {
    if args.system == System::Cdds {
        return login_cdds::whoami(ctx).await;
    }
    if args.system == System::Gws {
        return login_gws::whoami(ctx).await;
    }
    let world = ctx.world().await?;
    let access = access::check(&world).await?;
    let identity = &access.identity;
    let value = json!({
        "organization": identity.organization,
        "organization_id": identity.organization_id,
        "profile": world.profile,
        "operator": world.actor.login,
        "client_id": identity.client_id,
        "user_id": identity.user_id,
        "scopes": identity.scopes,
        "permissions": identity.permissions,
        "permissions_complete": identity.permissions_complete,
        "needed": access.needed,
    });
    ctx.out.object(&value, &facts(&world, &access))?;
    match access.denied() {
        Some(denied) => Err(denied),
        None => Ok(Exit::OK),
    }
}

fn facts(world: &World, access: &Access) -> Vec<Fact> {
    let identity = &access.identity;
    let organization = identity.organization.as_ref().unwrap_or(&world.organization);
    let mut facts = vec![
        Fact::new("organisation", organization),
        Fact::new("profile", &world.profile),
        Fact::new("operator", &world.actor.login),
    ];
    for (label, value) in [("OAuth client", &identity.client_id), ("user", &identity.user_id)] {
        if let Some(value) = value {
            facts.push(Fact::new(label, value));
        }
    }
    for needed in &access.needed {
        let state = match needed.held {
            Some(true) => "held",
            Some(false) => "MISSING",
            None => "not known",
        };
        let remedy = needed
            .remedy()
            .map(|remedy| format!("\n{remedy}"))
            .unwrap_or_default();
        let value = format!("{state}: {}{remedy}", needed.needed_for);
        facts.push(Fact::new(needed.permission, value));
    }
    facts
}
