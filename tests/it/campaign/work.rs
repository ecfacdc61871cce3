//! What operators do, and what they were told: claims that are held against the far end afterwards.

use std::sync::{Arc, Mutex};

use dsr_console::domain::export::NewJob;
use dsr_console::domain::failure::Failure;
use dsr_console::domain::identifier::IdentifierKind;
use dsr_console::domain::operation::OperationState;
use dsr_console::domain::progress::Listener;
use dsr_console::domain::request::{ReplacementTerm, RequestType};
use dsr_console::systems::keyspace::ScanListener;
use dsr_console::systems::keyspace::matching::identify;
use dsr_console::workflow::forget::erase::erase;
use dsr_console::workflow::forget::search::{Ears, look};
use dsr_console::workflow::forget::{Findings, Question, Verdict};
use dsr_console::workflow::plan::Proposal;
use dsr_console::workflow::{World, decrypt, download, exports, forget, plan, queue, submit};
use tokio_util::sync::CancellationToken;

use super::draw::{Part, Task};
use super::far::Weather;
use super::fate::Fate;
use super::site::{Model, Process, Site, runtime};
use crate::gate_bench::proposal;

/// Something that a person was told, and that must be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Genesys Cloud has this request.
    Accepted(String),
    /// Genesys Cloud never executed a request of this type for this contact by this operation.
    NotExecuted(String),
    /// These settings are gone: key and location.
    Deleted(Vec<String>),
    /// This certificate was uploaded.
    Uploaded(String),
    /// A job of this id and title was made.
    Made(String, String),
    /// The job of this id was deleted.
    Gone(String),
    /// This file is here, with this digest.
    Here(std::path::PathBuf, String),
    /// Readable records are here.
    Records(Vec<std::path::PathBuf>),
}

pub type Claims = Arc<Mutex<Vec<Claim>>>;

/// One operator at work.
pub struct Operator<'a> {
    pub site: &'a Site,
    pub world: World,
    pub process: &'a Process,
    pub claims: Claims,
    pub cancel: CancellationToken,
}

pub fn wish(kind: RequestType, contact: &str) -> Proposal {
    let mut wish = proposal(kind, contact);
    if kind == RequestType::Update {
        wish.replacement_terms = vec![ReplacementTerm {
            kind: IdentifierKind::Email,
            existing_value: "before@example.org".to_owned(),
            updated_value: "after@example.org".to_owned(),
        }];
    }
    wish
}

