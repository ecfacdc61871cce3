//! `dsr certificate import`, and the service's side of `dsr certificate show`.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::options::Format;
use super::output::value;
use super::{Context, Exit, Fact};
use crate::domain::failure::Failure;
use crate::workflow::decrypt;
use crate::workflow::exports::certificate::{self, State};
use crate::workflow::exports::import::{self, ImportPlan};

/// `certificate import`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The file is checked first. An upload replaces the certificate that is there; files that were made \
before need the old key as long as they are kept.\n\n\
Exit codes: 0 it stands in the preferences; 1 the file is not good, or refused; 4 access denied; 6 the outcome is \
not known."
)]
pub struct ImportArgs {
    /// The certificate, PEM; never a private key
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Upload it although an upload of the same is under way or of unknown outcome
    #[arg(long)]
    pub again: bool,
    /// Say what would be replaced, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Checks, shows, asks and uploads.
///
/// # Errors
/// A file that is not good, refusals, an unknown outcome.
pub async fn import(ctx: &Context, args: ImportArgs) -> Result<Exit, Failure> {
    if !args.dry_run {
        ctx.before_change(args.yes)?;
    }
    let bytes = decrypt::small_file(&args.file)?;
    let name = args
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let world = ctx.world().await?;
    let mut plan = import::plan(&world, &name, bytes).await?;
    plan.again = args.again;
    if args.dry_run {
        ctx.out.object(&document(&plan, None), &facts(&plan))?;
        return Ok(Exit::OK);
    }
    if ctx.out.format() == Format::Table {
        ctx.out
            .tell(&super::table::facts(&facts(&plan), ctx.out.drawing()));
    }
    plan.refuse_equal(&world).await?;
    ctx.confirm(&plan.question(), args.yes).await?;
    let state = import::import(&world, &plan).await?;
    ctx.out.object(
        &document(&plan, Some(&state)),
        &[
            Fact::new("uploaded", plan.new_serial()),
            Fact::new("now", state.words()),
        ],
    )?;
    Ok(Exit::OK)
}

fn document(plan: &ImportPlan, state: Option<&State>) -> Value {
    let needed: Vec<&str> = plan.need_old_key.iter().map(|file| file.name.as_str()).collect();
    json!({
        "name": plan.file_name,
        "serial": plan.new_serial(),
        "fingerprint": plan.facts.fingerprint,
        "not_before": plan.facts.not_before,
        "not_after": plan.facts.not_after,
        "replaces": plan.old_serial(),
        "old_key_needed_by": needed,
        "uploaded": state.is_some(),
        "standing": state.map(|state| state.standing),
        "notes": plan.notes,
        "equal": super::jobs::create::ids(&plan.equal),
    })
}

fn facts(plan: &ImportPlan) -> Vec<Fact> {
    let mut facts = vec![
        Fact::new("new serial", plan.new_serial()),
        Fact::new("valid until", plan.facts.not_after.to_string()),
        Fact::new("now", plan.current.words()),
    ];
    if !plan.need_old_key.is_empty() {
        let names: Vec<&str> = plan.need_old_key.iter().map(|file| file.name.as_str()).collect();
        facts.push(Fact::new(
            "old key",
            format!("still needed by {} files:", names.len()),
        ));
        facts.push(Fact::new("", names.join("\n")));
    }
    facts.extend(plan.notes.iter().map(|note| Fact::new("note", note)));
    facts
}

/// What stands in the preferences, as a part of the document of `certificate show`.
pub fn server(state: &State) -> Value {
    let mut told = match &state.server {
        Some(server) => value(server),
        None => return Value::Null,
    };
    told["known_from_upload"] = json!(state.remembered);
    told
}

/// Asks the service, where the profile names one.
///
/// # Errors
/// As every read.
pub async fn look(ctx: &Context) -> Result<Option<State>, Failure> {
    let world = ctx.world().await?;
    match world.has_exports() {
        true => certificate::state(&world).await.map(Some),
        false => Ok(None),
    }
}
