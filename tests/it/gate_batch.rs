//! Batches: a disposition per row first, resumed where they stopped.

use tokio_util::sync::CancellationToken;

use dsr_console::domain::operation::{Operation, OperationState};
use dsr_console::domain::progress::Listener;
use dsr_console::workflow::World;
use dsr_console::workflow::batch::{self, Disposition, Row};

use crate::gate_bench::simulated;

const FILE: &str = "type,email,reference
export,edda.fiktiv@example.org,T-1
export,anna.muster@example.org,T-2
export,nobody.at.all@example.org,T-3
export,edda.fiktiv@example.org,T-4
delete,edda.fiktiv@example.org,T-5
export,cleo.pattern@example.org,T-6
export,dario.template@example.org,T-7
";

async fn dispositions(world: &World, rows: &[Row]) -> Vec<Disposition> {
    batch::dispositions(
        world,
        "digest-of-the-file",
        rows,
        false,
        &Listener::none(),
        &CancellationToken::new(),
    )
    .await
    .expect("dispositions")
}

async fn execute(
    world: &World,
    rows: &[Row],
    found: &[Disposition],
    max_errors: usize,
) -> Vec<(usize, Operation)> {
    let (listener, cancel) = (Listener::none(), CancellationToken::new());
    batch::execute(
        world,
        "digest-of-the-file",
        rows,
        found,
        max_errors,
        &listener,
        &cancel,
    )
    .await
    .expect("carried out")
    .done
}

fn words(found: &[Disposition]) -> Vec<&'static str> {
    found
        .iter()
        .map(|disposition| match disposition {
            Disposition::Ready(_) => "ready",
            Disposition::Ambiguous(_) => "ambiguous",
            Disposition::NotFound => "not found",
            Disposition::Duplicate(_) => "duplicate",
            Disposition::Done(_) => "done",
            Disposition::Bad(_) => "bad",
        })
        .collect()
}

#[tokio::test]
async fn each_row_has_its_disposition_and_only_ready_ones_are_sent() {
    let dir = tempfile::tempdir().expect("a directory");
    let (world, _simulator) = simulated(dir.path(), "default");
    let rows = batch::parse(FILE).expect("rows");
    let found = dispositions(&world, &rows).await;
    // Somebody has asked for Cleo in the estate's past, or not: that row is ready or a duplicate.
    assert_eq!(
        words(&found)[..5],
        ["ready", "ambiguous", "not found", "duplicate", "ready"]
    );
    let Disposition::Ambiguous(references) = &found[1] else {
        unreachable!()
    };
    assert_eq!(references.len(), 2);
    let done = execute(&world, &rows, &found, 5).await;
    assert_eq!(done[0].0, 2);
    assert_eq!(done[0].1.state, OperationState::Accepted);
    assert_eq!(done[0].1.reference.as_deref(), Some("T-1"));
    // The deletion behind an export of the same person waits for that copy.
    let deletion = &done.iter().find(|(number, _)| *number == 6).expect("its row").1;
    assert_eq!(deletion.state, OperationState::Planned);
    assert_eq!(deletion.waits_for.as_ref(), Some(&done[0].1.id));
    // The same file once more: nothing is sent again.
    let again = dispositions(&world, &rows).await;
    assert!(!words(&again).contains(&"ready"), "{:?}", words(&again));
    assert_eq!(words(&again)[0], "done");
    assert!(execute(&world, &rows, &again, 5).await.is_empty());
    // A pick settles the ambiguous one.
    let picked = FILE
        .replace("type,email,reference", "type,email,reference,pick")
        .replace("T-2\n", &format!("T-2,{}\n", references[0]));
    let rows = batch::parse(&picked).expect("rows");
    let found = dispositions(&world, &rows).await;
    assert_eq!(words(&found)[1], "ready");
}

#[tokio::test]
async fn it_stops_after_errors_and_goes_on_where_it_stopped() {
    let dir = tempfile::tempdir().expect("a directory");
    // The first submission's answer never comes, the second one's breaks off.
    let (world, _simulator) = simulated(dir.path(), "cut-after");
    let file = "type,email\nexport,cleo.pattern@example.org\nexport,edda.fiktiv@example.org\n\
                export,dario.template@example.org\n";
    let rows = batch::parse(file).expect("rows");
    let found = dispositions(&world, &rows).await;
    assert_eq!(words(&found), ["ready"; 3]);
    let done = execute(&world, &rows, &found, 2).await;
    assert_eq!(done.len(), 2, "stopped before the third");
    assert!(
        done.iter()
            .all(|(_, operation)| operation.state == OperationState::Unknown)
    );
    // Unknown is not sent again; what was not reached is.
    let again = dispositions(&world, &rows).await;
    assert_eq!(words(&again), ["done", "done", "ready"]);
    let done = execute(&world, &rows, &again, 2).await;
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].1.state, OperationState::Accepted);
    // Each lost one is found, and was made once.
    let settled = dsr_console::workflow::reconcile::run(&world, &[], None, &CancellationToken::new())
        .await
        .expect("reconciled");
    assert_eq!(settled.len(), 2);
    for (operation, settled) in settled {
        assert_eq!(operation.state, OperationState::Accepted, "{settled:?}");
    }
}
