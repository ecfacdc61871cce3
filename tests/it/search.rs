//! Finding a person in the simulated estate: every form at every place, one row a person, and a
//! truthful account of what was asked.

use std::path::Path;
use std::sync::{Arc, Mutex};

use dsr_console::domain::candidate::Candidate;
use dsr_console::domain::failure::FailureKind;
use dsr_console::domain::identifier::{Identifier, IdentifierKind};
use dsr_console::domain::mode::Mode;
use dsr_console::domain::progress::Listener;
use dsr_console::domain::subject::SubjectKind;
use dsr_console::workflow::World;
use dsr_console::workflow::search::{SearchResult, search};
use dsr_console::world::{self, Scenario, Selection};
use tokio_util::sync::CancellationToken;

use crate::support::Home;

struct Bench {
    _home: Home,
    world: Arc<World>,
}

impl Bench {
    async fn new(scenario: &str) -> Bench {
        Bench::of(|_| Scenario::BuiltIn(scenario.to_owned())).await
    }

    /// The default estate with the account's role holding these permissions only.
    async fn allowed(permissions: &str) -> Bench {
        Bench::of(|dir| {
            let file = dir.join("scenario.toml");
            let text = format!(
                "summary = \"narrow\"\nbased_on = \"default\"\n\
                 [[roles]]\nname = \"Privacy operator\"\npermissions = [{permissions}]\n\
                 [[roles]]\nname = \"Agent\"\npermissions = []\n"
            );
            std::fs::write(&file, text).unwrap();
            Scenario::File(file)
        })
        .await
    }

    async fn of(scenario: impl FnOnce(&Path) -> Scenario) -> Bench {
        let home = Home::new();
        let config = home.load(&[]).unwrap();
        let selection = Selection {
            mode: Mode::Simulation,
            profile: None,
            scenario: scenario(&home.path("")),
        };
        let world = world::build(&config, &selection).await.unwrap();
        Bench { _home: home, world }
    }

    async fn find(&self, identifiers: &[(IdentifierKind, &str)]) -> SearchResult {
        self.try_find(identifiers).await.unwrap()
    }

    async fn try_find(
        &self,
        identifiers: &[(IdentifierKind, &str)],
    ) -> Result<SearchResult, dsr_console::domain::failure::Failure> {
        let identifiers: Vec<Identifier> = identifiers
            .iter()
            .map(|(kind, value)| Identifier::new(*kind, value))
            .collect();
        search(
            &self.world,
            &identifiers,
            &Listener::none(),
            &CancellationToken::new(),
        )
        .await
    }

    async fn recorded(&self) -> Vec<serde_json::Value> {
        let waiting = self.world.store.evidence(0).await.unwrap();
        waiting
            .iter()
            .filter(|entry| entry.action == "search")
            .map(|entry| serde_json::from_slice(&entry.bytes).unwrap())
            .collect()
    }
}

fn contact<'a>(result: &'a SearchResult, email: &str) -> &'a Candidate {
    result
        .candidates
        .iter()
        .find(|c| {
            c.kind == SubjectKind::ExternalContact && c.subject.email_addresses.iter().any(|e| e == email)
        })
        .unwrap_or_else(|| panic!("{email} is not among {} rows", result.candidates.len()))
}

use IdentifierKind::{Email, Name, Phone, UserId};

#[tokio::test]
async fn one_person_found_by_two_identifiers_is_one_row() {
    let bench = Bench::new("default").await;
    let result = bench
        .find(&[(Email, "anna.muster@example.org"), (Phone, "+49 (0)30 23125014")])
        .await;
    assert!(result.complete, "{:?}", result.notes);
    let anna = contact(&result, "anna.muster@example.org");
    let by: Vec<_> = anna.matched.iter().map(|m| m.by).collect();
    assert!(by.contains(&Email) && by.contains(&Phone), "{by:?}");
    assert!(!anna.is_user);
    let members: Vec<_> = anna
        .merge_set
        .iter()
        .map(|m| (m.name.as_deref(), m.canonical))
        .collect();
    assert_eq!(
        members,
        [(Some("A. Muster"), false)],
        "the contact merged into hers is shown"
    );
    let keys: std::collections::BTreeSet<_> = result.candidates.iter().map(|c| c.subject.key()).collect();
    assert_eq!(keys.len(), result.candidates.len());
    let user = result
        .candidates
        .iter()
        .find(|c| c.kind == SubjectKind::User)
        .unwrap();
    assert!(user.is_user, "an agent's own record is marked");
}

#[tokio::test]
async fn every_form_asked_is_told_with_its_hits() {
    let bench = Bench::new("default").await;
    let result = bench.find(&[(Name, "Jörg Mueller")]).await;
    let found = contact(&result, "joerg.mueller@example.org");
    assert!(
        found.matched.iter().any(|m| m.form == "transliterated"),
        "{:?}",
        found.matched
    );
    for place in ["gdpr_subjects", "users", "external_contacts"] {
        let asked: Vec<_> = result.asked.iter().filter(|a| a.place == place).collect();
        assert!(asked.iter().any(|a| a.value == "Jörg Mueller"), "{place}");
        assert!(asked.iter().any(|a| a.value == "Jörg Müller"), "{place}");
        assert!(asked.iter().all(|a| a.hits.is_some()));
    }
    let hit = result
        .asked
        .iter()
        .find(|a| a.value == "Jörg Müller" && a.place == "gdpr_subjects");
    assert!(hit.unwrap().hits.unwrap() > 0);
}

