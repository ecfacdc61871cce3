//! `dsr cases open`.

use super::{before_writing, maybe_text};
use crate::cli::output::value;
use crate::cli::requests::when;
use crate::cli::subjects::identifiers::IdentifierArgs;
use crate::cli::{Context, Exit};
use crate::domain::case::CaseKind;
use crate::domain::failure::Failure;
use crate::workflow::cases::{self, NewCase};

/// `cases open`.
#[derive(clap::Args)]
pub struct OpenArgs {
    /// What was asked for: access, erasure, rectification, restriction, portability or objection
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: CaseKind,
    /// Day on which it was received: 2026-11-03, today or 30d (ago)
    #[arg(long, value_name = "DAY")]
    pub received: String,
    /// How it was received: e-mail, letter, phone, …
    #[arg(long, value_name = "TEXT")]
    pub channel: Option<String>,
    /// Law that the clock runs under: eu, uk or us-ca; the profile's when nothing is said
    #[arg(long, value_name = "REGIME")]
    pub regime: Option<String>,
    /// Country whose public holidays count; the profile's when nothing is said
    #[arg(long, value_name = "COUNTRY")]
    pub country: Option<String>,
    /// Reference of the ticket
    #[arg(long, value_name = "R|@FILE|-")]
    pub reference: Option<String>,
    /// Controller on whose behalf the data is processed
    #[arg(long, value_name = "TEXT|@FILE|-")]
    pub controller: Option<String>,
    /// Login of who works on it; yours when nothing is said
    #[arg(long, value_name = "LOGIN")]
    pub assign: Option<String>,
    /// A note
    #[arg(long, value_name = "TEXT|@FILE|-")]
    pub note: Option<String>,
    /// Who.
    #[command(flatten)]
    pub who: IdentifierArgs,
}

impl std::fmt::Debug for OpenArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Reference, note and identifiers are personal data.
        f.debug_struct("OpenArgs")
            .field("kind", &self.kind)
            .field("who", &self.who)
            .finish_non_exhaustive()
    }
}

/// Reads a kind.
///
/// # Errors
/// What could stand there.
pub fn kind(text: &str) -> Result<CaseKind, String> {
    CaseKind::parse(&text.to_ascii_lowercase()).ok_or_else(|| {
        let known: Vec<&str> = CaseKind::ALL.into_iter().map(CaseKind::as_str).collect();
        format!("a kind is one of {}", known.join(", "))
    })
}

/// Runs it.
///
/// # Errors
/// Wrong values, and whatever the store fails with.
pub async fn run(ctx: &Context, args: OpenArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let country = world.settings.default_country.as_deref();
    let identifiers = args
        .who
        .collect(country, &mut |option, source| ctx.values.values(option, source))?;
    let (now, zone) = (world.clock.now(), &world.settings.time_zone);
    let new = NewCase {
        kind: args.kind,
        received: when::day("--received", &args.received, now, zone)?,
        regime: args.regime,
        country: args.country,
        reference: maybe_text(ctx, "--reference", args.reference.as_deref())?,
        channel: args.channel,
        controller: maybe_text(ctx, "--controller", args.controller.as_deref())?,
        identifiers,
        assignee: Some(args.assign.unwrap_or_else(|| world.actor.login.clone())),
        note: maybe_text(ctx, "--note", args.note.as_deref())?,
    };
    let case = cases::open(&world, new).await?;
    let file = cases::show(&world, &case.id).await?;
    let document = crate::workflow::cases::document::CaseDocument::of(&world, &file).await?;
    ctx.out.object(&value(&document), &document.sheet(&world))?;
    Ok(Exit::OK)
}
