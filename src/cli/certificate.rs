//! `dsr certificate`: the encryption certificate and the key ring.

use std::path::PathBuf;

use serde_json::json;

use super::certificate_server::{self, ImportArgs};
use super::options::Format;
use super::output::value;
use super::passphrase::PassphraseArgs;
use super::{Column, Context, Exit, Fact, List};
use crate::crypto::certificate::{self, Certificate, Report};
use crate::crypto::keyring::{Entry, KeyRing};
use crate::domain::failure::Failure;
use crate::workflow::{decrypt, keyring};

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Say everything that is wrong with a certificate file, before it is uploaded
    Check(CheckArgs),
    /// Make a private key and its certificate, and put both into the key ring
    New(NewArgs),
    /// Put an existing private key and its certificate into the key ring
    Add(AddArgs),
    /// Upload a certificate to the export service; it replaces the one that is there
    Import(ImportArgs),
    /// Show the certificate at the export service, and the key ring
    Show(ShowArgs),
}

/// `certificate show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Only the key ring; the export service is not asked
    #[arg(long)]
    pub local: bool,
}

/// `certificate check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 the export service will take it; 1 it will not, and the list says why."
)]
pub struct CheckArgs {
    /// The file to be uploaded
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `certificate new`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The key lies in the key ring, encrypted under a passphrase that is kept nowhere: without it, \
files that are encrypted for this certificate can never be opened. Upload the certificate with: dsr certificate \
import FILE"
)]
pub struct NewArgs {
    /// Name in the certificate
    #[arg(long, value_name = "NAME", default_value = "dsr export encryption")]
    pub name: String,
    /// Bits of the RSA key, 2048 to 8192
    #[arg(long, value_name = "BITS", default_value_t = 3072)]
    pub bits: usize,
    /// Days the certificate is valid
    #[arg(long, value_name = "DAYS", default_value_t = 730)]
    pub days: u32,
    /// Write the certificate to this file too, for the upload
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Where the passphrase comes from; else it is asked for twice.
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// `certificate add`.
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// The private key; one without a passphrase gets one
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Its certificate
    #[arg(long, value_name = "FILE")]
    pub cert: PathBuf,
    /// Where the passphrase comes from; else it is asked for.
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// Runs a verb.
///
/// # Errors
/// Files that cannot be read, keys that do not fit, a key ring that is open to others.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::Check(args) => check(ctx, &args),
        Args::New(args) => new(ctx, args).await,
        Args::Add(args) => add(ctx, args).await,
        Args::Import(args) => certificate_server::import(ctx, args).await,
        Args::Show(args) => show(ctx, &args).await,
    }
}

fn check(ctx: &Context, args: &CheckArgs) -> Result<Exit, Failure> {
    let bytes = decrypt::small_file(&args.file)?;
    let report = certificate::check(&bytes, ctx.clock()?.now());
    let document = json!({
        "path": args.file,
        "valid": report.is_valid(),
        "findings": report.findings,
        "certificate": report.certificate,
    });
    if ctx.out.format() == Format::Table {
        ctx.out.object(&document, &sheet(&report))?;
        for finding in &report.findings {
            let word = if finding.fatal { "Wrong" } else { "Note" };
            ctx.out
                .text(&format!("{word}: {} {}\n", finding.message, finding.next))?;
        }
        let verdict = match report.is_valid() {
            true => "The export service will take this certificate.\n",
            false => "The export service will not take this file.\n",
        };
        ctx.out.text(verdict)?;
    } else {
        ctx.out.object(&document, &[])?;
    }
    Ok(if report.is_valid() {
        Exit::OK
    } else {
        Exit::FAILURE
    })
}

fn sheet(report: &Report) -> Vec<Fact> {
    let Some(facts) = &report.certificate else {
        return Vec::new();
    };
    let key = match facts.key_bits {
        Some(bits) => format!("{} with {bits} bits", facts.key_type),
        None => facts.key_type.clone(),
    };
    vec![
        Fact::new("subject", &facts.subject),
        Fact::new("issuer", &facts.issuer),
        Fact::new("serial", &facts.serial),
        Fact::new("valid from", facts.not_before.to_string()),
        Fact::new("valid until", facts.not_after.to_string()),
        Fact::new("key", key),
        Fact::new("signature", &facts.signature),
        Fact::new("SHA-256", &facts.fingerprint),
    ]
}

