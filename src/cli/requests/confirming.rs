//! The questions before a request is sent, each naming the target, the system and what cannot be
//! undone; a live deletion is answered by typing.

use crate::cli::Context;
use crate::cli::table::shown;
use crate::domain::failure::Failure;
use crate::domain::mode::Mode;
use crate::domain::operation::Operation;
use crate::domain::request::RequestType;
use crate::workflow::World;
use crate::workflow::plan::Plan;

/// Asks before a plan is carried out.
///
/// # Errors
/// When it is not confirmed.
pub async fn confirm(ctx: &Context, world: &World, plan: &Plan, yes: bool) -> Result<(), Failure> {
    let who: Vec<String> = plan
        .proposal
        .candidates
        .iter()
        .map(|c| {
            let label = c.name.clone().unwrap_or_else(|| c.subject.label());
            format!(
                "{} ({})",
                shown(&label, true, ctx.out.drawing()),
                c.kind.as_str().replace('_', " ")
            )
        })
        .collect();
    let kind = plan.proposal.kind;
    let end = match kind {
        RequestType::Export => "Genesys Cloud has no cancel.",
        RequestType::Delete => "It cannot be undone, and Genesys Cloud has no cancel.",
        RequestType::Update => "Genesys Cloud has no cancel and no undo.",
    };
    let question = format!(
        "Submit {kind} for {} to Genesys Cloud, organisation {}, mode {}? {end}",
        who.join(", "),
        world.organization,
        world.mode
    );
    if kind == RequestType::Delete && world.mode == Mode::Live {
        let (what, expected) = to_type(plan);
        return ctx.confirm_typed(&question, &what, &expected, yes).await;
    }
    ctx.confirm(&question, yes).await
}

/// Asks before a planned operation is sent after all.
///
/// # Errors
/// When it is not confirmed.
pub async fn confirm_release(
    ctx: &Context,
    world: &World,
    operation: &Operation,
    yes: bool,
) -> Result<(), Failure> {
    let question = format!(
        "Send the {} of {} that waited, to Genesys Cloud, organisation {}, mode {}? It cannot be undone.",
        operation.request.kind,
        shown(&operation.label, true, ctx.out.drawing()),
        world.organization,
        world.mode
    );
    if world.mode == Mode::Live {
        let last: String = operation
            .id
            .chars()
            .rev()
            .take(4)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let what = format!("the last four characters of the operation {}", operation.id);
        return ctx.confirm_typed(&question, &what, &last, yes).await;
    }
    ctx.confirm(&question, yes).await
}

/// What must be typed before a live deletion: the reference, else the last part of the name. The
/// name itself is not shown, so that it has to be known.
fn to_type(plan: &Plan) -> (String, String) {
    if let Some(reference) = &plan.proposal.reference {
        return (format!("the reference {reference}"), reference.clone());
    }
    let candidate = plan.proposal.candidates.first();
    let name = candidate.and_then(|c| c.name.as_deref()).and_then(last_word);
    if let Some(last) = name {
        return ("the last part of the person's name".to_owned(), last);
    }
    let label = candidate.map(|c| c.subject.label()).unwrap_or_default();
    match last_word(&label) {
        Some(last) => ("what the record is called (the last part)".to_owned(), last),
        None => ("the word delete".to_owned(), "delete".to_owned()),
    }
}

fn last_word(text: &str) -> Option<String> {
    crate::domain::text::clean(text)
        .split_whitespace()
        .next_back()
        .map(str::to_owned)
}
