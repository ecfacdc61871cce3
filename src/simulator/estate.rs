//! The estate as it stands: scenario, event log and clock put together. What is kept in memory is
//! only what the log says; it is brought up to date at the beginning of each transaction.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::beginning::{client_of_plan, request_of_plan, role_of_plan};
use super::cdds::CddsState;
use super::lifecycle::{self, HOUR, MINUTE, Timetable};
use super::log::{self, Head};
use super::people::People;
use super::request::{Request, WireSubject, WireTerm};
use super::scenario::Plan;
use super::seed::Dice;
use super::settings::Overlay;
use super::words::RequestKind;

/// A submission as the log holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Submitted {
    /// Type, subject and terms as sent.
    pub kind: RequestKind,
    #[allow(missing_docs)]
    pub subject: WireSubject,
    #[allow(missing_docs)]
    pub terms: Vec<WireTerm>,
    /// Id of the creator, and whether that is a user.
    pub created_by: String,
    #[allow(missing_docs)]
    pub by_user: bool,
    /// Keys of the records it acts on.
    pub targets: Vec<String>,
    /// External contacts of the same merge set, for which further requests are made.
    pub siblings: Vec<String>,
}

/// A role made over the API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub(crate) struct RoleMade {
    pub id: String,
    pub name: String,
    pub description: String,
    pub permissions: Vec<String>,
}

/// An OAuth client made over the API; its secret only as a digest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub(crate) struct ClientMade {
    pub id: String,
    pub name: String,
    pub description: String,
    pub grant: String,
    pub secret_digest: String,
    pub token_seconds: u32,
    pub role_ids: Vec<String>,
    pub scopes: Vec<String>,
    pub redirect_uris: Vec<String>,
    pub created_by: String,
    pub created: i64,
    /// Key of the user who signs in through it.
    pub signs_in: Option<String>,
}

/// A change that a finished request makes to a record.
#[derive(Clone, Debug)]
pub(super) struct Effect {
    /// When it shows.
    pub at: i64,
    /// Replacements; a deletion has none.
    pub terms: Option<Vec<WireTerm>>,
}

/// Everything the log says.
pub(crate) struct State {
    pub(super) head: Head,
    pub(super) seq: i64,
    pub(super) requests: BTreeMap<(i64, u64), Request>,
    pub(super) by_id: HashMap<String, (i64, u64)>,
    pub(super) effects: HashMap<String, Vec<Effect>>,
    pub(super) roles: Vec<RoleMade>,
    pub(super) clients: Vec<ClientMade>,
    pub(super) settings: Overlay,
    /// Exports.
    pub(super) cdds: CddsState,
}

impl State {
    /// The state of an estate in which nothing has happened.
    pub(crate) fn begin(plan: &Plan, people: &People, head: Head) -> State {
        let mut state = State {
            head,
            seq: 0,
            requests: BTreeMap::new(),
            by_id: HashMap::new(),
            effects: HashMap::new(),
            roles: plan.roles.iter().map(|role| role_of_plan(plan, role)).collect(),
            clients: Vec::new(),
            settings: Overlay::default(),
            cdds: CddsState::default(),
        };
        state.cdds = CddsState::begin(plan, state.head.epoch);
        state.clients = plan
            .oauth_clients
            .iter()
            .map(|client| client_of_plan(plan, client, state.head.epoch))
            .collect();
        for (index, entry) in plan.requests.iter().enumerate() {
            let request = request_of_plan(plan, people, index, entry, state.head.epoch);
            state.add(request);
        }
        state
    }

    /// Applies what the log has beyond what is known here; starts again after a reset.
    pub(crate) fn follow(
        &mut self,
        connection: &Connection,
        plan: &Plan,
        people: &People,
    ) -> rusqlite::Result<()> {
        let Some(head) = log::read_head(connection)? else {
            return Err(rusqlite::Error::QueryReturnedNoRows);
        };
        if head.generation == self.head.generation {
            self.head = head;
        } else {
            *self = State::begin(plan, people, head);
        }
        for event in log::events_after(connection, self.seq)? {
            self.apply(plan, &event);
            self.seq = event.seq;
        }
        Ok(())
    }

