//! Searching: the keyspace is scanned, and each match looked up in what GWS itself shows.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::arrange;
use super::held;
use super::settle::{self, Settled};
use super::visible::{self, Visible};
use super::{Ends, Item, Offer, Question};
use crate::domain::case::hold::Hold;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::Listener;
use crate::store::StepState;
use crate::systems::gws::GroupName;
use crate::systems::keyspace::matching::Needles;
use crate::systems::keyspace::{MatchKind, ScanListener, ScanReport};
use crate::workflow::{World, cases};

/// How the keyspace is scanned.
#[derive(Clone, Debug, Default)]
pub struct ScanWishes {
    /// Patterns of tables that are searched; the usual choice when there are none.
    pub include: Vec<String>,
    /// Patterns of tables that are left out.
    pub exclude: Vec<String>,
    /// Rows a page.
    pub page_size: Option<u32>,
    /// Pages under way at once.
    pub parallel: Option<usize>,
    /// Keep the place of the scan in the store, so that it can go on after an interruption.
    pub keep: bool,
    /// Go on where an interrupted scan for the same stopped.
    pub resume: bool,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Each place, exact ones first.
    pub items: Vec<Item>,
    /// Settings that GWS shows and can delete.
    pub offers: Vec<Offer>,
    /// What each search is about.
    pub kinds: Vec<MatchKind>,
    /// What was read and what was not; its matches stand in `items`.
    pub report: ScanReport,
    /// What answered: `CQL 5.0.9`.
    pub answered: String,
    /// True when GWS was asked what it shows.
    pub looked_up: bool,
    /// Groups that GWS could not be asked about, with the reason.
    pub unread_groups: Vec<(GroupName, String)>,
    /// Matches outside the group that was asked for.
    pub outside_group: usize,
    /// The group that was asked for, where it is neither named in anything that was read nor shown by
    /// GWS: nothing of it was looked at.
    pub no_such_group: Option<GroupName>,
    /// Holds that stand against erasing something of it.
    pub holds: Vec<Hold>,
    /// An earlier run for the same that was interrupted.
    pub settled: Option<Settled>,
    /// The case that it was for.
    pub case: Option<String>,
    /// What is to be known of whoever asked, before anything is deleted for that case.
    pub identity: Option<String>,
    /// What an operator should know.
    pub notes: Vec<String>,
    /// When it was begun.
    pub at: Option<Timestamp>,
}

impl Findings {
    /// True when everything that was to be read was read, at both ends.
    pub fn complete(&self) -> bool {
        self.report.complete() && self.unread_groups.is_empty()
    }

    /// Offers that are chosen without a person's mark: those found for certain.
    pub fn exact_offers(&self) -> Vec<usize> {
        (0..self.offers.len())
            .filter(|index| self.offers[*index].exact)
            .collect()
    }

    /// How much was read, for the last line.
    pub fn read_words(&self) -> String {
        let tables = self.report.tables.len();
        let tables = if tables == 1 {
            "1 table".to_owned()
        } else {
            format!("{tables} tables")
        };
        format!("{tables}, {} rows", self.report.rows)
    }

    /// What is told of a group that nothing bears: its name is rather mistyped than the group empty of
    /// people, and whoever asked must not take it for the latter.
    pub fn no_such_group_words(&self) -> Option<String> {
        let group = self.no_such_group.as_ref()?;
        let place = match self.looked_up {
            true => "neither the keyspace nor GWS knows",
            false => "the keyspace does not name",
        };
        let outside = match self.outside_group {
            0 => "nobody was found outside of it".to_owned(),
            1 => "1 match is outside of it".to_owned(),
            count => format!("{count} matches are outside of it"),
        };
        Some(format!(
            "{place} a settings group {group}, so nothing of it was looked at; {outside}"
        ))
    }

    /// What was not read, for the last line.
    pub fn not_read_words(&self) -> String {
        let mut parts = Vec::new();
        if self.report.interrupted {
            parts.push("the scan was interrupted (go on with --resume)".to_owned());
        }
        if !self.report.not_read.is_empty() {
            let mut tables: Vec<&str> = self
                .report
                .not_read
                .iter()
                .map(|part| part.table.as_str())
                .collect();
            tables.dedup();
            parts.push(format!(
                "{} parts of {} were not read",
                self.report.not_read.len(),
                tables.join(", ")
            ));
        }
        for gap in self.report.left_out.iter().filter(|left| left.gap) {
            let column = gap
                .column
                .as_deref()
                .map_or(String::new(), |column| format!(".{column}"));
            parts.push(format!("{}{column} was not read ({})", gap.table, gap.reason));
        }
        if self.report.unopened > 0 {
            parts.push(format!(
                "{} compressed values could not be opened",
                self.report.unopened
            ));
        }
        for (group, why) in &self.unread_groups {
            parts.push(format!("the settings group {group} was not read in GWS ({why})"));
        }
        crate::domain::text::clean(&parts.join("; "))
    }
}

