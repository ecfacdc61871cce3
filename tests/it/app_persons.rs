//! Persons and plans for the tests of the search pane and of the guide.

use dsr_console::app::{Effect, TaskId, TaskRequest};
use dsr_console::domain::candidate::{Asked, Candidate, Matched, MergeMember};
use dsr_console::domain::identifier::IdentifierKind;
use dsr_console::domain::operation::{NewRequest, Operation, OperationState};
use dsr_console::domain::request::RequestType;
use dsr_console::domain::subject::{Subject, SubjectKind};
use dsr_console::workflow::plan::{Earlier, Plan, PlannedCall, Proposal};
use dsr_console::workflow::search::SearchResult;

use super::app_harness::start;

/// An external contact; number `n` of several with the same name.
pub fn contact(n: u32, name: &str) -> Candidate {
    Candidate {
        reference: format!("ref-{n}"),
        kind: SubjectKind::ExternalContact,
        name: Some(name.to_owned()),
        subject: Subject {
            name: Some(name.to_owned()),
            external_contact_id: Some(format!("{n:08x}-0000-4000-8000-00000000000c")),
            email_addresses: vec![format!("person{n}@example.org")],
            phone_numbers: vec!["+493023125014".to_owned()],
            ..Subject::default()
        },
        matched: vec![
            Matched {
                by: IdentifierKind::Email,
                form: "as_typed".to_owned(),
            },
            Matched {
                by: IdentifierKind::Name,
                form: "transliterated".to_owned(),
            },
        ],
        merge_set: Vec::new(),
        is_user: false,
        also: Vec::new(),
    }
}

/// An agent of the organisation.
pub fn agent(n: u32, name: &str) -> Candidate {
    Candidate {
        kind: SubjectKind::User,
        subject: Subject {
            user_id: Some(format!("{n:08x}-0000-4000-8000-00000000000d")),
            ..Subject::default()
        },
        is_user: true,
        ..contact(n, name)
    }
}

/// A contact that stands for itself and one more.
pub fn merged(n: u32, name: &str) -> Candidate {
    Candidate {
        merge_set: vec![MergeMember {
            external_contact_id: "8ea8ce44-0000-4000-8000-00000000000c".to_owned(),
            name: Some("A. Muster".to_owned()),
            canonical: false,
        }],
        ..contact(n, name)
    }
}

pub fn result(candidates: Vec<Candidate>) -> SearchResult {
    let asked = |form: &str, hits| Asked {
        by: IdentifierKind::Email,
        form: form.to_owned(),
        value: "person1@example.org".to_owned(),
        place: "gdpr_subjects".to_owned(),
        hits,
    };
    SearchResult {
        candidates,
        asked: vec![asked("as_typed", Some(2)), asked("lower_case", None)],
        complete: true,
        limited: false,
        notes: Vec::new(),
    }
}

/// The plan that the workflow would make of a proposal, near enough.
pub fn plan(proposal: Proposal) -> Plan {
    let calls = proposal
        .candidates
        .iter()
        .map(|candidate| call(&proposal, candidate));
    Plan {
        digest: "9c1f".repeat(16),
        calls: calls.collect(),
        earlier: Vec::new(),
        due: proposal
            .received
            .map(|day| dsr_console::domain::deadline::Rules::default().due(day)),
        reaches: vec!["one external contact record".to_owned()],
        list_whole: true,
        warnings: vec!["Only Genesys Cloud is reached; other systems are not.".to_owned()],
        command: format!(
            "dsr requests submit --type {} --email @FILE --pick ref-1",
            proposal.kind
        ),
        proposal,
    }
}

fn call(proposal: &Proposal, candidate: &Candidate) -> PlannedCall {
    let subject = candidate.subject.for_submission();
    PlannedCall {
        operation_id: format!("operation-{}", candidate.reference),
        body: serde_json::to_string_pretty(&subject).unwrap(),
        request: NewRequest {
            kind: proposal.kind,
            subject,
            replacement_terms: proposal.replacement_terms.clone(),
        },
        label: candidate.name.clone().unwrap(),
        method: "POST".to_owned(),
        path: "/api/v2/gdpr/requests?deleteConfirmed=true".to_owned(),
        waits_for: None,
        merge_set: candidate.merge_set.clone(),
    }
}

/// An equal request that is open.
pub fn equal() -> Earlier {
    Earlier {
        id: "7f3a0000-0000-4000-8000-00000000000a".to_owned(),
        kind: Some(RequestType::Delete),
        status: "DELETING".to_owned(),
        by: Some("asmith".to_owned()),
        at: start().checked_sub(jiff::ToSpan::minutes(12)).ok(),
        blocks: true,
    }
}

/// What became of the first call of a plan.
pub fn operation(plan: &Plan, state: OperationState, detail: Option<&str>) -> Operation {
    Operation {
        id: "0b0b0b0b-0000-4000-8000-00000000000b".to_owned(),
        request: plan.calls[0].request.clone(),
        label: plan.calls[0].label.clone(),
        state,
        plan_digest: plan.digest.clone(),
        actor: "jdoe".to_owned(),
        reference: None,
        reason: None,
        received: None,
        waits_for: None,
        planned_at: start(),
        intent_at: Some(start()),
        outcome_at: None,
        server_time: None,
        http_status: None,
        correlation_id: Some("correlation-1".to_owned()),
        detail: detail.map(str::to_owned),
        remote_id: None,
    }
}

/// The first task among effects that is as wanted.
pub fn task(effects: &[Effect], wanted: impl Fn(&TaskRequest) -> bool) -> (TaskId, &TaskRequest) {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Spawn { id, request } if wanted(request) => Some((*id, request)),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no such task among {effects:?}"))
}
