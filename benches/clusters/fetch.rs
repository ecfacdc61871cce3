//! A client that only fetches the pages of a table, with the same driver and settings as the scan: what
//! no search over CQL can do without.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use scylla::client::PoolSize;
use scylla::client::session_builder::SessionBuilder;
use scylla::response::PagingState;

use super::Outcome;

const RANGES: i64 = 64;
const IN_FLIGHT: usize = 4;
const PAGE: i32 = 5000;

/// Prints the number of rows. Arguments: host and table.
pub fn only(arguments: &[String]) -> Outcome {
    let [host, table] = arguments else {
        return Err("fetch-only HOST TABLE".into());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("{}", runtime.block_on(fetch(host, table))?);
    Ok(())
}

async fn fetch(host: &str, table: &str) -> Outcome<usize> {
    let session = SessionBuilder::new()
        .known_node(format!("{host}:9042"))
        .fetch_schema_metadata(false)
        .compression(None)
        .pool_size(PoolSize::PerHost(NonZeroUsize::MIN.saturating_add(1)))
        .build()
        .await?;
    let statement = format!("SELECT * FROM bench.{table} WHERE token(key) > ? AND token(key) <= ?");
    let mut statement = session.prepare(statement).await?;
    statement.set_page_size(PAGE);
    let (session, statement) = (Arc::new(session), Arc::new(statement));
    let (next, rows) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tasks = Vec::new();
    for _ in 0..IN_FLIGHT {
        let (session, statement) = (session.clone(), statement.clone());
        let (next, rows) = (next.clone(), rows.clone());
        tasks.push(tokio::spawn(async move {
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= RANGES {
                    return Ok::<_, Box<dyn std::error::Error + Send + Sync>>(());
                }
                let border = |n: i64| {
                    let at = i128::from(i64::MIN) + (1i128 << 64) * i128::from(n) / i128::from(RANGES);
                    i64::try_from(at).unwrap_or(i64::MAX)
                };
                let bounds = (border(part), border(part + 1));
                let mut paging = PagingState::start();
                loop {
                    let (page, state) = session.execute_single_page(&statement, bounds, paging).await?;
                    rows.fetch_add(page.into_rows_result()?.rows_num(), Ordering::Relaxed);
                    match state.into_paging_control_flow() {
                        ControlFlow::Continue(state) => paging = state,
                        ControlFlow::Break(()) => break,
                    }
                }
            }
        }));
    }
    for task in tasks {
        task.await?.map_err(|error| error.to_string())?;
    }
    Ok(rows.load(Ordering::Relaxed))
}
