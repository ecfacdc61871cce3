//! Whatever is done to it, in whatever order, the estate stays consistent.

use std::collections::{HashMap, HashSet};

use dsr_console::simulator::Simulator;
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};

use crate::simulator_bench::{Bench, built_in, text};

/// E-mail addresses of contacts that are searched for, exported, deleted and corrected.
const PEOPLE: [&str; 6] = [
    "anna.muster@example.org",
    "edda.fiktiv@example.org",
    "edda.attrappe@example.org",
    "bela.specimen@example.org",
    "cleo.pattern@example.org",
    "joerg.mueller@example.org",
];

#[derive(Clone, Debug)]
enum Step {
    Export(usize),
    Delete(usize),
    Update(usize, u16),
    ByValue(usize),
    Advance(i64),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let person = 0..PEOPLE.len();
    prop_oneof![
        2 => person.clone().prop_map(Step::Export),
        3 => person.clone().prop_map(Step::Delete),
        2 => (person.clone(), any::<u16>()).prop_map(|(who, mark)| Step::Update(who, mark)),
        1 => person.prop_map(Step::ByValue),
        4 => (1_i64..400).prop_map(Step::Advance),
        1 => Just(Step::Reopen),
    ]
}

/// What was seen of the estate so far.
struct Witness {
    bench: Bench,
    contacts: Vec<String>,
    addresses: Vec<String>,
    seen: HashMap<String, Value>,
    gone: HashSet<usize>,
    submitted: usize,
}

fn rank(status: &str) -> u8 {
    match status {
        "INITIATED" => 0,
        "SEARCHING" => 1,
        "UPDATING" | "DELETING" => 2,
        "FINALIZING" => 3,
        "COMPLETED" | "ERROR" => 4,
        _ => 2,
    }
}

