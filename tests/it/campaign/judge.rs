//! What must hold after a run.

use std::collections::{BTreeMap, HashSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use dsr_console::domain::progress::Listener;
use dsr_console::ledger::Trust;
use dsr_console::workflow::reconcile::{self, Settled};
use dsr_console::workflow::{World, evidence, queue};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::draw::{Draw, Left, Task};
use super::noted::{Row, carried_out, changes, database, events, operations, submitted};
use super::site::{Process, Site, runtime};
use super::tally::Tally;
use super::work::{Claim, Claims, Operator, wish};

/// Whether the files of the ledger explain themselves; the number of entries.
async fn verified(world: &World, note: &str, tiles_may_be_lost: bool) -> u64 {
    let found = evidence::verify_own(world.ledger.place(), Some(world.store.clone()), Trust::default()).await;
    let Some(found) = found.unwrap_or_else(|failure| panic!("{note}: {failure}")) else {
        return 0;
    };
    let wrong: Vec<&String> = found
        .problems
        .iter()
        .filter(|problem| !(tiles_may_be_lost && problem.starts_with("tile/")))
        .collect();
    assert!(wrong.is_empty(), "{note}: {wrong:?}");
    found.size
}

/// The ledger as the dead have left it, before anybody repairs anything. `fresh`: the store itself
/// may not have come to be.
pub fn left_behind(site: &Site, draw: &Draw, note: &str) {
    let place = site.place();
    assert!(
        site.book.trouble().is_empty(),
        "{note}: {:?}",
        site.book.trouble()
    );
    if place.directory.exists() {
        let waiting = written(site);
        let found = dsr_console::ledger::verify(
            &place.directory,
            &Trust {
                waiting,
                ..Trust::default()
            },
        );
        let found = found.unwrap_or_else(|error| panic!("{note}: {error}"));
        // Tiles follow from the entries; a crash may have lost them, and opening makes them again.
        let wrong: Vec<_> = found
            .problems
            .iter()
            .filter(|problem| !problem.starts_with("tile/"))
            .collect();
        assert!(wrong.is_empty(), "{note}: left behind: {wrong:?}");
        damage(draw.left, &place.directory);
    }
}

/// All entries that the store has: a power cut may take a checkpoint, and leave what it signed.
fn written(site: &Site) -> Vec<Vec<u8>> {
    let connection = database(&site.store());
    let mut statement = connection
        .prepare("SELECT bytes FROM outbox ORDER BY seq")
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0));
    rows.unwrap().map(Result::unwrap).collect()
}

/// Damages the ledger as a crash in the middle of an append might.
fn damage(left: Left, ledger: &Path) {
    match left {
        Left::Nothing => {}
        Left::TornTiles => {
            let text = std::fs::read_to_string(ledger.join("checkpoint")).unwrap();
            let size: u64 = text.lines().nth(1).unwrap().parse().unwrap();
            let tile = ledger.join(format!("tile/0/000.p/{}", size + 1));
            // A power cut may have taken the directory.
            if tile.parent().unwrap().is_dir() {
                private(&tile, &[7; 33]);
            }
        }
        Left::NoTiles if !ledger.join("tile").exists() => {}
        Left::NoTiles => std::fs::remove_dir_all(ledger.join("tile")).unwrap(),
        Left::Litter => private(&ledger.join("checkpoint.new"), b"half"),
    }
}

