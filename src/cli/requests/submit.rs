//! `dsr requests submit`: search, choose, preview, ask, send once, tell the outcome.

use super::outcome::{self, SubmitDocument};
use super::preview::{self, PlanDocument};
use super::{batch, choose, confirming, list, subject_file, terms, when};
use crate::cli::options::Format;
use crate::cli::output::value;
use crate::cli::subjects::identifiers::IdentifierArgs;
use crate::cli::subjects::search as subjects;
use crate::cli::table::{draw, shown, shown_lines};
use crate::cli::{Context, Exit};
use crate::domain::candidate::Candidate;
use crate::domain::case::Case;
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::operation::{Operation, OperationState};
use crate::domain::request::{ReplacementTerm, RequestType};
use crate::workflow::plan::{Plan, Proposal};
use crate::workflow::search::SearchResult;
use crate::workflow::{World, access, cases, evidence, plan, search, submit};

/// A subject file larger than this is not one.
const SUBJECT_LIMIT: u64 = 1024 * 1024;

/// `requests submit`.
#[derive(clap::Args)]
#[command(
    after_help = "A batch is CSV with a header line, or a JSON array of objects: type, any of email, phone, name, \
address, external_id, user_id and social, and where needed pick, replace (TYPE:OLD=NEW), reference and \
received (2026-11-03).\n\nNothing is sent twice: an outcome that is not known is settled with `dsr requests \
reconcile`, never by sending again.\n\nExit codes: 0 accepted (or planned, where a deletion waits for its copy); \
1 refused, nobody found, or several found without --pick; 2 usage; 4 not allowed; 5 not sent; 6 the outcome is \
not known, or a batch was carried out in part."
)]
pub struct SubmitArgs {
    /// export, delete or update
    #[arg(long = "type", value_name = "T", value_parser = list::request_type, required_unless_present = "batch")]
    pub kind: Option<RequestType>,
    /// Who.
    #[command(flatten)]
    pub who: IdentifierArgs,
    /// The subject as JSON instead of identifiers: exactly this record, without a search
    #[arg(long, value_name = "FILE|-")]
    pub subject: Option<String>,
    /// Which of several persons found: the ref of a candidate (with --subject: refused unless it is
    /// that record)
    #[arg(long, value_name = "REF")]
    pub pick: Option<String>,
    /// Replacement of an update (repeatable; @FILE holds one a line, or a JSON array)
    #[arg(long, value_name = "TYPE:OLD=NEW|@FILE|-")]
    pub replace: Vec<String>,
    /// Day the data subject's request was received: 2026-11-03, today or 30d (ago)
    #[arg(long, value_name = "D")]
    pub received: Option<String>,
    /// The case it belongs to: its identifiers, reference and day of receipt hold where none is given
    #[arg(long, value_name = "CASE", conflicts_with = "reference")]
    pub case: Option<String>,
    /// Reference of the case or ticket
    #[arg(long, value_name = "R|@FILE|-")]
    pub reference: Option<String>,
    /// Reason or note
    #[arg(long, value_name = "TEXT|@FILE|-")]
    pub reason: Option<String>,
    /// With a deletion: an export goes first, and the deletion waits until it is here and checked
    #[arg(long)]
    pub copy_first: bool,
    /// Submit although an equal request is open
    #[arg(long)]
    pub again: bool,
    /// Show what would be sent, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Many requests from CSV or JSON
    #[arg(long, value_name = "FILE|-", conflicts_with_all = [
        "kind", "subject", "pick", "replace", "received", "reference", "case", "reason", "copy_first",
        "email", "phone", "name", "address", "social", "external_id", "user_id",
    ])]
    pub batch: Option<String>,
    /// Stop a batch after so many that were not accepted
    #[arg(long, value_name = "N", default_value_t = 5, requires = "batch")]
    pub max_errors: usize,
}

impl std::fmt::Debug for SubmitArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values are personal data; which options were given is enough.
        f.debug_struct("SubmitArgs")
            .field("kind", &self.kind)
            .field("who", &self.who)
            .field("replace", &self.replace.len())
            .field("copy_first", &self.copy_first)
            .field("again", &self.again)
            .field("dry_run", &self.dry_run)
            .field("yes", &self.yes)
            .finish_non_exhaustive()
    }
}

