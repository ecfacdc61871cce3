//! The way of a person through what is opened over the panes: archives, exports and decrypted records,
//! cases and their forms, the register. On each of them the same as a command is copied to the clipboard
//! of the terminal, which is a road out of this host.

use std::time::{Duration, Instant};

use super::console::{leave, look, open, open_with};
use super::needles::Canary;
use super::tour::Tour;
use crate::terminal::pty::Pty;

struct Visit<'a> {
    pty: Pty,
    tour: &'a Tour<'a>,
    canary: &'a Canary,
    copied: usize,
}

impl Visit<'_> {
    fn keys(&mut self, keys: &str) {
        self.pty.send(keys.as_bytes());
    }

    fn wait(&self, what: &str, text: &str) {
        self.pty.wait(what, |screen| screen.contents().contains(text));
    }

    /// Looks at what is there, and copies its command. What is told of the copy is looked at, too.
    fn copy(&mut self, place: &str) {
        look(&self.pty, self.tour, self.canary, place);
        let before = sent(&self.pty);
        self.keys("y");
        self.wait(&format!("a copy of {place}"), "terminal's clipboard");
        let patience = Instant::now() + Duration::from_secs(60);
        while sent(&self.pty) == before {
            assert!(Instant::now() < patience, "nothing was copied: {place}");
            std::thread::yield_now();
        }
        self.copied += 1;
        look(&self.pty, self.tour, self.canary, place);
    }

    fn in_full(&mut self, place: &str) {
        self.keys("v");
        let canary = self.canary;
        self.pty.wait(&format!("{place} in full"), |screen| {
            canary.found_in(screen.contents().as_bytes()).is_some()
        });
    }

    /// Closes what bears this title.
    fn back(&mut self, title: &str) {
        self.keys("\x1b");
        self.pty.wait(&format!("{title} is closed"), |screen| {
            !screen.contents().contains(title)
        });
    }

    /// Turns the exports to this tab.
    fn tab(&mut self, wanted: &str) {
        let tabs = ["[Jobs]", "[Files]", "[Certificate]"];
        for _ in tabs {
            let shown = |screen: &vt100::Screen| {
                let text = screen.contents();
                tabs.into_iter().find(|tab| text.contains(tab))
            };
            self.pty.wait("the exports", |screen| shown(screen).is_some());
            let now = shown(&self.pty.screen()).unwrap();
            if now == wanted {
                return;
            }
            self.keys("\t");
            self.pty.wait("the next tab", |screen| {
                shown(screen).is_some_and(|tab| tab != now)
            });
        }
        self.wait("the tab", wanted);
    }

    fn end(self) {
        let sent = leave(self.pty, self.tour, self.canary);
        assert!(
            sent >= self.copied,
            "{} texts were copied, and {sent} went to the terminal",
            self.copied
        );
    }
}

/// Sequences for the clipboard so far.
fn sent(pty: &Pty) -> usize {
    pty.bytes().matches("\x1b]52;").count()
}

fn begin<'a>(tour: &'a Tour<'a>, canary: &'a Canary, pty: Pty) -> Visit<'a> {
    let visit = Visit {
        pty,
        tour,
        canary,
        copied: 0,
    };
    visit.wait("the console", "SIMULATION");
    visit
}

pub fn visit(tour: &Tour, canary: &Canary) {
    archive(tour, canary);
    exports(tour, canary);
    cases(tour, canary);
    forms(tour, canary);
}

/// The archive that the tour has fetched, its entries, and one of them in full; inside tmux, where the
/// clipboard has a second road.
fn archive(tour: &Tour, canary: &Canary) {
    let pty = open_with(tour, &[("TMUX", "/tmp/none,1,0")]);
    let mut visit = begin(tour, canary, pty);
    visit.keys("2");
    visit.wait("the requests", "enter open");
    visit.copy("the requests");
    let known_by = canary.name.split(' ').next_back().unwrap_or_default();
    visit.keys(&format!("/{known_by} type=export status=completed\r"));
    visit.wait("the filter", "filter:");
    visit.keys("g\r");
    visit.wait("the request", "WHAT HAPPENED");
    visit.copy("the request");
    visit.keys("a");
    visit.wait("the archive", "entries,");
    visit.copy("the archive");
    visit.keys(&format!("/{}", canary.word));
    visit.wait("nothing that fits", "Archive | 0 of");
    // Together the two would be another key.
    visit.keys("\x1b");
    visit.wait("outside of the field", "esc close");
    visit.keys("\x7f");
    visit.pty.wait("everything again", |screen| {
        !screen.contents().contains("Archive | 0 of")
    });
    visit.keys("g\r");
    visit.wait("an entry", "Entry ");
    visit.copy("an entry");
    visit.end();
}

