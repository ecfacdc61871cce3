//! `dsr login cdds`, `logout cdds` and `whoami cdds`: user name and tenant first, then the password,
//! as on the service's own page. What is remembered is the name, never the password.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{Context, Exit, Fact};
use crate::config::secret;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::domain::progress::Listener;
use crate::systems::cdds::{Credentials, split_user};
use crate::world::exports::{ExportEntrance, Remembered};

/// Options of the sign-in.
#[derive(Debug, Default, clap::Args)]
pub struct CddsArgs {
    /// User name for gws or cdds (there also as TENANT\USERNAME)
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// Tenant for cdds
    #[arg(long, value_name = "TENANT")]
    pub tenant: Option<String>,
    /// Read the password from standard input
    #[arg(long, conflicts_with = "token_stdin")]
    pub password_stdin: bool,
    /// Remember user name and tenant for the next time (never the password)
    #[arg(long)]
    pub remember: bool,
    /// Forget the user name and tenant that were remembered
    #[arg(long, conflicts_with = "remember")]
    pub forget: bool,
}

/// Signs in.
///
/// # Errors
/// When nobody is named, the sign-in is refused, or nothing can be kept.
pub async fn login(ctx: &Context, args: &CddsArgs) -> Result<Exit, Failure> {
    let entrance = entrance(ctx).await?;
    ctx.announce(&entrance.organization, entrance.test);
    let user = who(ctx, args, &entrance).await?;
    let password = password(ctx, args, &user).await?;
    let credentials = Credentials::Password {
        username: user.username.clone(),
        tenant: user.tenant.clone(),
        password,
    };
    let cdds = entrance.client(credentials, false)?;
    let tokens = cdds.sign_in().await?;
    entrance.sign_ins.keep(&tokens)?;
    if args.remember {
        entrance.sign_ins.remember(Some(&user))?;
    } else if args.forget {
        entrance.sign_ins.remember(None)?;
    }
    // Whether the account may do anything is told at once, not at the first job.
    let denied = cdds.jobs(&Listener::none()).await.err();
    let denied = denied.filter(|failure| failure.kind == FailureKind::Permission);
    let mut facts = vec![
        Fact::new("signed in to", &cdds.place().host),
        Fact::new("user", &user.username),
    ];
    facts.extend(user.tenant.as_ref().map(|tenant| Fact::new("tenant", tenant)));
    if let Some(at) = tokens.expires_at {
        let zone = crate::world::time_zone(&ctx.config.profile);
        let renewed = if tokens.refresh.is_some() {
            ", renewed by itself"
        } else {
            ""
        };
        facts.push(Fact::new(
            "until",
            format!("{}{renewed}", at.to_zoned(zone).strftime("%Y-%m-%d %H:%M %Z")),
        ));
    }
    let value = json!({
        "system": "cdds",
        "username": user.username,
        "tenant": user.tenant,
        "expires_at": tokens.expires_at.map(|at| at.to_string()),
        "remembered": args.remember,
    });
    ctx.out.object(&value, &facts)?;
    match denied {
        Some(denied) => Err(denied),
        None => Ok(Exit::OK),
    }
}

async fn entrance(ctx: &Context) -> Result<ExportEntrance, Failure> {
    let (config, selection) = (ctx.config.clone(), ctx.selection());
    tokio::task::spawn_blocking(move || ExportEntrance::of(&config, &selection))
        .await
        .unwrap_or_else(|_| {
            Err(Failure::new(
                FailureKind::Internal,
                "The way to the service could not be made.",
            ))
        })
}

/// First step: who. The command line, then what is remembered, then the configuration; else asked.
async fn who(ctx: &Context, args: &CddsArgs, entrance: &ExportEntrance) -> Result<Remembered, Failure> {
    let known = entrance.sign_ins.remembered().or_else(|| entrance.user.clone());
    if let Some(name) = &args.username {
        let (username, tenant) = split_user(name, args.tenant.as_deref());
        return Ok(Remembered { username, tenant });
    }
    let with_tenant = |mut user: Remembered| {
        if let Some(tenant) = &args.tenant {
            user.tenant = Some(tenant.clone()).filter(|tenant| !tenant.trim().is_empty());
        }
        user
    };
    if !ctx.interactive() {
        return known.map(with_tenant).ok_or_else(|| {
            Failure::new(FailureKind::Usage, "No user name is known for the sign-in.")
                .next("Give --username, or set username in [profiles.NAME.cdds] or DSR_CDDS_USERNAME.")
        });
    }
    let hint = known
        .as_ref()
        .map_or(String::new(), |user| format!(" [{}]", shown(user)));
    let name = ctx
        .ask(&format!("User name, or TENANT\\USERNAME{hint}: "))
        .await?
        .ok_or_else(given_up)?;
    match (name.trim(), known) {
        ("", Some(known)) => Ok(with_tenant(known)),
        ("", None) => Err(given_up()),
        (name, _) => {
            let (username, mut tenant) = split_user(name, args.tenant.as_deref());
            if tenant.is_none() {
                let told = ctx.ask("Tenant (Enter for none): ").await?.ok_or_else(given_up)?;
                tenant = Some(told.trim().to_owned()).filter(|tenant| !tenant.is_empty());
            }
            Ok(Remembered { username, tenant })
        }
    }
}

