//! Deleting one setting after the other through a GWS on a real socket: what arrives, what is proven
//! before, and what happens when something else goes wrong. Whatever is spoiled, nothing is sent
//! twice, and no call that could mean a whole group ever leaves.

use std::sync::Arc;

use dsr_console::domain::failure::Failure;
use dsr_console::domain::progress::Listener;
use dsr_console::simulator::Scenario;
use dsr_console::store::StepState;
use dsr_console::systems::gws::DeleteTemplate;
use dsr_console::systems::keyspace::ScanListener;
use dsr_console::systems::keyspace::matching::identify;
use dsr_console::workflow::World;
use dsr_console::workflow::forget::execute::{Execution, execute};
use dsr_console::workflow::forget::search::{Ears, look};
use dsr_console::workflow::forget::{Ends, Findings, Manual, Plan, Question, Verdict, plan, result};
use dsr_console::world::simulated_keyspace::SimulatedKeyspace;
use tokio_util::sync::CancellationToken;

use crate::gws_bench::{Answer, Arrival, Wire};
use crate::simulator_scenarios::scenario_file;
use crate::support::Home;

const FAVORITES: &str = "interaction-workspace-personal-favorites";
const RECENTS: &str = "interaction-workspace-recents";

fn default() -> Scenario {
    Scenario::BuiltIn("default".to_owned())
}

/// One forget-me with its world and its wire.
pub struct Bench {
    pub world: Arc<World>,
    pub wire: Wire,
    pub ends: Ends,
    pub question: Question,
    _home: Home,
}

impl Bench {
    pub async fn new(wire: Wire, searches: &[&str]) -> Bench {
        let home = Home::new();
        let world = home.world("default").await;
        let ends = Ends {
            keyspace: Arc::new(SimulatedKeyspace::new(wire.simulator.clone(), "sipfs")),
            keyspace_name: "sipfs".to_owned(),
            place: "here".to_owned(),
            gws: Some(wire.client()),
            template: DeleteTemplate::published(),
            keep_saved: jiff::SignedDuration::from_hours(24),
            warnings: Vec::new(),
        };
        let question = Question {
            searches: searches.iter().map(|text| identify(text)).collect(),
            ..Question::default()
        };
        Bench {
            world,
            wire,
            ends,
            question,
            _home: home,
        }
    }

    pub async fn anna(wire: Wire) -> Bench {
        Bench::new(wire, &["anna.muster@example.org", "+49 30 23125014"]).await
    }

    pub async fn look(&self) -> Findings {
        let ears = Ears {
            scan: ScanListener::none(),
            steps: Listener::none(),
        };
        look(
            &self.world,
            &self.ends,
            &self.question,
            &ears,
            &CancellationToken::new(),
        )
        .await
        .unwrap()
    }

    pub fn plan(&self, findings: &Findings) -> Plan {
        plan::prepare(&self.ends, &self.question, findings, &findings.exact_offers()).unwrap()
    }

    pub async fn execute(&self, plan: &Plan) -> Result<Execution, Failure> {
        let heard = Arc::new(|_, _| {});
        let listener = Listener::none();
        execute(
            &self.world,
            &self.ends,
            plan,
            &plan.digest,
            &listener,
            heard,
            &CancellationToken::new(),
        )
        .await
    }

    /// Searches and deletes.
    pub async fn forget(&self) -> (Findings, Execution) {
        let findings = self.look().await;
        let execution = self.execute(&self.plan(&findings)).await.unwrap();
        (findings, execution)
    }

    pub fn stored(&self) -> Vec<String> {
        self.wire.stored("settings", FAVORITES)
    }

    /// Sets a hold on a person, and gives its id.
    pub async fn hold(&self, person: &str) -> String {
        let (hold, _) = dsr_console::workflow::cases::holds::set(
            &self.world,
            None,
            vec![identify(person)],
            "a claim".to_owned(),
            None,
            &CancellationToken::new(),
        )
        .await
        .unwrap();
        hold.id
    }

    /// Deletions of real settings that arrived, by body.
    pub fn real_deletions(&self) -> Vec<Arrival> {
        let deletions = self.wire.arrived("DELETE");
        deletions
            .into_iter()
            .filter(|arrival| !arrival.target.contains("dsr-probe-"))
            .collect()
    }

