//! The write path as a model, searched exhaustively: intent, send, crash, a second operator on the
//! same store, reconcile. Three variants with a defect built in stand beside it, to show that the
//! search finds what it is for.

use stateright::{Checker, Model, Property};

/// What the store says of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Disk {
    Nothing,
    Intent,
    Accepted(usize),
    NotSent,
    Unknown,
    /// Shown to a person, who decides.
    Raised,
}

/// What the process of one operator is about to do; lost in a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Process {
    Ready,
    Permitted,
    Waiting,
    Finished,
    Dead,
}

/// What is under way between one operator and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Wire {
    Empty,
    Post,
    Answer(usize),
}

/// One operator with one operation. Both want the same: equal type, subject, creator and second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Operator {
    disk: Disk,
    process: Process,
    wire: Wire,
    arrivals: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Estate {
    operators: [Operator; 2],
    /// Requests at the server in order of arrival; the value is who sent it, which no listing tells.
    server: Vec<usize>,
    /// The quiet period is over: nothing sent before can still arrive.
    quiet: bool,
    crashes_left: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    WriteIntent(usize),
    ConnectionRefused(usize),
    Send(usize),
    Deliver(usize),
    LosePost(usize),
    LoseAnswer(usize),
    TimeOut(usize),
    RecordOutcome(usize),
    Crash(usize),
    Restart(usize),
    Reconcile(usize),
    QuietPeriodOver,
}

/// The protocol as it is, or with one defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Sound,
    /// The call goes out before the intent is on disk.
    SendBeforeWrite,
    /// An unknown outcome is taken for a failure and sent again.
    RetryUnknown,
    /// A single fitting request is adopted without asking who else may have sent it.
    AdoptBlindly,
}

impl Protocol {
    /// Requests at the server that no operation of the store has claimed.
    fn unclaimed(estate: &Estate) -> Vec<usize> {
        let claimed = |id: usize| estate.operators.iter().any(|o| o.disk == Disk::Accepted(id));
        (0..estate.server.len()).filter(|id| !claimed(*id)).collect()
    }

    /// What looking tells about the unknown operation of `who`; `None` when it has to wait.
    fn reconcile(self, estate: &Estate, who: usize) -> Option<Disk> {
        let rival = estate.operators[1 - who].disk;
        let contested = matches!(rival, Disk::Intent | Disk::Unknown | Disk::Raised);
        match Self::unclaimed(estate)[..] {
            [] if estate.quiet => Some(Disk::Raised),
            [] => None,
            [only] if self == Protocol::AdoptBlindly || !contested => Some(Disk::Accepted(only)),
            _ => Some(Disk::Raised),
        }
    }

    fn steps_of(self, estate: &Estate, who: usize, steps: &mut Vec<Step>) {
        let Operator {
            disk, process, wire, ..
        } = estate.operators[who];
        match (process, disk) {
            (Process::Ready, Disk::Nothing) if self == Protocol::SendBeforeWrite => {
                steps.push(Step::Send(who))
            }
            (Process::Ready, Disk::Nothing) => steps.push(Step::WriteIntent(who)),
            (Process::Permitted, _) => steps.extend([Step::ConnectionRefused(who), Step::Send(who)]),
            (Process::Waiting, Disk::Nothing) => steps.push(Step::WriteIntent(who)),
            (Process::Waiting, _) => match wire {
                Wire::Post => steps.push(Step::TimeOut(who)),
                Wire::Empty | Wire::Answer(_) => steps.push(Step::RecordOutcome(who)),
            },
            (Process::Dead, _) => steps.push(Step::Restart(who)),
            (Process::Finished, Disk::Unknown) if self == Protocol::RetryUnknown => {
                steps.push(Step::Send(who))
            }
            (Process::Finished, Disk::Unknown) if self.reconcile(estate, who).is_some() => {
                steps.push(Step::Reconcile(who));
            }
            _ => {}
        }
        match wire {
            Wire::Post => steps.extend([Step::Deliver(who), Step::LosePost(who)]),
            Wire::Answer(_) => steps.push(Step::LoseAnswer(who)),
            Wire::Empty => {}
        }
        if process != Process::Dead && estate.crashes_left > 0 {
            steps.push(Step::Crash(who));
        }
    }
}

impl Model for Protocol {
    type State = Estate;
    type Action = Step;

    fn init_states(&self) -> Vec<Estate> {
        let operator = Operator {
            disk: Disk::Nothing,
            process: Process::Ready,
            wire: Wire::Empty,
            arrivals: 0,
        };
        vec![Estate {
            operators: [operator; 2],
            server: Vec::new(),
            quiet: false,
            crashes_left: 3,
        }]
    }

    fn actions(&self, estate: &Estate, steps: &mut Vec<Step>) {
        self.steps_of(estate, 0, steps);
        self.steps_of(estate, 1, steps);
        // The quiet period is chosen longer than anything can stay on the wire.
        if !estate.quiet && estate.operators.iter().all(|o| o.wire != Wire::Post) {
            steps.push(Step::QuietPeriodOver);
        }
    }