impl Witness {
    async fn new() -> Witness {
        let bench = Bench::signed_in("default").await;
        let mut contacts = Vec::new();
        for email in PEOPLE {
            let found = bench.find("EMAIL", email).await;
            let contact = found
                .iter()
                .find(|subject| subject["externalContactId"].is_string());
            contacts.push(text(&contact.expect("a contact")["externalContactId"]));
        }
        Witness {
            bench,
            contacts,
            addresses: PEOPLE.iter().map(|email| (*email).to_owned()).collect(),
            seen: HashMap::new(),
            gone: HashSet::new(),
            submitted: 0,
        }
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Export(who) => self.submit("GDPR_EXPORT", *who, Value::Null).await,
            Step::Delete(who) => self.submit("GDPR_DELETE", *who, Value::Null).await,
            Step::Update(who, mark) => {
                let new = format!("corrected{mark}.{who}@example.org");
                let terms = json!([{
                    "type": "EMAIL",
                    "existingValue": self.addresses[*who],
                    "updatedValue": new,
                }]);
                self.submit("GDPR_UPDATE", *who, terms).await;
                // Once it is done, the next correction starts from the new address.
                self.bench.advance(50).await;
                self.addresses[*who] = new;
            }
            Step::ByValue(who) => {
                let body = json!({
                    "requestType": "GDPR_EXPORT",
                    "subject": {"emailAddresses": [self.addresses[*who]]},
                });
                let reply = self.bench.post("/api/v2/gdpr/requests", body).await;
                assert_eq!(reply.status, 202);
                self.submitted += 1;
            }
            Step::Advance(hours) => self.bench.advance(*hours).await,
            Step::Reopen => self.bench.reopen(),
        }
    }

    async fn submit(&mut self, kind: &str, who: usize, terms: Value) {
        let mut body = json!({"requestType": kind, "subject": {"externalContactId": self.contacts[who]}});
        if !terms.is_null() {
            body["replacementTerms"] = terms;
        }
        let reply = self
            .bench
            .post("/api/v2/gdpr/requests?deleteConfirmed=true", body)
            .await;
        assert_eq!(reply.status, 202, "{}", reply.json());
        self.submitted += 1;
    }

    async fn check(&mut self) {
        let listed = self.pages().await;
        let ids: HashSet<String> = listed.iter().map(|request| text(&request["id"])).collect();
        assert_eq!(ids.len(), listed.len(), "ids are unique");
        assert!(listed.len() >= self.submitted);
        for id in self.seen.keys() {
            assert!(ids.contains(id), "a request does not vanish");
        }
        for request in listed {
            let id = text(&request["id"]);
            if let Some(before) = self.seen.get(&id) {
                assert!(moved_forward(before, &request), "{before} became {request}");
            }
            self.seen.insert(id, request);
        }
        for (who, id) in self.contacts.iter().enumerate() {
            let path = format!("/api/v2/externalcontacts/contacts/{id}");
            let there = self.bench.get(&path).await.status == 200;
            assert!(!(there && self.gone.contains(&who)), "what is deleted stays away");
            let found = self.bench.find("EMAIL", &self.addresses[who]).await;
            let named = found
                .iter()
                .any(|subject| subject["externalContactId"] == json!(id));
            assert!(there || !named, "the search does not name what is gone");
            if !there {
                self.gone.insert(who);
            }
        }
    }

    /// The whole list, page by page. A request that comes into being between two pages moves the
    /// others along, so such a walk begins again.
    async fn pages(&self) -> Vec<Value> {
        loop {
            if let Some(all) = self.walk().await {
                return all;
            }
        }
    }

    async fn walk(&self) -> Option<Vec<Value>> {
        let mut all = Vec::new();
        let mut total = None;
        for number in 1.. {
            let path = format!("/api/v2/gdpr/requests?pageSize=7&pageNumber={number}");
            let page = self.bench.get(&path).await.json();
            let entities = page["entities"].as_array().expect("a list").clone();
            if *total.get_or_insert(page["total"].clone()) != page["total"] {
                return None;
            }
            let last = page["nextUri"].is_null();
            assert!(last || entities.len() == 7);
            all.extend(entities);
            if last {
                break;
            }
        }
        assert_eq!(total, Some(json!(all.len())), "the total is what is listed");
        Some(all)
    }

    /// Another process that reads the log from its beginning.
    async fn check_replay(&self) {
        let mut other = Bench::signed_in("default").await;
        other.simulator = Simulator::open(self.bench.dir.path(), &built_in("default")).expect("opens");
        other.renew();
        other.sign_in().await;
        // Time goes on between two looks; one that nothing happened in is enough.
        let mut same = false;
        for _ in 0..5 {
            same |= other.list().await == self.bench.list().await;
        }
        assert!(same, "the log tells the same to another process");
        for email in &self.addresses {
            assert_eq!(
                other.find("EMAIL", email).await,
                self.bench.find("EMAIL", email).await
            );
        }
    }
}

/// All but status and results stays as it was, and the status does not go back.
fn moved_forward(before: &Value, after: &Value) -> bool {
    let same = [
        "id",
        "requestType",
        "createdDate",
        "createdBy",
        "subject",
        "replacementTerms",
    ];
    let (old, new) = (text(&before["status"]), text(&after["status"]));
    let settled = rank(&old) < 4 || old == new;
    same.iter().all(|field| before[*field] == after[*field])
        && rank(&old) <= rank(&new)
        && settled
        && (before["resultsUrl"].is_null() || before["resultsUrl"] == after["resultsUrl"])
}

proptest! {
    #![proptest_config(Config { cases: 20, failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_sequence_of_operations_keeps_the_estate_consistent(
        steps in proptest::collection::vec(step(), 1..14)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let mut witness = Witness::new().await;
            witness.check().await;
            for step in &steps {
                witness.take(step).await;
                // A window of the rate limit would get in the way of looking this often.
                witness.bench.simulator.advance(SignedDuration::from_secs(61)).expect("advance");
                witness.check().await;
            }
            witness.bench.simulator.advance(SignedDuration::from_hours(24 * 20)).expect("advance");
            witness.bench.sign_in().await;
            witness.check().await;
            witness.check_replay().await;
        });
    }
}
