//! What tests of the whole program share: a home of their own, the binary run in it, a simulated
//! world, and the simulator served on TCP.

#![allow(dead_code, reason = "each test file uses a part of this")]

pub mod cassandra;
pub mod old_cassandra;
pub mod tunnel;

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use dsr_console::config::{Config, Env, Overrides, Places};
use dsr_console::domain::mode::Mode;
use dsr_console::simulator::Scenario;
use dsr_console::workflow::World;
use dsr_console::world::{self, Selection};
use serde_json::Value;

/// A home directory of its own, with all XDG directories inside.
pub struct Home {
    directory: tempfile::TempDir,
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ran {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// Standard output as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON on standard output ({error}): {self:?}"))
    }

    /// The error in the last line of standard error.
    pub fn error(&self) -> Value {
        let last = self.stderr.lines().last().unwrap_or_default();
        let document: Value = serde_json::from_str(last)
            .unwrap_or_else(|error| panic!("no JSON in the last line of standard error ({error}): {self:?}"));
        document["error"].clone()
    }

    /// Itself, if the exit code is this one.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }
}

impl Home {
    /// An empty home.
    pub fn new() -> Home {
        let directory = tempfile::tempdir().unwrap();
        Home { directory }
    }

    /// A path inside.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.directory.path().join(inside)
    }

    /// Where the program looks for its configuration, data and state in this home.
    pub fn places(&self) -> Places {
        Places {
            config: self.path("config/dsr"),
            data: self.path("data/dsr"),
            state: self.path("state/dsr"),
        }
    }

    /// Writes a file with a mode.
    pub fn write(&self, inside: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.path(inside);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// Writes the configuration file, private.
    pub fn configure(&self, text: &str) -> PathBuf {
        self.write("config/dsr/config.toml", text, 0o600)
    }

    /// Reads the configuration as the program would, with these variables.
    pub fn load(&self, variables: &[(&str, &str)]) -> Result<Config, dsr_console::domain::failure::Failure> {
        let env = Env::of(variables.iter().copied());
        Config::load(self.places(), env, &Overrides::default())
    }

    /// The binary with these arguments, in this home and with no other environment.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dsr"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("HOME", self.directory.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_STATE_HOME", self.path("state"))
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program without a terminal and without input.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ran {
        self.run_with(arguments, &[], "")
    }

    /// Runs the program with variables and standard input.
    pub fn run_with<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        variables: &[(&str, &str)],
        input: &str,
    ) -> Ran {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied()).stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A program that does not read its input closes it early, which is no failure of the test.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The simulated world of a built-in scenario.
    pub async fn world(&self, scenario: &str) -> Arc<World> {
        let config = self.load(&[]).unwrap();
        let selection = Selection {
            mode: Mode::Simulation,
            profile: None,
            scenario: Scenario::BuiltIn(scenario.to_owned()),
        };
        world::build(&config, &selection).await.unwrap()
    }

    /// Serves the simulator of a built-in scenario on TCP, by the program itself.
    pub fn serve(&self, scenario: &str) -> Served {
        self.serve_with(scenario, &[])
    }

    /// As [`Home::serve`], with more options.
    pub fn serve_with(&self, scenario: &str, options: &[&str]) -> Served {
        self.serve_as(scenario, options, &[])
    }

    /// As [`Home::serve_with`], with variables.
    pub fn serve_as(&self, scenario: &str, options: &[&str], variables: &[(&str, &str)]) -> Served {
        let mut child = self
            .command(["simulator", "serve", "--output", "json", "--scenario", scenario])
            .args(options)
            .envs(variables.iter().copied())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let told: Value = serde_json::from_str(&first).unwrap();
        let text = |key: &str| told["genesys_cloud"][key].as_str().unwrap().to_owned();
        Served {
            url: text("url"),
            client_id: text("client_id"),
            client_secret: text("client_secret"),
            told,
            child,
            _lines: lines,
        }
    }
}

/// A simulator on TCP; ends with this value.
pub struct Served {
    /// Where it answers.
    pub url: String,
    /// OAuth client id.
    pub client_id: String,
    /// OAuth client secret.
    pub client_secret: String,
    /// The whole first line.
    pub told: Value,
    child: Child,
    _lines: BufReader<std::process::ChildStdout>,
}

impl Served {
    /// The variables with which the program speaks to it live.
    pub fn variables(&self) -> Vec<(&str, &str)> {
        vec![
            ("DSR_GENESYS_CLOUD_URL", self.url.as_str()),
            ("GENESYSCLOUD_OAUTHCLIENT_ID", self.client_id.as_str()),
            ("GENESYSCLOUD_OAUTHCLIENT_SECRET", self.client_secret.as_str()),
        ]
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop as an init system would, and gives its exit code.
    pub fn terminate(mut self) -> i32 {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The permission bits of a file.
pub fn mode_of(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
