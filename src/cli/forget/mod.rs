//! `dsr forget`, also as `gdpr_forget_me.py`: a person is looked for in the Cassandra of a GWS on
//! premise, and deleted through GWS with `--cleanup true`.

mod args;
mod ends;
mod files;
mod show;

use std::sync::Arc;

pub use args::{Args, Way, usage};
pub(crate) use ends::{sign_in, wanted_way};

use super::{Context, Exit};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::systems::gws::{ByHand, GroupName, SYSTEM};
use crate::systems::keyspace::matching::identify;
use crate::systems::keyspace::{ScanEvent, ScanListener};
use crate::workflow::cases::{self, holds};
use crate::workflow::forget::erase::erase;
use crate::workflow::forget::scan::scan_progress;
use crate::workflow::forget::search::{Ears, ScanWishes, look};
use crate::workflow::forget::{self, Ends, Findings, Lists, Question, coverage, plan, result};
use crate::workflow::{World, evidence};
use crate::world::forget::Wanted;

/// Searches, and deletes what was found for certain when that is asked for.
///
/// # Errors
/// Wrong parameters, an end that cannot be reached or refuses, storage failures.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    let mut question = question(ctx, &args)?;
    if !args.files.is_empty() {
        return files::run(ctx, &args, question).await;
    }
    let by_hand = match &args.gws_additional_headers {
        Some(json) => ByHand::parse(json)?,
        None => ByHand::default(),
    };
    if args.cleans_up() {
        may_clean_up(ctx, &args)?;
    }
    if args.gws_user_password.is_some() {
        ctx.out.tell(
            "Warning: the password stands on the command line, and so in the history of your shell. Leave \
             --gws_user_password out: it is then asked for, or read from gws_password_file or gws_password_command.\n",
        );
    }
    let wanted = ends::wanted(ctx, &args, by_hand).await?;
    let world = ctx.on_premise_world(ends::is_test(ctx, &wanted)).await?;
    forget::expire(&world).await?;
    if let Some(handle) = &args.case {
        question = question.with_case(&cases::show(&world, handle).await?.case)?;
    }
    warn(ctx, &wanted)?;
    if question.case.is_none() {
        question.case = coverage::case_of(&world, &question).await?;
    }
    let world = world.about(question.case.as_deref());
    let ends = crate::world::forget::ends(&ctx.config, &ctx.selection(), &wanted).await;
    let ends = coverage::reached(&world, &question, ends).await?;
    if args.cleans_up() && ends.gws.is_none() {
        return Err(crate::world::forget::no_gws());
    }
    if args.cleans_up()
        && let Some(gws) = &ends.gws
    {
        // A missing role is told before an hour of scanning.
        forget::preflight::may_delete(gws).await?;
    }
    let findings = look(&world, &ends, &question, &ears(ctx), &ctx.cancel).await;
    let mut findings = coverage::reached(&world, &question, findings).await?;
    findings.notes.extend(question.takes());
    forget::session::record(&world, &question, &findings).await?;
    if !args.cleans_up() {
        return tell(ctx, &world, &findings, &result::of_search(&findings, false));
    }
    clean_up(ctx, &world, &ends, &question, findings, &args).await
}

/// Says which passwords travel readable, before one does.
pub(crate) fn warn(ctx: &Context, wanted: &Wanted) -> Result<(), Failure> {
    for warning in crate::world::forget::warnings(&ctx.config, &ctx.selection(), wanted)? {
        ctx.out
            .tell(&format!("Warning: {}\n", crate::domain::text::clean(&warning)));
    }
    Ok(())
}

/// Without a terminal `--cleanup true` is consent enough, as scripts expect; the mode has to be said
/// all the same, so that none believes it has erased when it has simulated.
fn may_clean_up(ctx: &Context, args: &Args) -> Result<(), Failure> {
    if args.dry_run || ctx.interactive() {
        return Ok(());
    }
    ctx.before_change(true)
}