/// Everybody who listens to a search.
#[derive(Clone)]
pub struct Ears {
    /// Events of the scan.
    pub scan: ScanListener,
    /// The steps around it.
    pub steps: Listener,
}

/// Searches. With a GWS whose user is known, each match is looked up there.
///
/// # Errors
/// When Cassandra cannot be reached or has no such keyspace, a search cannot be looked for, or GWS
/// refuses the sign-in.
pub async fn look(
    world: &World,
    ends: &Ends,
    question: &Question,
    ears: &Ears,
    cancel: &CancellationToken,
) -> Result<Findings, Failure> {
    let needles = needles(world, question)?;
    let mut findings = Findings {
        kinds: needles.kinds().to_vec(),
        at: Some(world.clock.now()),
        notes: ends.warnings.clone(),
        case: question.case.clone(),
        ..Findings::default()
    };
    if let Some(case) = &question.case {
        findings.identity = cases::identity_warning(world, case).await?;
    }
    findings.settled = settle::earlier(world, ends, &question.scope(ends)).await?;
    if let Some(settled) = &findings.settled {
        findings.notes.push(settled.words());
    }
    let asked = ends.gws.as_ref().filter(|gws| gws.has_credentials());
    if let Some(gws) = asked {
        // A wrong password is told before an hour of scanning.
        let account = gws.me().await?;
        if !account.is_admin() {
            findings.notes.push(
                "The GWS user has no administrator's role: it sees its own settings only, so others cannot be looked up or deleted."
                    .to_owned(),
            );
        }
    }
    let (answered, mut report) =
        super::scan::run(world, ends, question, needles.clone(), &ears.scan, cancel).await?;
    for found in &mut report.matches {
        found.certainty = question.certainty(found.search, found.certainty);
    }
    findings.answered = answered;
    findings.report = report;
    let mut visible = match asked {
        Some(gws) if !findings.report.interrupted => {
            visible::look(gws, &needles, question.group.as_ref(), &ears.steps).await?
        }
        _ => Visible::default(),
    };
    findings.looked_up = asked.is_some() && !findings.report.interrupted;
    findings.unread_groups = visible
        .unread
        .iter()
        .map(|(group, failure)| (group.clone(), failure.message.clone()))
        .collect();
    let not_shown = !findings.looked_up || visible.absent.is_some();
    if not_shown && !findings.report.named {
        findings.no_such_group = question.group.clone();
    }
    if let Some(group) = &visible.absent {
        findings.notes.push(format!(
            "GWS shows no settings group {group}: look at its spelling."
        ));
    }
    for finding in visible.held.iter_mut().flat_map(|held| &mut held.findings) {
        finding.certainty = question.certainty(finding.search, finding.certainty);
    }
    let wall = held::standing(world, question).await?;
    arrange::arrange(&mut findings, ends, question, &visible.held, &wall);
    Ok(findings)
}

fn needles(world: &World, question: &Question) -> Result<std::sync::Arc<Needles>, Failure> {
    let country = world.settings.default_country.as_deref();
    Needles::new(&question.searches, country, question.substring)
        .map(std::sync::Arc::new)
        .map_err(|error| {
            Failure::new(FailureKind::Usage, format!("--search: {error}.")).next(
                "Give an e-mail address, a phone number or a name; a national number needs default_country.",
            )
        })
}

impl Findings {
    /// Sets the outcome of what was deleted and is still found by a later search: nobody knows.
    pub fn compare_with(&mut self, after: &Findings) {
        for item in &mut self.items {
            let gone = matches!(item.outcome, Some(StepState::Deleted | StepState::Vanished));
            let same = |other: &&Item| {
                other.found.table == item.found.table
                    && other.found.key == item.found.key
                    && other.found.column == item.found.column
                    && other.found.search == item.found.search
                    && other.is_exact()
            };
            if gone && after.items.iter().any(|other| same(&other)) {
                item.outcome = Some(StepState::Unknown);
            }
        }
    }
}
