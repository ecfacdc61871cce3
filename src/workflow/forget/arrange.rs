//! Matches of the scan and settings that GWS shows, put together: what each match is, and what can be
//! offered for deletion.

use super::entries::Form;
use super::held::Wall;
use super::item::Manual;
use super::link::{Link, link};
use super::visible::Held;
use super::{Ends, Findings, Item, Lists, Offer, Question};
use crate::domain::case::hold::Hold;
use crate::systems::gws::groups::digest;
use crate::systems::gws::{DeleteTemplate, GroupName, SYSTEM, SettingKey};
use crate::systems::keyspace::{Certainty, Match};

/// Puts matches and settings together.
pub(super) fn arrange(findings: &mut Findings, ends: &Ends, question: &Question, held: &[Held], wall: &Wall) {
    let matches = std::mem::take(&mut findings.report.matches);
    let offers: Vec<_> = held
        .iter()
        .map(|held| offer(held, &ends.template, question, wall))
        .collect();
    let mut seen = vec![false; held.len()];
    for found in matches {
        let link = link(&found, held);
        if let Link::To(index) = link {
            seen[index] = true;
        }
        let mut item = item(found, link, held, &offers, findings.looked_up);
        if wall.stops_search(item.found.search) {
            (item.offer, item.manual) = (None, Some(Manual::Held));
        }
        if in_group(&item, question.group.as_ref()) {
            findings.items.push(item);
        } else {
            findings.outside_group += 1;
        }
    }
    let unseen = held.iter().enumerate().filter(|(index, _)| !seen[*index]);
    let shown_only: Vec<Item> = unseen
        .flat_map(|(index, held)| shown_by_gws_only(index, held, &offers))
        .collect();
    if !shown_only.is_empty() {
        findings.notes.push(format!(
            "{} shown by GWS and not found in the keyspace, and listed under the table \"{SYSTEM}\".",
            match shown_only.len() {
                1 => "1 place is".to_owned(),
                count => format!("{count} places are"),
            }
        ));
        findings.items.extend(shown_only);
    }
    if findings.outside_group > 0 {
        findings.notes.push(format!(
            "{} outside of the settings group asked for and not listed.",
            match findings.outside_group {
                1 => "1 more match is".to_owned(),
                count => format!("{count} more matches are"),
            }
        ));
    }
    findings.holds = holds(&findings.items, held, wall, question.lists);
    compact(findings, offers);
    // The order of a parallel scan is chance: the same findings are listed in the same order, what can
    // be deleted first.
    findings.items.sort_by(|a, b| order(a).cmp(&order(b)));
}

fn order(item: &Item) -> impl Ord + '_ {
    let found = &item.found;
    (
        (!item.is_exact(), found.search, item.offer.is_none()),
        (&item.group, &item.owner, &found.table, &found.key),
        (&found.column, &found.pointer),
    )
}

/// Keeps the offers that some item needs, and numbers them anew.
fn compact(findings: &mut Findings, offers: Vec<Result<Offer, Manual>>) {
    let mut numbers = vec![None; offers.len()];
    for item in &mut findings.items {
        let Some(old) = item.offer else { continue };
        if numbers[old].is_none()
            && let Ok(offer) = &offers[old]
        {
            numbers[old] = Some(findings.offers.len());
            findings.offers.push(offer.clone());
        }
        item.offer = numbers[old];
    }
}

/// The holds that stood in the way of something that was found.
fn holds(items: &[Item], held: &[Held], wall: &Wall, lists: Lists) -> Vec<Hold> {
    let mut found: Vec<Hold> = Vec::new();
    let of_searches = items
        .iter()
        .flat_map(|item| wall.against_search(item.found.search));
    let of_settings = held.iter().flat_map(|held| {
        let form = form(held, lists);
        wall.against(&searches(held), &held.setting.value, &form)
    });
    for hold in of_searches.chain(of_settings) {
        if !found.contains(hold) {
            found.push(hold.clone());
        }
    }
    found
}

/// The searches that found a setting.
fn searches(held: &Held) -> Vec<usize> {
    let mut searches: Vec<usize> = held.findings.iter().map(|finding| finding.search).collect();
    searches.sort_unstable();
    searches.dedup();
    searches
}

/// What is to be done with a setting, so that what was found in it goes.
fn form(held: &Held, lists: Lists) -> Form {
    let exact = is_exact(held);
    let wanted = held
        .findings
        .iter()
        .filter(|finding| !exact || finding.certainty == Certainty::Exact);
    let pointers: Vec<String> = wanted.map(|finding| finding.pointer.clone()).collect();
    match lists {
        Lists::TakeOut => Form::fitting(&held.setting.value, &pointers),
        Lists::Delete => Form::Delete,
    }
}

