//! `dsr ledger export` and `dsr ledger anchor`: evidence leaves the house.

use std::path::PathBuf;

use serde_json::json;

use super::filters::Filters;
use crate::cli::table::Fact;
use crate::cli::{Context, Exit};
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::network::Network;
use crate::workflow::evidence::{self, Export, Witness};
use crate::world::live;

/// `ledger export`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without an option the whole log is written, else the entries that fit, each with the proof that \
it stands in the signed tree. Whoever gets them runs: sh check.sh [VERIFIER-KEY]"
)]
pub struct ExportArgs {
    /// Directory to write to; it must not exist or be empty
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Which entries.
    #[command(flatten)]
    pub filters: Filters,
}

/// `ledger anchor`.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("witness").multiple(true),
    after_help = "Without an option the witnesses of the configuration are asked: anchor_tsa, anchor_command, \
anchor_drop. Commands that record something do the same by themselves once anchor_every has passed."
)]
pub struct AnchorArgs {
    /// Time-stamping authority (RFC 3161); it sees a digest and nothing else
    #[arg(long, value_name = "URL", group = "witness")]
    pub tsa: Option<String>,
    /// Certificates that the authority's stamp must be signed with (PEM), checked with openssl
    #[arg(long, value_name = "FILE", requires = "tsa")]
    pub ca: Option<PathBuf>,
    /// Shell command that reads the checkpoint on standard input
    #[arg(long, value_name = "COMMAND", group = "witness")]
    pub command: Option<String>,
    /// Directory that somebody else keeps
    #[arg(long, value_name = "DIR", group = "witness")]
    pub drop: Option<PathBuf>,
    /// Only when anchor_every has passed and something was added since: for a timer
    #[arg(long, conflicts_with = "witness")]
    pub if_due: bool,
}

/// Writes evidence out.
pub(super) async fn export(ctx: &Context, args: &ExportArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let chosen = match args.filters.is_empty() {
        true => None,
        false => Some(args.filters.chosen(&world).await?),
    };
    let export = Export {
        chosen: chosen.as_ref(),
        action: "ledger.export",
        facts: json!({ "whole": chosen.is_none() }),
        listed: None,
    };
    let exported = evidence::export(&world, export, &args.directory).await?;
    let path = args.directory.display().to_string();
    let document = json!({
        "path": path,
        "entries": exported.entries,
        "size": exported.size,
        "whole": chosen.is_none(),
        "script": args.directory.join("check.sh").display().to_string(),
    });
    let facts = [
        Fact::new("written to", path.clone()),
        Fact::new("entries", format!("{} of {}", exported.entries, exported.size)),
        Fact::new("check with", format!("sh {path}/check.sh")),
    ];
    ctx.out.object(&document, &facts)?;
    Ok(Exit::OK)
}

/// Has the checkpoint witnessed.
pub(super) async fn anchor(ctx: &Context, args: &AnchorArgs) -> Result<Exit, Failure> {
    let world = ctx.world().await?;
    let transport = Network::new(live::network_settings(&ctx.config.profile))?;
    let authority = args.tsa.clone().map(|url| Witness::Authority {
        url,
        ca: args.ca.clone(),
    });
    let others = [
        args.command.clone().map(Witness::Command),
        args.drop.clone().map(Witness::Drop),
    ];
    let (mut done, mut facts) = (Vec::new(), Vec::new());
    let mut witnesses: Vec<Witness> = authority
        .into_iter()
        .chain(others.into_iter().flatten())
        .collect();
    if witnesses.is_empty() {
        witnesses = world.witnessing.witnesses.clone();
        if witnesses.is_empty() {
            return Err(no_witness());
        }
        if args.if_due && !evidence::anchor_is_due(&world).await? {
            ctx.out
                .object(&json!({ "anchors": [] }), &[Fact::new("anchored", "not due")])?;
            return Ok(Exit::OK);
        }
    }
    for witness in witnesses {
        if let Witness::Authority { url, .. } = &witness
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            return Err(Failure::new(
                FailureKind::Usage,
                "--tsa: this is no http or https address.",
            ));
        }
        let anchor = evidence::anchor(&world, &witness, &transport).await?;
        let mut said = format!("{} entries", anchor.size);
        if let Some(at) = anchor.at {
            said.push_str(&format!(", seen by the authority at {at}"));
        }
        if let Some(file) = &anchor.file {
            said.push_str(&format!(", {}", file.display()));
        }
        if anchor.how == "rfc3161" && !anchor.checked {
            ctx.out.note(
                "The signature of the stamp was not checked here: name trusted certificates with --ca, or run \
                 openssl ts -verify.",
            );
        }
        facts.push(Fact::new(anchor.how, said));
        done.push(json!(anchor));
    }
    ctx.out.object(&json!({ "anchors": done }), &facts)?;
    Ok(Exit::OK)
}

fn no_witness() -> Failure {
    Failure::new(FailureKind::Usage, "No witness was named, and live work has none configured.").next(
        "Say --tsa URL, --command COMMAND or --drop DIR; or set anchor_tsa, anchor_command or anchor_drop in the profile.",
    )
}
