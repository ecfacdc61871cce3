//! `dsr deadline`: the legal clock, explained step by step, and as a table over days of receipt.

mod table;
mod why;

use jiff::Timestamp;
use jiff::civil::Date;

use super::requests::when;
use super::{Context, Exit};
use crate::domain::deadline::Rules;
use crate::domain::failure::{Failure, FailureKind};

/// Verbs.
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Tell the day on which an answer is due, with each step and where it is written
    Why(why::WhyArgs),
    /// Tell target and limit for each day of receipt in a span
    Table(table::TableArgs),
}

/// Which law and which holidays; the profile's when nothing is said.
#[derive(Debug, clap::Args)]
pub struct RulesArgs {
    /// Law that the clock runs under: eu, uk or us-ca
    #[arg(long, value_name = "REGIME")]
    pub regime: Option<String>,
    /// Country whose public holidays count, with a region where they differ: AT, DE-BY; "none" for weekends only
    #[arg(long, value_name = "COUNTRY")]
    pub country: Option<String>,
}

/// Runs a verb.
///
/// # Errors
/// A day, regime or country that cannot be read.
pub async fn run(ctx: &Context, args: Args) -> Result<Exit, Failure> {
    match args {
        Args::Why(args) => why::run(ctx, &args).await,
        Args::Table(args) => table::run(ctx, &args).await,
    }
}

/// The rules that are meant.
///
/// # Errors
/// A usage failure that lists what is known.
pub fn rules(ctx: &Context, args: &RulesArgs) -> Result<Rules, Failure> {
    let profile = &ctx.config.profile;
    let regime = args.regime.as_deref().unwrap_or(&profile.regime);
    let country = match args.country.as_deref() {
        Some(none) if none.eq_ignore_ascii_case("none") => None,
        Some(country) => Some(country),
        None => profile.country.as_deref(),
    };
    Rules::named(regime, country).map_err(|why| Failure::new(FailureKind::Usage, why))
}

/// A day as it was typed. A calendar day needs no world; `today` and `30d` are those of the world's
/// clock in the controller's zone.
async fn day(ctx: &Context, option: &str, text: &str) -> Result<Date, Failure> {
    if let Ok(day) = text.trim().parse::<Date>() {
        return Ok(day);
    }
    let zone = crate::world::time_zone(&ctx.config.profile);
    // What cannot be read at all is said before a world is built.
    when::day(option, text, Timestamp::UNIX_EPOCH, &zone)?;
    let world = ctx.world().await?;
    when::day(option, text, world.clock.now(), &world.settings.time_zone)
}
