//! The way of a person through the panes of the console, on a real terminal: what is typed and shown
//! there stays on the screen. It is in no title, and in no line that shows the same as a command.

use super::needles::Canary;
use super::tour::Tour;
use crate::terminal::pty::Pty;

/// Lines in which a command is shown must not hold the person.
pub(super) fn look(pty: &Pty, tour: &Tour, canary: &Canary, place: &str) {
    let screen = pty.screen().contents();
    for line in screen.lines().filter(|line| line.contains("dsr ")) {
        if let Some(form) = canary.found_in(line.as_bytes()) {
            tour.tell(format!("{place}: {form:?} in the line {line:?}"));
        }
    }
    // Cut into lines by the width of the terminal, it would be the same.
    let joined: String = screen.lines().map(str::trim).collect();
    if let Some(at) = joined.find("the same as a command:") {
        let told: String = joined[at..].chars().take(400).collect();
        if let Some(form) = canary.found_in(told.as_bytes()) {
            tour.tell(format!("{place}: {form:?} is the same as a command"));
        }
    }
}

/// What follows ESC ] up to its end: titles, hyperlinks, the clipboard.
fn control_strings(bytes: &str) -> Vec<&str> {
    bytes
        .split("\x1b]")
        .skip(1)
        .map(|rest| {
            let end = rest.find(['\x07', '\x1b']).unwrap_or(rest.len());
            &rest[..end]
        })
        .collect()
}

pub(super) fn open(tour: &Tour) -> Pty {
    open_with(tour, &[])
}

/// The same with further variables.
pub(super) fn open_with(tour: &Tour, more: &[(&str, &str)]) -> Pty {
    let words = [env!("CARGO_BIN_EXE_dsr"), "--scenario", "inputs/estate.toml"];
    let home = tour.home().display().to_string();
    let words = ["env", "-C", &home]
        .into_iter()
        .chain(words)
        .map(str::to_owned)
        .collect();
    let variables = tour.dsr.variables();
    let mut env: Vec<(&str, String)> = variables
        .iter()
        .filter(|(name, _)| name != "NO_COLOR")
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    env.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    Pty::spawn(words, &env, 160, 48)
}

/// Ends the console; what it sent to the terminal beside the screen must not name the person. Gives the
/// number of texts that went to the clipboard.
pub(super) fn leave(mut pty: Pty, tour: &Tour, canary: &Canary) -> usize {
    pty.signal("TERM");
    pty.exit();
    let bytes = pty.bytes();
    assert!(bytes.len() > 10_000, "the console showed hardly anything");
    for told in control_strings(&bytes) {
        if canary.found_in(told.as_bytes()).is_some() {
            tour.tell(format!("the console sent the terminal {told:?}"));
        }
    }
    let clipboard = |told: &&str| told.starts_with("52;");
    control_strings(&bytes).into_iter().filter(clipboard).count()
}

pub fn visit(tour: &Tour, canary: &Canary) {
    let mut pty = open(tour);
    let has = |text: &'static str| move |screen: &vt100::Screen| screen.contents().contains(text);
    pty.wait("the console", has("SIMULATION"));
    pty.send(b"1");
    pty.wait("the subject search", has("/ type  n new"));
    pty.send(b"/");
    pty.wait("the field", has("enter accept"));
    pty.send(canary.email.as_bytes());
    pty.send(b"\r");
    pty.wait("the person", has("ext. contact"));
    look(&pty, tour, canary, "the subject search");
    pty.send(b"n");
    pty.wait("the guide", has("2 which person"));
    look(&pty, tour, canary, "the guide");
    pty.send(b"\t\t");
    pty.wait("the details", has("a note for the record"));
    pty.send(canary.word.as_bytes());
    pty.send(b"\x1b");
    pty.wait("outside of the field", has("shift-tab back"));
    pty.send(b"\t");
    pty.wait("the preview", has("the same as a command"));
    look(&pty, tour, canary, "the preview");
    leave(pty, tour, canary);
    let mut pty = open(tour);
    pty.wait("the console again", has("SIMULATION"));
    pty.send(b"2");
    pty.wait("the requests", has("enter open"));
    pty.send(b"g\r");
    pty.wait("a request", has("WHAT HAPPENED"));
    look(&pty, tour, canary, "a request");
    // In full, its person stands on the screen, and there alone.
    pty.send(b"v");
    pty.wait("the person in full", |screen| {
        canary.found_in(screen.contents().as_bytes()).is_some()
    });
    look(&pty, tour, canary, "a request in full");
    pty.send(b"\x1b");
    pty.wait("the panes again", |screen| {
        !screen.contents().contains("WHAT HAPPENED")
    });
    pty.send(b"3/");
    pty.send(canary.email.as_bytes());
    pty.send(b"\r");
    pty.wait(
        "the favorites, of which nothing is left",
        has("complete and clean"),
    );
    look(&pty, tour, canary, "the favorites");
    pty.send(b"4");
    pty.wait("the jobs", has("e exports"));
    look(&pty, tour, canary, "the jobs");
    pty.send(b":");
    pty.wait("the palette", has("▸Commands"));
    look(&pty, tour, canary, "the palette");
    leave(pty, tour, canary);
}
