//! `dsr doctor`: checks, each with its result and its remedy.

mod network;
mod terminal;

use serde_json::json;

use super::output::List;
use super::table::Column;
use super::{Context, Exit, config};
use crate::config::Config;
use crate::domain::failure::Failure;
use crate::domain::mode::Mode;
use crate::workflow::doctor::{self, Check, Verdict};
use crate::workflow::evidence;
use crate::workflow::exports;
use crate::workflow::{doctor_forget, doctor_host};
use crate::world::forget;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// System to check; all that are configured when nothing is said
    #[arg(value_enum)]
    pub system: Option<System>,
}

/// The systems that can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum System {
    /// Genesys Cloud.
    Cloud,
    /// Cloud Data Download Service.
    Cdds,
    /// GWS on premise.
    Gws,
    /// The Cassandra of GWS.
    Cassandra,
}

/// Runs the checks. The exit code is 1 when one of them failed.
///
/// # Errors
/// When standard output cannot be written.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    let (config, problems) = config::inspect(ctx);
    let profile = &config.profile;
    let simulated = ctx.decided.mode == Mode::Simulation;
    let asked = |system: System, configured: bool| match args.system {
        Some(only) => only == system,
        None => simulated || configured,
    };
    let gws = asked(System::Gws, profile.gws.url.is_some());
    let cassandra = asked(System::Cassandra, profile.cassandra.host.is_some());
    let cloud_or_exports = args
        .system
        .is_none_or(|only| matches!(only, System::Cloud | System::Cdds));
    let mut checks = vec![configuration(&config, &problems)];
    checks.extend(places(&config));
    if args.system.is_none() {
        checks.push(terminal::check(&config));
    }
    if !simulated && args.system.is_none_or(|only| only == System::Cloud) {
        checks.extend(network::checks(profile, ctx.clock()?.now()).await);
    }
    let mut organization = None;
    if cloud_or_exports {
        match ctx.world().await {
            Ok(world) => {
                organization = Some(world.organization.clone());
                let cdds_alone = ctx.config.profile.address.is_none() && ctx.decided.mode == Mode::Live;
                if args.system == Some(System::Cloud)
                    || (args.system.is_none() && !(cdds_alone && world.has_exports()))
                {
                    checks.extend(doctor::cloud(&world).await);
                }
                if args.system == Some(System::Cdds) || (args.system.is_none() && world.has_exports()) {
                    checks.extend(exports::doctor::cdds(&world).await);
                }
                checks.push(doctor::outcomes(&world).await);
                checks.push(evidence::health::check(&world).await);
                if args.system.is_none() {
                    checks.extend(doctor_host::host(&world).await);
                }
            }
            Err(failure) => checks.push(failed("world", failure)),
        }
    }
    if gws {
        checks.extend(gws_checks(ctx, &config).await);
    }
    if cassandra {
        let wanted = forget::Wanted::default();
        let readable = forget::keyspace_warning(&ctx.config, &ctx.selection(), &wanted)?;
        checks.extend(readable.map(doctor_forget::readable));
        match forget::ends(&ctx.config, &ctx.selection(), &wanted).await {
            Ok(ends) => checks.extend(doctor_forget::cassandra(&ends).await),
            Err(failure) => checks.push(failed("cassandra address", failure)),
        }
    }
    if ctx.decided.mode == Mode::Simulation {
        ctx.out
            .note("This checked the simulation. Add --live to check the live organisation.");
    }
    tell(ctx, organization.as_deref(), &checks)?;
    let failed = checks.iter().any(|check| check.verdict == Verdict::Failed);
    Ok(if failed { Exit::FAILURE } else { Exit::OK })
}

fn failed(name: &str, failure: Failure) -> Check {
    Check {
        name: name.to_owned(),
        verdict: Verdict::Failed,
        seen: failure.message,
        remedy: failure.next,
    }
}

async fn gws_checks(ctx: &Context, config: &Config) -> Vec<Check> {
    let template = match forget::template(&config.profile) {
        Ok(template) => template,
        Err(failure) => return vec![failed("gws delete call", failure)],
    };
    match forget::gws(&ctx.config, &ctx.selection(), &forget::Wanted::default()) {
        Ok(Some(gws)) => doctor_forget::gws(&gws, &template, ctx.decided.mode).await,
        Ok(None) => vec![failed("gws address", forget::no_gws())],
        Err(failure) => vec![failed("gws address", failure)],
    }
}

fn tell(ctx: &Context, organization: Option<&str>, checks: &[Check]) -> Result<(), Failure> {
    let word = |verdict: Verdict| match verdict {
        Verdict::Ok => "ok",
        Verdict::Warning => "warning",
        Verdict::Failed => "FAILED",
        Verdict::Skipped => "skipped",
    };
    let mut rows = Vec::new();
    for check in checks {
        rows.push(vec![
            word(check.verdict).to_owned(),
            check.name.clone(),
            check.seen.clone(),
        ]);
        if let Some(remedy) = &check.remedy {
            rows.push(vec![String::new(), String::new(), format!("-> {remedy}")]);
        }
    }
    ctx.out.list(
        organization,
        &List {
            columns: vec![
                Column::new("RESULT").whole(),
                Column::new("CHECK").whole(),
                Column::new("SEEN").whole(),
            ],
            rows,
            items: checks.iter().map(|check| json!(check)).collect(),
            complete: true,
            csv: vec!["name", "verdict", "seen", "remedy"],
            ..List::default()
        },
    )
}

fn configuration(config: &Config, problems: &[crate::config::Problem]) -> Check {
    let name = "configuration".to_owned();
    match problems.first() {
        None => Check {
            name,
            verdict: Verdict::Ok,
            seen: match &config.file {
                Some(file) => format!("{}, profile {}", file.display(), config.profile.name),
                None => "no file; the defaults hold".to_owned(),
            },
            remedy: None,
        },
        Some(first) => Check {
            name,
            verdict: Verdict::Failed,
            seen: first.sentence(),
            remedy: first
                .remedy
                .clone()
                .or_else(|| Some("See all problems with: dsr config check".to_owned())),
        },
    }
}

/// Whether the directories can be written and are private.
fn places(config: &Config) -> Vec<Check> {
    use std::os::unix::fs::MetadataExt;
    let places = [
        ("data directory", &config.places.data),
        ("state directory", &config.places.state),
    ];
    let check = |(name, path): (&str, &std::path::PathBuf)| {
        let shown = path.display().to_string();
        let made = std::fs::create_dir_all(path).and_then(|()| std::fs::metadata(path));
        let (verdict, seen, remedy) = match made {
            Err(error) => (
                Verdict::Failed,
                format!("{shown}: {}", error.kind()),
                Some("Make it writable, or choose another with XDG_DATA_HOME and XDG_STATE_HOME.".to_owned()),
            ),
            Ok(facts) if facts.mode() & 0o022 != 0 => (
                Verdict::Warning,
                format!("{shown} can be written by others"),
                Some(format!("chmod go-w {shown}")),
            ),
            Ok(_) => (Verdict::Ok, shown, None),
        };
        Check {
            name: name.to_owned(),
            verdict,
            seen,
            remedy,
        }
    };
    places.into_iter().map(check).collect()
}
