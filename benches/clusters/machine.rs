//! Servers, homes and clocks of the measurements.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::Outcome;

/// Runs of each program; medians are told.
const RUNS: usize = 3;

/// Where data and rivals are kept.
pub fn cache() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-cache");
    std::env::var_os("DSR_TEST_CACHE").map_or(own, PathBuf::from)
}

/// A file of the repository.
pub fn source(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(inside)
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Outcome<String> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{command:?} failed: {said}").into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A Python of its own with the clients of others.
pub fn python() -> Outcome<PathBuf> {
    let place = cache().join("bench/python");
    if !place.join("complete").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&place))?;
        let packages = ["cassandra-driver==3.30.1", "cqlsh==6.2.2"];
        run(Command::new(place.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet"])
            .args(packages))?;
        std::fs::write(place.join("complete"), "")?;
    }
    Ok(place.join("bin"))
}

/// What one run took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// Seconds.
    pub wall: f64,
    /// Processor seconds of the client.
    pub client: f64,
    /// Processor seconds of the server.
    pub server: f64,
    /// MiB.
    pub peak: f64,
    /// MiB without what is mapped from files, as the program itself is.
    pub own: f64,
}

/// A program that is measured: its command, and how many hits its output tells.
pub struct Program {
    /// How it is called in the table.
    pub name: String,
    /// Program and arguments.
    pub command: Vec<String>,
    /// Variables.
    pub variables: Vec<(&'static str, String)>,
    /// Hits in what it printed.
    pub hits: fn(&str) -> usize,
}

impl Program {
    /// One of somebody else's, which prints a number.
    pub fn of(name: &str, command: Vec<String>) -> Program {
        Program {
            name: name.to_owned(),
            command,
            variables: Vec::new(),
            hits: |text| text.trim().parse().unwrap_or(0),
        }
    }

    /// `dsr forget` with these arguments, in an empty home.
    pub fn forget(name: &str, home: &Path, arguments: &[&str]) -> Program {
        let mut command: Vec<String> = vec![env!("CARGO_BIN_EXE_dsr").to_owned()];
        command.extend(["forget", "--live", "--output", "json"].map(str::to_owned));
        command.extend(arguments.iter().map(|&argument| argument.to_owned()));
        let place = |name: &str| home.join(name).display().to_string();
        Program {
            name: name.to_owned(),
            command,
            variables: vec![
                ("HOME", place("")),
                ("XDG_DATA_HOME", place("data")),
                ("XDG_STATE_HOME", place("state")),
                ("XDG_CONFIG_HOME", place("config")),
            ],
            hits: |text| {
                let document: Value = serde_json::from_str(text).unwrap_or_default();
                document["items"].as_array().map_or(0, Vec::len)
            },
        }
    }

    fn once(&self, server: Option<u32>) -> Outcome<(Took, usize)> {
        let output = std::env::temp_dir().join(format!("dsr-bench-{}", std::process::id()));
        let mut command = Command::new("python3");
        command
            .arg(source("benches/clusters/measure.py"))
            .arg(server.map_or_else(|| "-".to_owned(), |pid| pid.to_string()))
            .arg(&output)
            .args(&self.command)
            .envs(self.variables.iter().map(|(name, value)| (*name, value.as_str())));
        let told: Value = serde_json::from_str(&run(&mut command)?)?;
        let text = std::fs::read_to_string(&output)?;
        if told["code"] != 0 {
            let trouble = std::fs::read_to_string(output.with_extension("err")).unwrap_or_default();
            return Err(format!("{} ended with {}: {text}{trouble}", self.name, told["code"]).into());
        }
        let number = |name: &str| told[name].as_f64().unwrap_or(0.0);
        let took = Took {
            wall: number("wall"),
            client: number("client"),
            server: number("server"),
            peak: number("peak") / 1024.0,
            own: number("own") / 1024.0,
        };
        Ok((took, (self.hits)(&text)))
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// Measures programs by turns, so that a change of the machine meets all of them, and prints a table;
/// every figure is a median. Behind times stand ratios to the first program, behind the peak of memory that
/// without files.
pub fn compare(
    title: &str,
    server: Option<u32>,
    programs: &[Program],
    runs: Option<usize>,
) -> Outcome<Vec<Took>> {
    let mut all: Vec<Vec<Took>> = vec![Vec::new(); programs.len()];
    let mut hits = vec![0; programs.len()];
    for _ in 0..runs.unwrap_or(RUNS) {
        for (index, program) in programs.iter().enumerate() {
            let (took, found) = program.once(server)?;
            all[index].push(took);
            hits[index] = found;
        }
    }
    println!("\n{title}");
    println!(
        "| program | wall | client CPU | server CPU | client peak (own) | found |\n|---|---|---|---|---|---|"
    );
    let mut medians = Vec::new();
    for (index, program) in programs.iter().enumerate() {
        let of = |field: fn(&Took) -> f64| median(all[index].iter().map(field));
        let took = Took {
            wall: of(|took| took.wall),
            client: of(|took| took.client),
            server: of(|took| took.server),
            peak: of(|took| took.peak),
            own: of(|took| took.own),
        };
        medians.push(took);
        let first = medians[0];
        println!(
            "| {} | {:.2} s ({:.2}) | {:.2} s ({:.2}) | {:.2} s | {:.1} MiB ({:.1}) | {} |",
            program.name,
            took.wall,
            took.wall / first.wall,
            took.client,
            took.client / first.client,
            took.server,
            took.peak,
            took.own,
            hits[index]
        );
    }
    Ok(medians)
}