/// Runs it.
///
/// # Errors
/// Whatever was found before anything was sent, and the failure that the call ended with.
pub async fn run(ctx: &Context, args: SubmitArgs) -> Result<Exit, Failure> {
    check(&args)?;
    if !args.dry_run {
        ctx.before_change(args.yes)?;
    }
    let Some(kind) = args.kind else {
        return batch::run(ctx, &args).await;
    };
    let world = ctx.world().await?;
    if !args.dry_run {
        access::may_submit(&world).await?;
    }
    let proposal = proposal(ctx, &world, kind, &args).await?;
    let plan = plan::prepare(&world, proposal).await?;
    if args.dry_run {
        return dry_run(ctx, &world, &plan);
    }
    if ctx.interactive() || ctx.out.format() == Format::Table {
        ctx.out.tell(&preview_text(ctx, &world, &plan));
    }
    evidence::denied(&world, "submit", refuse_equal(&plan)).await?;
    confirming::confirm(ctx, &world, &plan, args.yes).await?;
    let operations = submit::execute(&world, &plan, &plan.digest, &ctx.listener(), &ctx.cancel).await?;
    tell(ctx, &world, &operations).await
}

/// What can be said to be wrong without reading or asking anything.
fn check(args: &SubmitArgs) -> Result<(), Failure> {
    let usage = |message: &str| Err(Failure::new(FailureKind::Usage, message));
    if args.batch.is_some() {
        return Ok(());
    }
    match (args.who.is_empty(), &args.subject) {
        (true, None) if args.case.is_none() => return Err(subjects::nobody_named()),
        (false, Some(_)) => return usage("--subject names the record itself: leave the identifiers out."),
        _ => {}
    }
    match args.kind {
        Some(RequestType::Update) if args.replace.is_empty() => {
            usage("An update needs at least one --replace TYPE:OLD=NEW.")
        }
        Some(RequestType::Export | RequestType::Delete) if !args.replace.is_empty() => {
            usage("--replace belongs to --type update only.")
        }
        Some(RequestType::Export | RequestType::Update) if args.copy_first => {
            usage("--copy-first belongs to --type delete only.")
        }
        _ => Ok(()),
    }
}

async fn proposal(
    ctx: &Context,
    world: &World,
    kind: RequestType,
    args: &SubmitArgs,
) -> Result<Proposal, Failure> {
    let (now, zone) = (world.clock.now(), &world.settings.time_zone);
    let received = args
        .received
        .as_deref()
        .map(|text| when::day("--received", text, now, zone));
    let case = match &args.case {
        Some(handle) => Some(cases::show(world, handle).await?.case),
        None => None,
    };
    let received = received.transpose()?.or(case.as_ref().map(|case| case.received));
    let replacement_terms = replacement_terms(ctx, world, args)?;
    let one = |option: &str, given: &Option<String>| {
        given
            .as_deref()
            .map(|given| ctx.values.one(option, given))
            .transpose()
            .map(filled)
    };
    let (reference, reason) = (
        one("--reference", &args.reference)?,
        one("--reason", &args.reason)?,
    );
    let candidate = match &args.subject {
        Some(file) => {
            let text = ctx.values.text("--subject", file, SUBJECT_LIMIT)?;
            let subject = subject_file::parse(&text)?;
            let salt = world.store.reference_salt();
            subject_file::candidate(subject, &salt, args.pick.as_deref())?
        }
        None => found(ctx, world, args, case.as_ref()).await?,
    };
    let reference = match &case {
        // The reference of a ticket may belong to several cases; the id does not.
        Some(case) => Some(cases::unambiguous(world, case).await?),
        None => reference,
    };
    Ok(Proposal {
        candidates: vec![candidate],
        kind,
        replacement_terms,
        reference,
        reason,
        received,
        copy_first: args.copy_first,
        again: args.again,
    })
}

/// A text of blanks only is none: what is demanded before a live deletion must not be empty.
fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

fn replacement_terms(
    ctx: &Context,
    world: &World,
    args: &SubmitArgs,
) -> Result<Vec<ReplacementTerm>, Failure> {
    let country = world.settings.default_country.as_deref();
    let mut all = Vec::new();
    for given in &args.replace {
        all.extend(terms::parse(&ctx.values.values("--replace", given)?, country)?);
    }
    Ok(all)
}

