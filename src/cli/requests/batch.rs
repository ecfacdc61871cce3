//! `dsr requests submit --batch`: what will become of each row first, then the count is confirmed,
//! then the ready rows are sent. A later run of the same file goes on where this one stopped.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::batch_list::list;
use super::item::RequestItem;
use super::outcome;
use super::submit::SubmitArgs;
use crate::cli::options::Format;
use crate::cli::table::draw;
use crate::cli::{Context, Exit};
use crate::domain::failure::{Changed, Failure, FailureKind};
use crate::domain::mode::Mode;
use crate::domain::operation::{Operation, OperationState};
use crate::domain::request::RequestType;
use crate::workflow::batch::{self, Carried, Disposition, Row};
use crate::workflow::plan::Plan;
use crate::workflow::{World, access, queue};

/// Larger files are split by whoever makes them; 16 MiB are far more than a day's requests.
const BATCH_LIMIT: u64 = 16 * 1024 * 1024;

/// What became, or will become, of one row.
#[derive(Serialize)]
pub struct BatchItem {
    /// Line or index in the file, from 1.
    pub row: usize,
    /// The type of request.
    #[serde(rename = "type")]
    pub kind: RequestType,
    /// `ready`, `ambiguous`, `not_found`, `duplicate`, `done` or `bad`.
    pub disposition: &'static str,
    /// Candidates' refs of an ambiguous row.
    pub candidates: Vec<String>,
    /// Why, where it is not ready, and what to know of it where it is; no personal data.
    pub detail: Option<String>,
    /// Ticket or case reference.
    pub reference: Option<String>,
    /// The request, once submitted.
    pub request: Option<RequestItem>,
    /// Who was found for a row that is ready, for the table.
    #[serde(skip)]
    pub label: Option<String>,
}

/// Runs it.
///
/// # Errors
/// A file that cannot be read, a refusal to confirm, and whatever the workflow fails with.
pub async fn run(ctx: &Context, args: &SubmitArgs) -> Result<Exit, Failure> {
    let source = args.batch.as_deref().unwrap_or("-");
    let text = ctx.values.text("--batch", source, BATCH_LIMIT)?;
    let rows = batch::parse(&text)?;
    let digest: String = Sha256::digest(text.as_bytes())
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let world = ctx.world().await?;
    if !args.dry_run {
        access::may_submit(&world).await?;
    }
    let listener = ctx.listener();
    let dispositions =
        batch::dispositions(&world, &digest, &rows, args.again, &listener, &ctx.cancel).await?;
    let mut items = items(&rows, &dispositions);
    attach_done(&world, &mut items, &dispositions).await;
    let ready = items.iter().filter(|item| item.disposition == "ready").count();
    if args.dry_run || ready == 0 {
        tell(ctx, &world, &items, &digest)?;
        return Ok(Exit::complete(items.iter().all(is_fine)));
    }
    if ctx.interactive() || ctx.out.format() == Format::Table {
        let list = list(&items, &digest);
        ctx.out.tell(&draw(&list.columns, &list.rows, ctx.out.drawing()));
    }
    confirm(ctx, &world, &items, args.yes).await?;
    let carried = batch::execute(
        &world,
        &digest,
        &rows,
        &dispositions,
        args.max_errors,
        &listener,
        &ctx.cancel,
    )
    .await?;
    attach(&world, &mut items, &carried).await;
    tell(ctx, &world, &items, &digest)?;
    ended(&items, &carried, ready, ctx.cancel.is_cancelled())
}

fn items(rows: &[Row], dispositions: &[Disposition]) -> Vec<BatchItem> {
    rows.iter()
        .zip(dispositions)
        .map(|(row, disposition)| {
            let (word, candidates, detail) = match disposition {
                Disposition::Ready(plan) => ("ready", vec![], to_know(plan)),
                Disposition::Ambiguous(refs) => (
                    "ambiguous",
                    refs.clone(),
                    Some(format!("{} persons fit: name one in the column pick", refs.len())),
                ),
                Disposition::NotFound => ("not_found", vec![], Some("nobody was found".to_owned())),
                Disposition::Duplicate(why) => ("duplicate", vec![], Some(why.clone())),
                Disposition::Done(_) => (
                    "done",
                    vec![],
                    Some("submitted by an earlier run of this file".to_owned()),
                ),
                Disposition::Bad(failure) => ("bad", vec![], Some(failure.message.clone())),
            };
            BatchItem {
                row: row.number,
                kind: row.kind,
                disposition: word,
                candidates,
                detail,
                reference: row.reference.clone(),
                request: None,
                label: match disposition {
                    Disposition::Ready(plan) => plan.calls.first().map(|call| call.label.clone()),
                    _ => None,
                },
            }
        })
        .collect()
}

