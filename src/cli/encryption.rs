//! `dsr encryption`: the store, results and decrypted files at rest.

use serde_json::json;

use super::passphrase::PassphraseArgs;
use super::{Context, Exit, Fact};
use crate::crypto::rest::Protection;
use crate::domain::failure::Failure;
use crate::workflow::World;
use crate::workflow::at_rest::{self, Converted};
use crate::world::{self, Locked};

const NOT_ENCRYPTED: &str = "days, states and ids of the store; names and sizes of files; the ledger, which holds no \
person; a download while it is under way; the key ring, which has passphrases of its own";

/// Verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Say whether it is on, how the key is kept, and what a conversion left behind (exit code 6, also
    /// where that cannot be counted for want of the passphrase)
    Status,
    /// Encrypt the store, the results and the decrypted files that lie here
    On(OnArgs),
    /// Decrypt them again, and keep the key in its file without a passphrase
    #[command(
        after_help = "The register of suppressed identifiers stays encrypted with the key in any case. So that it can go on \
without a passphrase, the key is kept from then on as it is in a file that only you can read: that protects copies of \
the register that leave without the file, and nothing else."
    )]
    Off(ChangeArgs),
    /// Protect the key with another passphrase
    Passphrase(OnArgs),
}

/// `encryption on` and `encryption passphrase`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The key lies beside the store. Protected with a passphrase it is worth nothing without it: keep the \
passphrase where you keep others, and a copy of the key file apart from the store. Whoever loses either loses what is \
encrypted; nobody can help. With --key-file the key is kept as it is in a file that only you can read: that protects \
copies of the store that leave without the file, and nothing else."
)]
pub struct OnArgs {
    /// Keep the key in a file as it is, without a passphrase
    #[arg(long, conflicts_with_all = ["passphrase_stdin", "passphrase_file", "passphrase_fd", "passphrase_command"])]
    pub key_file: bool,
    /// The new passphrase.
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Consent to a change.
#[derive(Debug, clap::Args)]
pub struct ChangeArgs {
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Runs a verb.
///
/// # Errors
/// A key that cannot be opened, a store in use, no room.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::Status => status(ctx).await,
        Args::On(args) => on(ctx, args).await,
        Args::Off(args) => off(ctx, &args).await,
        Args::Passphrase(args) => passphrase(ctx, args).await,
    }
}

async fn status(ctx: &Context) -> Result<Exit, Failure> {
    // Where nobody can be asked for the passphrase, what can be said without it is said.
    if !ctx.interactive()
        && let Some(locked) = world::locked(&ctx.config, &ctx.selection())?
    {
        return status_without_key(ctx, &locked);
    }
    let world = ctx.world().await?;
    let (on, kept) = (world.store.is_sealed(), world.rest.file().protection()?);
    let path = world.rest.file().path().display().to_string();
    let words = match (on, kept) {
        (false, Some("passphrase")) => {
            "off: the store, the results and the decrypted files can be read by whoever reads the disk; the key, which \
             the register of suppressed identifiers needs, is protected with a passphrase (without: dsr encryption off)"
        }
        (false, _) => {
            "off: the store, the results and the decrypted files can be read by whoever reads the disk"
        }
        (true, Some("passphrase")) => "on; the key is protected with a passphrase",
        (true, _) => "on; the key lies in a file as it is",
    };
    let left = at_rest::left_behind(&world).await?;
    let behind = match (left.is_nothing(), on) {
        (true, _) => "nothing".to_owned(),
        (false, true) => format!(
            "{} files that can be read as they are and {} half-written ones; finish it with: dsr encryption on",
            left.other_form.len(),
            left.half_written.len()
        ),
        (false, false) => format!(
            "{} files that are still encrypted and {} half-written ones; finish it with: dsr encryption off",
            left.other_form.len(),
            left.half_written.len()
        ),
    };
    let facts = [
        Fact::new("encryption", words),
        Fact::new("left behind", behind.as_str()),
        Fact::new("key", if kept.is_some() { path.as_str() } else { "none" }),
        Fact::new("not encrypted", NOT_ENCRYPTED),
    ];
    ctx.out.object(
        &json!({
            "on": on,
            "key_kept_by": kept,
            "key": kept.map(|_| path.clone()),
            "left_behind": left.other_form.len(),
            "half_written": left.half_written.len(),
        }),
        &facts,
    )?;
    Ok(Exit::complete(left.is_nothing()))
}

