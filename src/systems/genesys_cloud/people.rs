//! Finding a person beyond the GDPR search: users, external contacts, and the contacts that were
//! merged with them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call::{Call, encode};
use super::exchange::Exchange;
use super::json;
use super::merge_sets::{Known, members};
use super::people_wire::{WireContact, WireUser};
use super::{Found, Person};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::IdentifierKind;
use crate::domain::subject::Subject;

pub(super) const CONTACTS: &str = "/api/v2/externalcontacts/contacts";
pub(super) const SEE_CONTACTS: &[&str] = &["externalContacts:contact:view"];

/// Entries that are read of one question; the API gives no more than this of contacts.
const ENTRIES: u64 = 1_000;
const PAGE: u32 = 100;

/// The look-up by number or address gives this many at most, without saying how many there are.
const REVERSE_MAX: usize = 25;

/// Users that fit.
pub(super) async fn find_users(
    exchange: &Exchange,
    kind: IdentifierKind,
    value: &str,
) -> Result<Found<Person>, Failure> {
    let (field, how) = match kind {
        IdentifierKind::UserId => return user_by_id(exchange, value).await,
        IdentifierKind::Email => ("email", "EXACT"),
        IdentifierKind::Name => ("name", "CONTAINS"),
        IdentifierKind::Phone => ("addresses", "CONTAINS"),
        // Users have no postal address, no handles and no external ids.
        _ => return Ok(Found::default()),
    };
    let mut found = Found::default();
    for number in 1_u32.. {
        let body = json!({
            "pageSize": PAGE,
            "pageNumber": number,
            "query": [{"fields": [field], "value": value, "type": how}],
        });
        let call = Call::post("/api/v2/users/search", body, "the search for users");
        let page = match exchange.read_page(&call, "results").await {
            Ok((page, _)) => page,
            // Which fields can be searched is the API's choice; not all of them are documented.
            Err(failure) if not_taken(&failure) => {
                let word = kind.as_str();
                found
                    .unreadable
                    .push(format!("the search for users does not take this {word}"));
                break;
            }
            Err(failure) => return Err(failure),
        };
        let more = page.page_count.is_some_and(|pages| u64::from(number) < pages) && !page.entries.is_empty();
        let (users, unreadable) = json::entries::<WireUser>(page.entries, "results");
        found.items.extend(users.into_iter().map(person_of_user));
        found.unreadable.extend(unreadable);
        if !more {
            break;
        }
        if u64::from(number) * u64::from(PAGE) >= ENTRIES {
            found
                .unreadable
                .push(format!("only the first {ENTRIES} users were looked at"));
            break;
        }
    }
    Ok(found)
}

async fn user_by_id(exchange: &Exchange, id: &str) -> Result<Found<Person>, Failure> {
    let call = Call::get(format!("/api/v2/users/{}", encode(id)), "the user");
    let items = match exchange.read_as::<WireUser>(&call).await {
        Ok((user, _)) => vec![person_of_user(user)],
        Err(failure) if failure.kind == FailureKind::NotFound => Vec::new(),
        Err(failure) => return Err(failure),
    };
    Ok(Found {
        items,
        unreadable: Vec::new(),
    })
}

fn person_of_user(user: WireUser) -> Person {
    Person {
        subject: Subject::from(user),
        merge_set: Vec::new(),
    }
}

/// External contacts that fit, each once, with their merge sets.
pub(super) async fn find_contacts(
    exchange: &Exchange,
    kind: IdentifierKind,
    value: &str,
) -> Result<Found<Person>, Failure> {
    let mut hits = Hits::default();
    match kind {
        IdentifierKind::UserId => {}
        IdentifierKind::Name | IdentifierKind::Address | IdentifierKind::ExternalId => {
            by_words(exchange, value, &mut hits).await?;
        }
        _ => {
            by_reverse_lookup(exchange, value, &mut hits).await?;
            by_identifier(exchange, identifier_words(kind), value, &mut hits).await?;
        }
    }
    let mut found = Found {
        items: Vec::new(),
        unreadable: std::mem::take(&mut hits.unreadable),
    };
    let mut known = Known::of(hits.contacts.clone());
    for contact in hits.contacts.values() {
        let merge_set = match members(exchange, contact, &mut known).await {
            Ok(merge_set) => merge_set,
            Err(failure) if failure.kind == FailureKind::Interrupted => return Err(failure),
            Err(failure) => {
                found
                    .unreadable
                    .push(format!("a merge set could not be read: {}", failure.message));
                Vec::new()
            }
        };
        found.items.push(Person {
            subject: Subject::from(contact),
            merge_set,
        });
    }
    Ok(found)
}

