//! Runs the real binary in a home of its own, over pipes or on a pseudo-terminal, and holds what it
//! says against the published schemas.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::Value;
use tempfile::TempDir;

/// A home with configuration, data and state of its own.
pub struct Dsr {
    home: TempDir,
    env: Vec<(String, String)>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Standard output as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|wrong| panic!("{wrong}: {self:?}"))
    }

    /// The error document: the last line of standard error.
    pub fn error(&self) -> Value {
        let last = self.stderr.lines().last().unwrap_or_default();
        let value: Value = serde_json::from_str(last).unwrap_or_else(|wrong| panic!("{wrong}: {self:?}"));
        check("error.json", &value);
        value["error"].clone()
    }

    /// Fails the test unless the run ended with `code`.
    #[track_caller]
    pub fn ends(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}

impl Dsr {
    pub fn new() -> Dsr {
        Dsr {
            home: tempfile::tempdir().unwrap(),
            env: Vec::new(),
        }
    }

    /// A home in which the mode is said once and for all.
    pub fn simulated() -> Dsr {
        Dsr::new().with("DSR_MODE", "simulation")
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Dsr {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file into the home and gives its path.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The home directory.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The content of every file in the home, for what must stand in none.
    pub fn all_files_text(&self) -> String {
        let (mut text, mut folders) = (String::new(), vec![self.home.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                match entry.file_type().unwrap().is_dir() {
                    true => folders.push(entry.path()),
                    false => text.push_str(&String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap())),
                }
            }
        }
        text
    }

    /// Lets the store refuse rows of a table for which `when` is true.
    pub fn store_refuses(&self, table: &str, when: &str) {
        let mut folders = vec![self.home.path().to_owned()];
        let mut store = None;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                match entry.file_type().unwrap().is_dir() {
                    true => folders.push(entry.path()),
                    false if entry.file_name() == "store.sqlite3" => store = Some(entry.path()),
                    false => {}
                }
            }
        }
        let store = rusqlite::Connection::open(store.unwrap()).unwrap();
        let trigger = format!(
            "CREATE TRIGGER full BEFORE INSERT ON {table} WHEN {when}
             BEGIN SELECT RAISE(ABORT, 'no room'); END"
        );
        store.execute_batch(&trigger).unwrap();
    }

    /// The whole environment of a run.
    pub fn variables(&self) -> Vec<(String, String)> {
        let home = self.home.path().display().to_string();
        let mut all = vec![
            ("HOME".to_owned(), home.clone()),
            ("PATH".to_owned(), "/usr/bin:/bin".to_owned()),
            ("TZ".to_owned(), "UTC".to_owned()),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            ("TERM".to_owned(), "xterm-256color".to_owned()),
            ("NO_COLOR".to_owned(), "1".to_owned()),
            ("NO_PROXY".to_owned(), "*".to_owned()),
        ];
        for (name, place) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "run"),
        ] {
            all.push((name.to_owned(), format!("{home}/{place}")));
        }
        all.extend(self.env.clone());
        all
    }

    /// The command, to be started in another way.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dsr"));
        command
            .args(arguments)
            .env_clear()
            .envs(self.variables())
            .current_dir(self.home.path());
        command
    }

    /// Runs with an empty standard input.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// Runs with `input` on standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self.start(arguments);
        let mut stdin = child.stdin.take().unwrap();
        // A command that does not read its input has closed it: that is no failure of the test.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts without waiting.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs with `--output json`, holds the document against `schema`, and gives it.
    #[track_caller]
    pub fn json(&self, schema: &str, arguments: &[&str], code: i32) -> Value {
        let all: Vec<&str> = arguments.iter().copied().chain(["--output", "json"]).collect();
        let ran = self.run(&all).ends(code);
        let document = ran.json();
        check(schema, &document);
        document
    }

    /// Runs with `--output ndjson` and holds each line against the `line` of `schema`.
    #[track_caller]
    pub fn ndjson(&self, schema: &str, arguments: &[&str]) -> Vec<Value> {
        let all: Vec<&str> = arguments.iter().copied().chain(["--output", "ndjson"]).collect();
        let ran = self.run(&all).ends(0);
        let lines: Vec<Value> = ran
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        for line in &lines {
            check(&format!("{schema}#/$defs/line"), line);
        }
        lines
    }

    /// Runs on a terminal of 80 columns; `typed` is what the operator types. Gives the exit code and
    /// all that stood on the terminal.
    pub fn on_terminal(&self, arguments: &[&str], typed: &str) -> (u32, String) {
        let size = PtySize {
            rows: 24,
            cols: 80,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_dsr"));
        command.args(arguments);
        command.env_clear();
        for (name, value) in self.variables() {
            command.env(name, value);
        }
        command.cwd(self.home.path());
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut writer = pair.master.take_writer().unwrap();
        writer.write_all(typed.as_bytes()).unwrap();
        writer.flush().unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let mut bytes = Vec::new();
        // The end of a pseudo-terminal is an error on Linux; what was read until then counts.
        let _ = reader.read_to_end(&mut bytes);
        let code = child.wait().unwrap().exit_code();
        drop(writer);
        (code, lines_left(&String::from_utf8_lossy(&bytes)))
    }
}

/// What stands on the terminal in the end: a line that was wiped (a progress bar) is gone.
fn lines_left(screen: &str) -> String {
    let lines = screen.split('\n').map(|line| {
        let line = line.rsplit("\u{1b}[2K").next().unwrap_or_default();
        line.replace('\r', "")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Holds a document against a schema of `assets/schema`, named with an optional fragment.
#[track_caller]
pub fn check(schema: &str, document: &Value) {
    let mut registry = jsonschema::Registry::new();
    for (name, text) in schemas() {
        let schema: Value = serde_json::from_str(&text).unwrap();
        registry = registry.add(format!("{BASE}{name}"), schema).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let validator = jsonschema::options()
        .offline()
        .with_registry(&registry)
        .should_validate_formats(true)
        .build(&serde_json::json!({ "$ref": format!("{BASE}{schema}") }))
        .unwrap();
    let wrong: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{schema}: {wrong:#?}\n{document:#}");
}

/// Where the schemas are registered for the test; nothing is fetched.
const BASE: &str = "https://schema.invalid/";

/// The published schemas: file name and text.
pub fn schemas() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/schema");
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    found.sort();
    found
}
