//! How a submission ended, told truthfully: one item with what was seen, and the failure that
//! decides the exit code.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::detail::{OperationDocument, item_facts};
use super::item::RequestItem;
use crate::cli::Fact;
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::operation::{Operation, OperationState};
use crate::workflow::{World, queue};

/// What `requests submit` answers: the item, with our call. Personal data.
#[derive(Serialize)]
pub struct SubmitDocument {
    /// The organisation.
    pub organization: String,
    /// The item of the list.
    #[serde(flatten)]
    pub item: RequestItem,
    /// Our call.
    pub operation: OperationDocument,
    /// With a deletion that waits: the export that goes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy: Option<Box<SubmitDocument>>,
}

/// The document of one operation, with the row that the store has for it now.
pub async fn document(world: &World, operation: &Operation) -> SubmitDocument {
    let item = match queue::detail(world, &operation.id, false).await {
        Ok(detail) => RequestItem::of_row(&detail.row),
        // The outcome is what matters now; without its row it is told from the operation itself.
        Err(_) => RequestItem::of_operation(operation, None),
    };
    SubmitDocument {
        organization: world.organization.clone(),
        item,
        operation: OperationDocument::of(operation),
        copy: None,
    }
}

/// The document as facts.
pub fn facts(document: &SubmitDocument, zone: &TimeZone) -> Vec<Fact> {
    let mut facts = item_facts(&document.item, zone);
    let operation = &document.operation;
    if let Some(status) = operation.http_status {
        facts.push(Fact::new("answer", format!("HTTP {status}")));
    }
    if let Some(id) = &operation.correlation_id {
        facts.push(Fact::new("correlation", id));
    }
    if let Some(seen) = &operation.detail {
        facts.push(Fact::new("seen", seen));
    }
    facts.push(Fact::new("next", next(document)));
    if let Some(copy) = &document.copy {
        facts.push(Fact::new(
            "copy first",
            format!("{} {}", copy.item.any_id(), copy.item.status),
        ));
    }
    facts
}

fn next(document: &SubmitDocument) -> String {
    let id = document.item.any_id();
    match document.operation.state {
        OperationState::Accepted => format!("dsr requests watch {id} --until-done"),
        OperationState::Planned => {
            "dsr requests watch --fetch sends it as soon as the copy is here and checked".to_owned()
        }
        OperationState::Sending | OperationState::Unknown => format!("dsr requests reconcile {id}"),
        OperationState::Refused | OperationState::NotSent | OperationState::Withdrawn => {
            "nothing was executed; submit anew when the reason is gone".to_owned()
        }
    }
}

/// The failure that an operation ended with, or `None` when it was accepted or waits as planned.
pub fn failure(operation: &Operation) -> Option<Failure> {
    let seen = operation.detail.as_deref().unwrap_or("no detail was recorded");
    let told = |kind, message: String| {
        let mut failure = Failure::new(kind, message).at("genesys_cloud");
        failure.correlation_id = operation.correlation_id.clone();
        failure
    };
    match operation.state {
        OperationState::Accepted | OperationState::Planned => None,
        OperationState::Sending | OperationState::Unknown => Some(
            told(
                FailureKind::UnknownOutcome,
                format!("Whether the request was executed is not known: {seen}"),
            )
            .changed(Changed::Unknown)
            .next(format!(
                "Do not submit it again. Settle it by looking: dsr requests reconcile {}",
                operation.id
            )),
        ),
        OperationState::Refused => {
            let kind = match operation.http_status {
                Some(401) => FailureKind::Authentication,
                Some(403) => FailureKind::Permission,
                _ => FailureKind::Refused,
            };
            let mut failure =
                told(kind, format!("The request was refused: {seen}")).next(refused_next(operation));
            failure.code = api_code(seen);
            Some(failure)
        }
        OperationState::NotSent => Some(
            told(
                FailureKind::Unreachable,
                format!("The request was not sent: {seen}"),
            )
            .next("Check address and network (dsr doctor), then submit it anew."),
        ),
        OperationState::Withdrawn => Some(
            Failure::new(
                FailureKind::Conflict,
                "The operation was withdrawn and was not sent.",
            )
            .next("Submit it anew if it is still wanted."),
        ),
    }
}

/// The API's own code in what was remembered of a refusal (`HTTP 403 missing.permissions: …`).
fn api_code(seen: &str) -> Option<String> {
    let (head, _) = seen.strip_prefix("HTTP ")?.split_once(": ")?;
    let (_, code) = head.split_once(' ')?;
    (!code.contains(' ')).then(|| code.to_owned())
}

fn refused_next(operation: &Operation) -> &'static str {
    match operation.http_status {
        Some(401) => "Sign in again (dsr login, or check the OAuth client), then submit it anew.",
        Some(403) => "dsr doctor names the missing permission and who can give it.",
        Some(429) => "It was not executed. Wait as told above, then submit it anew.",
        _ => "Nothing was executed. Correct what was refused, then submit it anew.",
    }
}

#[cfg(test)]
mod tests {
    use super::api_code;

    #[test]
    fn the_code_of_a_refusal_is_told_by_itself() {
        let code = api_code("HTTP 403 missing.permissions: missing permission gdpr:request:add");
        assert_eq!(code.as_deref(), Some("missing.permissions"));
        for without in [
            "HTTP 400: Invalid data",
            "The connection was cut.",
            "HTTP 502 : x y",
        ] {
            assert_eq!(
                api_code(without).filter(|code| !code.is_empty()),
                None,
                "{without}"
            );
        }
    }
}
