//! Users, external contacts and merge sets, as the API tells of them.

use dsr_console::domain::failure::FailureKind;
use dsr_console::domain::identifier::IdentifierKind;
use serde_json::{Value, json};

use super::client;
use super::server::{Arrival, Reply, Server};

fn contact(id: &str, first: &str) -> Value {
    json!({"id": id, "firstName": first, "lastName": "Muster",
        "workEmail": "anna.muster@example.org", "cellPhone": {"e164": "+493023125014"}})
}

/// Three contacts of one set: `c1` is canonical, `c2` and `c3` were merged into it.
fn merged(id: &str) -> Value {
    let mut one = contact(id, if id == "c1" { "Anna" } else { "A." });
    if id == "c1" {
        one["mergeSet"] = json!([{"id": "c1"}, {"id": "c2"}, {"id": "c3"}]);
        one["canonicalContact"] = json!({"id": "c1"});
    } else {
        one["mergedTo"] = json!({"id": "c1"});
        one["canonicalContact"] = json!({"id": "c1"});
    }
    one
}

fn contacts(arrival: &Arrival) -> Reply {
    let base = "/api/v2/externalcontacts";
    match arrival.path().strip_prefix(base) {
        Some("/reversewhitepageslookup") => {
            Reply::json(200, json!({"contacts": [merged("c2")], "organizations": []}))
        }
        Some("/identifierlookup/contacts") => match arrival.json()["type"].as_str() {
            Some("Email") => Reply::json(200, merged("c2")),
            _ => Reply::error(404, "not.found", "x"),
        },
        Some("/contacts") => Reply::json(
            200,
            json!({"entities": [contact("c9", "Anna"), {"id": 5}], "total": 2, "pageCount": 1}),
        ),
        Some(path) => match path.strip_prefix("/contacts/") {
            Some(id) => Reply::json(200, merged(id)),
            None => Reply::error(404, "not.found", "x"),
        },
        None => Reply::error(404, "not.found", "x"),
    }
}

#[tokio::test]
async fn a_contact_found_twice_is_one_with_its_whole_merge_set() {
    let server = Server::start(contacts).await;
    let found = client(&server.base)
        .find_contacts(IdentifierKind::Email, "anna.muster@example.org")
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].subject.external_contact_id.as_deref(), Some("c2"));
    let set: Vec<(&str, bool, Option<&str>)> = found[0]
        .merge_set
        .iter()
        .map(|member| {
            (
                member.external_contact_id.as_str(),
                member.canonical,
                member.name.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        set,
        [
            ("c1", true, Some("Anna Muster")),
            ("c3", false, Some("A. Muster"))
        ]
    );
    assert!(found.unreadable.is_empty(), "{:?}", found.unreadable);
    let lookup = server
        .arrivals()
        .into_iter()
        .find(|a| a.method == "POST")
        .unwrap();
    assert_eq!(
        lookup.json(),
        json!({"type": "Email", "value": "anna.muster@example.org"})
    );
}

#[tokio::test]
async fn the_merge_set_of_a_contact_is_the_same_from_either_end() {
    let server = Server::start(contacts).await;
    let cloud = client(&server.base);
    for (asked, others) in [("c1", ["c2", "c3"]), ("c2", ["c1", "c3"]), ("c3", ["c1", "c2"])] {
        let set = cloud.merge_set(asked).await.unwrap();
        let ids: Vec<&str> = set
            .iter()
            .map(|member| member.external_contact_id.as_str())
            .collect();
        assert_eq!(ids, others, "{asked}");
        assert_eq!(
            set.iter().filter(|member| member.canonical).count(),
            usize::from(asked != "c1")
        );
    }
}

#[tokio::test]
async fn a_name_is_looked_for_page_by_page_and_a_bad_entry_is_noted() {
    let server = Server::start(|arrival| {
        let number: u64 = arrival.query("pageNumber").unwrap().parse().unwrap();
        Reply::json(
            200,
            json!({"entities": [contact(&format!("c{number}"), "Anna")], "pageCount": 3}),
        )
    })
    .await;
    let found = client(&server.base)
        .find_contacts(IdentifierKind::Name, "Anna Müster")
        .await
        .unwrap();
    assert_eq!(found.len(), 3);
    assert!(server.arrivals()[0].target.contains("q=Anna%20M%C3%BCster"));
    let server = Server::start(contacts).await;
    let found = client(&server.base)
        .find_contacts(IdentifierKind::Name, "Anna")
        .await
        .unwrap();
    assert_eq!((found.len(), found.unreadable.len()), (1, 1));
}

#[tokio::test]
async fn a_full_reverse_look_up_says_that_there_may_be_more() {
    let server = Server::start(|arrival| match arrival.method.as_str() {
        "GET" => {
            let many: Vec<Value> = (0..25).map(|n| contact(&format!("c{n}"), "Anna")).collect();
            Reply::json(200, json!({ "contacts": many }))
        }
        _ => Reply::error(404, "not.found", "x"),
    })
    .await;
    let found = client(&server.base)
        .find_contacts(IdentifierKind::Phone, "+49 30 23125014")
        .await
        .unwrap();
    assert_eq!((found.len(), found.unreadable.len()), (25, 1));
}

#[tokio::test]
async fn a_missing_permission_is_of_its_own_kind() {
    let server = Server::start(|_| {
        Reply::error(
            403,
            "missing.permissions",
            "You are missing the following permission(s): externalContacts:contact:view",
        )
    })
    .await;
    let failure = client(&server.base)
        .find_contacts(IdentifierKind::Email, "a@example.org")
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Permission);
    assert!(failure.message.contains("externalContacts:contact:view"));
}

#[tokio::test]
async fn users_are_found_by_what_users_have() {
    let server = Server::start(|arrival| match arrival.path() {
        "/api/v2/users/search" => Reply::json(
            200,
            json!({"results": [{"id": "u1", "name": "Anna Muster", "email": "anna.muster@example.org",
                "addresses": [{"address": "+493023125014", "mediaType": "PHONE"}]}], "total": 1, "pageCount": 1}),
        ),
        "/api/v2/users/u1" => Reply::json(200, json!({"id": "u1", "name": "Anna Muster"})),
        _ => Reply::error(404, "not.found", "x"),
    })
    .await;
    let cloud = client(&server.base);
    let found = cloud
        .find_users(IdentifierKind::Email, "anna.muster@example.org")
        .await
        .unwrap();
    assert_eq!(found[0].subject.user_id.as_deref(), Some("u1"));
    assert_eq!(found[0].subject.phone_numbers, ["+493023125014"]);
    let query = &server.arrivals()[0].json()["query"][0];
    assert_eq!(
        query,
        &json!({"fields": ["email"], "value": "anna.muster@example.org", "type": "EXACT"})
    );
    assert_eq!(
        cloud
            .find_users(IdentifierKind::UserId, "u1")
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        cloud
            .find_users(IdentifierKind::UserId, "u2")
            .await
            .unwrap()
            .len(),
        0
    );
    let before = server.arrivals().len();
    assert!(
        cloud
            .find_users(IdentifierKind::Address, "Musterweg 1")
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(server.arrivals().len(), before);
}
