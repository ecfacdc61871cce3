//! Holds against a deletion in the favorites: a setting stays when it is about a person who must not be
//! erased now, whichever way it was found, and also when such a person stands in it beside the one who
//! was looked for. Too much is held rather than too little.

use serde_json::Value;

use super::entries::Form;
use super::{Offer, Question};
use crate::domain::case::hold::Hold;
use crate::domain::failure::Failure;
use crate::domain::identifier::{Identifier, IdentifierKind};
use crate::store::Erasure;
use crate::systems::keyspace::CellType;
use crate::systems::keyspace::matching::Needles;
use crate::workflow::World;
use crate::workflow::cases;

/// Folded values shorter than this are in too many texts to mean somebody.
const LEAST: usize = 5;

/// The holds that stand, against what was looked for.
#[derive(Default)]
pub(super) struct Wall {
    all: Vec<(Hold, Eyes)>,
    /// For each search: which of them speak of the person that it is about.
    of_search: Vec<Vec<usize>>,
}

/// Reads the holds that stand now.
pub(super) async fn standing(world: &World, question: &Question) -> Result<Wall, Failure> {
    let found = cases::holds::list(world, false).await?;
    if found.is_empty() {
        return Ok(Wall::default());
    }
    let known = match &question.case {
        Some(case) => world.store.case_file(case, &[]).await?.case.identifiers,
        None => Vec::new(),
    };
    let country = world.settings.default_country.as_deref();
    let of_case =
        |hold: &Hold| question.case.is_some() && (hold.case == question.case || hold.covers_any(&known));
    let of_search = question
        .searches
        .iter()
        .map(|search| {
            let spoken =
                |(_, hold): &(usize, &Hold)| of_case(hold) || hold.covers_any(std::slice::from_ref(search));
            let spoken = found.iter().enumerate().filter(spoken);
            spoken.map(|(index, _)| index).collect()
        })
        .collect();
    let all = found
        .into_iter()
        .map(|hold| {
            let eyes = Eyes::of(&hold, country);
            (hold, eyes)
        })
        .collect();
    Ok(Wall { all, of_search })
}

impl Wall {
    /// True when a hold speaks of the person of this search.
    pub(super) fn stops_search(&self, search: usize) -> bool {
        self.of_search.get(search).is_some_and(|holds| !holds.is_empty())
    }

    /// True when a hold speaks of the person of one of these searches, or of somebody in what would go.
    pub(super) fn stops(&self, searches: &[usize], value: &Value, form: &Form) -> bool {
        !self.against(searches, value, form).is_empty()
    }

    /// The holds against a change of a setting.
    pub(super) fn against(&self, searches: &[usize], value: &Value, form: &Form) -> Vec<&Hold> {
        if self.all.is_empty() {
            return Vec::new();
        }
        let texts = goes(value, form);
        let spoken = |index: usize| {
            let of = |search: &usize| self.of_search.get(*search).is_some_and(|of| of.contains(&index));
            searches.iter().any(of)
        };
        let stands = |(index, (_, eyes)): &(usize, &(Hold, Eyes))| spoken(*index) || eyes.see_any(&texts);
        let found = self.all.iter().enumerate().filter(stands);
        found.map(|(_, (hold, _))| hold).collect()
    }

    /// The holds against the person of a search.
    pub(super) fn against_search(&self, search: usize) -> Vec<&Hold> {
        let indexes = self.of_search.get(search).into_iter().flatten();
        indexes
            .filter_map(|index| self.all.get(*index))
            .map(|(hold, _)| hold)
            .collect()
    }
}

/// What is asked of the holds in the transaction that writes the intent of a step.
pub(super) fn erasure(world: &World, case: Option<&str>, offer: &Offer, value: &Value) -> Erasure {
    let texts = goes(value, &offer.form);
    let country = world.settings.default_country.clone();
    Erasure {
        identifiers: offer.about.clone(),
        case: case.map(str::to_owned),
        holds_person: Box::new(move |hold| Eyes::of(hold, country.as_deref()).see_any(&texts)),
    }
}