/// The API's words for kinds of identifier in its identifier look-up. Where versions of the API have
/// different ones, the next is tried when one is not taken.
fn identifier_words(kind: IdentifierKind) -> &'static [&'static str] {
    match kind {
        IdentifierKind::Email => &["Email"],
        IdentifierKind::Phone => &["Phone"],
        IdentifierKind::Twitter => &["SocialTwitter"],
        IdentifierKind::Facebook => &["SocialFacebook"],
        IdentifierKind::Instagram => &["SocialInstagram", "SocialInstagramHandle"],
        IdentifierKind::Whatsapp => &["SocialWhatsapp"],
        IdentifierKind::AppleMessages => &["AppleOpaqueId"],
        // External ids need the id of their source beside them, which nobody is given.
        _ => &[],
    }
}

/// Contacts by id, so that one found twice is one.
#[derive(Default)]
struct Hits {
    contacts: BTreeMap<String, WireContact>,
    unreadable: Vec<String>,
}

impl Hits {
    fn add(&mut self, entries: Vec<Value>, key: &str) {
        let (contacts, unreadable) = json::entries::<WireContact>(entries, key);
        for contact in contacts {
            self.contacts.entry(contact.id.clone()).or_insert(contact);
        }
        self.unreadable.extend(unreadable);
    }
}

async fn by_words(exchange: &Exchange, value: &str, hits: &mut Hits) -> Result<(), Failure> {
    for number in 1_u32.. {
        let call = Call::get(CONTACTS, "the search for external contacts")
            .query("q", value)
            .query("pageSize", PAGE.to_string())
            .query("pageNumber", number.to_string())
            .needs(SEE_CONTACTS);
        let (page, _) = exchange.read_page(&call, "entities").await?;
        let more = page.page_count.is_some_and(|pages| u64::from(number) < pages) && !page.entries.is_empty();
        hits.add(page.entries, "entities");
        if !more {
            break;
        }
        if u64::from(number) * u64::from(PAGE) >= ENTRIES {
            hits.unreadable
                .push(format!("the API gives the first {ENTRIES} contacts only"));
            break;
        }
    }
    Ok(())
}

async fn by_reverse_lookup(exchange: &Exchange, value: &str, hits: &mut Hits) -> Result<(), Failure> {
    let call = Call::get(
        "/api/v2/externalcontacts/reversewhitepageslookup",
        "the reverse look-up",
    )
    .query("lookupVal", value)
    .needs(SEE_CONTACTS);
    let (page, _) = exchange.read_page(&call, "contacts").await?;
    if page.entries.len() >= REVERSE_MAX {
        hits.unreadable.push(format!(
            "the reverse look-up gives {REVERSE_MAX} contacts at most; there may be more"
        ));
    }
    hits.add(page.entries, "contacts");
    Ok(())
}

async fn by_identifier(
    exchange: &Exchange,
    words: &[&str],
    value: &str,
    hits: &mut Hits,
) -> Result<(), Failure> {
    for word in words {
        if look_up(exchange, word, value, hits).await? {
            return Ok(());
        }
    }
    if let Some(word) = words.first() {
        hits.unreadable
            .push(format!("the identifier look-up does not take {word}"));
    }
    Ok(())
}

/// Asks for one contact. False when the API does not take the word or the value.
async fn look_up(exchange: &Exchange, word: &str, value: &str, hits: &mut Hits) -> Result<bool, Failure> {
    let call = Call::post(
        "/api/v2/externalcontacts/identifierlookup/contacts",
        json!({"type": word, "value": value}),
        "the identifier look-up",
    )
    .needs(SEE_CONTACTS);
    let answer = match exchange.read(&call).await {
        Ok(answer) if answer.body.is_empty() => return Ok(true),
        Ok(answer) => answer,
        Err(failure) if failure.kind == FailureKind::NotFound => return Ok(true),
        Err(failure) if not_taken(&failure) => return Ok(false),
        Err(failure) => return Err(failure),
    };
    let document: Value =
        json::read(&answer.body).map_err(|why| super::errors::bad_answer(&call, &answer.head, &why))?;
    if document.get("id").is_some() {
        hits.add(vec![document], "contact");
    }
    Ok(true)
}

/// True when the API understood the question and does not take it; a rate limit is not that.
fn not_taken(failure: &Failure) -> bool {
    failure.kind == FailureKind::Refused
        && failure
            .code
            .as_deref()
            .is_some_and(|code| !code.starts_with("too.many"))
}
