//! `dsr simulator`: serves and steers the simulated estate. It lives on between runs, and all
//! processes of this user see the same one.

mod serve;

use std::path::PathBuf;

use serde_json::json;

use super::context::scenario;
use super::output::List;
use super::table::{Column, Fact};
use super::{Context, Exit};
use crate::config::duration;
use crate::domain::failure::{Failure, FailureKind};
use crate::world::shelves;
use crate::world::simulated::{self, Simulator};

pub use serve::ServeArgs;

/// Verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Serve the simulated systems on TCP until TERM or INT
    Serve(ServeArgs),
    /// Forget everything that happened in the estate, and what was remembered of it
    Reset,
    /// List the built-in scenarios
    Scenarios,
    /// Tell the estate's time, or move it forward
    Clock(ClockArgs),
    /// Write the old export certificate of the estate and its private key, which open its older files
    Keys(KeysArgs),
}

/// Arguments of `keys`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A simulation has no secrets: the key is computed from the seed of the scenario. Keep it in the \
key ring with: dsr certificate add --key FILE --cert FILE"
)]
pub struct KeysArgs {
    /// Directory to write old-certificate.pem and old-key.pem into
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub to: PathBuf,
}

/// Arguments of `clock`.
#[derive(Debug, clap::Args)]
pub struct ClockArgs {
    /// How far to move it, for example 90m, 12h or 14d
    #[arg(long, value_name = "SPAN")]
    pub advance: Option<String>,
}

/// Runs a verb.
///
/// # Errors
/// An unknown scenario, an estate that cannot be opened, an address that cannot be listened on.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::Serve(args) => serve::serve(ctx, &args).await,
        Args::Reset => reset(ctx),
        Args::Scenarios => scenarios(ctx),
        Args::Clock(args) => clock(ctx, &args),
        Args::Keys(args) => keys(ctx, &args),
    }
}

fn open(ctx: &Context) -> Result<Simulator, Failure> {
    let simulator = simulated::open(&ctx.config, &scenario(ctx.global.scenario.as_deref()))?;
    ctx.announce(&simulator.cloud_access().organization, false);
    Ok(simulator)
}

/// The key that opens what was exported before the estate began. In a simulation it is no secret.
fn keys(ctx: &Context, args: &KeysArgs) -> Result<Exit, Failure> {
    let simulator = open(ctx)?;
    let pair = simulator
        .cdds_old_pair()
        .map_err(|error| simulated::failure(&error))?;
    let pair = pair.ok_or_else(|| {
        Failure::new(
            FailureKind::NotFound,
            "This scenario begins without an export certificate.",
        )
        .next("Make one of your own: dsr certificate new --out FILE")
    })?;
    let write = |name: &str, text: &str| {
        let path = args.to.join(name);
        let written = std::fs::create_dir_all(&args.to).and_then(|()| {
            use std::io::Write;
            use std::os::unix::fs::OpenOptionsExt;
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)?;
            file.write_all(text.as_bytes())
        });
        written.map_err(|error| {
            Failure::new(
                FailureKind::Storage,
                format!("{} cannot be written ({}).", path.display(), error.kind()),
            )
            .next("Name another directory with --to; nothing is overwritten.")
        })?;
        Ok::<_, Failure>(path)
    };
    let certificate = write("old-certificate.pem", &pair.certificate)?;
    let key = write("old-key.pem", &pair.key)?;
    ctx.out.object(
        &json!({ "certificate": certificate, "key": key }),
        &[
            Fact::new("certificate", certificate.display().to_string()),
            Fact::new("private key", key.display().to_string()),
        ],
    )?;
    Ok(Exit::OK)
}

fn reset(ctx: &Context) -> Result<Exit, Failure> {
    let simulator = open(ctx)?;
    simulator.reset().map_err(|error| simulated::failure(&error))?;
    let directory = shelves::simulated_directory(&ctx.config, &scenario(ctx.global.scenario.as_deref()));
    // What was remembered of requests that no longer exist would only confuse.
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            let kind = error.kind();
            return Err(Failure::new(
                FailureKind::Storage,
                format!("The estate was reset, but what was remembered of it could not be removed ({kind})."),
            )
            .next("Close other consoles of this simulation and try again."));
        }
        _ => {}
    }
    tell_clock(ctx, &simulator, Some("The estate is as it was at the beginning."))
}

fn scenarios(ctx: &Context) -> Result<Exit, Failure> {
    let all = Simulator::scenarios();
    let list = List {
        columns: vec![
            Column::new("SCENARIO").whole(),
            Column::new("WHAT IT HOLDS").whole(),
        ],
        rows: all
            .iter()
            .map(|(name, about)| vec![(*name).to_owned(), (*about).to_owned()])
            .collect(),
        items: all
            .iter()
            .map(|(name, about)| json!({ "name": name, "description": about }))
            .collect(),
        complete: true,
        csv: vec!["name", "description"],
        ..List::default()
    };
    ctx.out.list(None, &list)?;
    Ok(Exit::OK)
}

fn clock(ctx: &Context, args: &ClockArgs) -> Result<Exit, Failure> {
    let by = match &args.advance {
        Some(text) => Some(
            duration::parse(text)
                .map_err(|why| Failure::new(FailureKind::Usage, format!("--advance: the value {why}.")))?,
        ),
        None => None,
    };
    let simulator = open(ctx)?;
    if let Some(by) = by {
        simulator
            .advance(by)
            .map_err(|error| simulated::failure(&error))?;
    }
    tell_clock(ctx, &simulator, None)
}

fn tell_clock(ctx: &Context, simulator: &Simulator, note: Option<&str>) -> Result<Exit, Failure> {
    let now = simulator.clock().now();
    let zone = crate::world::time_zone(&ctx.config.profile);
    let shown = now.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
    let mut facts = vec![Fact::new("estate clock", shown)];
    if let Some(note) = note {
        facts.push(Fact::new("reset", note));
    }
    // Whole seconds: finer than that nobody steers a drill.
    let now = jiff::Timestamp::from_second(now.as_second()).unwrap_or(now);
    ctx.out.object(&json!({ "now": now.to_string() }), &facts)?;
    Ok(Exit::OK)
}