/// The texts of what a change takes away.
fn goes(value: &Value, form: &Form) -> Vec<String> {
    match form {
        Form::Delete => vec![value.to_string()],
        Form::TakeOut(entries) => {
            let entries = entries.iter().filter_map(|entry| value.pointer(entry));
            entries.map(Value::to_string).collect()
        }
    }
}

/// Finds the person of a hold in texts.
struct Eyes {
    needles: Option<Needles>,
    /// What cannot be looked for like the rest, folded.
    plain: Vec<String>,
}

impl Eyes {
    fn of(hold: &Hold, country: Option<&str>) -> Eyes {
        let mut known: Vec<Identifier> = Vec::new();
        let mut plain = Vec::new();
        for identifier in &hold.identifiers {
            let one = std::slice::from_ref(identifier);
            if Needles::new(one, country, false).is_ok() {
                known.push(identifier.clone());
            } else {
                plain.push(folded(identifier));
            }
        }
        plain.retain(|text| text.len() >= LEAST);
        Eyes {
            needles: Needles::new(&known, country, false)
                .ok()
                .filter(|_| !known.is_empty()),
            plain,
        }
    }

    fn see_any(&self, texts: &[String]) -> bool {
        texts.iter().any(|text| self.see(text))
    }

    fn see(&self, text: &str) -> bool {
        let found = |needles: &Needles| {
            let found = needles.search_cell(&CellType::Text, text.as_bytes(), "").found;
            !found.is_empty()
        };
        if self.needles.as_ref().is_some_and(found) {
            return true;
        }
        if self.plain.is_empty() {
            return false;
        }
        let text = fold(text);
        self.plain.iter().any(|plain| text.contains(plain))
    }
}

fn fold(text: &str) -> String {
    let plain = |c: &char| c.is_alphanumeric();
    text.to_lowercase().chars().filter(plain).collect()
}

/// A number without its leading zeros, which another spelling may not have.
fn folded(identifier: &Identifier) -> String {
    let text = fold(&identifier.value);
    match identifier.kind {
        IdentifierKind::Phone => text.trim_start_matches('0').to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn eyes(identifiers: &[(IdentifierKind, &str)]) -> Eyes {
        let identifiers = identifiers
            .iter()
            .map(|(kind, value)| Identifier::new(*kind, *value))
            .collect();
        let hold = Hold {
            id: "H-1".to_owned(),
            reason: String::new(),
            case: None,
            identifiers,
            keys: Vec::new(),
            until: None,
            set_at: jiff::Timestamp::UNIX_EPOCH,
            set_by: String::new(),
            lifted_at: None,
        };
        Eyes::of(&hold, None)
    }

    #[test]
    fn a_held_person_is_seen_in_whatever_would_go() {
        let recents = json!({"name": "recents-7", "list": [
            {"displayName": "Bela Specimen", "phoneNumbers": ["+49 30 23125077"]},
            {"displayName": "Anna Muster", "emailAddresses": ["anna.muster@example.org"]},
        ]});
        let anna = eyes(&[(IdentifierKind::Email, "ANNA.muster@example.org")]);
        let take = |entry: &str| goes(&recents, &Form::TakeOut(vec![entry.to_owned()]));
        assert!(anna.see_any(&goes(&recents, &Form::Delete)));
        assert!(anna.see_any(&take("/list/1")));
        assert!(!anna.see_any(&take("/list/0")), "a neighbour goes");
        // A number in national form cannot be looked for without a country; its digits can.
        let bela = eyes(&[
            (IdentifierKind::Phone, "030 2312 5077"),
            (IdentifierKind::UserId, "x1"),
        ]);
        assert!(bela.see_any(&take("/list/0")) && !bela.see_any(&take("/list/1")));
        let by_id = eyes(&[(IdentifierKind::ExternalId, "CRM-4711-x")]);
        assert!(by_id.see_any(&[json!({"crm": "crm-4711-X"}).to_string()]));
    }
}