/// Searches and chooses; whoever cannot be chosen is shown on standard error.
async fn found(
    ctx: &Context,
    world: &World,
    args: &SubmitArgs,
    case: Option<&Case>,
) -> Result<Candidate, Failure> {
    let country = world.settings.default_country.as_deref();
    let mut identifiers = args
        .who
        .collect(country, &mut |option, source| ctx.values.values(option, source))?;
    if let Some(case) = case.filter(|_| identifiers.is_empty()) {
        identifiers = subjects::of_case(case)?;
    }
    if ctx.global.reveal {
        access::record_reveal(world, "requests submit").await?;
    }
    let result = search::search(world, &identifiers, &ctx.listener(), &ctx.cancel).await?;
    if let Some(case) = case.filter(|_| !args.dry_run) {
        cases::coverage::searched(world, case, &result).await?;
    }
    let chosen = choose::choose(&result, &identifiers, args.pick.as_deref()).cloned();
    match &chosen {
        Ok(_) => result.notes.iter().for_each(|note| ctx.out.note(note)),
        Err(_) => tell_candidates(ctx, &result),
    }
    chosen
}

fn tell_candidates(ctx: &Context, result: &SearchResult) {
    let drawing = ctx.out.drawing();
    let mut text = String::new();
    for note in &result.notes {
        text.push_str(&format!("{}\n", shown(note, false, drawing)));
    }
    if !result.candidates.is_empty() {
        let rows: Vec<Vec<String>> = result.candidates.iter().map(subjects::row).collect();
        text.push_str(&draw(&subjects::columns(), &rows, drawing));
    }
    text.push_str(&subjects::footer(&result.asked, drawing));
    ctx.out.tell(&text);
}

fn preview_text(ctx: &Context, world: &World, plan: &Plan) -> String {
    let drawing = ctx.out.drawing();
    let zone = &world.settings.time_zone;
    let show = preview::Show {
        value: &|value| shown(value, true, drawing),
        moment: &|at| super::detail::zoned(at, zone),
    };
    shown_lines(&format!("{}\n", preview::lines(plan, &show).join("\n")), drawing)
}

/// An equal request that is still open is named before anybody is asked.
fn refuse_equal(plan: &Plan) -> Result<(), Failure> {
    let equal = plan.earlier.iter().find(|earlier| earlier.blocks);
    let Some(equal) = equal.filter(|_| !plan.proposal.again) else {
        return Ok(());
    };
    let by = equal.by.as_deref().map(|by| format!(", requested by {by}"));
    Err(Failure::new(
        FailureKind::Conflict,
        format!(
            "An equal {} request for this person is still open: {} ({}{}).",
            plan.proposal.kind,
            equal.id,
            equal.status,
            by.unwrap_or_default()
        ),
    )
    .at("genesys_cloud")
    .next("Follow that one (dsr requests show), or repeat with --again if a second one is meant."))
}

fn dry_run(ctx: &Context, world: &World, plan: &Plan) -> Result<Exit, Failure> {
    if ctx.out.format() == Format::Table {
        ctx.out.text(&preview_text(ctx, world, plan))?;
        ctx.out
            .note("Dry run: nothing was sent and nothing was written down.");
    } else {
        let document = PlanDocument::of(plan, &world.organization);
        ctx.out.object(&value(&document), &[])?;
    }
    refuse_equal(plan)?;
    Ok(Exit::OK)
}

/// Tells the outcome: one item, the deletion where an export goes before it.
async fn tell(ctx: &Context, world: &World, operations: &[Operation]) -> Result<Exit, Failure> {
    let mut documents: Vec<SubmitDocument> = Vec::new();
    for operation in operations {
        documents.push(outcome::document(world, operation).await);
    }
    let Some(mut main) = documents.pop() else {
        return Err(Failure::new(FailureKind::Internal, "The plan held no call."));
    };
    main.copy = documents.pop().map(Box::new);
    let facts = outcome::facts(&main, &world.settings.time_zone);
    ctx.out.object(&value(&main), &facts)?;
    let accepted = |operation: &Operation| operation.state == OperationState::Accepted;
    match operations.iter().find_map(outcome::failure) {
        // The copy went out, although the deletion did not.
        Some(failure) if failure.changed == Changed::Nothing && operations.iter().any(accepted) => {
            Err(failure.changed(Changed::Something))
        }
        Some(failure) => Err(failure),
        None => Ok(Exit::OK),
    }
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn a_reference_of_blanks_is_none() {
        for (given, kept) in [("", None), (" \t\n", None), (" CASE-1 ", Some("CASE-1"))] {
            assert_eq!(filled(Some(given.to_owned())).as_deref(), kept, "{given:?}");
        }
    }
}