impl Operator<'_> {
    fn claim(&self, claim: Claim) {
        // Nobody is told anything by a process that is no more.
        if !self.process.fate.is_over() {
            self.claims.lock().unwrap().push(claim);
        }
    }

    /// Does one thing.
    ///
    /// # Errors
    /// Whatever the operator is told.
    pub async fn carry_out(&self, task: &Task) -> Result<(), Failure> {
        match task {
            Task::Submit(kind, contact) => self.submit(*kind, contact).await,
            Task::FetchResults => self.results().await,
            Task::Forget(whom) => self.forget(whom).await.map(drop),
            Task::Import(pair) => self.import(*pair).await,
            Task::CreateJob(title) => self.create_job(title).await,
            Task::DeleteJob(title) => self.delete_job(title).await,
            Task::Decrypt => self.decrypt().await,
        }
    }

    async fn submit(&self, kind: RequestType, contact: &str) -> Result<(), Failure> {
        let plan = plan::prepare(&self.world, wish(kind, contact)).await?;
        let listener = Listener::none();
        let done = submit::execute(&self.world, &plan, &plan.digest, &listener, &self.cancel).await?;
        for operation in done {
            match (operation.state, &operation.remote_id) {
                (OperationState::Accepted, Some(remote)) => self.claim(Claim::Accepted(remote.clone())),
                (OperationState::Refused | OperationState::NotSent, _) => {
                    self.claim(Claim::NotExecuted(operation.id.clone()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn results(&self) -> Result<(), Failure> {
        let listener = Listener::none();
        let rows = queue::refresh(&self.world, &listener, &self.cancel).await?;
        let finished = rows
            .rows
            .iter()
            .find(|row| &*row.status == "COMPLETED" && row.kind == Some(RequestType::Export))
            .and_then(|row| row.id.clone());
        let Some(id) = finished else { return Ok(()) };
        for file in download::fetch(&self.world, &id, None, &listener, &self.cancel).await? {
            self.claim(Claim::Here(file.path, file.sha256));
        }
        Ok(())
    }

    /// Searches and deletes; what is still found afterwards, when that was looked at.
    pub async fn forget(&self, whom: &str) -> Result<Option<Findings>, Failure> {
        let ends = self.site.ends(self.process);
        let question = Question {
            searches: vec![identify(whom)],
            ..Question::default()
        };
        let ears = Ears {
            scan: ScanListener::none(),
            steps: Listener::none(),
        };
        let findings = look(&self.world, &ends, &question, &ears, &self.cancel).await?;
        let chosen = findings.exact_offers();
        if chosen.is_empty() {
            return Ok(findings.complete().then_some(findings));
        }
        let plan = forget::plan::prepare(&ends, &question, &findings, &chosen)?;
        let keys: Vec<String> = plan
            .offers
            .iter()
            .map(|offer| offer.key.value().to_owned())
            .collect();
        let heard = Arc::new(|_, _| {});
        let digest = plan.digest.clone();
        let erased = erase(
            &self.world,
            &ends,
            &question,
            findings,
            &chosen,
            &plan,
            &digest,
            &ears,
            heard,
            &self.cancel,
        )
        .await?;
        if erased.told.verdict == Verdict::Deleted {
            self.claim(Claim::Deleted(keys));
        }
        Ok(erased.after)
    }

    async fn import(&self, pair: usize) -> Result<(), Failure> {
        let pem = Model::get().pem(pair);
        let plan = exports::import::plan(&self.world, "campaign.pem", pem).await?;
        exports::import::import(&self.world, &plan).await?;
        self.claim(Claim::Uploaded(plan.new_serial()));
        Ok(())
    }

    async fn create_job(&self, title: &str) -> Result<(), Failure> {
        let wanted = NewJob {
            title: title.to_owned(),
            description: None,
            source: String::new(),
            kind: "Contact".to_owned(),
            schedule: None,
            time_frame: None,
            split_bytes: None,
        };
        let plan = exports::jobs::plan(&self.world, wanted).await?;
        let job = exports::jobs::create(&self.world, &plan).await?;
        self.claim(Claim::Made(job.id, title.to_owned()));
        Ok(())
    }

    async fn delete_job(&self, title: &str) -> Result<(), Failure> {
        let job = exports::jobs::show(&self.world, title).await?;
        exports::jobs::delete(&self.world, &job).await?;
        self.claim(Claim::Gone(job.id));
        Ok(())
    }

    async fn decrypt(&self) -> Result<(), Failure> {
        let listener = Listener::none();
        let listed = exports::artifacts::list(&self.world, &listener).await?;
        let Some(one) = listed
            .entries
            .iter()
            .find(|entry| entry.artifact.whole().is_none())
        else {
            return Ok(());
        };
        let wanted = vec![one.artifact.clone()];
        let fetched = exports::download::fetch(&self.world, wanted, None, 1, &listener, &self.cancel).await?;
        for file in fetched {
            let here = file.result?;
            self.claim(Claim::Here(here.path.clone(), here.sha256));
            let request = decrypt::Request {
                files: vec![here.path],
                keys: Model::get().keys(),
                to: Some(self.site.records()),
                ..decrypt::Request::default()
            };
            let ask = Box::new(|_: &str| Ok(String::new().into()));
            for (_, opened) in decrypt::decrypt(&self.world, request, ask, &listener, &self.cancel).await? {
                self.claim(Claim::Records(opened?.files));
            }
        }
        Ok(())
    }
}

/// What became of a process.
pub struct Ended {
    pub fate: Arc<Fate>,
    pub dealt: Vec<(super::far::Blow, bool)>,
}

/// One process from its start to its end, on a runtime of its own: what hangs at the end is dropped.
pub fn run(site: &Site, part: &Part, claims: Claims) -> Ended {
    let runtime = runtime();
    let fate = Fate::new(part.ends_at, part.trouble, part.bad_read);
    let (mutations, reads) = part.weather;
    let weather = Weather::new(part.weather_seed, mutations, reads);
    let process = Process::of(site, fate.clone(), weather, part.clock.clone());
    let cancel = CancellationToken::new();
    runtime.block_on(async {
        let work = async {
            // A store that cannot be opened is told, and nothing else happens.
            let Ok(world) = site.world(part.login, &process).await else {
                return;
            };
            let operator = Operator {
                site,
                world,
                process: &process,
                claims,
                cancel: cancel.clone(),
            };
            for (number, task) in part.tasks.iter().enumerate() {
                if part.cancels_at.is_some_and(|at| fate.steps() >= at || number > 0) {
                    cancel.cancel();
                }
                // Whatever is told, the next thing is begun.
                let _ = operator.carry_out(task).await;
            }
            operator.world.outcomes().await;
        };
        let interruption = async {
            match part.cancels_at {
                Some(at) => {
                    while fate.steps() < at {
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    }
                    cancel.cancel();
                    std::future::pending::<()>().await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = fate.over() => {}
            () = work => {}
            () = interruption => {}
        }
    });
    drop(runtime);
    let dealt = process.weather.lock().unwrap().dealt.clone();
    Ended { fate, dealt }
}
