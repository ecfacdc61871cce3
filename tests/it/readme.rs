//! The README says what the program does.

use std::path::Path;

use dsr_console::cli::docs::updated;

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

#[test]
fn the_tables_of_keys_and_commands_are_the_programs_own() {
    let readme = readme();
    let same = updated(&readme).unwrap() == readme;
    assert!(same, "write them anew: cargo run -- docs readme --write");
    for word in [
        "| `n` |",
        "| `dsr requests submit` |",
        "`--batch`",
        "| `dsr archive show <FILE>` |",
    ] {
        assert!(readme.contains(word), "{word}");
    }
}

#[test]
fn a_missing_marker_is_named() {
    let failure = updated(&readme().replace("<!-- /keys -->", "")).unwrap_err();
    assert!(failure.message.contains("<!-- /keys -->"), "{failure}");
}

#[test]
fn every_picture_is_there_and_shows_the_mode() {
    let readme = readme();
    let mut pictures = 0;
    for part in readme.split("](").skip(1) {
        let Some((target, _)) = part.split_once(')') else {
            continue;
        };
        if !target.ends_with(".svg") {
            continue;
        }
        let svg = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(target));
        let svg = svg.unwrap_or_else(|error| panic!("{target}: {error}"));
        assert!(svg.starts_with("<svg ") && svg.contains("SIMULATION"), "{target}");
        pictures += 1;
    }
    assert!(pictures >= 3);
}

#[test]
fn every_dsr_command_in_it_is_one_that_the_program_knows() {
    use clap::Parser as _;
    use dsr_console::cli::Cli;

    let mut tried = 0;
    let readme = readme();
    let shell = readme
        .split("```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.trim_start().strip_prefix("sh\n"));
    for line in shell.flat_map(str::lines) {
        let command = line.split(" #").next().unwrap_or_default().trim();
        if !command.starts_with("dsr") {
            continue;
        }
        // What the shell does with its input and output is not the program's.
        let command = command.split(" < ").next().unwrap_or_default();
        let command = command.split(" > ").next().unwrap_or_default();
        let arguments = words(command);
        if let Err(error) = Cli::try_parse_from(&arguments) {
            panic!("{line}\n{error}");
        }
        tried += 1;
    }
    assert!(tried > 8, "only {tried} commands were found");
}

/// Words as a shell splits them, double quotes included.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (n, part) in line.split('"').enumerate() {
        if n % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}
