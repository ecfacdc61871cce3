//! `dsr ledger verify`: the own ledger, against the store and its key, or one that was handed over.

use std::path::PathBuf;

use serde_json::json;

use super::{base64, not_begun};
use crate::cli::table::Fact;
use crate::cli::{Context, Exit};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;
use crate::ledger::note::Verifier;
use crate::ledger::{Trust, Verified};
use crate::workflow::evidence;
use crate::world;

/// Signed notes are short.
const NOTE_LIMIT: u64 = 64 * 1024;

/// `ledger verify`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Nothing is changed or repaired. Going back to an older genuine state shows only against a \
later checkpoint: keep one elsewhere and name it with --since.\n\nExit codes: 0 every byte is as it was signed; 1 \
something is wrong, or there is no ledger."
)]
pub struct VerifyArgs {
    /// A log that was handed over; the ledger of this organisation when nothing is said
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// A checkpoint from earlier, which the ledger must continue
    #[arg(long, value_name = "FILE")]
    pub since: Option<PathBuf>,
    /// The key that is known, as `dsr ledger checkpoint` gives it
    #[arg(long, value_name = "VERIFIER-KEY")]
    pub key: Option<String>,
}

/// Checks a ledger.
pub(super) async fn run(ctx: &Context, args: VerifyArgs) -> Result<Exit, Failure> {
    let key = args.key.as_deref().map(read_key).transpose()?;
    let since = args.since.as_deref().map(read_note).transpose()?;
    let trust = Trust {
        key,
        since,
        ..Trust::default()
    };
    let (path, found) = match args.directory {
        Some(directory) => {
            let at = directory.clone();
            (directory, evidence::verify_files(at, trust).await?)
        }
        None => {
            let shelf = world::inspect(&ctx.config, &ctx.selection())?;
            ctx.announce(&shelf.organization, shelf.test);
            let found = evidence::verify_own(&shelf.place, shelf.store, trust).await?;
            (shelf.place.directory, found.ok_or_else(not_begun)?)
        }
    };
    tell(ctx, &path, &found, args.key.is_some())?;
    if found.problems.is_empty() {
        return Ok(Exit::OK);
    }
    Err(Failure::new(
        FailureKind::Storage,
        format!(
            "The ledger is not as it was signed: {}.",
            clean(&found.problems[0])
        ),
    )
    .next(
        "Keep the files as they are. If only files below tile/ are wrong, they follow from the entries: move \
         that directory away, and the next command makes it again. Else begin a new ledger: dsr ledger begin",
    ))
}

fn tell(ctx: &Context, path: &std::path::Path, found: &Verified, key_known: bool) -> Result<(), Failure> {
    let key = found.keys.last().map(ToString::to_string);
    let since = found.since.as_ref().map(
        |since| json!({ "size": since.size, "proof": since.proof.iter().map(base64).collect::<Vec<_>>() }),
    );
    let document = json!({
        "sound": found.problems.is_empty(),
        "path": path.display().to_string(),
        "origin": found.origin,
        "size": found.size,
        "root": base64(&found.root),
        "verifier_key": key,
        "unsigned": found.unsigned,
        "since": since,
        "problems": found.problems,
    });
    let mut facts = vec![
        Fact::new("origin", clean(&found.origin)),
        Fact::new("entries", found.size.to_string()),
        Fact::new("verifier key", key.clone().unwrap_or_else(|| "-".to_owned())),
    ];
    if found.unsigned > 0 {
        facts.push(Fact::new("not signed yet", found.unsigned.to_string()));
    }
    if let Some(since) = &found.since {
        facts.push(Fact::new(
            "continues",
            format!("the checkpoint of {} entries", since.size),
        ));
    }
    facts.extend(found.problems.iter().map(|text| Fact::new("wrong", clean(text))));
    if found.problems.is_empty() {
        facts.push(Fact::new("result", "every byte is as it was signed"));
    }
    ctx.out.object(&document, &facts)?;
    if !key_known {
        ctx.out.note(
            "The key is the one that lies with the ledger. Whoever holds it could have signed all of this anew: \
             compare it, or a checkpoint, with a copy kept elsewhere.",
        );
    }
    Ok(())
}

fn read_key(text: &str) -> Result<Verifier, Failure> {
    Verifier::parse(text).ok_or_else(|| {
        Failure::new(FailureKind::Usage, "--key: this is no verifier key.").next(
            "It looks like dsr/live/example/1a2b3c4d+5e6f7a8b+AX… and stands below dsr ledger checkpoint.",
        )
    })
}

fn read_note(path: &std::path::Path) -> Result<String, Failure> {
    let failed = |why: String| {
        let shown = clean(&path.display().to_string());
        Failure::new(FailureKind::Usage, format!("--since: {shown} {why}."))
    };
    let long = std::fs::metadata(path).is_ok_and(|facts| facts.len() > NOTE_LIMIT);
    if long {
        return Err(failed("is too long for a checkpoint".to_owned()));
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| failed(format!("cannot be read ({})", error.kind())))?;
    // Also the whole document that `dsr ledger checkpoint --output json` gives.
    let inside = serde_json::from_str::<serde_json::Value>(&text)
        .ok()
        .and_then(|document| document["checkpoint"].as_str().map(str::to_owned));
    Ok(inside.unwrap_or(text))
}
