//! The write path with its ledger as a model, searched exhaustively: one confirmed plan that two
//! operators of one store may both carry out; intent, outbox, append, signature, call, crash at any
//! point, recovery, reconciliation, and a person's decision. Beside it stand variants with one guard
//! taken away, to show that the search finds what it is for.

use stateright::{Checker, Model, Property};

/// What the store says of the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Row {
    Planned,
    /// The intent of this operator.
    Sending(usize),
    Accepted,
    NotSent,
    Unknown,
    /// Shown to a person.
    Raised,
}

/// Entries of the evidence, as bits.
const INTENT: u8 = 1;
const END: u8 = 2;

/// What an operator's process is about to do; lost in a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Process {
    Idle,
    /// Intent and evidence are in the store.
    Begun,
    /// The entries stand behind the signed part of the ledger; the lock is held.
    Appended,
    Permitted,
    Waiting,
    Dead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Wire {
    Empty,
    Post,
    Answer,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Estate {
    row: Row,
    /// Entries that the store holds and does not know to be published.
    outbox: u8,
    /// Entries behind the signed part.
    tail: u8,
    signed: u8,
    processes: [Process; 2],
    wires: [Wire; 2],
    arrivals: u8,
    /// Nothing that was sent before can still arrive.
    quiet: bool,
    crashes_left: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    Begin(usize),
    Append(usize),
    Sign(usize),
    LedgerFails(usize),
    Send(usize),
    ConnectionRefused(usize),
    Deliver(usize),
    LosePost(usize),
    LoseAnswer(usize),
    Record(usize),
    /// What waits in the outbox is published by somebody who is not sending.
    Publish(usize),
    Crash(usize),
    Restart(usize),
    Recover(usize),
    Reconcile(usize),
    /// A person has looked after the quiet period.
    Decide(usize),
    QuietPeriodOver,
}

/// The protocol as it is, or without one of its guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Sound,
    /// An operation is begun without looking whether somebody else has begun it.
    BeginTwice,
    /// The call does not wait for the entry in the ledger.
    SendBeforeEntry,
    /// The call waits for the entry to be written, not for the signature.
    SendBeforeSignature,
    /// What a dead process had begun is called unknown without an entry.
    RecoverSilently,
    /// Intents are taken over without asking whether their process lives.
    RecoverLiving,
}

impl Protocol {
    fn lock_is_free(estate: &Estate) -> bool {
        !estate.processes.contains(&Process::Appended)
    }

    fn steps_of(self, estate: &Estate, who: usize, steps: &mut Vec<Step>) {
        let process = estate.processes[who];
        let free = Protocol::lock_is_free(estate);
        match process {
            Process::Idle => {
                if estate.row == Row::Planned
                    || (self == Protocol::BeginTwice && estate.row == Row::Sending(1 - who))
                {
                    steps.push(Step::Begin(who));
                }
                if estate.outbox != 0 && free {
                    steps.push(Step::Publish(who));
                }
                match estate.row {
                    Row::Sending(owner)
                        if estate.processes[owner] == Process::Dead
                            || owner == who
                            || self == Protocol::RecoverLiving =>
                    {
                        steps.push(Step::Recover(who));
                    }
                    Row::Unknown if estate.arrivals > 0 || estate.quiet => steps.push(Step::Reconcile(who)),
                    Row::Raised if estate.quiet => steps.push(Step::Decide(who)),
                    _ => {}
                }
            }
            Process::Begun => {
                if free {
                    steps.extend([Step::Append(who), Step::LedgerFails(who)]);
                }
                if self == Protocol::SendBeforeEntry {
                    steps.push(Step::Send(who));
                }
            }
            Process::Appended => {
                steps.push(Step::Sign(who));
                if self == Protocol::SendBeforeSignature {
                    steps.push(Step::Send(who));
                }
            }
            Process::Permitted => steps.extend([Step::Send(who), Step::ConnectionRefused(who)]),
            Process::Waiting => steps.push(Step::Record(who)),
            Process::Dead => steps.push(Step::Restart(who)),
        }
        match estate.wires[who] {
            Wire::Post => steps.extend([Step::Deliver(who), Step::LosePost(who)]),
            Wire::Answer => steps.push(Step::LoseAnswer(who)),
            Wire::Empty => {}
        }
        if process != Process::Dead && estate.crashes_left > 0 {
            steps.push(Step::Crash(who));
        }
    }

    fn end(estate: &mut Estate, row: Row) {
        estate.row = row;
        estate.outbox |= END;
    }
}

impl Model for Protocol {
    type State = Estate;
    type Action = Step;

    fn init_states(&self) -> Vec<Estate> {
        vec![Estate {
            row: Row::Planned,
            outbox: 0,
            tail: 0,
            signed: 0,
            processes: [Process::Idle; 2],
            wires: [Wire::Empty; 2],
            arrivals: 0,
            quiet: false,
            crashes_left: 3,
        }]
    }

    fn actions(&self, estate: &Estate, steps: &mut Vec<Step>) {
        self.steps_of(estate, 0, steps);
        self.steps_of(estate, 1, steps);
        if !estate.quiet && !estate.wires.contains(&Wire::Post) {
            steps.push(Step::QuietPeriodOver);
        }
    }

