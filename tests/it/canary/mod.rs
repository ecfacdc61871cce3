//! No personal data where it does not belong. A person who does not exist goes through every command
//! and every pane, which succeed and fail; afterwards nothing of that person may stand in logs, in the
//! ledger or what is handed out of it, in what commands print without `--reveal`, in argument lists,
//! environments and inputs of child processes, in temporary files, in terminal titles, in the lines
//! that show the same as a command, or in a file that others can read. It stands in the store, in the
//! estate, and in what the operator asked for by name.

mod console;
mod needles;
mod screens;
mod tour;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use clap::CommandFactory as _;
use dsr_console::cli::Cli;

use needles::Canary;
use tour::Tour;

/// Every command that can be given, by its words.
fn commands() -> BTreeSet<String> {
    fn walk(command: &clap::Command, words: &str, found: &mut BTreeSet<String>) {
        let mut inner = command
            .get_subcommands()
            .filter(|one| one.get_name() != "help")
            .peekable();
        let is_one = inner.peek().is_none() || !command.is_subcommand_required_set();
        if is_one && !words.is_empty() {
            found.insert(words.to_owned());
        }
        for one in inner {
            let words = format!("{words} {}", one.get_name());
            walk(one, words.trim(), found);
        }
    }
    let mut found = BTreeSet::new();
    walk(&Cli::command(), "", &mut found);
    found
}

/// Where a person may stand: the store, the estate, and what was asked for by name.
fn belongs(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let database = name.contains(".sqlite");
    database
        || path.starts_with("inputs")
        || path.starts_with("asked")
        || path.iter().any(|part| part == "downloads")
}

#[test]
fn a_person_stands_nowhere_but_where_it_belongs() {
    let canary = Canary::new();
    let tour = Tour::new(&canary);
    tour.all();
    console::visit(&tour, &canary);
    screens::visit(&tour, &canary);
    let known = commands();
    let seen = tour.seen();
    let forgotten: Vec<&String> = known.difference(&seen).collect();
    assert!(
        forgotten.is_empty(),
        "no tour of the canary leads through {forgotten:?}"
    );
    let unknown: Vec<&String> = seen.difference(&known).collect();
    assert!(unknown.is_empty(), "these are no commands: {unknown:?}");
    let mut wrong = tour.wrong();
    // It is a test that can fail: the person is really in the store and in the downloads.
    let home = tour.home();
    let inside = canary.files(home, |path| {
        path.starts_with("inputs") || path.starts_with("asked")
    });
    assert!(
        inside
            .iter()
            .any(|(path, _)| path.to_string_lossy().contains("store.sqlite3")),
        "{inside:?}"
    );
    for (path, form) in canary.files(home, belongs) {
        wrong.push(format!(
            "{} holds {form:?}",
            path.strip_prefix(home).unwrap().display()
        ));
    }
    wrong.extend(open_to_others(home));
    assert!(wrong.is_empty(), "{wrong:#?}");
    let recorded = tour.children();
    assert!(recorded.len() > 3, "hardly a child was recorded: {recorded:?}");
}

/// Files and directories of ours that others can read, and images of crashed processes.
fn open_to_others(home: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut folders: Vec<_> = [
        "config", "data", "state", "cache", "run", "tmp", "asked", "record", "handed",
    ]
    .iter()
    .map(|name| home.join(name))
    .filter(|path| path.is_dir())
    .collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            let mode = std::fs::symlink_metadata(&path).unwrap().permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                wrong.push(format!("{} has mode {mode:03o}", path.display()));
            }
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    for entry in std::fs::read_dir(home).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with("core") {
            wrong.push(format!("{} is the image of a process", entry.path().display()));
        }
    }
    wrong
}

/// The victim of the test below: a panic whose message holds a person, as the program meets it.
#[test]
#[ignore = "the victim of a test, started by it"]
fn panics_with_a_person() {
    let Ok(person) = std::env::var("DSR_TEST_CANARY") else {
        return;
    };
    dsr_console::world::hardening::process();
    dsr_console::cli::defect::remember();
    let met = std::thread::spawn(move || panic!("a defect about {person}")).join();
    assert!(met.is_err());
    eprintln!("{}", dsr_console::cli::defect::failure());
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let words: Vec<&str> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
}

#[test]
fn a_panic_tells_the_place_and_nobody() {
    let canary = Canary::new();
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "canary::panics_with_a_person",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env("DSR_TEST_CANARY", &canary.email)
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    assert!(String::from_utf8_lossy(&said).contains("defect of dsr, at tests/it/canary"));
    assert_eq!(canary.found_in(&said), None);
}
