//! The wire as it is written down in `tests/wire`: what is sent is that to the character, what is
//! answered is read as stands there.

use dsr_console::domain::identifier::IdentifierKind;
use dsr_console::domain::operation::{NewRequest, Outcome};
use dsr_console::domain::request::{ReplacementTerm, RequestType};
use dsr_console::domain::subject::Subject;
use dsr_console::systems::genesys_cloud::GenesysCloud;
use serde::Deserialize;
use serde_json::Value;

use super::server::{Arrival, Reply, Server};
use super::{client, submit};

const GOLDEN: &str = include_str!("../../wire/genesys-cloud.json");

#[derive(Deserialize)]
struct Case {
    name: String,
    call: Call,
    request: Wanted,
    answer: Answer,
    reads: Value,
}

#[derive(Deserialize)]
#[allow(clippy::large_enum_variant, reason = "a handful of them, read from a file")]
#[serde(tag = "operation", rename_all = "snake_case")]
enum Call {
    Search {
        kind: IdentifierKind,
        value: String,
    },
    List {
        page: u32,
        page_size: u32,
    },
    Get {
        id: String,
    },
    Submit {
        kind: RequestType,
        subject: Subject,
        #[serde(default)]
        replacement_terms: Vec<ReplacementTerm>,
    },
}

#[derive(Deserialize)]
struct Wanted {
    method: String,
    target: String,
    body: Option<Value>,
}

#[derive(Clone, Deserialize)]
struct Answer {
    status: u16,
    #[serde(default)]
    headers: std::collections::HashMap<String, String>,
    body: Value,
}

impl Answer {
    fn reply(&self) -> Reply {
        let reply = Reply::json(self.status, self.body.clone());
        self.headers
            .iter()
            .fold(reply, |reply, (name, value)| reply.with(name, value))
    }
}

/// What the client made of the answer, as JSON.
async fn made(cloud: &GenesysCloud, call: Call) -> Value {
    match call {
        Call::Search { kind, value } => {
            serde_json::to_value(cloud.search_subjects(kind, &value).await.unwrap().items).unwrap()
        }
        Call::List { page, page_size } => {
            let page = cloud.list_requests(page, page_size).await.unwrap();
            assert!(!page.more && page.unreadable.is_empty());
            serde_json::to_value(page.requests).unwrap()
        }
        Call::Get { id } => serde_json::to_value(cloud.get_request(&id).await.unwrap()).unwrap(),
        Call::Submit {
            kind,
            subject,
            replacement_terms,
        } => {
            let request = NewRequest {
                kind,
                subject,
                replacement_terms,
            };
            match submit(cloud, request).await.outcome {
                Outcome::Accepted(request) => serde_json::to_value(request).unwrap(),
                Outcome::Refused(refusal) => serde_json::to_value(refusal).unwrap(),
                other => panic!("neither accepted nor refused: {other:?}"),
            }
        }
    }
}

fn arrived(arrival: &Arrival) -> (String, String, Option<Value>) {
    let body = (!arrival.body.is_empty()).then(|| arrival.json());
    (arrival.method.clone(), arrival.target.clone(), body)
}

/// Each field that stands in `wanted` is that of `found`; lists and leaves are compared whole.
fn assert_holds(name: &str, wanted: &Value, found: &Value) {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            for (key, value) in wanted {
                assert_eq!(found.get(key), Some(value), "{name}: {key}");
            }
        }
        _ => assert_eq!(wanted, found, "{name}"),
    }
}

#[tokio::test]
async fn requests_and_answers_are_as_written_down() {
    let cases: Vec<Case> = serde_json::from_str(GOLDEN).unwrap();
    assert!(cases.len() >= 8);
    for case in cases {
        let answer = case.answer.clone();
        let server = Server::start(move |_| answer.reply()).await;
        let found = made(&client(&server.base), case.call).await;
        assert_holds(&case.name, &case.reads, &found);
        let arrivals = server.arrivals();
        let call = arrivals
            .iter()
            .find(|arrival| arrival.path().contains("/gdpr/"))
            .unwrap();
        let wanted = (case.request.method, case.request.target, case.request.body);
        assert_eq!(arrived(call), wanted, "{}", case.name);
        assert_eq!(
            call.header("authorization"),
            Some("Bearer made-up-token"),
            "{}",
            case.name
        );
    }
}