    /// Every real deletion arrived once at most, with its body.
    #[track_caller]
    fn assert_sent_once(&self) {
        let mut bodies: Vec<String> = self
            .real_deletions()
            .into_iter()
            .map(|arrival| arrival.body)
            .collect();
        bodies.sort();
        let all = bodies.len();
        bodies.dedup();
        assert_eq!(bodies.len(), all, "{bodies:?}");
        self.wire.assert_no_bodiless_delete();
    }
}

fn states(execution: &Execution) -> Vec<StepState> {
    execution.steps.iter().map(|(state, _)| *state).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_found_in_every_form_and_the_neighbours_are_not() {
    let bench = Bench::anna(Wire::new().await).await;
    let findings = bench.look().await;
    assert!(findings.complete());
    assert_eq!(findings.items.len(), 6, "{:?}", findings.items);
    assert!(findings.items.iter().all(|item| item.is_exact()));
    let corporate: Vec<_> = findings
        .items
        .iter()
        .filter(|item| item.manual.is_some())
        .collect();
    assert_eq!(corporate.len(), 1);
    assert_eq!(corporate[0].manual, Some(Manual::Corporate));
    assert!(!corporate[0].deletable());
    assert_eq!(findings.offers.len(), 3);
    // maryanna…, …org.au and Anna of Hamburg hold the text or a part of it, and are others.
    assert!(findings.report.substring_total() >= 2);
    let told = result::of_search(&findings, false);
    assert_eq!(told.verdict, Verdict::Found);
    assert!(
        told.notes
            .iter()
            .any(|note| note.contains("Corporate Favorites are not covered"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gws_shows_is_deleted_one_at_a_time_and_another_search_is_clean() {
    let bench = Bench::anna(Wire::new().await).await;
    let before = bench.stored();
    let (mut findings, execution) = bench.forget().await;
    assert_eq!(states(&execution), [StepState::Deleted; 3]);
    assert_eq!(execution.stopped, None);
    bench.assert_sent_once();
    assert_eq!(bench.real_deletions().len(), 2);
    // The one entry of a list went by a write of the rest.
    let puts = bench.wire.arrived("PUT");
    assert_eq!(puts.len(), 1);
    assert!(
        puts[0].body.contains("Bela Specimen") && !puts[0].body.contains("23125014"),
        "{}",
        puts[0].body
    );
    assert_eq!(bench.stored().len() + 2, before.len());
    assert_eq!(bench.wire.stored("settings", RECENTS).len(), 2);
    // After each deletion the group is read before the next call.
    let order: Vec<String> = bench
        .wire
        .arrivals
        .lock()
        .unwrap()
        .iter()
        .map(|a| a.method.clone())
        .collect();
    let changes: Vec<usize> = (0..order.len()).filter(|i| order[*i] != "GET").collect();
    for pair in changes[2..].windows(2) {
        assert!(
            order[pair[0] + 1..pair[1]].contains(&"GET".to_owned()),
            "{order:?}"
        );
    }
    let saved = bench.world.store.saved_groups(&execution.run).await.unwrap();
    assert_eq!(saved.len(), 2);
    assert!(
        saved
            .iter()
            .any(|group| String::from_utf8_lossy(&group.content).contains("favorite-anna-1"))
    );
    let after = bench.look().await;
    findings.compare_with(&after);
    let told = result::of_deletion(&findings, &execution, Some(&after));
    assert_eq!(told.verdict, Verdict::Deleted, "{told:?}");
    assert!(
        told.line
            .starts_with("deleted and verified: 2 settings, 1 entry of a list"),
        "{}",
        told.line
    );
    assert!(told.line.contains("Corporate Favorites"), "{}", told.line);
    assert_eq!(after.offers.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_proxy_drops_bodies_nothing_is_deleted_and_no_group_is_lost() {
    let wire = Wire::spoiled(default(), |arrival, _| {
        (arrival.method == "DELETE").then_some(Answer::WithoutBody)
    })
    .await;
    let bench = Bench::anna(wire).await;
    let before = bench.stored();
    let (findings, execution) = bench.forget().await;
    assert_eq!(bench.stored(), before);
    assert_eq!(bench.real_deletions().len(), 0);
    bench.wire.assert_no_bodiless_delete();
    assert_eq!(execution.count(StepState::Refused), 2);
    // A write names its setting in itself and needs no such proof.
    assert_eq!(execution.count(StepState::Deleted), 1);
    assert!(
        execution.notes[0].contains("drops its body"),
        "{:?}",
        execution.notes
    );
    let told = result::of_deletion(&findings, &execution, None);
    assert_eq!(told.verdict, Verdict::Partial);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_both_probes_are_answered_alike_the_proof_is_made_on_a_group_of_our_own() {
    let dir = tempfile::tempdir().unwrap();
    let scenario = scenario_file(&dir, "[gws]\ngroup_before_body = true\n");
    let bench = Bench::anna(Wire::of(scenario).await).await;
    let (_, execution) = bench.forget().await;
    assert_eq!(states(&execution), [StepState::Deleted; 3]);
    assert!(
        execution.notes[0].contains("group of our own"),
        "{:?}",
        execution.notes
    );
    bench.assert_sent_once();
    // Both settings of our own are gone again.
    let gws = bench.wire.client();
    assert!(
        gws.groups()
            .await
            .unwrap()
            .iter()
            .all(|group| !group.name.as_str().starts_with("dsr-probe"))
    );

    let scenario = scenario_file(&dir, "[gws]\ngroup_before_body = true\nno_new_groups = true\n");
    let bench = Bench::anna(Wire::of(scenario).await).await;
    let before = bench.stored();
    let (_, execution) = bench.forget().await;
    assert_eq!(bench.stored(), before);
    assert_eq!(bench.real_deletions().len(), 0);
    assert!(execution.notes[0].contains("not proven"), "{:?}", execution.notes);
}

#[tokio::test(flavor = "multi_thread")]
async fn something_else_vanished_stops_at_once() {
    let bench = Bench::anna(Wire::of(Scenario::BuiltIn("gws-trouble".to_owned())).await).await;
    let before = bench.stored();
    let (findings, execution) = bench.forget().await;
    let stopped = execution.stopped.clone().unwrap();
    assert!(stopped.starts_with("STOPPED: 1 other setting"), "{stopped}");
    assert_eq!(bench.real_deletions().len(), 1);
    assert_eq!(bench.stored().len() + 2, before.len());
    assert_eq!(execution.steps[1].0, StepState::Planned);
    let told = result::of_deletion(&findings, &execution, Some(&findings));
    assert_eq!(told.verdict, Verdict::Partial);
    assert!(told.line.contains("STOPPED"), "{}", told.line);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_comes_is_settled_by_reading_again() {
    // Executed, and the answer lost: seen to be gone, not sent again.
    let wire = Wire::spoiled(default(), |arrival, number| {
        (arrival.method == "DELETE" && number == 3).then_some(Answer::CutAfter)
    })
    .await;
    let bench = Bench::anna(wire).await;
    let (_, execution) = bench.forget().await;
    assert_eq!(states(&execution), [StepState::Deleted; 3]);
    assert!(
        execution.steps[0]
            .1
            .as_deref()
            .unwrap()
            .starts_with("seen to be gone"),
        "{:?}",
        execution.steps[0]
    );
    bench.assert_sent_once();

    // Not executed: still shown, so it is not known, and nothing more is sent.
    let wire = Wire::spoiled(default(), |arrival, number| {
        (arrival.method == "DELETE" && number == 3).then_some(Answer::Cut)
    })
    .await;
    let bench = Bench::anna(wire).await;
    let (findings, execution) = bench.forget().await;
    assert_eq!(states(&execution)[0], StepState::Unknown);
    assert!(execution.stopped.is_some());
    assert_eq!(bench.real_deletions().len(), 1);
    assert_eq!(
        result::of_deletion(&findings, &execution, None).verdict,
        Verdict::Partial
    );
    // The next run looks first, says so, and deletes what is still there.
    let again = bench.look().await;
    let settled = again.settled.clone().unwrap();
    assert_eq!((settled.deleted, settled.open), (0, 3));
    let execution = bench.execute(&bench.plan(&again)).await.unwrap();
    assert_eq!(states(&execution), [StepState::Deleted; 3]);
    assert!(bench.look().await.settled.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_changed_or_gone_since_it_was_shown_is_left_alone() {
    let bench = Bench::anna(Wire::new().await).await;
    let findings = bench.look().await;
    let plan = bench.plan(&findings);
    // Meanwhile an agent renames one favorite and removes another.
    let gws = bench.wire.client();
    let group = dsr_console::systems::gws::GroupName::new(FAVORITES).unwrap();
    let key = |name: &str| dsr_console::systems::gws::SettingKey::new("name", name).unwrap();
    let changed = serde_json::json!({"name": "favorite-anna-1", "displayName": "Anna", "emailAddresses": ["anna.muster@example.org"]});
    let put =
        dsr_console::systems::gws::Replacement::of(&group, &key("favorite-anna-1"), None, &changed).unwrap();
    let own = gws.clone();
    dsr_console::workflow::gate::change(&bench.world, "test", serde_json::json!({}), |permit| async move {
        own.replace(permit, put).await
    })
    .await
    .unwrap();
    let removal = dsr_console::systems::gws::Removal::of(
        &DeleteTemplate::published(),
        &group,
        &key("favorite-4711"),
        None,
        None,
    )
    .unwrap();
    dsr_console::workflow::gate::change(&bench.world, "test", serde_json::json!({}), |permit| async move {
        gws.remove(permit, removal).await
    })
    .await
    .unwrap();
    let execution = bench.execute(&plan).await.unwrap();
    let by_key = |key: &str| {
        let place = plan
            .offers
            .iter()
            .position(|offer| offer.key.value() == key)
            .unwrap();
        execution.steps[place].0
    };
    assert_eq!(by_key("favorite-anna-1"), StepState::Refused);
    assert_eq!(by_key("favorite-4711"), StepState::Vanished);
    assert!(bench.stored().contains(&"favorite-anna-1".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_confirmed_digest_is_carried_out() {
    let bench = Bench::anna(Wire::new().await).await;
    let findings = bench.look().await;
    let plan = bench.plan(&findings);
    let heard = Arc::new(|_, _| {});
    let other = "0".repeat(64);
    let listener = Listener::none();
    let refused = execute(
        &bench.world,
        &bench.ends,
        &plan,
        &other,
        &listener,
        heard,
        &CancellationToken::new(),
    )
    .await
    .unwrap_err();
    assert!(refused.message.contains("not the one that was confirmed"));
    assert_eq!(bench.wire.arrived("DELETE").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_alone_is_searched_when_it_is_named() {
    let mut bench = Bench::anna(Wire::new().await).await;
    bench.question.group = Some(dsr_console::systems::gws::GroupName::new(RECENTS).unwrap());
    let findings = bench.look().await;
    assert_eq!(findings.items.len(), 1);
    assert_eq!(findings.outside_group, 5);
    assert_eq!(findings.offers.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_that_gws_does_not_show_is_left_to_people() {
    let bench = Bench::new(Wire::new().await, &["joerg.mueller@example.org"]).await;
    let findings = bench.look().await;
    assert_eq!(findings.items.len(), 1);
    assert_eq!(findings.items[0].manual, Some(Manual::NotShown));
    assert!(plan::prepare(&bench.ends, &bench.question, &findings, &findings.exact_offers()).is_err());
    assert_eq!(result::of_search(&findings, true).verdict, Verdict::Partial);
    assert_eq!(result::of_search(&findings, false).verdict, Verdict::Found);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_may_not_delete_and_nothing_is_sent() {
    let mut bench = Bench::anna(Wire::new().await).await;
    let findings = bench.look().await;
    let plan = bench.plan(&findings);
    bench.ends.gws = Some(bench.wire.client_with(
        Some(("agent1001@example.org", "simulated-password-of-an-agent")),
        "",
    ));
    let refused = bench.execute(&plan).await.unwrap_err();
    assert_eq!(refused.exit_code(), 4);
    assert!(bench.wire.arrived("DELETE").is_empty() && bench.wire.arrived("PUT").is_empty());
}
