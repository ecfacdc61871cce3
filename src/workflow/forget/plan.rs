//! The plan: the exact calls for what was chosen, under a digest that is confirmed.

use serde_json::json;

use super::entries::Form;
use super::{Ends, Findings, Offer, Question};
use crate::domain::canonical;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::mask::mask;
use crate::systems::gws::{DeleteTemplate, SYSTEM};

/// A confirmed plan carries out exactly this.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Names the question and the ends.
    pub scope: String,
    /// Digest of everything below.
    pub digest: String,
    /// What goes, in this order.
    pub offers: Vec<Offer>,
    /// The calls as they are shown.
    pub calls: Vec<String>,
    /// The form of the delete call.
    pub template: DeleteTemplate,
    /// Where GWS is.
    pub gws: String,
    /// The case that it is for.
    pub case: Option<String>,
}

impl Plan {
    /// How many settings go as a whole.
    pub fn deletions(&self) -> usize {
        self.offers
            .iter()
            .filter(|offer| offer.form == Form::Delete)
            .count()
    }

    /// The calls as they are shown to people: what names a setting is masked until it is revealed.
    pub fn shown_calls(&self, revealed: bool) -> Vec<String> {
        let shown = |(offer, call): (&Offer, &String)| match revealed {
            true => call.clone(),
            false => call.replace(offer.key.value(), &mask(offer.key.value())),
        };
        self.offers.iter().zip(&self.calls).map(shown).collect()
    }

    /// The question before it is carried out.
    pub fn question(&self, live: bool) -> String {
        let whole = self.deletions();
        let rest = self.offers.len() - whole;
        let what = match (whole, rest) {
            (whole, 0) => format!("Delete {}", count(whole, "setting")),
            (0, rest) => format!("Take {} out of their lists", count(rest, "entry")),
            (whole, rest) => {
                format!(
                    "Delete {} and take {} out of their lists",
                    count(whole, "setting"),
                    count(rest, "entry")
                )
            }
        };
        let place = if live {
            format!("GWS at {}", self.gws)
        } else {
            "the simulated GWS".to_owned()
        };
        format!("{what} at {place}? GWS has no undo; the groups are saved here first.")
    }
}

fn count(number: usize, what: &str) -> String {
    match (number, what) {
        (1, what) => format!("1 {what}"),
        (number, "entry") => format!("{number} entries"),
        (number, what) => format!("{number} {what}s"),
    }
}

/// Prepares the deletion of the chosen offers.
///
/// # Errors
/// When nothing was chosen, GWS is not known, or a call cannot be built.
pub fn prepare(
    ends: &Ends,
    question: &Question,
    findings: &Findings,
    chosen: &[usize],
) -> Result<Plan, Failure> {
    let Some(gws) = &ends.gws else {
        return Err(Failure::new(
            FailureKind::Configuration,
            "No address of GWS is known, so nothing can be deleted.",
        )
        .at(SYSTEM)
        .next("Add --gws http://HOST:PORT, or set gws_url in the profile."));
    };
    let mut offers = Vec::new();
    for index in chosen {
        let offer = findings.offers.get(*index).ok_or_else(|| {
            Failure::new(
                FailureKind::Internal,
                "A deletion was chosen that was not offered.",
            )
        })?;
        if offer.form == Form::Delete {
            offer.removal(&ends.template)?;
        }
        offers.push(offer.clone());
    }
    if offers.is_empty() {
        return Err(
            Failure::new(FailureKind::NotFound, "Nothing was chosen that GWS can delete.").at(SYSTEM),
        );
    }
    let calls: Vec<String> = offers.iter().map(|offer| offer.shown(&ends.template)).collect();
    let scope = question.scope(ends);
    let gws = gws.base().as_str().to_owned();
    let steps: Vec<_> = offers
        .iter()
        .zip(&calls)
        .map(|(offer, call)| json!({ "call": call, "seen": offer.seen, "owner": offer.owner }))
        .collect();
    let digest = canonical::digest(&json!({ "scope": scope, "gws": gws, "steps": steps }));
    Ok(Plan {
        scope,
        digest,
        offers,
        calls,
        template: ends.template.clone(),
        gws,
        case: question.case.clone(),
    })
}