    fn next_state(&self, before: &Estate, step: Step) -> Option<Estate> {
        let mut after = before.clone();
        match step {
            Step::WriteIntent(who) => {
                let operator = &mut after.operators[who];
                operator.disk = Disk::Intent;
                if operator.process == Process::Ready {
                    operator.process = Process::Permitted;
                }
            }
            Step::ConnectionRefused(who) => {
                after.operators[who].disk = Disk::NotSent;
                after.operators[who].process = Process::Finished;
            }
            Step::Send(who) => {
                after.operators[who].wire = Wire::Post;
                after.operators[who].process = Process::Waiting;
                // Whoever sends after the quiet period begins another one.
                after.quiet = false;
            }
            Step::Deliver(who) => {
                after.server.push(who);
                after.operators[who].arrivals += 1;
                after.operators[who].wire = Wire::Answer(after.server.len() - 1);
            }
            Step::LosePost(who) | Step::LoseAnswer(who) => after.operators[who].wire = Wire::Empty,
            Step::TimeOut(who) => {
                after.operators[who].disk = Disk::Unknown;
                after.operators[who].process = Process::Finished;
            }
            Step::RecordOutcome(who) => {
                let operator = &mut after.operators[who];
                operator.disk = match operator.wire {
                    Wire::Answer(id) => Disk::Accepted(id),
                    _ => Disk::Unknown,
                };
                operator.wire = Wire::Empty;
                operator.process = Process::Finished;
            }
            Step::Crash(who) => {
                after.operators[who].process = Process::Dead;
                after.crashes_left -= 1;
            }
            Step::Restart(who) => {
                let operator = &mut after.operators[who];
                (operator.disk, operator.process) = match operator.disk {
                    Disk::Nothing => (Disk::Nothing, Process::Ready),
                    Disk::Intent => (Disk::Unknown, Process::Finished),
                    settled => (settled, Process::Finished),
                };
            }
            Step::Reconcile(who) => after.operators[who].disk = self.reconcile(before, who)?,
            Step::QuietPeriodOver => after.quiet = true,
        }
        Some(after)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(AT_MOST_ONCE, |_, e: &Estate| {
                e.operators.iter().all(|o| o.arrivals <= 1)
            }),
            Property::always(NOTHING_LOST, |_, e: &Estate| {
                e.server
                    .iter()
                    .all(|who| !matches!(e.operators[*who].disk, Disk::Nothing | Disk::NotSent))
            }),
            Property::always(OWN_ONLY, |_, e: &Estate| {
                e.operators.iter().enumerate().all(|(who, o)| match o.disk {
                    Disk::Accepted(id) => e.server.get(id) == Some(&who),
                    _ => true,
                })
            }),
            Property::eventually(SETTLED, |_, e: &Estate| {
                e.operators.iter().all(|o| {
                    o.process == Process::Finished
                        && matches!(o.disk, Disk::Accepted(_) | Disk::NotSent | Disk::Raised)
                })
            }),
            Property::sometimes("a lost answer is found again", |_, e: &Estate| {
                e.crashes_left == 0 && e.operators.iter().all(|o| matches!(o.disk, Disk::Accepted(_)))
            }),
        ]
    }
}

const AT_MOST_ONCE: &str = "the server sees each operation at most once";
const NOTHING_LOST: &str = "what the server has, the store knows of";
const OWN_ONLY: &str = "a colleague's request is never adopted";
const SETTLED: &str = "every intent is settled or raised to a person";

#[test]
fn the_protocol_holds_in_every_interleaving() {
    let checker = Protocol::Sound.checker().spawn_bfs().join();
    checker.assert_properties();
    // Small enough to search whole, large enough that the interleavings are really in it.
    assert!(
        checker.unique_state_count() > 1_000,
        "{} states",
        checker.unique_state_count()
    );
}

#[test]
fn sending_before_writing_is_caught() {
    let checker = Protocol::SendBeforeWrite.checker().spawn_bfs().join();
    assert!(
        checker.discovery(AT_MOST_ONCE).is_some(),
        "a crash after sending leads to a second arrival"
    );
    assert!(
        checker.discovery(NOTHING_LOST).is_some(),
        "a request exists that the store never heard of"
    );
}

#[test]
fn repeating_an_unknown_outcome_is_caught() {
    let model = Protocol::RetryUnknown
        .checker()
        .target_max_depth(14)
        .spawn_bfs()
        .join();
    assert!(model.discovery(AT_MOST_ONCE).is_some());
}

#[test]
fn adopting_without_asking_who_else_is_caught() {
    let checker = Protocol::AdoptBlindly.checker().spawn_bfs().join();
    assert!(checker.discovery(OWN_ONLY).is_some());
    assert!(checker.discovery(AT_MOST_ONCE).is_none());
}