fn shown(user: &Remembered) -> String {
    match &user.tenant {
        Some(tenant) => format!("{tenant}\\{}", user.username),
        None => user.username.clone(),
    }
}

/// Second step: the password, from standard input, from the configuration, or asked for.
async fn password(ctx: &Context, args: &CddsArgs, user: &Remembered) -> Result<SecretString, Failure> {
    if args.password_stdin {
        return ctx.values.wait(secret::from_stdin);
    }
    if let Some(secret) = &ctx.config.profile.cdds.password
        && ctx.decided.mode == Mode::Live
    {
        return secret.read(&ctx.config.env);
    }
    if !ctx.interactive() {
        return Err(Failure::new(FailureKind::Usage, "Nobody can be asked for the password here.")
            .next("Give it by --password-stdin, DSR_CDDS_PASSWORD_FILE, or a password source of [profiles.NAME.cdds]."));
    }
    let typed = ctx
        .ask_hidden(&format!("Password of {} (not shown): ", shown(user)))
        .await?;
    typed
        .filter(|typed| !typed.expose_secret().is_empty())
        .ok_or_else(given_up)
}

fn given_up() -> Failure {
    Failure::new(FailureKind::Interrupted, "The sign-in was given up.")
}

/// Ends the session at the server and forgets the token.
///
/// # Errors
/// When the server could not be told; the token is forgotten here all the same.
pub async fn logout(ctx: &Context) -> Result<Exit, Failure> {
    let entrance = entrance(ctx).await?;
    ctx.announce(&entrance.organization, entrance.test);
    let ended = match entrance.sign_ins.read() {
        Ok(Some(credentials)) => entrance.client(credentials, false)?.sign_out().await,
        _ => Ok(()),
    };
    let was_kept = entrance.sign_ins.forget()?;
    ended.map_err(|failure| {
        let message = format!(
            "{} The sign-in is forgotten here, but its session may live on at the server.",
            failure.message
        );
        Failure { message, ..failure }
    })?;
    let told = if was_kept {
        "signed out"
    } else {
        "nobody was signed in; a password of the configuration signs in anew each time"
    };
    ctx.out.object(
        &json!({ "signed_out": was_kept }),
        &[Fact::new("Cloud Data Download Service", told)],
    )?;
    Ok(Exit::OK)
}

/// Tells who is signed in, and whether the account may work with exports.
///
/// # Errors
/// When nobody is signed in, the service cannot be reached, or access is denied.
pub async fn whoami(ctx: &Context) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let cdds = world.cdds().await?;
    let account = cdds.account().await?;
    let jobs = cdds.jobs(&Listener::none()).await;
    let denied = jobs
        .err()
        .filter(|failure| failure.kind == FailureKind::Permission);
    let access = if denied.is_some() { "denied" } else { "granted" };
    let mut facts = vec![
        Fact::new("service", &cdds.place().host),
        Fact::new("user", account.username.clone().unwrap_or_default()),
    ];
    facts.extend(account.tenant.as_ref().map(|tenant| Fact::new("tenant", tenant)));
    facts.push(Fact::new(
        "roles",
        match account.roles.is_empty() {
            true => "not told".to_owned(),
            false => account.roles.join(", "),
        },
    ));
    facts.push(Fact::new("exports", access));
    let value = json!({
        "system": "cdds",
        "organization": world.organization,
        "profile": world.profile,
        "operator": world.actor.login,
        "username": account.username,
        "tenant": account.tenant,
        "roles": account.roles,
        "access": access,
    });
    ctx.out.object(&value, &facts)?;
    match denied {
        Some(denied) => Err(denied),
        None => Ok(Exit::OK),
    }
}
