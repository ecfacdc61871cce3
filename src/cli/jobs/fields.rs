//! The fields of a job as options, shared by `create` and `clone`.

use jiff::civil::Date;

use crate::cli::Context;
use crate::cli::requests::when;
use crate::domain::export::{NewJob, TimeFrame};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::schedule::Schedule;
use crate::workflow::World;

/// Options of the fields.
#[derive(Debug, Default, clap::Args)]
pub struct FieldArgs {
    /// Description
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Data source; the only one when the service has one
    #[arg(long, value_name = "SOURCE")]
    pub source: Option<String>,
    /// What is exported: Interaction, Contact
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<String>,
    /// When it runs: now, hourly:N (counted from 00:00 UTC), daily@HH:MM, weekly:mon@HH:MM,
    /// monthly:DAY@HH:MM; all in UTC
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// First day of the time frame, in UTC: 2026-10-01, today or 30d (ago)
    #[arg(long, value_name = "D", requires = "to")]
    pub from: Option<String>,
    /// Last day of the time frame, in UTC
    #[arg(long, value_name = "D", requires = "from")]
    pub to: Option<String>,
    /// Export everything, whatever its time
    #[arg(long, conflicts_with_all = ["from", "to"])]
    pub all: bool,
    /// Largest size of one file, such as 500MB or 2GiB
    #[arg(long, value_name = "SIZE")]
    pub split_size: Option<String>,
    /// One file, however large
    #[arg(long, conflicts_with = "split_size")]
    pub one_file: bool,
}

impl FieldArgs {
    /// Lays what was said over a job.
    ///
    /// # Errors
    /// Days, schedules and sizes that are none.
    pub fn over(&self, ctx: &Context, world: &World, mut job: NewJob) -> Result<NewJob, Failure> {
        if let Some(text) = &self.description {
            job.description =
                Some(ctx.values.one("--description", text)?).filter(|text| !text.trim().is_empty());
        }
        if let Some(source) = &self.source {
            job.source.clone_from(source);
        }
        if let Some(kind) = &self.kind {
            job.kind.clone_from(kind);
        }
        match self.run.as_deref() {
            None => {}
            Some("now") => job.schedule = None,
            Some(text) => {
                let schedule = Schedule::parse(text);
                job.schedule = Some(schedule.map_err(|why| usage(format!("--run: now, or {why}.")))?);
            }
        }
        if let (Some(from), Some(to)) = (&self.from, &self.to) {
            job.time_frame = Some(TimeFrame {
                from: day(world, "--from", from)?,
                to: day(world, "--to", to)?,
            });
        }
        if self.all {
            job.time_frame = None;
        }
        if let Some(text) = &self.split_size {
            job.split_bytes = Some(size(text).ok_or_else(|| {
                usage(
                    "--split-size is a number of bytes, KB, MB, GB, KiB, MiB or GiB, such as 500MB."
                        .to_owned(),
                )
            })?);
        }
        if self.one_file {
            job.split_bytes = None;
        }
        Ok(job)
    }
}

fn usage(message: String) -> Failure {
    Failure::new(FailureKind::Usage, message)
}

/// Days of the service are days in UTC.
fn day(world: &World, option: &str, text: &str) -> Result<Date, Failure> {
    when::day(option, text, world.clock.now(), &jiff::tz::TimeZone::UTC)
}

/// Bytes of `500MB`, `2 GiB`, `1048576`.
pub fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit: u64 = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" | "k" => 1_000,
        "mb" | "m" => 1_000_000,
        "gb" | "g" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(unit).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_read_with_their_unit() {
        assert_eq!(size("500MB"), Some(500_000_000));
        assert_eq!(size("2 GiB"), Some(2 << 30));
        assert_eq!(size("1024"), Some(1024));
        for bad in ["", "0", "MB", "5 parsec", "-1", "99999999999999999999GB"] {
            assert_eq!(size(bad), None, "{bad}");
        }
    }
}