/// What a conversion left behind stands in the store, which is not read: it is not counted, and that makes
/// the answer incomplete.
fn status_without_key(ctx: &Context, locked: &Locked) -> Result<Exit, Failure> {
    ctx.announce(&locked.organization, locked.test);
    let key = locked.key.display().to_string();
    let facts = [
        Fact::new("encryption", "on; the key is protected with a passphrase"),
        Fact::new("left behind", "not counted: that needs the passphrase"),
        Fact::new("key", key.as_str()),
        Fact::new("not encrypted", NOT_ENCRYPTED),
    ];
    ctx.out.object(
        &json!({
            "on": true,
            "key_kept_by": "passphrase",
            "key": key,
            "left_behind": null,
            "half_written": null,
        }),
        &facts,
    )?;
    let next = at_rest::locked().next.unwrap_or_default();
    ctx.out.note(&format!(
        "What a conversion left behind was not counted: no passphrase was given. {next}"
    ));
    Ok(Exit::complete(false))
}

async fn on(ctx: &Context, args: OnArgs) -> Result<Exit, Failure> {
    ctx.before_local_change(args.yes)?;
    let world = ctx.world().await?;
    let question =
        "Encrypt the store, the results and the decrypted files? Without the key nobody can read them again.";
    ctx.confirm_local(question, args.yes).await?;
    let done = match world.store.is_sealed() {
        true => {
            let done = at_rest::finish(&world).await?;
            ctx.out
                .note("The store was encrypted already: what was left behind followed, and its key is kept as before.");
            done
        }
        false => at_rest::convert(&world, Some(protection(ctx, &args).await?)).await?,
    };
    tell(ctx, &world, &done, true)
}

async fn off(ctx: &Context, args: &ChangeArgs) -> Result<Exit, Failure> {
    ctx.before_local_change(args.yes)?;
    let world = ctx.world().await?;
    ctx.confirm_local(
        "Decrypt the store, the results and the decrypted files, and keep the key in its file without a passphrase?",
        args.yes,
    )
    .await?;
    let done = match world.store.is_sealed() {
        true => at_rest::convert(&world, None).await?,
        false => at_rest::finish(&world).await?,
    };
    tell(ctx, &world, &done, false)
}

async fn passphrase(ctx: &Context, args: OnArgs) -> Result<Exit, Failure> {
    ctx.before_local_change(args.yes)?;
    let world = ctx.world().await?;
    ctx.confirm_local("Keep the key of the store in another way?", args.yes)
        .await?;
    let keep = protection(ctx, &args).await?;
    at_rest::rewrap(&world, keep).await?;
    let path = world.rest.file().path().display().to_string();
    let kept = world.rest.file().protection()?;
    let facts = [
        Fact::new("key", path.clone()),
        Fact::new("kept by", kept.unwrap_or("none")),
    ];
    ctx.out.object(
        &json!({ "on": world.store.is_sealed(), "key_kept_by": kept, "key": path }),
        &facts,
    )?;
    Ok(Exit::OK)
}

async fn protection(ctx: &Context, args: &OnArgs) -> Result<Protection, Failure> {
    Ok(match args.key_file {
        true => Protection::File,
        false => Protection::Passphrase(args.passphrase.new_one(ctx).await?),
    })
}

fn tell(ctx: &Context, world: &World, done: &Converted, on: bool) -> Result<Exit, Failure> {
    for left in &done.left {
        ctx.out.note(left);
    }
    if done.key_unwrapped {
        ctx.out.note(
            "From now on the key is kept in its file as it is, without a passphrase: the register of suppressed \
             identifiers stays encrypted with it.",
        );
    }
    let file = world.rest.file();
    let (key, kept) = (file.path().display().to_string(), file.protection()?);
    let facts = [
        Fact::new("encryption", if on { "on" } else { "off" }),
        Fact::new("rows", done.rows.to_string()),
        Fact::new("files", done.files.to_string()),
        Fact::new("key", key.clone()),
        Fact::new("kept by", kept.unwrap_or("none")),
    ];
    let document = json!({
        "on": on,
        "rows": done.rows,
        "files": done.files,
        "left": done.left,
        "key": key,
        "key_kept_by": kept,
    });
    ctx.out.object(&document, &facts)?;
    Ok(Exit::complete(done.left.is_empty()))
}
