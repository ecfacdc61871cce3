//! The fields of each form: what is typed, and what is chosen out of a few words.

use crate::app::field::Field;
use crate::domain::case::{CaseKind, Ending, Ground, IdentityResult};
use crate::domain::deadline::{Awaited, known_regimes};
use crate::keymap::Action;
use crate::workflow::cases::CaseFile;

/// One field.
#[derive(Clone, Debug)]
pub struct Item {
    /// In front of it.
    pub label: &'static str,
    /// What may stand there.
    pub hint: &'static str,
    /// What stands there.
    pub entry: Entry,
    /// What stands there may name a person: masked while it is not typed in.
    pub personal: bool,
}

/// What stands in a field.
#[derive(Clone, Debug)]
pub enum Entry {
    /// What was typed.
    Text(Field),
    /// One of these words.
    Choice {
        /// The words, as the commands have them.
        words: Vec<String>,
        /// Which.
        at: usize,
    },
}

impl Item {
    fn text(label: &'static str, hint: &'static str, value: &str) -> Item {
        Item {
            label,
            hint,
            entry: Entry::Text(Field::with(value)),
            personal: false,
        }
    }

    fn personal(label: &'static str, hint: &'static str) -> Item {
        Item {
            personal: true,
            ..Item::text(label, hint, "")
        }
    }

    fn words(label: &'static str, hint: &'static str) -> Item {
        Item::text(label, hint, "")
    }

    fn choice(label: &'static str, hint: &'static str, words: Vec<String>) -> Item {
        Item {
            label,
            hint,
            entry: Entry::Choice { words, at: 0 },
            personal: false,
        }
    }

    /// The next word, or the one before.
    pub(super) fn choose(&mut self, on: bool) {
        if let Entry::Choice { words, at } = &mut self.entry {
            let count = words.len().max(1);
            *at = (*at + if on { 1 } else { count - 1 }) % count;
        }
    }

    /// What stands there, trimmed.
    pub fn value(&self) -> &str {
        match &self.entry {
            Entry::Text(field) => field.value().trim(),
            Entry::Choice { words, at } => words.get(*at).map_or("", String::as_str),
        }
    }
}

fn words<T>(all: impl IntoIterator<Item = T>, name: impl Fn(&T) -> &str) -> Vec<String> {
    all.into_iter().map(|one| name(&one).to_owned()).collect()
}

const DAY: &str = "2026-11-03, today, or 3d for three days ago";

fn on() -> Item {
    Item::text("on", DAY, "today")
}

/// The title of a form.
pub fn title(action: Action) -> &'static str {
    match action {
        Action::NewCase => "New case",
        Action::Acknowledge => "Receipt confirmed",
        Action::Identity => "Identity checked",
        Action::Pause => "Something is awaited from the person",
        Action::Resume => "What was awaited has come",
        Action::Extend => "The person was told that it takes longer",
        Action::Refuse => "Refuse the whole or a part",
        Action::Hold => "Set a hold on this person",
        Action::LiftHold => "Lift a hold",
        Action::Answer => "The answer reached the person",
        Action::Assign => "Who works on it",
        Action::Note => "Write a note",
        Action::Cover => "Write into the coverage",
        Action::CloseCase => "Close the case",
        Action::Record => "Write the record",
        _ => "Case",
    }
}

