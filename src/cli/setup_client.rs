//! `dsr setup oauth-client`: creates the role and the OAuth client in the organisation. What will
//! be created is shown first; the secret goes where the configuration says and is shown nowhere.

use std::path::PathBuf;

use serde_json::json;

use super::setup::present;
use super::table::{Fact, facts};
use super::{Context, Exit};
use crate::config::Config;
use crate::config::write::{SecretPlace, add_to_profile};
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::workflow::setup::{OauthClientPlan, create_oauth_client, plan_oauth_client};
use crate::world::entrance::Entrance;
use crate::world::shelves;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct ClientArgs {
    /// Name of the OAuth client
    #[arg(long, value_name = "NAME", default_value = "dsr")]
    pub client_name: String,
    /// Name of the role
    #[arg(long, value_name = "NAME", default_value = "dsr data subject requests")]
    pub role_name: String,
    /// Put the secret into this file and leave the configuration as it is
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// Show what would be created, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    pub yes: bool,
}

/// Where the secret goes.
struct Target {
    path: PathBuf,
    /// The configuration file that gets client and secret, if one does.
    file: Option<PathBuf>,
}

/// Creates role and client.
///
/// # Errors
/// When the names are taken, the configuration has a client already, or the API refuses.
pub async fn run(ctx: &Context, args: ClientArgs) -> Result<Exit, Failure> {
    if !args.dry_run {
        ctx.before_change(args.yes)?;
    }
    // Steps of the set-up are lenient towards a configuration that is not finished; this one signs in.
    let (places, env) = (ctx.config.places.clone(), ctx.config.env.clone());
    Config::load(places, env, &super::config::overrides(ctx))?;
    let target = target(ctx, &args)?;
    let world = ctx.world().await?;
    let plan = plan_oauth_client(&world, &args.client_name, &args.role_name).await?;
    show(ctx, &plan, &target);
    if args.dry_run {
        ctx.out.object(
            &json!({ "plan": plan, "created": false }),
            &[Fact::new("created", "nothing (dry run)")],
        )?;
        return Ok(Exit::OK);
    }
    let place = SecretPlace::take(&target.path)?;
    ctx.confirm("Create them?", args.yes).await?;
    let client = create_oauth_client(&world, &plan, &ctx.cancel).await?;
    // From here on the client exists: whatever fails now must say so.
    let exists = |failure: Failure| {
        let message = format!(
            "The OAuth client {} was created, but: {}",
            client.id, failure.message
        );
        Failure { message, ..failure }
            .changed(Changed::Something)
            .next("Delete this client in the organisation (Admin, Integrations, OAuth) and try again.")
    };
    let path = place.fill(&client.secret).map_err(exists)?;
    if let Some(file) = &target.file {
        let pairs = [
            ("client_id", client.id.clone()),
            ("client_secret_file", path.display().to_string()),
        ];
        add_to_profile(file, &world.profile, &pairs).map_err(|failure| {
            let message = format!(
                "The OAuth client {} was created and its secret is kept, but the profile could not be changed: {}",
                client.id, failure.message
            );
            Failure { message, ..failure }
                .changed(Changed::Something)
                .next(format!("Add client_id and client_secret_file = \"{}\" to the profile.", path.display()))
        })?;
    }
    let shown = path.display().to_string();
    let value = json!({
        "created": true,
        "plan": plan,
        "client_id": client.id,
        "role_id": client.role_id,
        "secret_file": shown,
        "profile": target.file.is_some().then_some(&world.profile),
    });
    let mut sheet = vec![
        Fact::new("role", format!("{} ({})", plan.role_name, client.role_id)),
        Fact::new("OAuth client", format!("{} ({})", plan.client_name, client.id)),
        Fact::new("its secret", shown),
    ];
    // Whoever made the client may do more than it, and goes before it for as long as they are signed in.
    let entrance = Entrance::of(&ctx.config, &ctx.selection())?;
    if matches!(entrance.sign_ins.read(), Ok(Some(_))) {
        sheet.push(Fact::new(
            "next",
            format!(
                "dsr --{} --profile {} logout; until then your own sign-in is used and not this client",
                if world.mode == Mode::Live {
                    "live"
                } else {
                    "simulate"
                },
                world.profile
            ),
        ));
    }
    ctx.out.object(&value, &sheet)?;
    Ok(Exit::OK)
}

fn target(ctx: &Context, args: &ClientArgs) -> Result<Target, Failure> {
    if let Some(path) = &args.secret_file {
        let path = path.clone();
        return Ok(Target { path, file: None });
    }
    if ctx.decided.mode == Mode::Simulation {
        // A simulated client has no place in the configuration of a live organisation.
        let directory = shelves::simulated_directory(&ctx.config, &ctx.selection().scenario);
        let path = directory.join(format!("{}.secret", shelves::slug(&args.client_name)));
        return Ok(Target { path, file: None });
    }
    let (_, file) = present(ctx)?;
    let profile = &ctx.config.profile;
    if profile.client_id.is_some() || profile.client_secret.is_some() {
        return Err(Failure::new(
            FailureKind::Conflict,
            format!("The profile {} has an OAuth client already.", profile.name),
        )
        .next("Choose another profile with --profile, or put the secret elsewhere with --secret-file."));
    }
    Ok(Target {
        path: SecretPlace::of_profile(&file, &profile.name),
        file: Some(file),
    })
}

fn show(ctx: &Context, plan: &OauthClientPlan, target: &Target) {
    let role = match &plan.existing_role {
        Some(id) => format!("{} (exists: {id})", plan.role_name),
        None => format!("{} (new)", plan.role_name),
    };
    let mut sheet = vec![
        Fact::new("role", role),
        Fact::new("its permissions", plan.permissions.join("\n")),
        Fact::new(
            "OAuth client",
            format!("{} (new, client credentials)", plan.client_name),
        ),
        Fact::new(
            "division",
            if plan.division == "*" {
                "all"
            } else {
                &plan.division
            },
        ),
        Fact::new("its secret goes to", target.path.display().to_string()),
    ];
    if let Some(file) = &target.file {
        sheet.push(Fact::new("written to profile", file.display().to_string()));
    }
    for line in facts(&sheet, ctx.out.drawing()).lines() {
        ctx.out.note(line);
    }
}