    fn apply(&mut self, plan: &Plan, event: &log::Event) {
        // An event that this version cannot read is left out; the file's version guards against
        // events of newer versions.
        match event.kind.as_str() {
            "submitted" => {
                if let Ok(submitted) = serde_json::from_str::<Submitted>(&event.body) {
                    for request in self.requests_of(plan, event.seq, event.at, &submitted) {
                        self.add(request);
                    }
                }
            }
            "role" => self
                .roles
                .extend(serde_json::from_str::<RoleMade>(&event.body).ok()),
            "client" => self
                .clients
                .extend(serde_json::from_str::<ClientMade>(&event.body).ok()),
            "gws.set" | "gws.wipe" => self.settings.apply(&event.kind, &event.body),
            _ => self.cdds.apply(event),
        }
    }

    fn add(&mut self, request: Request) {
        if let Some(at) = request.effect_at {
            let terms = (request.kind == RequestKind::Update).then(|| request.terms.clone());
            for target in &request.targets {
                let effects = self.effects.entry(target.clone()).or_default();
                effects.push(Effect {
                    at,
                    terms: terms.clone(),
                });
                effects.sort_by_key(|effect| effect.at);
            }
        }
        let key = (request.created, self.requests.len() as u64);
        self.by_id.insert(request.id.clone(), key);
        self.requests.insert(key, request);
    }

    /// The requests that one submission makes: its own first, then those of its merge set, which
    /// come into being when the search begins.
    pub(crate) fn requests_of(&self, plan: &Plan, seq: i64, at: i64, sent: &Submitted) -> Vec<Request> {
        let own = self.request_of(
            plan,
            &format!("{seq}"),
            at,
            sent,
            sent.subject.clone(),
            &sent.targets,
        );
        let begins = own.timetable.searching_at();
        let siblings = sent.siblings.iter().enumerate().map(|(index, contact)| {
            let subject = WireSubject {
                external_contact_id: Some(contact.clone()),
                ..WireSubject::default()
            };
            let target = [format!("contact:{contact}")];
            let created = begins + 1000 * i64::try_from(index).unwrap_or(0);
            self.request_of(plan, &format!("{seq}/{contact}"), created, sent, subject, &target)
        });
        let siblings: Vec<Request> = siblings.collect();
        std::iter::once(own).chain(siblings).collect()
    }

    fn request_of(
        &self,
        plan: &Plan,
        label: &str,
        created: i64,
        sent: &Submitted,
        subject: WireSubject,
        targets: &[String],
    ) -> Request {
        let mut dice = Dice::new(plan.seed, &format!("request:{}:{label}", self.head.generation));
        let id = dice.uuid();
        let fails = dice.below(1000) < plan.lifecycle.errors_per_mille;
        let timetable = lifecycle::natural(sent.kind, created, fails, &mut dice);
        let archives = if dice.below(4) == 0 { 2 } else { 1 };
        let effect_at = effect_at(plan, sent.kind, &timetable, &mut dice);
        Request {
            id,
            kind: sent.kind,
            subject,
            terms: sent.terms.clone(),
            created,
            created_by: sent.created_by.clone(),
            by_user: sent.by_user,
            timetable,
            archives,
            targets: targets.to_vec(),
            effect_at,
        }
    }
}

/// When a finished deletion or correction shows.
pub(crate) fn effect_at(
    plan: &Plan,
    kind: RequestKind,
    timetable: &Timetable,
    dice: &mut Dice,
) -> Option<i64> {
    let done = timetable.completed_at()?;
    let [least, most] = plan.lifecycle.delete_lag_hours;
    match kind {
        RequestKind::Export => None,
        RequestKind::Update => Some(done + dice.between(0, 5 * MINUTE)),
        RequestKind::Delete => Some(done + dice.between(least * HOUR, most * HOUR)),
    }
}
