//! `dsr decrypt`: downloaded exports into readable records.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::options::Format;
use super::passphrase::{self, PassphraseArgs};
use super::requests::download::RESPONSIBILITY;
use super::{Context, Exit, Fact, List};
use crate::crypto::decrypt::{Assurance, Decrypted};
use crate::crypto::{Opened, RecipientId};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;
use crate::workflow::World;
use crate::workflow::decrypt::{self, Outcome, Request};

/// `decrypt`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Nothing is overwritten, and nothing is left when something is wrong: content gets its name only \
after the authentication tag was compared (AES-GCM), or after padding, end and checksums were found sound (AES-CBC, \
which cannot tell whether somebody changed it). The encrypted file stays.\n\nExit codes: 0 all was decrypted; 1 \
nothing was; 2 the parts are in a wrong order, or some are missing; 3 no usable key; 6 only some of the messages."
)]
pub struct Args {
    /// Encrypted files (CMS in binary, PEM or S/MIME); the parts of a split export in their order
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Private key; the key ring when none is named
    #[arg(long, value_name = "FILE")]
    pub key: Vec<PathBuf>,
    /// Certificate that goes with a key: says for whom a file is encrypted
    #[arg(long, value_name = "FILE")]
    pub cert: Vec<PathBuf>,
    /// Directory to put the content into
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// Write the content as it is, as FILE.out, instead of unpacking it
    #[arg(long)]
    pub raw: bool,
    /// How long the decrypted files may be kept: 14d, 12h; 30 days when nothing is said
    #[arg(long, value_name = "SPAN", value_parser = super::requests::when::span)]
    pub keep: Option<std::time::Duration>,
    /// Where the passphrase of a key comes from; else it is asked for.
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// Runs it.
///
/// # Errors
/// No key, files that cannot be read or are in a wrong order; with a single message, what is wrong
/// with it.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    let request = Request {
        files: args.files,
        keys: args.key,
        certificates: args.cert,
        to: args.to,
        raw: args.raw,
        keep: args.keep,
    };
    let (world, unrecorded) = optional_world(ctx).await?;
    let outcomes = work(ctx, world.as_deref(), request, &args.passphrase).await?;
    let organization = world.as_ref().map(|world| world.organization.clone());
    tell(ctx, organization.as_deref(), outcomes, unrecorded)
}

/// The decryption, with the operator at hand for passphrases.
async fn work(
    ctx: &Context,
    world: Option<&World>,
    request: Request,
    passphrase: &PassphraseArgs,
) -> Result<Vec<Outcome>, Failure> {
    let (ask, mut questions) = passphrase.asker(ctx);
    let listener = ctx.listener();
    let work = async {
        match world {
            Some(world) => decrypt::decrypt(world, request, ask, &listener, &ctx.cancel).await,
            None => {
                let to = request.to.clone();
                let to = to.unwrap_or_else(|| ctx.config.places.data.join("downloads"));
                decrypt::local(&ctx.vault(), &to, request, ask, &listener, &ctx.cancel).await
            }
        }
    };
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            Some(question) = questions.recv() => passphrase::answer(ctx, question).await?,
        }
    }
}

/// The world that remembers what was decrypted. Without a configuration for it, decryption works all
/// the same, and says that nothing is remembered.
///
/// # Errors
/// Whatever else keeps a world from being built.
pub async fn optional_world(ctx: &Context) -> Result<(Option<Arc<World>>, Option<String>), Failure> {
    match ctx.world().await {
        Ok(world) => Ok((Some(world), None)),
        Err(failure) if failure.kind == FailureKind::Configuration => {
            let note = format!("These copies are not remembered in a store: {}", failure.message);
            Ok((None, Some(note)))
        }
        Err(failure) => Err(failure),
    }
}

fn tell(
    ctx: &Context,
    organization: Option<&str>,
    outcomes: Vec<Outcome>,
    unrecorded: Option<String>,
) -> Result<Exit, Failure> {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (file, result) in outcomes {
        match result {
            Ok(decrypted) => done.push(decrypted),
            Err(failure) => failed.push((file, failure)),
        }
    }
    if done.is_empty()
        || failed
            .iter()
            .any(|(_, failure)| failure.kind == FailureKind::Interrupted)
    {
        let first = failed.into_iter().map(|(_, failure)| failure).next();
        return Err(first.unwrap_or_else(|| Failure::new(FailureKind::Internal, "Nothing was decrypted.")));
    }
    let mut notes: Vec<String> = failed
        .iter()
        .map(|(_, failure)| {
            format!(
                "Not decrypted: {} {}",
                failure.message,
                failure.next.as_deref().unwrap_or("")
            )
        })
        .collect();
    for decrypted in &done {
        notes.extend(
            decrypted
                .notices
                .iter()
                .map(|notice| format!("{}: {notice}", name(decrypted))),
        );
    }
    notes.extend(unrecorded);
    notes.push(RESPONSIBILITY.to_owned());
    let list = List {
        items: done.iter().map(item).collect(),
        complete: failed.is_empty(),
        notes,
        csv: vec!["sources", "files", "assurance"],
        empty: String::new(),
        ..List::default()
    };
    if ctx.out.format() == Format::Table {
        for decrypted in &done {
            ctx.out.object(&json!({}), &sheet(decrypted))?;
        }
        list.notes.iter().for_each(|note| ctx.out.note(note));
    } else {
        ctx.out.list(organization, &list)?;
    }
    Ok(Exit::complete(failed.is_empty()))
}

fn name(decrypted: &Decrypted) -> String {
    let first = decrypted.sources.first().and_then(|path| path.file_name());
    clean(&first.unwrap_or_default().to_string_lossy())
}

fn item(decrypted: &Decrypted) -> serde_json::Value {
    let file = |path: &PathBuf| {
        let bytes = std::fs::metadata(path).map(|meta| meta.len()).ok();
        json!({ "path": path, "bytes": bytes })
    };
    json!({
        "sources": decrypted.sources,
        "files": decrypted.files.iter().map(file).collect::<Vec<_>>(),
        "messages": decrypted.opened.iter().map(message).collect::<Vec<_>>(),
        "inside": decrypted.layers,
        "assurance": decrypted.assurance,
        "notices": decrypted.notices,
    })
}

fn message(opened: &Opened) -> serde_json::Value {
    let serial = match &opened.recipient {
        RecipientId::IssuerSerial { serial, .. } => Some(crate::crypto::serial_shown(serial)),
        _ => None,
    };
    json!({
        "wrapping": opened.wrapping,
        "cipher": opened.suite.name(),
        "key_transport": opened.transport,
        "recipient": opened.recipient.shown(),
        "recipient_serial": serial,
        "key": opened.key,
    })
}

fn sheet(decrypted: &Decrypted) -> Vec<Fact> {
    let mut facts = vec![Fact::new("decrypted", name(decrypted))];
    for opened in &decrypted.opened {
        let how = format!(
            "{}, {}, {}, for {}",
            opened.wrapping,
            opened.suite.name(),
            opened.transport,
            opened.recipient.shown()
        );
        facts.push(Fact::new("message", how));
    }
    let proof = match decrypted.assurance {
        Assurance::Authentic => "authentic: the tag matches, nothing was changed",
        Assurance::Consistent => "consistent; the cipher cannot tell whether somebody changed it",
    };
    facts.push(Fact::new("content", proof));
    facts.extend(
        decrypted
            .files
            .iter()
            .map(|path| Fact::new("file", path.display().to_string())),
    );
    facts
}
