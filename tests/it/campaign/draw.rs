//! What befalls in one run: drawn from its seed, and shown when an invariant does not hold.

use dsr_console::domain::request::RequestType;

use super::dice::Dice;
use super::fate::{Harm, Trouble};
use super::power::Lies;

/// One thing that an operator does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// A request at Genesys Cloud for the contact of this name.
    Submit(RequestType, String),
    /// Results of a finished export are fetched.
    FetchResults,
    /// Everything that GWS shows of this person is deleted.
    Forget(&'static str),
    /// This certificate is uploaded, where the estate has an old one.
    Import(usize),
    /// An export job of this title is made.
    CreateJob(String),
    /// The job of this title is deleted.
    DeleteJob(&'static str),
    /// A file of the export service is fetched and decrypted.
    Decrypt,
}

/// One operator's process.
#[derive(Clone, Debug)]
pub struct Part {
    pub login: &'static str,
    pub tasks: Vec<Task>,
    /// The step at which the process ends.
    pub ends_at: Option<u64>,
    pub trouble: Option<Trouble>,
    pub bad_read: Option<u64>,
    /// One in how many mutations and reads fails.
    pub weather: (u64, u64),
    pub weather_seed: u64,
    /// From which reading of the clock on it is wrong by how many seconds.
    pub clock: Vec<(u64, i64)>,
    /// After how many steps the operator interrupts.
    pub cancels_at: Option<u64>,
}

/// What a crash in the middle of an append leaves of the ledger, beyond what a torn write leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    Nothing,
    /// Half-written tiles of the state to come.
    TornTiles,
    /// The tiles are gone.
    NoTiles,
    /// A checkpoint that was never put in place.
    Litter,
}

/// Where in the year the run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Season {
    Now,
    /// Half a minute before the clocks go forward in Berlin.
    Spring,
    /// Half a minute before they go back.
    Autumn,
    /// The end of a year.
    NewYear,
}

#[derive(Clone, Debug)]
pub struct Draw {
    pub parts: Vec<Part>,
    /// The estate has a valid certificate from the beginning.
    pub certified: bool,
    /// The store is made in this run.
    pub fresh: bool,
    pub left: Left,
    pub season: Season,
    /// The clock of whoever comes afterwards.
    pub clock: i64,
    /// The first end of a process, or the end of all work, is a power cut, and what was not synced is
    /// lost by these dice.
    pub power: Option<u64>,
    pub lies: Lies,
}

const CLOCKS: [i64; 7] = [-86_400, -3_600, -61, 1, 3_600, 86_400, 40 * 86_400];
const PEOPLE: [&str; 3] = [
    "anna.muster@example.org",
    "bela.specimen@example.org",
    "+49 30 23125014",
];
pub const JOBS: [&str; 2] = ["Contact 2026-10", "Contact yearly"];

fn task(dice: &mut Dice, login: &str, number: usize) -> Task {
    let kinds = [RequestType::Export, RequestType::Delete, RequestType::Update];
    match dice.below(12) {
        0..4 => {
            // Now and then both operators mean the same person.
            let whose = if dice.once_in(5) { "both" } else { login };
            Task::Submit(dice.one(&kinds), format!("campaign-{whose}-{}", dice.below(3)))
        }
        4 => Task::FetchResults,
        5 | 6 => Task::Forget(dice.one(&PEOPLE)),
        7 => Task::Import(dice.below(2) as usize),
        8 | 9 => Task::CreateJob(format!("Campaign {login} {number}")),
        10 => Task::DeleteJob(dice.one(&JOBS)),
        _ => Task::Decrypt,
    }
}

fn part(dice: &mut Dice, login: &'static str) -> Part {
    let count = 1 + dice.below(3) as usize;
    let tasks = (0..count).map(|number| task(dice, login, number)).collect();
    let trouble = dice.once_in(3).then(|| Trouble {
        harm: dice.one(&[Harm::NoRoom, Harm::Io, Harm::Torn]),
        from: 1 + dice.below(140),
        calls: dice.one(&[1, 1, 2, 40, u64::MAX / 2]),
    });
    let clock = if dice.once_in(3) {
        (0..1 + dice.below(2))
            .map(|_| (dice.below(30), dice.one(&CLOCKS)))
            .collect()
    } else {
        Vec::new()
    };
    let ends = dice.once_in(2);
    Part {
        login,
        tasks,
        ends_at: ends.then(|| 1 + dice.below(260)),
        trouble,
        bad_read: dice.once_in(12).then(|| 1 + dice.below(60)),
        weather: (dice.one(&[0, 2, 2, 3]), dice.one(&[0, 0, 12, 40])),
        weather_seed: dice.next(),
        clock,
        cancels_at: dice.once_in(8).then(|| dice.below(80)),
    }
}

impl Draw {
    pub fn of(seed: u64) -> Draw {
        let mut dice = Dice::new(seed);
        let operators = 1 + dice.below(2) as usize;
        Draw {
            parts: ["olga", "paul"]
                .into_iter()
                .take(operators)
                .map(|login| part(&mut dice, login))
                .collect(),
            certified: !dice.once_in(4),
            fresh: dice.once_in(4),
            left: dice.one(&[
                Left::Nothing,
                Left::Nothing,
                Left::Nothing,
                Left::TornTiles,
                Left::NoTiles,
                Left::Litter,
            ]),
            season: dice.one(&[
                Season::Now,
                Season::Now,
                Season::Spring,
                Season::Autumn,
                Season::NewYear,
            ]),
            clock: if dice.once_in(4) { dice.one(&CLOCKS) } else { 0 },
            power: dice.once_in(2).then(|| dice.next()),
            lies: Lies::Nobody,
        }
    }
}