fn question(ctx: &Context, args: &Args) -> Result<Question, Failure> {
    let mut texts = ctx.values.all("--search", &args.search)?;
    if let Some(file) = &args.search_file {
        let source = if file == "-" {
            file.clone()
        } else {
            format!("@{file}")
        };
        texts.extend(ctx.values.values("--search-file", &source)?);
    }
    if texts.iter().any(|text| text.trim().is_empty()) {
        return Err(Failure::new(
            FailureKind::Usage,
            "--search: an empty text is looked for nowhere.",
        ));
    }
    Ok(Question {
        searches: texts.iter().map(|text| identify(text.trim())).collect(),
        group: args.group_name.as_deref().map(GroupName::new).transpose()?,
        substring: args.substring,
        lists: match args.lists {
            args::Lists::TakeOut => Lists::TakeOut,
            args::Lists::Delete => Lists::Delete,
        },
        scan: wishes(&args.way, args.resume),
        ..Question::default()
    })
}

/// How the scan is wished for.
pub(crate) fn wishes(way: &Way, resume: bool) -> ScanWishes {
    ScanWishes {
        include: way.include.clone(),
        exclude: way.exclude.clone(),
        page_size: way.page_size,
        parallel: way.parallel.map(usize::from),
        keep: true,
        resume,
    }
}

/// A bar on a terminal.
fn ears(ctx: &Context) -> Ears {
    let steps = ctx.listener();
    let bar = steps.clone();
    let scan = ScanListener::new(move |event| {
        if let ScanEvent::Progress(progress) = event {
            bar.tell(scan_progress(&progress));
        }
    });
    Ears { scan, steps }
}

fn tell(ctx: &Context, world: &World, findings: &Findings, told: &result::Told) -> Result<Exit, Failure> {
    show::result(ctx, world, findings, told)?;
    Ok(Exit::complete(told.verdict.is_complete()))
}

async fn clean_up(
    ctx: &Context,
    world: &World,
    ends: &Ends,
    question: &Question,
    findings: Findings,
    args: &Args,
) -> Result<Exit, Failure> {
    let chosen = findings.exact_offers();
    if chosen.is_empty() || findings.report.interrupted {
        let exit = tell(
            ctx,
            world,
            &findings,
            &result::of_search(&findings, !args.dry_run),
        )?;
        return match holds::refusal(&findings.holds) {
            // As for a request: what is held is refused, and the attempt is written down.
            Some(failure) if !args.dry_run && !findings.report.interrupted => {
                holds::blocked(world, None, &findings.holds).await?;
                evidence::denied(world, "forget", Err(failure.at(SYSTEM))).await
            }
            _ => Ok(exit),
        };
    }
    let plan = plan::prepare(ends, question, &findings, &chosen)?;
    show::preview(ctx, &plan, &findings);
    if args.dry_run {
        ctx.out.tell("Nothing was sent (--dry-run).\n");
        return tell(ctx, world, &findings, &result::of_search(&findings, false));
    }
    // Without a terminal the option itself is the consent.
    let consent = args.yes || !ctx.interactive();
    if !consent {
        confirm(ctx, world, &plan).await?;
    }
    let heard = Arc::new(|_, _| {});
    let erased = erase(
        world,
        ends,
        question,
        findings,
        &chosen,
        &plan,
        &plan.digest,
        &ears(ctx),
        heard,
        &ctx.cancel,
    )
    .await?;
    tell(ctx, world, &erased.findings, &erased.told)
}

/// In a live organisation the number of settings is typed.
async fn confirm(ctx: &Context, world: &World, plan: &plan::Plan) -> Result<(), Failure> {
    let live = world.mode == Mode::Live;
    let question = plan.question(live);
    if !live {
        return ctx.confirm(&question, false).await;
    }
    let expected = format!("delete {}", plan.offers.len());
    ctx.confirm_typed(&question, &format!("\"{expected}\""), &expected, false)
        .await
}
