//! A thread that owns one connection. SQLite blocks; callers wait for an answer without blocking
//! their own thread. A job that was handed over is carried out even when nobody waits any more.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::error::StoreResult;
use crate::domain::failure::{Failure, FailureKind};

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The thread. Dropping it waits until the jobs handed over are done and the connection is closed.
pub(crate) struct Worker {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Moves `connection` to a thread of its own.
    pub(crate) fn start(name: &str, mut connection: Connection) -> Result<Worker, Failure> {
        let (jobs, inbox) = mpsc::channel::<Job>();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while let Ok(job) = inbox.recv() {
                    job(&mut connection);
                }
            })
            .map_err(|error| {
                Failure::new(
                    FailureKind::Internal,
                    format!("No thread for the store: {error}."),
                )
            })?;
        Ok(Worker {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Carries out `work` on the thread. A panic in it undoes its transaction and is a failure.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let (answer, wait) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = catch_unwind(AssertUnwindSafe(|| work(connection)));
            // Nobody waiting is no reason not to have worked.
            let _ = answer.send(result);
        });
        let handed_over = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if !handed_over {
            return Err(gone().into());
        }
        match wait.await {
            Ok(Ok(result)) => result,
            Ok(Err(_panic)) => Err(Failure::new(FailureKind::Internal, "The store met a defect.").into()),
            Err(_) => Err(gone().into()),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic of the thread was told to whoever waited.
            let _ = thread.join();
        }
    }
}

fn gone() -> Failure {
    Failure::new(FailureKind::Internal, "The store's thread has ended.")
}