fn is_exact(held: &Held) -> bool {
    let mut findings = held.findings.iter();
    findings.any(|finding| finding.certainty == Certainty::Exact)
}

/// What can be offered for a setting, or why not.
fn offer(held: &Held, template: &DeleteTemplate, question: &Question, wall: &Wall) -> Result<Offer, Manual> {
    let (searches, form) = (searches(held), form(held, question.lists));
    if wall.stops(&searches, &held.setting.value, &form) {
        return Err(Manual::Held);
    }
    if held.corporate {
        return Err(Manual::Corporate);
    }
    let key = held.setting.key.as_deref().unwrap_or_default();
    let key = SettingKey::new(&held.attribute, key).map_err(|_| Manual::CannotBeNamed)?;
    // The same key at several places: the call must be able to say which one.
    let told_apart = held.of_this_key == 1
        || (held.of_this_place == 1 && held.setting.location.is_some() && template.tells_locations_apart());
    if !told_apart {
        return Err(Manual::CannotBeNamed);
    }
    let offer = Offer {
        group: held.group.clone(),
        key,
        location: held.setting.location.clone(),
        owner: held.setting.owner.clone(),
        exact: is_exact(held),
        form,
        seen: digest(&held.setting.value),
        about: searches
            .iter()
            .filter_map(|search| question.searches.get(*search).cloned())
            .collect(),
    };
    if offer.form == Form::Delete && offer.removal(template).is_err() {
        return Err(Manual::CannotBeNamed);
    }
    Ok(offer)
}

fn item(found: Match, link: Link, held: &[Held], offers: &[Result<Offer, Manual>], looked_up: bool) -> Item {
    let corporate = |group: &str| GroupName::new(group).is_ok_and(|group| group.is_corporate());
    let looks_corporate = found.group.as_deref().is_some_and(corporate)
        || found
            .key_parts
            .iter()
            .any(|(_, part)| corporate(part) && part.contains("favorite"));
    let stopped = |index: usize| matches!(offers.get(index), Some(Err(Manual::Held)));
    let (offer, manual) = match link {
        Link::To(index) if stopped(index) => (None, Some(Manual::Held)),
        _ if looks_corporate => (None, Some(Manual::Corporate)),
        Link::To(index) => match &offers[index] {
            Ok(_) => (Some(index), None),
            Err(why) => (None, Some(*why)),
        },
        _ if !looked_up => (None, Some(Manual::NotAsked)),
        Link::None => (None, Some(Manual::NotShown)),
        Link::Ambiguous => (None, Some(Manual::Ambiguous)),
    };
    let setting = match link {
        Link::To(index) => held.get(index),
        _ => None,
    };
    Item {
        group: setting
            .map(|held| held.group.as_str().to_owned())
            .or_else(|| found.group.clone()),
        owner: setting
            .and_then(|held| held.setting.owner.clone())
            .or_else(|| found.owner.clone()),
        found,
        offer,
        manual,
        outcome: None,
    }
}

fn in_group(item: &Item, group: Option<&GroupName>) -> bool {
    let Some(group) = group.map(GroupName::as_str) else {
        return true;
    };
    item.group.as_deref() == Some(group)
        || item.found.key_parts.iter().any(|(_, part)| part.contains(group))
        || item.found.column.contains(group)
}

/// A setting that GWS shows although no row of the scan led to it.
fn shown_by_gws_only(index: usize, held: &Held, offers: &[Result<Offer, Manual>]) -> Vec<Item> {
    let (offer, manual) = match &offers[index] {
        Ok(_) => (Some(index), None),
        Err(why) => (None, Some(*why)),
    };
    let key = held.setting.key.clone().unwrap_or_default();
    held.findings
        .iter()
        .map(|finding| Item {
            found: Match {
                search: finding.search,
                table: SYSTEM.to_owned(),
                key: key.clone(),
                key_parts: vec![(held.attribute.clone(), key.clone())],
                column: held.group.as_str().to_owned(),
                pointer: finding.pointer.clone(),
                snippet: finding.snippet.clone(),
                group: Some(held.group.as_str().to_owned()),
                owner: held.setting.owner.clone(),
                kind: finding.kind,
                certainty: finding.certainty,
            },
            group: Some(held.group.as_str().to_owned()),
            owner: held.setting.owner.clone(),
            offer,
            manual,
            outcome: None,
        })
        .collect()
}