    fn next_state(&self, before: &Estate, step: Step) -> Option<Estate> {
        let mut after = before.clone();
        match step {
            Step::Begin(who) => {
                // One transaction: the row and its evidence.
                after.row = Row::Sending(who);
                after.outbox |= INTENT;
                after.processes[who] = Process::Begun;
            }
            Step::Append(who) => {
                // What a crash has left behind the signed part is the beginning of the same.
                after.tail = after.outbox;
                after.processes[who] = Process::Appended;
            }
            Step::Sign(who) => {
                after.signed |= after.tail;
                after.outbox &= !after.tail;
                after.tail = 0;
                after.processes[who] = Process::Permitted;
            }
            Step::LedgerFails(who) => {
                Protocol::end(&mut after, Row::NotSent);
                after.processes[who] = Process::Idle;
            }
            Step::Send(who) => {
                after.wires[who] = Wire::Post;
                after.processes[who] = Process::Waiting;
                after.quiet = false;
            }
            Step::ConnectionRefused(who) => {
                Protocol::end(&mut after, Row::NotSent);
                after.processes[who] = Process::Idle;
            }
            Step::Deliver(who) => {
                after.arrivals += 1;
                after.wires[who] = Wire::Answer;
            }
            Step::LosePost(who) | Step::LoseAnswer(who) => after.wires[who] = Wire::Empty,
            Step::Record(who) => {
                let row = match after.wires[who] {
                    Wire::Answer => Row::Accepted,
                    Wire::Empty | Wire::Post => Row::Unknown,
                };
                // What was settled meanwhile stays as it was settled.
                if matches!(after.row, Row::Sending(_) | Row::Unknown) {
                    Protocol::end(&mut after, row);
                }
                if after.wires[who] == Wire::Answer {
                    after.wires[who] = Wire::Empty;
                }
                after.processes[who] = Process::Idle;
            }
            Step::Publish(_) => {
                after.signed |= after.outbox;
                (after.outbox, after.tail) = (0, 0);
            }
            Step::Crash(who) => {
                after.processes[who] = Process::Dead;
                after.crashes_left -= 1;
            }
            Step::Restart(who) => after.processes[who] = Process::Idle,
            Step::Recover(_) => {
                if *self == Protocol::RecoverSilently {
                    after.row = Row::Unknown;
                } else {
                    Protocol::end(&mut after, Row::Unknown);
                }
            }
            Step::Reconcile(_) => {
                let row = if before.arrivals > 0 {
                    Row::Accepted
                } else {
                    Row::Raised
                };
                Protocol::end(&mut after, row);
            }
            Step::Decide(_) => {
                let row = if before.arrivals > 0 {
                    Row::Accepted
                } else {
                    Row::NotSent
                };
                Protocol::end(&mut after, row);
            }
            Step::QuietPeriodOver => after.quiet = true,
        }
        Some(after)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONCE, |_, e: &Estate| {
                let under_way = e.wires.iter().filter(|wire| **wire == Wire::Post).count();
                usize::from(e.arrivals) + under_way <= 1
            }),
            Property::always(NOT_LOST, |_, e: &Estate| {
                e.arrivals == 0 || !matches!(e.row, Row::Planned | Row::NotSent)
            }),
            Property::always(ENTRY_FIRST, |_, e: &Estate| {
                let sent = e.arrivals > 0 || e.wires.contains(&Wire::Post);
                !sent || e.signed & INTENT != 0
            }),
            Property::always(NO_GAP, |_, e: &Estate| {
                let ended = matches!(e.row, Row::Accepted | Row::NotSent | Row::Unknown | Row::Raised);
                !ended || (e.outbox | e.signed) & END != 0
            }),
            Property::eventually(SETTLED, |_, e: &Estate| {
                matches!(e.row, Row::Accepted | Row::NotSent) && e.outbox == 0 && e.signed == INTENT | END
            }),
            Property::sometimes(SIGNED_AGAIN, |_, e: &Estate| {
                e.crashes_left == 2 && e.tail != 0 && !e.processes.contains(&Process::Appended)
            }),
        ]
    }
}

const ONCE: &str = "one plan is sent at most once, whoever carries it out";
const NOT_LOST: &str = "what the server has is not called unsent";
const ENTRY_FIRST: &str = "nothing is on its way before its entry is signed";
const NO_GAP: &str = "every end has its entry";
const SETTLED: &str = "in the end it is settled, and the ledger says so";
const SIGNED_AGAIN: &str = "a crash leaves entries behind the signed part";

#[test]
fn store_and_ledger_hold_together_in_every_interleaving() {
    let checker = Protocol::Sound.checker().spawn_bfs().join();
    checker.assert_properties();
    assert!(
        checker.unique_state_count() > 500,
        "{} states",
        checker.unique_state_count()
    );
}

/// The guard whose loss the search must notice, and by which property.
#[track_caller]
fn is_caught(without: Protocol, property: &'static str) {
    let checker = without.checker().spawn_bfs().join();
    assert!(checker.discovery(property).is_some(), "{without:?}: {property}");
}

#[test]
fn two_operators_with_one_plan_are_caught_without_the_claim() {
    is_caught(Protocol::BeginTwice, ONCE);
}

#[test]
fn a_call_before_its_entry_is_caught() {
    is_caught(Protocol::SendBeforeEntry, ENTRY_FIRST);
    is_caught(Protocol::SendBeforeSignature, ENTRY_FIRST);
}

#[test]
fn an_end_without_an_entry_is_caught() {
    is_caught(Protocol::RecoverSilently, NO_GAP);
}

#[test]
fn taking_over_from_the_living_is_caught() {
    is_caught(Protocol::RecoverLiving, NOT_LOST);
}