async fn new(ctx: &Context, args: NewArgs) -> Result<Exit, Failure> {
    let ring = KeyRing::at(&ctx.vault().keyring);
    keyring::ready(&ring, args.out.as_deref())?;
    let passphrase = args.passphrase.new_one(ctx).await?;
    let wanted = certificate::New {
        name: args.name,
        bits: args.bits,
        days: args.days,
    };
    let now = ctx.clock()?.now();
    let entry = keyring::make(ring, wanted, passphrase, now).await?;
    if let Some(out) = &args.out {
        keyring::write_certificate(&entry.certificate, out)?;
    }
    tell(ctx, &entry, args.out.as_ref())?;
    ctx.out
        .note("Keep the passphrase safe: without it, exports for this certificate can never be opened.");
    Ok(Exit::OK)
}

async fn add(ctx: &Context, args: AddArgs) -> Result<Exit, Failure> {
    let certificate = decrypt::certificate(&args.cert)?;
    let ring = KeyRing::at(&ctx.vault().keyring);
    let bytes = keyring::key_file(&args.key)?;
    let entry = if keyring::is_encrypted(&bytes) {
        let (ask, mut questions) = args.passphrase.asker(ctx);
        let name = args.key.display().to_string();
        let mut work = std::pin::pin!(keyring::add(ring, bytes, name, certificate, ask));
        loop {
            tokio::select! {
                done = &mut work => break done?,
                Some(question) = questions.recv() => super::passphrase::answer(ctx, question).await?,
            }
        }
    } else {
        let passphrase = args.passphrase.new_one(ctx).await?;
        keyring::add_encrypting(
            ring,
            bytes,
            args.key.display().to_string(),
            certificate,
            passphrase,
        )
        .await?
    };
    tell(ctx, &entry, None)?;
    Ok(Exit::OK)
}

fn tell(ctx: &Context, entry: &Entry, out: Option<&PathBuf>) -> Result<(), Failure> {
    let mut item = item(entry);
    let mut sheet = vec![
        Fact::new("serial", entry.certificate.serial()),
        Fact::new("valid until", entry.certificate.not_after.to_string()),
        Fact::new("key", entry.key.display().to_string()),
        Fact::new("certificate", entry.certificate_path.display().to_string()),
    ];
    if let Some(out) = out {
        sheet.push(Fact::new("for the upload", out.display().to_string()));
        item["written_to"] = value(out);
    }
    ctx.out.object(&item, &sheet)
}

/// One entry of the ring as JSON.
pub fn item(entry: &Entry) -> serde_json::Value {
    let certificate: &Certificate = &entry.certificate;
    json!({
        "serial": certificate.serial(),
        "subject": certificate.subject,
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
        "key_bits": certificate.bits(),
        "fingerprint": certificate.fingerprint(),
        "key": entry.key,
        "certificate": entry.certificate_path,
    })
}

async fn show(ctx: &Context, args: &ShowArgs) -> Result<Exit, Failure> {
    let ring = KeyRing::at(&ctx.vault().keyring);
    let (entries, now) = (ring.entries()?, ctx.clock()?.now());
    let mut list = list(&entries, now);
    let looked = match args.local {
        true => Ok(None),
        false => certificate_server::look(ctx).await,
    };
    let state = match looked {
        Ok(state) => state,
        // The ring is here whatever the service says.
        Err(failure) => {
            list.complete = false;
            list.notes.push(failure.message);
            None
        }
    };
    let told = state
        .as_ref()
        .map_or(serde_json::Value::Null, certificate_server::server);
    list.more.insert("server".to_owned(), told);
    list.more.insert(
        "standing".to_owned(),
        json!(state.as_ref().map(|state| state.standing)),
    );
    if let (Format::Table, Some(state)) = (ctx.out.format(), &state) {
        ctx.out.text(&format!(
            "{}\n\n",
            super::table::shown(&state.words(), false, ctx.out.drawing())
        ))?;
    }
    ctx.out.list(None, &list)?;
    Ok(Exit::complete(list.complete))
}

/// The ring as a list.
pub fn list(entries: &[Entry], now: jiff::Timestamp) -> List {
    let row = |entry: &Entry| {
        let certificate = &entry.certificate;
        let state = if now > certificate.not_after {
            "expired, opens old files"
        } else {
            "valid"
        };
        vec![
            certificate.serial(),
            certificate.not_after.strftime("%Y-%m-%d").to_string(),
            certificate.bits().to_string(),
            state.to_owned(),
            certificate.subject.clone(),
        ]
    };
    List {
        columns: vec![
            Column::new("SERIAL").whole(),
            Column::new("UNTIL"),
            Column::new("BITS").right(),
            Column::new("STATE"),
            Column::new("SUBJECT").optional(),
        ],
        rows: entries.iter().map(row).collect(),
        items: entries.iter().map(item).collect(),
        complete: true,
        csv: vec![
            "serial",
            "subject",
            "not_before",
            "not_after",
            "key_bits",
            "fingerprint",
        ],
        empty: "The key ring is empty. Make a pair with: dsr certificate new".to_owned(),
        ..List::default()
    }
}
