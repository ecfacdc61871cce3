//! Contacts that were merged: the whole set, from whichever member it is looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::call::{Call, encode};
use super::exchange::Exchange;
use super::people::{CONTACTS, SEE_CONTACTS};
use super::people_wire::WireContact;
use crate::domain::candidate::MergeMember;
use crate::domain::failure::{Failure, FailureKind};

/// Contacts that are asked for on behalf of one question, for their names alone. A name is good to
/// have; the allowance is for the work.
const NAMES: usize = 20;

/// Contacts seen while one question is answered, so that none is asked for twice.
pub(super) struct Known {
    contacts: BTreeMap<String, WireContact>,
    names_left: usize,
}

impl Known {
    pub(super) fn of(contacts: BTreeMap<String, WireContact>) -> Known {
        Known {
            contacts,
            names_left: NAMES,
        }
    }

    async fn contact(&mut self, exchange: &Exchange, id: &str) -> Result<WireContact, Failure> {
        if let Some(contact) = self.contacts.get(id) {
            return Ok(contact.clone());
        }
        let call =
            Call::get(format!("{CONTACTS}/{}", encode(id)), "the external contact").needs(SEE_CONTACTS);
        let (contact, _) = exchange.read_as::<WireContact>(&call).await?;
        self.contacts.insert(id.to_owned(), contact.clone());
        Ok(contact)
    }

    /// The name of a member; `None` when it has none or the questions for names are used up. A member
    /// that is gone has no name any more.
    async fn name(&mut self, exchange: &Exchange, id: &str) -> Result<Option<String>, Failure> {
        if !self.contacts.contains_key(id) {
            if self.names_left == 0 {
                return Ok(None);
            }
            self.names_left -= 1;
        }
        match self.contact(exchange, id).await {
            Ok(contact) => Ok(contact.name()),
            Err(failure) if failure.kind == FailureKind::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// The merge set of a contact named by its id.
pub(super) async fn merge_set(exchange: &Exchange, id: &str) -> Result<Vec<MergeMember>, Failure> {
    let mut known = Known::of(BTreeMap::new());
    let asked = known.contact(exchange, id).await?;
    members(exchange, &asked, &mut known).await
}

/// The other contacts of the merge set of a contact, the canonical one first.
pub(super) async fn members(
    exchange: &Exchange,
    of: &WireContact,
    known: &mut Known,
) -> Result<Vec<MergeMember>, Failure> {
    if !of.is_merged() {
        return Ok(Vec::new());
    }
    let canonical_id = of
        .canonical_contact
        .as_ref()
        .or(of.merged_to.as_ref())
        .map_or_else(|| of.id.clone(), |canonical| canonical.id.clone());
    let mut ids = BTreeSet::from([canonical_id.clone()]);
    collect(of, &mut ids);
    // The whole set stands in the canonical contact, when this is another one.
    if canonical_id != of.id {
        collect(&known.contact(exchange, &canonical_id).await?, &mut ids);
    }
    ids.remove(&of.id);
    let mut members = Vec::new();
    for id in ids {
        members.push(MergeMember {
            name: known.name(exchange, &id).await?,
            canonical: id == canonical_id,
            external_contact_id: id,
        });
    }
    members.sort_by_key(|member| !member.canonical);
    Ok(members)
}

fn collect(contact: &WireContact, into: &mut BTreeSet<String>) {
    let many = contact.merge_set.iter().chain(&contact.merged_from).flatten();
    let one = contact.canonical_contact.iter().chain(&contact.merged_to);
    into.extend(many.chain(one).map(|other| other.id.clone()));
}