/// Jobs, files and the certificate; a file that is fetched and decrypted here, and what is in it.
fn exports(tour: &Tour, canary: &Canary) {
    let later = [
        "simulator",
        "clock",
        "--advance",
        "2h",
        "--scenario",
        "inputs/estate.toml",
    ];
    tour.dsr.run(&later).ends(0);
    let mut visit = begin(tour, canary, open(tour));
    visit.keys("4");
    visit.wait("the jobs", "e exports");
    visit.keys("e");
    for tab in ["[Jobs]", "[Certificate]", "[Files]"] {
        visit.tab(tab);
        visit.copy(tab);
    }
    // The last one is of the job that the tour has cloned under the new certificate.
    visit.keys("Gd");
    visit.wait("the file", "export files are here");
    visit.wait("the file in the list", "o decrypt");
    visit.keys("o");
    visit.wait("the question", "Passphrase of the key");
    visit.keys("a passphrase of the test\r");
    visit.wait("the records", "Records |");
    visit.copy("records");
    let known_by = canary.name.split(' ').next_back().unwrap_or_default();
    visit.keys(&format!("/{known_by}"));
    // How many records a person has in the export depends on the day.
    let (typed, pty) = (format!("/ {known_by}"), &visit.pty);
    pty.wait("the records of the person", |screen| {
        let text = screen.contents();
        text.contains(&typed) && text.contains(" of ")
    });
    visit.keys("\x1b");
    visit.wait("outside of the field", "esc close");
    visit.copy("the records of the person");
    visit.in_full("the records of the person");
    visit.copy("the records of the person in full");
    visit.keys("\r");
    visit.wait("a record", "Record ");
    visit.copy("a record");
    visit.end();
}

/// The board, a case in full, its ledger, the times, the register, requests without a case.
fn cases(tour: &Tour, canary: &Canary) {
    let mut visit = begin(tour, canary, open(tour));
    visit.keys("2b");
    visit.wait("the board", "T-1");
    visit.copy("the board");
    visit.keys("u");
    visit.wait("requests without a case", "Nobody watches");
    visit.in_full("requests without a case");
    visit.copy("requests without a case");
    visit.back("Requests without a case");
    visit.keys("t");
    visit.wait("the times", "Times of answers");
    visit.copy("the times");
    visit.back("Times of answers");
    visit.keys("E");
    visit.wait("the register", "Register of erased people");
    visit.copy("the register");
    visit.keys("s");
    visit.wait("the search", "searched again:");
    visit.copy("the register after a search");
    // Its title is shorter by now, to leave room for what was found.
    visit.back("FOUND AGAIN");
    visit.keys("g\r");
    visit.wait("a case", "Case C-");
    visit.copy("a case");
    visit.in_full("a case");
    visit.copy("a case in full");
    visit.keys("l");
    visit.wait("its ledger", "Ledger of C-");
    visit.wait("its entries", "case.open");
    visit.copy("the ledger of a case");
    if let Some(form) = canary.found_in(visit.pty.screen().contents().as_bytes()) {
        tour.tell(format!("the ledger of a case shows {form:?}"));
    }
    visit.end();
}

/// Every form of a case, with the person typed into it.
fn forms(tour: &Tour, canary: &Canary) {
    let mut visit = begin(tour, canary, open(tour));
    visit.keys("2b");
    visit.wait("the board", "T-1");
    visit.keys("c");
    visit.wait("a new case", "New case");
    let typed = [
        "",
        "",
        "T-9",
        &canary.email,
        &canary.phone,
        &canary.name,
        &canary.external_id,
    ];
    for (place, text) in typed.iter().enumerate() {
        if place > 0 {
            visit.keys("\t");
        }
        if !text.is_empty() {
            visit.keys(text);
        }
    }
    visit.pty.wait("what was typed", |screen| {
        screen.contents().contains(&canary.external_id)
    });
    visit.keys("\x1b");
    visit.wait("outside of the field", "S submit");
    visit.copy("a new case");
    visit.back("New case");
    // The last one is the one that is open and not answered yet.
    visit.keys("G\r");
    visit.wait("a case", "Case C-");
    for (key, title, fields_before) in [
        ("i", "Identity checked", 1),
        ("p", "Something is awaited from the person", 1),
        ("x", "The person was told that it takes longer", 0),
        ("R", "Refuse the whole or a part", 1),
        ("h", "Set a hold on this person", 0),
        ("c", "Write into the coverage", 2),
        ("w", "The answer reached the person", 0),
        ("C", "Close the case", 1),
        ("o", "Who works on it", 0),
        ("t", "Write a note", 0),
    ] {
        visit.keys(key);
        visit.wait(title, title);
        visit.keys(&"\t".repeat(fields_before));
        visit.keys(&canary.word);
        visit.pty.wait("what was typed", |screen| {
            screen.contents().contains(&canary.word)
        });
        visit.keys("\x1b");
        visit.wait("outside of the field", "S submit");
        visit.copy(title);
        visit.back(title);
    }
    visit.end();
}