/// The fields of a form.
pub(super) fn of(action: Action, file: Option<&CaseFile>, login: &str) -> Vec<Item> {
    match action {
        Action::NewCase => new_case(login),
        Action::Acknowledge => vec![on()],
        Action::Identity => vec![
            Item::choice("result", "", words(IdentityResult::ALL, |it| it.as_str())),
            Item::words("method", "how it was checked; never the document itself"),
            Item::words("doubt", "why there was doubt; empty for none"),
            on(),
        ],
        Action::Pause => vec![
            Item::choice("awaited", "", words(Awaited::ALL, |it| it.as_str())),
            Item::words("reason", "why it is needed"),
            on(),
        ],
        Action::Resume => vec![Item::choice("came", "", awaited(file)), on()],
        Action::Extend => vec![
            Item::words("reason", "the reasons that the person was told"),
            on(),
        ],
        Action::Refuse => vec![
            Item::choice("ground", "", grounds(file)),
            Item::words("reason", "why, in words"),
            Item::words("part", "the system or part; empty for the whole"),
            on(),
        ],
        Action::Hold => vec![
            Item::words("reason", "why the data must be kept"),
            Item::text("until", "last day, 2027-06-30; empty until it is lifted", ""),
        ],
        Action::LiftHold => {
            let holds = file.map(|file| file.holds.clone()).unwrap_or_default();
            vec![
                Item::choice("hold", "", holds),
                Item::words("reason", "why it no longer stands"),
            ]
        }
        Action::Answer => vec![
            Item::text("channel", "letter, e-mail, portal, …", ""),
            on(),
            Item::text("sent", "file that was sent; only its digest is kept", ""),
        ],
        Action::Assign => vec![Item::text("login", "empty for nobody", login)],
        Action::Note => vec![Item::words("note", "for the trail")],
        Action::Cover => cover(file),
        Action::CloseCase => vec![
            Item::choice("as", "", endings(file)),
            Item::words(
                "reason",
                "why, or why something is left open; empty when answered in full",
            ),
        ],
        Action::Record => vec![Item::text(
            "to",
            "directory, or a file that ends with .zip; neither may exist",
            &file
                .map(|file| format!("{}-record.zip", file.case.id))
                .unwrap_or_default(),
        )],
        _ => Vec::new(),
    }
}

fn new_case(login: &str) -> Vec<Item> {
    let regimes = std::iter::once(String::new()).chain(known_regimes());
    vec![
        Item::choice("asked for", "", {
            // What is asked for most stands first.
            let mut kinds = words(CaseKind::ALL, |it| it.as_str());
            kinds.swap(0, 1);
            kinds
        }),
        Item::text("received", DAY, "today"),
        Item::text("ticket", "reference of the ticket", ""),
        Item::personal("e-mail", "several with ; between them"),
        Item::personal("phone", "with country code, or in national form"),
        Item::personal("name", ""),
        Item::personal("external id", ""),
        Item::text("channel", "how it was received: letter, e-mail, phone, …", ""),
        Item::choice("law", "empty: the profile's", regimes.collect()),
        Item::text("country", "DE, DE-BY, none; empty: the profile's", ""),
        Item::text("controller", "on whose behalf; empty for our own", ""),
        Item::text("owner", "login; empty for nobody", login),
        Item::words("note", ""),
    ]
}

fn awaited(file: Option<&CaseFile>) -> Vec<String> {
    let open = file.iter().flat_map(|file| &file.case.pauses);
    let open = open.filter(|pause| pause.until.is_none());
    open.map(|pause| pause.awaited.clone()).collect()
}

/// Those that can stand against what was asked for.
fn grounds(file: Option<&CaseFile>) -> Vec<String> {
    let fits = |ground: &Ground| file.is_none_or(|file| ground.fits(file.case.kind, &file.case.regime));
    words(Ground::ALL.into_iter().filter(fits), |it| it.as_str())
}

/// The likely one first.
fn endings(file: Option<&CaseFile>) -> Vec<String> {
    let mut all = words(Ending::ALL, |it| it.as_str());
    let refused = file.is_some_and(|file| {
        file.case.answer.is_none() && file.case.refusals.iter().any(|refusal| refusal.part.is_none())
    });
    if refused {
        all.swap(0, 1);
    }
    all
}

/// What can be written into a column.
pub(super) const MARKS: [&str; 9] = [
    "told",
    "not_applicable",
    "not_reachable",
    "waived",
    "searched",
    "erased",
    "exported",
    "changed",
    "verified",
];

fn cover(file: Option<&CaseFile>) -> Vec<Item> {
    let mut systems: Vec<(bool, String)> = file
        .iter()
        .flat_map(|file| file.columns.iter().map(|column| (column, file.case.kind)))
        .map(|(column, kind)| (column.verdict(kind).settled, column.system.as_str().to_owned()))
        .collect();
    // What is open stands first.
    systems.sort_by_key(|(settled, _)| *settled);
    vec![
        Item::choice("system", "", systems.into_iter().map(|(_, name)| name).collect()),
        Item::choice("mark", "", MARKS.map(str::to_owned).to_vec()),
        Item::words(
            "whom or why",
            "told: whom; not applicable, not reachable, waived: why",
        ),
        Item::text("number", "found, erased, exported, changed, or left", ""),
        Item::text("evidence", "what shows it: an id, a ticket", ""),
    ]
}
