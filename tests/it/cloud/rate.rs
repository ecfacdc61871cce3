//! The allowance: used up, never exceeded, shared by every task.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dsr_console::domain::operation::Outcome;
use dsr_console::systems::genesys_cloud::GenesysCloud;
use serde_json::json;

use super::server::{Arrival, Reply, Server};
use super::{client, export, submit};

const WINDOW: Duration = Duration::from_secs(1);

/// A fixed window that opens with its first call, as the server counts it.
#[derive(Default)]
struct Counter {
    began: Option<Instant>,
    /// Calls of each window.
    windows: Vec<u64>,
    refused: u64,
}

impl Counter {
    fn reply(&mut self, allowed: u64, answer: Reply) -> Reply {
        let now = Instant::now();
        let over = self.began.is_none_or(|began| now.duration_since(began) >= WINDOW);
        if over {
            self.began = Some(now);
            self.windows.push(0);
        }
        let left = WINDOW - now.duration_since(self.began.unwrap());
        let count = self.windows.last_mut().unwrap();
        if *count >= allowed {
            self.refused += 1;
            return Reply::error(429, "too.many.requests.retry.after", "x").with("retry-after", "1");
        }
        *count += 1;
        answer
            .with("inin-ratelimit-count", &count.to_string())
            .with("inin-ratelimit-allowed", &allowed.to_string())
            .with("inin-ratelimit-reset", &left.as_secs_f64().ceil().to_string())
    }
}

fn answer_to(arrival: &Arrival) -> Reply {
    match arrival.method.as_str() {
        "POST" => Reply::json(202, json!({"id": format!("request-{}", arrival.nth)})),
        _ => Reply::json(200, json!({"entities": []})),
    }
}

async fn limited(allowed: u64) -> (Server, Arc<Mutex<Counter>>) {
    let counter: Arc<Mutex<Counter>> = Arc::default();
    let counting = counter.clone();
    let server =
        Server::start(move |arrival| counting.lock().unwrap().reply(allowed, answer_to(arrival))).await;
    (server, counter)
}

#[tokio::test]
async fn tasks_share_the_allowance_and_nobody_runs_into_the_limit() {
    let (server, counter) = limited(20).await;
    let cloud = client(&server.base);
    // One answer, so that the limit is known.
    cloud.list_requests(1, 1).await.unwrap();
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let cloud = cloud.clone();
            tokio::spawn(async move {
                for _ in 0..10 {
                    cloud.list_requests(1, 1).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let counter = counter.lock().unwrap();
    assert_eq!(counter.refused, 0);
    // 61 calls need four windows; a machine that is busy may leave one half used.
    assert!(counter.windows.len() <= 5, "{:?}", counter.windows);
    assert_eq!(server.count("GET"), 61);
}

#[tokio::test]
async fn a_batch_of_submissions_uses_the_allowance_without_a_429() {
    let (server, counter) = limited(15).await;
    let cloud: GenesysCloud = client(&server.base);
    for _ in 0..45 {
        cloud.make_ready().await.unwrap();
        let sent = submit(&cloud, export()).await;
        assert!(matches!(sent.outcome, Outcome::Accepted(_)), "{sent:?}");
    }
    let counter = counter.lock().unwrap();
    assert_eq!((counter.refused, server.count("POST")), (0, 45));
    // A slow machine may leave a window before it is used up; none is exceeded.
    assert!(
        counter.windows.iter().all(|calls| *calls <= 15),
        "{:?}",
        counter.windows
    );
}

#[tokio::test]
async fn what_others_use_of_the_same_token_is_left_to_them() {
    let counter: Arc<Mutex<u64>> = Arc::default();
    let counting = counter.clone();
    let server = Server::start(move |_| {
        let mut count = counting.lock().unwrap();
        // Others have made 95 calls of 100 before our first.
        *count += 1;
        Reply::json(200, json!({"entities": []}))
            .with("inin-ratelimit-count", &(95 + *count).to_string())
            .with("inin-ratelimit-allowed", "100")
            .with("inin-ratelimit-reset", "60")
    })
    .await;
    let cloud = client(&server.base);
    for _ in 0..5 {
        cloud.list_requests(1, 1).await.unwrap();
    }
    let state = cloud.allowance();
    assert_eq!((state.allowed, state.used), (Some(100), 100));
    let sixth = tokio::time::timeout(Duration::from_millis(200), cloud.list_requests(1, 1)).await;
    assert!(sixth.is_err(), "the sixth call waits for the next window");
    assert_eq!(server.count("GET"), 5);
}
