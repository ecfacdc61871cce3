//! What a preview says besides the calls: what they will reach, what they will not, and what cannot
//! be undone.

use super::plan::{Plan, PlannedCall, Proposal};
use crate::domain::request::RequestType;
use crate::domain::subject::SubjectKind;

/// What a proposal will not reach, and what cannot be undone.
pub(super) fn limits(proposal: &Proposal) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    let mut say = |text: &str| said.push(text.to_owned());
    match proposal.kind {
        RequestType::Delete => {
            say("A deletion cannot be undone, and Genesys Cloud has no cancel.");
            say("A deletion takes up to 14 days, and its effects can come after its completion.");
        }
        RequestType::Export => {
            say("An export takes 1 to 2 business days; its results can be fetched for a limited time.");
        }
        RequestType::Update => {
            say("An update completes even when nothing matched, and Genesys Cloud has no cancel.");
        }
    }
    say("Only Genesys Cloud is reached; other systems are not.");
    let kinds: Vec<SubjectKind> = proposal.candidates.iter().map(|c| c.subject.kind()).collect();
    if kinds.contains(&SubjectKind::User) || proposal.candidates.iter().any(|c| c.is_user) {
        say("This is the record of a user of the organisation, not of a customer.");
    }
    if kinds.contains(&SubjectKind::Unlinked) {
        say("The subject is named by values only: Genesys Cloud decides what they match.");
    }
    said
}

/// What the calls will reach.
pub(super) fn reaches(calls: &[PlannedCall]) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for call in calls {
        let text = format!("{}: one {} record", call.request.kind, kind_word(call));
        if !said.contains(&text) {
            said.push(text);
        }
        if !call.merge_set.is_empty() && call.waits_for.is_none() {
            let count = call.merge_set.len();
            said.push(format!(
                "{}: {count} more contact{} of the same merge set, for which Genesys Cloud may create requests of its own",
                call.request.kind,
                if count == 1 { "" } else { "s" },
            ));
        }
    }
    said
}

fn kind_word(call: &PlannedCall) -> &'static str {
    match call.request.subject.kind() {
        SubjectKind::User => "user",
        SubjectKind::ExternalContact => "external contact",
        SubjectKind::DialerContact => "dialer contact",
        SubjectKind::JourneyCustomer => "journey customer",
        SubjectKind::Social => "social handle",
        SubjectKind::ExternalId => "external id",
        SubjectKind::Unlinked => "unlinked",
    }
}

/// Says which deletions wait, and for what.
pub(super) fn waits(plan: &mut Plan) {
    for call in &plan.calls {
        let Some(waited_for) = &call.waits_for else {
            continue;
        };
        let own = plan.calls.iter().any(|other| other.operation_id == *waited_for);
        plan.warnings.push(if own {
            "The copy goes first; the deletion stays planned until the copy is here and checked.".to_owned()
        } else {
            format!("The deletion stays planned until the export {waited_for} is here and checked.")
        });
    }
    plan.warnings.dedup();
}

/// The same as a command. Personal data comes by a file or standard input, never as an argument. `case`
/// is the id of the case that the reference names: an id is no personal data.
pub(super) fn command(proposal: &Proposal, case: Option<&str>) -> String {
    let lines: Vec<String> = proposal
        .candidates
        .iter()
        .map(|candidate| {
            let mut line = format!("dsr requests submit --type {}", proposal.kind);
            match candidate.matched.first() {
                Some(matched) if !candidate.reference.is_empty() => {
                    let option = match matched.by {
                        by if by.is_social() => "social".to_owned(),
                        by => by.as_str().replace('_', "-"),
                    };
                    line.push_str(&format!(" --{option} @FILE --pick {}", candidate.reference));
                }
                _ => line.push_str(" --subject @FILE"),
            }
            if !proposal.replacement_terms.is_empty() {
                line.push_str(" --replace @FILE");
            }
            match case {
                // It brings its reference along, and the two exclude one another.
                Some(case) => line.push_str(&format!(" --case {case}")),
                None if proposal.reference.is_some() => line.push_str(" --reference @FILE"),
                None => {}
            }
            if proposal.reason.is_some() {
                line.push_str(" --reason @FILE");
            }
            if let Some(received) = proposal.received {
                line.push_str(&format!(" --received {received}"));
            }
            if proposal.copy_first {
                line.push_str(" --copy-first");
            }
            if proposal.again {
                line.push_str(" --again");
            }
            line
        })
        .collect();
    lines.join("\n")
}
