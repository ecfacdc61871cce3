//! What the command line says of both ends.

use secrecy::{ExposeSecret, SecretString};

use super::{Args, Context, Way};
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::genesys_cloud::regions::is_loopback;
use crate::systems::gws::ByHand;
use crate::world::forget::Wanted;
use crate::world::live_keyspace;

/// Both ends, with a password that is asked for when it is needed and not known.
pub(super) async fn wanted(ctx: &Context, args: &Args, by_hand: ByHand) -> Result<Wanted, Failure> {
    let mut wanted = Wanted {
        gws: args.gws.clone(),
        username: args.gws_username.clone(),
        password: args.gws_user_password.as_deref().map(SecretString::from),
        by_hand,
        gws_ca: args.gws_ca.clone(),
        cassandra: live_keyspace::Wanted {
            host: args.cass_hostname.clone(),
            port: args.cass_port,
            keyspace: args.cass_keyspace.clone(),
            ..wanted_way(&args.way)?
        },
    };
    if args.cleans_up() {
        sign_in(ctx, &mut wanted).await?;
    }
    Ok(wanted)
}

/// Asks for the user and password of GWS where they are not known.
///
/// # Errors
/// When nobody can be asked, or an address or secret of the configuration cannot be read.
pub(crate) async fn sign_in(ctx: &Context, wanted: &mut Wanted) -> Result<(), Failure> {
    let client = crate::world::forget::gws(&ctx.config, &ctx.selection(), wanted)?;
    if client.is_none_or(|client| client.has_credentials()) {
        return Ok(());
    }
    if wanted.username.is_none() && ctx.config.profile.gws.username.is_none() {
        wanted.username = Some(ask_username(ctx).await?);
    }
    wanted.password = Some(ask_password(ctx).await?);
    Ok(())
}

async fn ask_username(ctx: &Context) -> Result<String, Failure> {
    let missing = || {
        Failure::new(
            FailureKind::Usage,
            "No GWS user is known, and nobody can be asked here.",
        )
        .next("Add --gws_username, or set gws_username in the profile or DSR_GWS_USERNAME.")
    };
    if !ctx.interactive() {
        return Err(missing());
    }
    let line = ctx.ask("GWS user name: ").await?.unwrap_or_default();
    match line.trim() {
        "" => Err(missing()),
        name => Ok(name.to_owned()),
    }
}

async fn ask_password(ctx: &Context) -> Result<SecretString, Failure> {
    let missing = || {
        Failure::new(FailureKind::Usage, "The password of the GWS user is not known, and nobody can be asked here.").next(
            "Set gws_password_file, gws_password_command or gws_password_env in the profile, or DSR_GWS_PASSWORD_FILE.",
        )
    };
    if !ctx.interactive() {
        return Err(missing());
    }
    let typed = ctx.ask_hidden("Password of the GWS user: ").await?;
    typed
        .filter(|typed| !typed.expose_secret().is_empty())
        .ok_or_else(missing)
}

/// The way into Cassandra.
pub(crate) fn wanted_way(way: &Way) -> Result<live_keyspace::Wanted, Failure> {
    Ok(live_keyspace::Wanted {
        username: way.cass_username.clone(),
        tls: way.cass_tls,
        ca_file: way.cass_ca.clone(),
        tls_names: way.cass_tls_name.clone(),
        cert_file: way.cass_cert.clone(),
        key_file: way.cass_key.clone(),
        datacenter: way.datacenter.clone(),
        consistency: way.consistency.clone(),
        translate: translations(&way.translate)?,
        ..live_keyspace::Wanted::default()
    })
}

/// `ANNOUNCED=HOST:PORT` of each.
fn translations(given: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let pair = |text: &String| {
        let (announced, reached) = text.split_once('=')?;
        let port = reached.rsplit_once(':')?.1;
        port.parse::<u16>().ok()?;
        Some((announced.trim().to_owned(), reached.trim().to_owned()))
    };
    given
        .iter()
        .map(|text| {
            pair(text).ok_or_else(|| {
                Failure::new(
                    FailureKind::Usage,
                    "--translate: ANNOUNCED=HOST:PORT is expected.",
                )
                .next("For example --translate 10.0.0.5=127.0.0.1:19042")
            })
        })
        .collect()
}

/// True when everything that is spoken to is this host: live, but only a test.
pub(super) fn is_test(ctx: &Context, wanted: &Wanted) -> bool {
    let profile = &ctx.config.profile;
    let host = wanted.cassandra.host.as_ref().or(profile.cassandra.host.as_ref());
    let cassandra = host.is_some_and(|host| {
        host.split(',')
            .all(|host| is_loopback(&format!("http://{}/", host.trim())))
    });
    let gws = wanted
        .gws
        .as_ref()
        .or(profile.gws.url.as_ref())
        .is_none_or(|address| is_loopback(address));
    cassandra && gws
}
