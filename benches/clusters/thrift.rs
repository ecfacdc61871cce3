//! Release 1.2 over Thrift, one million cells: the scan beside pycassa's `get_range`, the client of its
//! time.

use std::io::{BufRead, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;

use super::machine::{Program, cache, compare, run, source};
use super::{Outcome, PERSON, data};

const CELLS: usize = 1_000_000;
/// Cells of a row.
const ROW: usize = 5;

/// A server; ends with this value.
struct Server {
    child: Child,
    input: Option<ChildStdin>,
    port: u64,
    pid: u32,
}

fn directory() -> PathBuf {
    cache().join("bench/cassandra-1.2")
}

impl Server {
    fn start() -> Outcome<Server> {
        std::fs::create_dir_all(directory())?;
        let mut child = Command::new("python3")
            .arg(source("tests/cassandra/old_server.py"))
            .arg("run")
            .arg(cache().join("cassandra-1.2"))
            .arg(directory())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().ok_or("no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let told: Value = serde_json::from_str(&line)?;
        Ok(Server {
            input: child.stdin.take(),
            port: told["thrift"].as_u64().ok_or("no port")?,
            pid: u32::try_from(told["pid"].as_u64().ok_or("no process")?)?,
            child,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The launcher ends the server when its input ends.
        self.input.take();
        let _ = self.child.wait();
    }
}

/// The first Python 2.7 that has pip, with pycassa for it.
fn python() -> Outcome<(String, String)> {
    let library = cache().join("bench/pycassa");
    let versions = std::env::var("PYENV_ROOT")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.pyenv")))
        .map(|root| PathBuf::from(root).join("versions"));
    let installed = versions
        .ok()
        .and_then(|versions| std::fs::read_dir(versions).ok());
    let installed = installed.into_iter().flatten().filter_map(Result::ok);
    let mut candidates: Vec<String> = installed
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("2.7"))
        .map(|entry| entry.path().join("bin/python2.7").display().to_string())
        .collect();
    candidates.push("python2.7".to_owned());
    for python in candidates {
        let mut command = Command::new(&python);
        command.args(["-m", "pip", "install", "--quiet", "--target"]);
        command.arg(&library).arg("pycassa==1.11.2");
        if library.join("pycassa").exists() || run(&mut command).is_ok() {
            return Ok((python, library.display().to_string()));
        }
    }
    Err("no Python 2.7 with pip is here, so there is no pycassa to compare with".into())
}

/// Writes the cells once.
pub fn prepare() -> Outcome {
    if directory().join("complete").exists() {
        return Ok(());
    }
    let (python, library) = python()?;
    let server = Server::start()?;
    let mut child = Command::new(python)
        .arg(source("benches/clusters/put.py"))
        .arg(server.port.to_string())
        .env("PYTHONPATH", library)
        .stdin(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("no input")?;
    for number in 0..CELLS {
        let row = data::row(number, CELLS);
        // A blob is no matter here: the person of such a row stands in a value too.
        let value = row
            .packed
            .map_or(row.value, |_| format!("{{\"email\":\"{PERSON}\"}}"));
        writeln!(input, "{:07}\t{}\t{value}", number / ROW, row.column)?;
    }
    drop(input);
    if !child.wait()?.success() {
        return Err("pycassa could not write".into());
    }
    drop(server);
    std::fs::write(directory().join("complete"), "")?;
    println!("{CELLS} cells are written over Thrift");
    Ok(())
}

/// The scan beside pycassa.
pub fn rivals() -> Outcome {
    prepare()?;
    let (python, library) = python()?;
    let server = Server::start()?;
    let home = tempfile::tempdir()?;
    let port = server.port.to_string();
    let mut arguments = vec![
        "--cass_keyspace",
        "bench",
        "--cass_hostname",
        "127.0.0.1",
        "--cass_port",
        &port,
    ];
    arguments.extend(["--search", PERSON]);
    let script = source("benches/clusters/get_range.py").display().to_string();
    let mut pycassa = Program::of(
        "pycassa 1.11 `get_range`",
        [python.as_str(), &script, &port, "bench", "settings", PERSON]
            .map(str::to_owned)
            .to_vec(),
    );
    pycassa.variables.push(("PYTHONPATH", library));
    let programs = [Program::forget("`dsr forget`", home.path(), &arguments), pycassa];
    compare("(warming up)", Some(server.pid), &programs[..1], Some(2))?;
    compare(
        "1,000,000 cells over Thrift, one person",
        Some(server.pid),
        &programs,
        None,
    )?;
    Ok(())
}
