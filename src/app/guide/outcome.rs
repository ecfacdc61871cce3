//! What became of what was submitted, told as it is: an unknown outcome is neither success nor failure.

use crate::app::shared::Shared;
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::operation::{Operation, OperationState};

/// What is to be said of one outcome: what happened, and what now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// One word.
    pub word: &'static str,
    /// What happened.
    pub what: String,
    /// What to do now, if anything.
    pub next: Option<&'static str>,
    /// It went as wished.
    pub good: bool,
}

/// Says what became of an operation.
pub fn tell(operation: &Operation) -> Told {
    let seen = || operation.detail.clone().unwrap_or_default();
    match operation.state {
        OperationState::Accepted => Told {
            word: "ACCEPTED",
            what: format!(
                "Genesys Cloud has it as {}.",
                operation.remote_id.as_deref().unwrap_or("a request of its own")
            ),
            next: None,
            good: true,
        },
        OperationState::Planned => Told {
            word: "PLANNED",
            what: "Not sent yet: it waits until the copy is here and checked.".to_owned(),
            next: Some(
                "Fetch what is finished from time to time; it is sent then, or send it from its detail.",
            ),
            good: true,
        },
        OperationState::Refused => Told {
            word: "REFUSED",
            what: format!("Nothing was executed. {}", seen()),
            next: Some("Settle what was said, then submit anew."),
            good: false,
        },
        OperationState::NotSent | OperationState::Withdrawn => Told {
            word: "NOT SENT",
            what: format!("Nothing was executed. {}", seen()),
            next: Some("Submit anew when the way there is open again."),
            good: false,
        },
        OperationState::Unknown | OperationState::Sending => Told {
            word: "UNKNOWN",
            what: format!("It may have been executed, or not. {}", seen()),
            next: Some(
                "Do not submit it again. Settle it by looking, in the requests: it is found there or a person decides.",
            ),
            good: false,
        },
    }
}

/// Says what became of operations in the notices, so that nobody needs to have the guide open to hear
/// of an outcome that wants something done.
pub fn announce(operations: &[Operation], shared: &mut Shared) {
    let good = operations.iter().filter(|operation| tell(operation).good).count();
    if good > 0 {
        let what = if good == 1 { "request is" } else { "requests are" };
        shared.inform(format!("{good} {what} on the way"));
    }
    for operation in operations {
        let told = tell(operation);
        if told.good {
            continue;
        }
        let (kind, changed) = match operation.state {
            OperationState::Refused => (FailureKind::Refused, Changed::Nothing),
            OperationState::NotSent | OperationState::Withdrawn => {
                (FailureKind::Unreachable, Changed::Nothing)
            }
            _ => (FailureKind::UnknownOutcome, Changed::Unknown),
        };
        let mut failure = Failure::new(kind, format!("{}: {}", told.word, told.what))
            .at("genesys_cloud")
            .changed(changed);
        failure.next = told.next.map(str::to_owned);
        failure.correlation_id = operation.correlation_id.clone();
        let during = format!(
            "{} {}",
            operation.request.kind,
            operation.id.get(..8).unwrap_or(&operation.id)
        );
        shared.notices.fail(shared.now, &during, &failure);
    }
}