fn private(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Starts again, reconciles, does what was left undone, and holds everything against the invariants.
pub fn judge(site: &Site, draw: &Draw, claims: Claims, note: &str) -> Tally {
    let runtime = runtime();
    let process = Process::of(
        site,
        super::fate::Fate::kind(),
        super::far::Weather::calm(),
        vec![(0, draw.clock)],
    );
    let mut tally = Tally::default();
    runtime.block_on(async {
        let world = site
            .world("rita", &process)
            .await
            .unwrap_or_else(|failure| panic!("{note}: {failure}"));
        let tiles_may_be_lost = draw.left == Left::NoTiles || draw.power.is_some();
        verified(&world, note, tiles_may_be_lost).await;
        let operator = Operator {
            site,
            world,
            process: &process,
            claims: claims.clone(),
            cancel: CancellationToken::new(),
        };
        evidence::publish(&operator.world)
            .await
            .unwrap_or_else(|failure| panic!("{note}: {failure}"));
        reconciled(&operator, note, &mut tally).await;
        looked_after(&operator, draw, note, &mut tally).await;
        once_more(&operator, draw, note).await;
        // The next action opens the ledger, and what a crash took of its tiles is made again.
        evidence::record(&operator.world, "search", serde_json::json!({}))
            .await
            .unwrap_or_else(|failure| panic!("{note}: {failure}"));
        operator.world.outcomes().await;
        tally.entries = verified(&operator.world, note, false).await;
        settled(&operator, draw, note, &mut tally).await;
    });
    drop(runtime);
    told_truly(site, &claims, note);
    tidy(site, note);
    tally.runs = 1;
    tally.claims = claims.lock().unwrap().len() as u64;
    tally
}

/// Unknown outcomes are settled by looking, and what looking says is true.
async fn reconciled(operator: &Operator<'_>, note: &str, tally: &mut Tally) {
    let world = &operator.world;
    let settled = reconcile::run(world, &[], Some(Duration::ZERO), &operator.cancel)
        .await
        .unwrap_or_else(|failure| panic!("{note}: {failure}"));
    let done = submitted(&events(operator.site));
    for (operation, how) in settled {
        let contact = operation.request.subject.external_contact_id.clone().unwrap();
        let kind = operation.request.kind.as_str().to_owned();
        let executed = done.contains(&(kind, contact.clone()));
        match how {
            Settled::Adopted(_) => assert!(executed, "{note}: {contact} was adopted and never executed"),
            Settled::NothingFound => {
                assert!(!executed, "{note}: {contact} was executed and is not found");
                // A person decides, after having looked.
                let decided = reconcile::decide(world, &operation.id, None).await;
                decided.unwrap_or_else(|failure| panic!("{note}: {failure}"));
            }
            // Shown to a person: more than one fits, or it may be a colleague's, or the clock was
            // wrong and the quiet period is not over.
            Settled::Several(_) | Settled::Waiting => tally.raised += 1,
            Settled::NotRead(why) => panic!("{note}: {contact} was not looked for: {why}"),
        }
    }
}

/// Changes of unknown outcome are shown to a person, who looks at the far end. Together with those
/// that the store knows of they are exactly what was carried out.
async fn looked_after(operator: &Operator<'_>, draw: &Draw, note: &str, tally: &mut Tally) {
    let site = operator.site;
    // Steps of deletions are settled by asking for the same again.
    let tasks = draw.parts.iter().flat_map(|part| &part.tasks);
    let sought: HashSet<&str> = tasks
        .filter_map(|task| match task {
            Task::Forget(whom) => Some(*whom),
            _ => None,
        })
        .collect();
    for whom in sought {
        let after = operator.forget(whom).await;
        after.unwrap_or_else(|failure| panic!("{note}: {whom}: {failure}"));
    }
    let unknown = reconcile::changes::unknown(&operator.world)
        .await
        .unwrap_or_else(|failure| panic!("{note}: {failure}"));
    let done = carried_out(&events(site));
    let known = changes(site);
    for action in [
        "export_job.create",
        "export_job.delete",
        "export_certificate.replace",
    ] {
        let count = |state: &str| {
            known
                .iter()
                .filter(|(_, of, is)| of == action && is == state)
                .count()
        };
        let (accepted, open) = (count("accepted"), count("unknown"));
        let executed = done.get(action).map_or(0, Vec::len);
        assert!(
            accepted <= executed && executed <= accepted + open,
            "{note}: {action}: {executed} carried out, {accepted} known, {open} shown to a person"
        );
        let mut took_effect = executed - accepted;
        for change in unknown.iter().filter(|change| change.action == action) {
            tally.raised += 1;
            let effect = took_effect > 0;
            took_effect -= usize::from(effect);
            let decided = reconcile::changes::decide(&operator.world, change, effect).await;
            decided.unwrap_or_else(|failure| panic!("{note}: {failure}"));
        }
        assert_eq!(took_effect, 0, "{note}: {action} of unknown outcome is not shown");
    }
}

/// What was left undone is done by somebody who looks first.
async fn once_more(operator: &Operator<'_>, draw: &Draw, note: &str) {
    let tasks = draw.parts.iter().flat_map(|part| &part.tasks);
    let mut seen = HashSet::new();
    for task in tasks.filter(|task| seen.insert(format!("{task:?}"))) {
        let events = events(operator.site);
        let done = carried_out(&events);
        let already = |action: &str, what: &str| {
            done.get(action)
                .is_some_and(|list| list.iter().any(|one| one.contains(what)))
        };
        match task {
            Task::Submit(kind, contact) => {
                let settled = operations(operator.site).iter().any(|row| {
                    row.contact == *contact
                        && row.kind == kind.as_str()
                        && row.state != "not_sent"
                        && row.state != "refused"
                });
                if !settled {
                    let plan =
                        dsr_console::workflow::plan::prepare(&operator.world, wish(*kind, contact)).await;
                    // Refused where a colleague's request of unknown outcome stands in the way.
                    if plan.is_ok() {
                        let done = operator.carry_out(task).await;
                        done.unwrap_or_else(|failure| panic!("{note}: {contact}: {failure}"));
                    }
                }
            }
            Task::CreateJob(title) if !already("export_job.create", title) => {
                // Refused where there is no valid certificate.
                let _ = operator.carry_out(task).await;
            }
            Task::DeleteJob(_) => {
                // Refused where it is gone.
                let _ = operator.carry_out(task).await;
            }
            Task::Decrypt => {
                let done = operator.carry_out(task).await;
                done.unwrap_or_else(|failure| panic!("{note}: {task:?}: {failure}"));
            }
            Task::FetchResults => {
                // Refused where the results are kept no longer.
                let _ = operator.carry_out(task).await;
            }
            _ => {}
        }
    }
}

/// Nothing twice, nothing lost, nothing left hanging, and an entry for each.
async fn settled(operator: &Operator<'_>, draw: &Draw, note: &str, tally: &mut Tally) {
    let site = operator.site;
    let listener = Listener::none();
    let rows = queue::refresh(&operator.world, &listener, &operator.cancel)
        .await
        .unwrap_or_else(|failure| panic!("{note}: {failure}"));
    let events = events(site);
    let operations = operations(site);
    let mut requests: BTreeMap<(String, String), u64> = BTreeMap::new();
    for made in submitted(&events) {
        *requests.entry(made).or_default() += 1;
    }
    for ((kind, contact), count) in &requests {
        assert_eq!(*count, 1, "{note}: {kind} of {contact} was executed twice");
        let listed = rows.rows.iter().any(|row| {
            row.id.is_some() && row.subject.unpack().external_contact_id.as_deref() == Some(contact.as_str())
        });
        assert!(listed, "{note}: {contact} is lost");
        let ours = operations
            .iter()
            .filter(|row| row.contact == *contact && row.kind == *kind);
        let known = ours
            .filter(|row| matches!(row.state.as_str(), "accepted" | "unknown"))
            .count();
        assert!(
            known > 0,
            "{note}: {kind} of {contact} was executed, and no operation says so"
        );
    }
    for row in &operations {
        let executed = requests.contains_key(&(row.kind.clone(), row.contact.clone()));
        match row.state.as_str() {
            "accepted" => {
                assert!(
                    executed && row.remote.is_some(),
                    "{note}: {row:?} was never executed"
                );
                tally.accepted += 1;
            }
            "refused" => tally.refused += 1,
            "not_sent" | "withdrawn" => tally.not_sent += 1,
            "unknown" => {}
            "planned" => assert!(row.waits && !row.begun, "{note}: {row:?}"),
            _ => panic!("{note}: {row:?} was left hanging"),
        }
    }
    let done = carried_out(&events);
    for (action, list) in &done {
        let mut once = list.clone();
        once.sort();
        once.dedup();
        // A certificate may be replaced by another and come back; nobody uploads the one that stands.
        if *action != "export_certificate.replace" {
            assert_eq!(
                once.len(),
                list.len(),
                "{note}: {action} was carried out twice: {list:?}"
            );
        }
        tally.carried_out.insert(action, list.len() as u64);
    }
    tally.carried_out.insert("submit", requests.len() as u64);
    tally.operations = operations.len() as u64;
    in_the_ledger(site, &operations, note, tally);
    let waiting = operator.world.store.evidence_waiting().await.unwrap();
    assert!(waiting.is_empty(), "{note}: {} entries wait", waiting.len());
    let _ = draw;
}

/// Each intent and its end have an entry, and no more arrived than was meant.
fn in_the_ledger(site: &Site, operations: &[Row], note: &str, tally: &mut Tally) {
    let mut entries: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut intents: BTreeMap<String, u64> = BTreeMap::new();
    let place = site.place();
    if place.directory.exists() {
        dsr_console::ledger::read(&place.directory, |_, line| {
            let entry: Value = serde_json::from_slice(line).unwrap();
            let action = entry["action"].as_str().unwrap().to_owned();
            if let Some(of) = action.strip_suffix(".intent") {
                let of = if of.starts_with("gws.probe") {
                    "gws.probe"
                } else {
                    of
                };
                *intents.entry(of.to_owned()).or_default() += 1;
            }
            if let Some(id) = entry["operation_id"].as_str() {
                entries.entry(id.to_owned()).or_default().push(action);
            }
        })
        .unwrap();
    }
    let none = Vec::new();
    let ended = |id: &str| {
        let own = entries.get(id).unwrap_or(&none);
        let ends = ["outcome", "recovered", "adopted", "decided"];
        let ends = |action: &String| ends.iter().any(|end| action.ends_with(&format!(".{end}")));
        (
            own.iter().any(|action| action.ends_with(".intent")),
            own.iter().any(ends),
        )
    };
    for row in operations.iter().filter(|row| row.begun) {
        assert_eq!(
            ended(&row.id),
            (true, true),
            "{note}: {row:?}: {:?}",
            entries.get(&row.id)
        );
    }
    let changes = changes(site);
    for (id, action, state) in &changes {
        assert_ne!(state, "sending", "{note}: {action} was left hanging");
        assert_eq!(
            ended(id),
            (true, true),
            "{note}: {action} {state}: {:?}",
            entries.get(id)
        );
    }
    tally.changes = changes.len() as u64;
    for arrival in site.book.arrivals() {
        *tally.arrivals.entry(arrival.action).or_default() += 1;
    }
    for (action, arrived) in &tally.arrivals {
        let meant = intents.get(*action).copied().unwrap_or_default();
        assert!(
            *arrived <= meant,
            "{note}: {arrived} of {action} arrived, {meant} were meant"
        );
    }
    assert!(
        site.book.trouble().is_empty(),
        "{note}: {:?}",
        site.book.trouble()
    );
}

/// What people were told is what the far end did.
fn told_truly(site: &Site, claims: &Claims, note: &str) {
    let events = events(site);
    let done = carried_out(&events);
    let states: BTreeMap<String, Row> = operations(site)
        .into_iter()
        .map(|row| (row.id.clone(), row))
        .collect();
    let requests = submitted(&events);
    let has = |action: &str, what: &str| {
        done.get(action)
            .is_some_and(|list| list.iter().any(|one| one.contains(what)))
    };
    for claim in claims.lock().unwrap().iter() {
        match claim {
            Claim::Accepted(remote) => {
                let own = states.values().find(|row| row.remote.as_deref() == Some(remote));
                let own = own.unwrap_or_else(|| panic!("{note}: {claim:?} is not in the store"));
                assert!(
                    requests.contains(&(own.kind.clone(), own.contact.clone())),
                    "{note}: {claim:?}"
                );
            }
            Claim::NotExecuted(id) => {
                let own = &states[id];
                let again = states.values().any(|row| {
                    row.contact == own.contact
                        && row.kind == own.kind
                        && matches!(row.state.as_str(), "accepted" | "unknown")
                });
                let executed = requests.contains(&(own.kind.clone(), own.contact.clone()));
                assert!(!executed || again, "{note}: {claim:?} {own:?}");
            }
            Claim::Deleted(keys) => {
                for key in keys {
                    let gone = has("gws.delete_setting", key) || has("gws.put_setting", key);
                    assert!(gone, "{note}: {key} was called deleted");
                }
            }
            Claim::Uploaded(serial) => assert!(
                has("export_certificate.replace", &serial.to_lowercase()),
                "{note}: {claim:?} {done:?}"
            ),
            Claim::Made(_, title) => assert!(has("export_job.create", title), "{note}: {claim:?}"),
            Claim::Gone(id) => assert!(has("export_job.delete", id), "{note}: {claim:?}"),
            Claim::Here(path, digest) => {
                use sha2::{Digest, Sha256};
                let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{note}: {claim:?}: {error}"));
                let own = dsr_console::domain::canonical::hex(&Sha256::digest(&bytes));
                assert_eq!(&own, digest, "{note}: {path:?}");
            }
            Claim::Records(files) => {
                for file in files {
                    let length =
                        std::fs::metadata(file).unwrap_or_else(|error| panic!("{note}: {claim:?}: {error}"));
                    assert!(length.len() > 0, "{note}: {claim:?}");
                }
            }
        }
    }
}

/// No plaintext is left in part, and nothing is open to others.
fn tidy(site: &Site, note: &str) {
    let mut folders = vec![site.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let mode = std::fs::symlink_metadata(&path).unwrap().permissions().mode() & 0o777;
            if !path.starts_with(site.path().join("estate")) {
                assert_eq!(mode & 0o077, 0, "{note}: {} has mode {mode:o}", path.display());
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.starts_with(site.records()) || folder.ends_with("unfinished") {
                let partial =
                    path.extension().is_some_and(|end| end == "partial") || folder.ends_with("unfinished");
                assert!(!partial, "{note}: {} was left", path.display());
            }
        }
    }
}
