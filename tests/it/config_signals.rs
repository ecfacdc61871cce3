//! INT while a submission is under way: it is sent once, its outcome is recorded, and only then the
//! program ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::Home;

/// Stands between the program and the simulator, and holds the answers of submissions back.
struct Gatekeeper {
    url: String,
    /// Told when a submission has been passed on and its answer is here.
    answered: Receiver<()>,
    /// Lets the answer through.
    release: Sender<()>,
}

impl Gatekeeper {
    fn before(target: &str) -> Gatekeeper {
        let target = target.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, answered) = channel();
        let (release, released) = channel();
        let released = Arc::new(Mutex::new(released));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (target, tell, released) = (target.clone(), tell.clone(), Arc::clone(&released));
                std::thread::spawn(move || pass(client, &target, &tell, &released));
            }
        });
        Gatekeeper {
            url,
            answered,
            release,
        }
    }
}

fn pass(mut client: TcpStream, target: &str, tell: &Sender<()>, released: &Mutex<Receiver<()>>) {
    let mut server = TcpStream::connect(target).unwrap();
    let mut bytes = [0; 16 * 1024];
    let Ok(count @ 1..) = client.read(&mut bytes) else {
        return;
    };
    let submission = bytes.starts_with(b"POST /api/v2/gdpr/requests");
    server.write_all(&bytes[..count]).unwrap();
    let (mut up_from, mut up_to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || std::io::copy(&mut up_from, &mut up_to));
    let Ok(count @ 1..) = server.read(&mut bytes) else {
        return;
    };
    if submission {
        tell.send(()).unwrap();
        let _ = released.lock().unwrap().recv();
    }
    let _ = client.write_all(&bytes[..count]);
    let _ = std::io::copy(&mut server, &mut client);
}

#[test]
fn an_interruption_ends_the_wait_for_input() {
    let home = Home::new();
    let mut command = home.command(["subjects", "search", "--email", "-", "--output", "json"]);
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"anna.muster@example.org\n").unwrap();
    // The pipe stays open; once it is empty the program waits for more.
    while rustix::io::ioctl_fionread(&stdin).unwrap() > 0 {
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let last: serde_json::Value = serde_json::from_str(stderr.lines().last().unwrap()).unwrap();
    assert_eq!(last["error"]["changed"], "nothing");
    drop(stdin);
}

#[test]
fn an_interruption_waits_until_the_outcome_of_what_was_sent_is_recorded() {
    let home = Home::new();
    let served = home.serve("default");
    let gatekeeper = Gatekeeper::before(&served.url);
    let mut variables = served.variables();
    variables.push(("DSR_GENESYS_CLOUD_URL", &gatekeeper.url));
    variables.push(("DSR_MODE", "live"));
    let search = [
        "subjects",
        "search",
        "--email",
        "anna.muster@example.org",
        "--output",
        "json",
    ];
    let found = home.run_with(search, &variables, "").ends_with(0).json();
    let reference = found["items"][0]["ref"].as_str().unwrap();

    let submit = [
        "requests",
        "submit",
        "--type",
        "export",
        "--email",
        "anna.muster@example.org",
        "--pick",
        reference,
        "--yes",
        "--again",
        "--output",
        "ndjson",
    ];
    let mut command = home.command(submit);
    command.envs(variables.iter().copied());
    let mut child = command.spawn().unwrap();
    gatekeeper.answered.recv().unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    // A second one changes nothing.
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("waiting until the outcome") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it did not wait");
    }
    gatekeeper.release.send(()).unwrap();
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{rest}");
    let last: serde_json::Value = serde_json::from_str(rest.lines().last().unwrap()).unwrap();
    assert_eq!(last["error"]["kind"], "interrupted");
    assert_eq!(last["error"]["changed"], "something", "it was accepted: {rest}");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(told["id"].is_string(), "the answer is still told: {told}");

    let list = ["requests", "list", "--stored", "--mine", "--output", "json"];
    let stored = home.run_with(list, &variables, "").ends_with(0).json();
    let items = stored["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{stored:#}");
    assert!(items[0]["id"].is_string(), "its outcome is recorded: {stored:#}");
    assert_ne!(items[0]["status"], "UNKNOWN");
}