#[tokio::test]
async fn nothing_found_can_be_defended() {
    let bench = Bench::new("default").await;
    let result = bench.find(&[(Phone, "+49 30 23125999")]).await;
    assert!(result.candidates.is_empty() && result.complete);
    assert!(result.asked.iter().any(|a| a.form == "e164" && a.hits == Some(0)));
    assert!(
        result
            .asked
            .iter()
            .any(|a| a.form == "as_typed" && a.hits == Some(0))
    );
}

#[tokio::test]
async fn references_name_the_same_person_in_the_next_search() {
    let bench = Bench::new("default").await;
    let by_mail = bench.find(&[(Email, "anna.muster@example.org")]).await;
    let by_phone = bench.find(&[(Phone, "+493023125014")]).await;
    let email = "anna.muster@example.org";
    assert_eq!(
        contact(&by_mail, email).reference,
        contact(&by_phone, email).reference
    );

    let elsewhere = Bench::new("default").await;
    let other = elsewhere.find(&[(Email, email)]).await;
    assert_ne!(
        contact(&other, email).reference,
        contact(&by_mail, email).reference
    );
}

#[tokio::test]
async fn a_user_is_found_by_id() {
    let bench = Bench::new("default").await;
    let found = bench.find(&[(Email, "otto.beispiel@agents.example.org")]).await;
    let id = found
        .candidates
        .iter()
        .find_map(|c| c.subject.user_id.clone())
        .unwrap();
    let again = bench.find(&[(UserId, &id)]).await;
    assert_eq!(again.candidates.len(), 1);
    assert!(again.candidates[0].is_user);
    assert!(again.asked.iter().all(|a| a.place == "users"));
}

#[tokio::test]
async fn what_may_not_be_read_makes_the_search_incomplete() {
    let bench = Bench::allowed("\"gdpr:subject:view\"").await;
    let result = bench.find(&[(Email, "anna.muster@example.org")]).await;
    assert!(!result.complete);
    assert!(!result.candidates.is_empty(), "what could be read is there");
    let note = result.notes.join("\n");
    assert!(note.contains("externalContacts:contact:view"), "{note}");
    assert!(!note.contains("anna.muster"), "{note}");
    assert!(
        result
            .asked
            .iter()
            .any(|a| a.place == "identifier_lookup" && a.hits.is_none())
    );
}

#[tokio::test]
async fn without_the_subject_search_there_is_no_result() {
    let bench = Bench::allowed("\"externalContacts:contact:view\"").await;
    let failure = bench
        .try_find(&[(Email, "anna.muster@example.org")])
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Permission);
    assert!(
        failure.message.contains("gdpr:subject:view") || failure.next.unwrap().contains("gdpr:subject:view")
    );
}

#[tokio::test]
async fn malformed_identifiers_are_refused_before_anything_is_asked() {
    let bench = Bench::new("default").await;
    for identifiers in [
        &[][..],
        &[(Email, "anna.muster@example.org"), (Phone, "abc")][..],
        &[(UserId, "agent")][..],
    ] {
        let failure = bench.try_find(identifiers).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Usage);
        assert!(!failure.message.contains("abc"));
    }
    assert!(bench.recorded().await.is_empty());
}

#[tokio::test]
async fn a_search_is_recorded_by_kinds_and_counts_only() {
    let bench = Bench::new("default").await;
    bench
        .find(&[(Email, "anna.muster@example.org"), (Name, "Anna Muster")])
        .await;
    let records = bench.recorded().await;
    assert_eq!(records.len(), 1);
    let text = records[0].to_string();
    assert!(
        text.contains("\"email\":1") && text.contains("\"name\":1"),
        "{text}"
    );
    assert!(!text.to_lowercase().contains("muster"), "{text}");
}

#[tokio::test]
async fn a_cancelled_search_ends_at_once_and_leaves_no_record() {
    let bench = Bench::new("default").await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let identifiers = [Identifier::new(Email, "anna.muster@example.org")];
    let failure = search(&bench.world, &identifiers, &Listener::none(), &cancel)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Interrupted);
    assert!(bench.recorded().await.is_empty());
}

#[tokio::test]
async fn progress_counts_questions_and_tells_no_values() {
    let bench = Bench::new("default").await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = heard.clone();
    let listener = Listener::new(move |p| ear.lock().unwrap().push(p));
    let identifiers = [Identifier::new(Email, "anna.muster@example.org")];
    let result = search(&bench.world, &identifiers, &listener, &CancellationToken::new())
        .await
        .unwrap();
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), result.asked.len());
    let last = heard.last().unwrap();
    assert_eq!(
        (last.done, last.total),
        (heard.len() as u64, Some(heard.len() as u64))
    );
    assert!(heard.iter().all(|p| !p.note.contains('@')));
}