/// What a row that is ready will touch beyond its person, and what it has to wait for.
fn to_know(plan: &Plan) -> Option<String> {
    let call = plan.calls.first()?;
    let merged = match call.merge_set.len() {
        0 => None,
        1 => Some("1 more contact of its merge set".to_owned()),
        more => Some(format!("{more} more contacts of its merge set")),
    };
    let waits = call
        .waits_for
        .is_some()
        .then(|| "waits until an export is here and checked".to_owned());
    let words: Vec<String> = merged.into_iter().chain(waits).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

async fn attach_done(world: &World, items: &mut [BatchItem], dispositions: &[Disposition]) {
    for (item, disposition) in items.iter_mut().zip(dispositions) {
        if let Disposition::Done(operation) = disposition {
            item.request = Some(request_item(world, operation).await);
        }
    }
}

async fn attach(world: &World, items: &mut [BatchItem], carried: &Carried) {
    let stopped = carried
        .stopped
        .iter()
        .map(|(row, failure)| (row, &failure.message));
    for (number, why) in carried.left.iter().map(|(row, why)| (row, why)).chain(stopped) {
        if let Some(item) = items.iter_mut().find(|item| item.row == *number) {
            item.detail = Some(why.clone());
        }
    }
    for (number, operation) in &carried.done {
        if let Some(item) = items.iter_mut().find(|item| item.row == *number) {
            item.disposition = "done";
            item.detail = outcome::failure(operation).map(|failure| failure.message);
            item.request = Some(request_item(world, operation).await);
        }
    }
}

async fn request_item(world: &World, operation: &Operation) -> RequestItem {
    match queue::detail(world, &operation.id, false).await {
        Ok(detail) => RequestItem::of_row(&detail.row),
        Err(_) => RequestItem::of_operation(operation, None),
    }
}

fn tell(ctx: &Context, world: &World, items: &[BatchItem], digest: &str) -> Result<(), Failure> {
    ctx.out.list(Some(&world.organization), &list(items, digest))
}

/// A row that needs nobody's attention: ready, or submitted and accepted.
pub(super) fn is_fine(item: &BatchItem) -> bool {
    match item.disposition {
        "ready" => true,
        "done" => item
            .request
            .as_ref()
            .is_some_and(|request| !matches!(request.status.as_str(), "UNKNOWN" | "REFUSED" | "NOT_SENT")),
        _ => false,
    }
}

async fn confirm(ctx: &Context, world: &World, items: &[BatchItem], yes: bool) -> Result<(), Failure> {
    let ready: Vec<&BatchItem> = items.iter().filter(|item| item.disposition == "ready").collect();
    let count = |kind| ready.iter().filter(|item| item.kind == kind).count();
    let parts: Vec<String> = RequestType::ALL
        .into_iter()
        .map(|kind| (kind, count(kind)))
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    let question = format!(
        "Submit {} ({}) to Genesys Cloud, organisation {}, mode {}? Genesys Cloud has no cancel.",
        match ready.len() {
            1 => "1 request".to_owned(),
            several => format!("{several} requests"),
        },
        parts.join(", "),
        world.organization,
        world.mode
    );
    if world.mode == Mode::Live && count(RequestType::Delete) > 0 {
        let expected = ready.len().to_string();
        return ctx
            .confirm_typed(&question, "the number of requests", &expected, yes)
            .await;
    }
    ctx.confirm(&question, yes).await
}

/// How the batch ended: whole, in part, or with outcomes that are not known.
fn ended(items: &[BatchItem], carried: &Carried, ready: usize, interrupted: bool) -> Result<Exit, Failure> {
    let count = |state: OperationState| carried.done.iter().filter(|(_, o)| o.state == state).count();
    // The row at which it stopped may be unknown without the store having been able to say so.
    let unsaid = carried.stopped.as_ref().is_some_and(|(row, failure)| {
        failure.changed == Changed::Unknown && !carried.done.iter().any(|(done, _)| done == row)
    });
    let unknown = count(OperationState::Unknown) + count(OperationState::Sending) + usize::from(unsaid);
    let accepted = count(OperationState::Accepted) + count(OperationState::Planned);
    let stopped = carried.stopped.as_ref().map(|(_, failure)| failure);
    if accepted == ready && stopped.is_none() {
        if items.iter().all(is_fine) {
            return Ok(Exit::OK);
        }
        // Everything that was ready went out; the other rows are told in the list.
        return Ok(Exit::INCOMPLETE);
    }
    let changed = match (unknown, accepted) {
        (0, 0) => stopped.map_or(Changed::Nothing, |failure| failure.changed),
        (0, _) => Changed::Something,
        _ => Changed::Unknown,
    };
    let kind = if interrupted {
        FailureKind::Interrupted
    } else {
        FailureKind::Incomplete
    };
    let because = match stopped {
        Some(failure) if failure.kind != FailureKind::Interrupted => {
            format!(" The batch stopped: {}", failure.message)
        }
        _ => String::new(),
    };
    Err(Failure::new(
        kind,
        format!("{accepted} of {ready} requests were accepted, {unknown} have an outcome that is not known.{because}"),
    )
    .at("genesys_cloud")
    .changed(changed)
    .next(if unknown > 0 {
        "Run dsr requests reconcile, then the same batch again: it goes on where it stopped."
    } else {
        "When the reason is gone, run the same batch again: it goes on where it stopped."
    }))
}
