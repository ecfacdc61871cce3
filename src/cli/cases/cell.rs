//! `dsr cases cell`: what a person writes into the coverage: above all of systems that cannot be reached
//! from here.

use super::{before_writing, show, text};
use crate::cli::{Context, Exit};
use crate::domain::case::coverage::{Cell, Mark, System};
use crate::domain::failure::{Failure, FailureKind};
use crate::workflow::cases::{self, coverage};

/// `cases cell`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("mark").required(true))]
pub struct CellArgs {
    /// Id of the case, or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
    /// genesys_cloud, favorites, exports, copies, or an other system of the configuration
    #[arg(value_name = "SYSTEM")]
    pub system: String,
    /// Those responsible for it were told: whom
    #[arg(long, value_name = "WHOM", group = "mark")]
    pub told: Option<String>,
    /// It was searched, and so many places were found
    #[arg(long, value_name = "FOUND", group = "mark")]
    pub searched: Option<u64>,
    /// So many places were erased
    #[arg(long, value_name = "N", group = "mark")]
    pub erased: Option<u64>,
    /// So many files were exported
    #[arg(long, value_name = "N", group = "mark")]
    pub exported: Option<u64>,
    /// So many places were corrected or restricted
    #[arg(long, value_name = "N", group = "mark")]
    pub changed: Option<u64>,
    /// It was searched again, and so many places were left
    #[arg(long, value_name = "LEFT", group = "mark")]
    pub verified: Option<u64>,
    /// It cannot be reached: why
    #[arg(long, value_name = "WHY", group = "mark")]
    pub not_reachable: Option<String>,
    /// It holds nothing of this person, or does not exist here: how that is known
    #[arg(long, value_name = "WHY", group = "mark")]
    pub not_applicable: Option<String>,
    /// It stays open: why
    #[arg(long, value_name = "WHY", group = "mark")]
    pub waived: Option<String>,
    /// What shows it: an id, a ticket
    #[arg(long, value_name = "ID")]
    pub evidence: Option<String>,
}

/// `cases link`.
#[derive(Debug, clap::Args)]
pub struct LinkArgs {
    /// Id of the case, or the reference of its ticket
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Id of a request or operation of ours
    #[arg(value_name = "ID")]
    pub request: String,
}

/// Runs it.
///
/// # Errors
/// A system that is not known, and whatever the store fails with.
pub async fn run(ctx: &Context, args: CellArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    let system = System::parse(args.system.trim());
    if !cases::systems(&world).contains(&system) {
        let known: Vec<String> = cases::systems(&world)
            .iter()
            .map(|system| system.as_str().to_owned())
            .collect();
        return Err(
            Failure::new(FailureKind::Usage, "This system is not known.").next(format!(
                "Known are {}; others stand in other_systems of the configuration.",
                crate::domain::text::clean(&known.join(", "))
            )),
        );
    }
    let mut cell = Cell::new(mark(ctx, &args)?);
    cell.evidence = args.evidence;
    coverage::record(&world, &args.case, system, cell).await?;
    show::tell(ctx, &world, &args.case).await
}

fn mark(ctx: &Context, args: &CellArgs) -> Result<Mark, Failure> {
    let complete = true;
    for (count, of) in [
        (
            args.searched,
            (|found| Mark::Searched {
                found,
                complete: true,
            }) as fn(u64) -> Mark,
        ),
        (args.erased, |count| Mark::Erased { count }),
        (args.exported, |count| Mark::Exported { count }),
        (args.changed, |count| Mark::Changed { count }),
    ] {
        if let Some(count) = count {
            return Ok(of(count));
        }
    }
    if let Some(left) = args.verified {
        return Ok(Mark::Verified { left, complete });
    }
    for (option, given, of) in [
        (
            "--told",
            &args.told,
            (|whom| Mark::Told { whom }) as fn(String) -> Mark,
        ),
        ("--not-reachable", &args.not_reachable, |why| Mark::NotReachable {
            why,
        }),
        ("--not-applicable", &args.not_applicable, |why| {
            Mark::NotApplicable { why }
        }),
        ("--waived", &args.waived, |why| Mark::Waived { why }),
    ] {
        if let Some(given) = given {
            return Ok(of(text(ctx, option, given)?));
        }
    }
    Err(Failure::new(FailureKind::Usage, "Say what was seen or done."))
}

/// Runs it.
///
/// # Errors
/// When there is no such case or request, or the request belongs to another case.
pub async fn link(ctx: &Context, args: &LinkArgs) -> Result<Exit, Failure> {
    before_writing(ctx)?;
    let world = ctx.world().await?;
    cases::link(&world, &args.case, &args.request).await?;
    show::tell(ctx, &world, &args.case).await
}
