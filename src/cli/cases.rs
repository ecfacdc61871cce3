//! `dsr cases`: what data subjects asked for, in law: opened, worked on, answered, closed.

mod cell;
mod clockwork;
mod ending;
mod hold;
mod later;
mod list;
mod open;
mod recheck;
mod record;
mod sheet;
mod show;
mod suppression;
mod work;

use jiff::civil::Date;

use super::requests::when;
use super::{Context, Exit};
use crate::domain::failure::{Failure, FailureKind};
use crate::workflow::World;

/// `dsr cases`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Accepted by every verb, for scripts: nothing outside is changed, so nothing is asked
    #[arg(long, global = true, hide = true)]
    pub yes: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Open a case: what was asked for, by whom, received when
    Open(open::OpenArgs),
    /// List cases, the soonest due first
    List(list::ListArgs),
    /// Tell everything of a case: clock, coverage, requests, what happened
    Show(show::ShowArgs),
    /// Say who works on a case; "" for nobody
    Assign(work::AssignArgs),
    /// Write down that receipt was confirmed
    Acknowledge(work::DayArgs),
    /// Change reference, controller, identifiers or what it waits for, or add a note
    Change(work::ChangeArgs),
    /// Write down how identity was checked
    Identity(work::IdentityArgs),
    /// The clock stands while something is awaited from the person
    Pause(clockwork::PauseArgs),
    /// What was awaited has come
    Resume(clockwork::ResumeArgs),
    /// The person was told that the answer takes longer
    Extend(clockwork::ExtendArgs),
    /// Refuse the whole or a part, with its ground in law
    Refuse(ending::RefuseArgs),
    /// The answer reached the person: the clock stops
    Answer(ending::AnswerArgs),
    /// Close a case
    Close(ending::CloseArgs),
    /// The person took the request back
    Withdraw(ending::WithdrawArgs),
    /// Write into the coverage of a case
    Cell(cell::CellArgs),
    /// Say that a request belongs to a case
    Link(cell::LinkArgs),
    /// Reasons why a person's data must not be erased now
    #[command(subcommand)]
    Hold(hold::Args),
    /// Write the record of a case: a page, the data, the evidence, a script that checks them
    Record(record::RecordArgs),
    /// The register of people whose data was erased, kept so that a return of it is noticed
    #[command(subcommand)]
    Suppression(suppression::Args),
    /// Search again for what was erased
    Recheck(recheck::Args),
    /// Tell how long answers took, by kind and month
    Report(later::ReportArgs),
    /// Forget the people of closed cases whose time is over
    Sweep(later::SweepArgs),
}

/// Runs a verb.
///
/// # Errors
/// What the verb fails with.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args.verb {
        Verb::Open(args) => open::run(ctx, args).await,
        Verb::List(args) => list::run(ctx, &args).await,
        Verb::Show(args) => show::run(ctx, &args).await,
        Verb::Assign(args) => work::assign(ctx, args).await,
        Verb::Acknowledge(args) => work::acknowledge(ctx, &args).await,
        Verb::Change(args) => work::change(ctx, args).await,
        Verb::Identity(args) => work::identity(ctx, args).await,
        Verb::Pause(args) => clockwork::pause(ctx, args).await,
        Verb::Resume(args) => clockwork::resume(ctx, &args).await,
        Verb::Extend(args) => clockwork::extend(ctx, args).await,
        Verb::Refuse(args) => ending::refuse(ctx, args).await,
        Verb::Answer(args) => ending::answer(ctx, args).await,
        Verb::Close(args) => ending::close(ctx, args).await,
        Verb::Withdraw(args) => ending::withdraw(ctx, args).await,
        Verb::Cell(args) => cell::run(ctx, args).await,
        Verb::Link(args) => cell::link(ctx, &args).await,
        Verb::Hold(args) => hold::run(ctx, args).await,
        Verb::Record(args) => record::run(ctx, &args).await,
        Verb::Suppression(args) => suppression::run(ctx, args).await,
        Verb::Recheck(args) => recheck::run(ctx, &args).await,
        Verb::Report(args) => later::report(ctx, &args).await,
        Verb::Sweep(args) => later::sweep(ctx, &args).await,
    }
}

/// Nothing outside is changed by a case, but what is written down of a real person must not be taken for
/// training, nor the other way round: without a terminal the mode has to be said.
fn before_writing(ctx: &Context) -> Result<(), Failure> {
    ctx.before_change(true)
}

/// A day of an option, today when nothing was said.
fn day(world: &World, option: &str, text: Option<&str>) -> Result<Date, Failure> {
    let now = world.clock.now();
    when::day(option, text.unwrap_or("today"), now, &world.settings.time_zone)
}

/// The one text of an option, from `@FILE` or `-` where it says so; never empty.
fn text(ctx: &Context, option: &str, given: &str) -> Result<String, Failure> {
    let limit = 64 * 1024;
    let text = match given.starts_with("@@") {
        false if given == "-" || given.starts_with('@') => ctx.values.text(option, given, limit)?,
        false => given.to_owned(),
        true => given[1..].to_owned(),
    };
    let text = text.trim().to_owned();
    if text.is_empty() {
        return Err(Failure::new(FailureKind::Usage, format!("{option} is empty.")));
    }
    Ok(text)
}

/// As [`text`], for an option that may be left out.
fn maybe_text(ctx: &Context, option: &str, given: Option<&str>) -> Result<Option<String>, Failure> {
    given.map(|given| text(ctx, option, given)).transpose()
}

/// A word of a list, or the list.
fn known<T>(found: Option<T>, words: &[&str]) -> Result<T, String> {
    found.ok_or_else(|| format!("it is one of {}", words.join(", ")))
}
