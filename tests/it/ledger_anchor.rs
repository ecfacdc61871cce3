//! Anchoring: against a time-stamping authority made with `openssl ts`, by a command, by a file.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cli_harness::Dsr;

/// How the authority answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answers {
    Honestly,
    /// A stamp for another digest.
    AboutSomethingElse,
    /// Bytes that are no stamp.
    Nonsense,
    /// HTTP 503.
    Unavailable,
}

/// An authority in a directory, answering on a loopback address for as long as it is held.
struct Authority {
    directory: tempfile::TempDir,
    url: String,
}

fn openssl(directory: &Path, arguments: &str) {
    let output = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(directory)
        .output()
        .expect("starts");
    assert!(
        output.status.success(),
        "openssl {arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

const CONFIGURATION: &str = "
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical,CA:TRUE
[leaf]
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = own
[own]
serial = serial
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
";

impl Authority {
    fn new(answers: Answers) -> Option<Authority> {
        if Command::new("openssl").arg("version").output().is_err() {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "openssl is missing");
            eprintln!("skipped: openssl is not installed, and the authority is made of it");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        fs::write(at.join("tsa.cnf"), CONFIGURATION).unwrap();
        fs::write(at.join("serial"), "01\n").unwrap();
        openssl(at, "ecparam -name prime256v1 -genkey -noout -out ca.key");
        openssl(
            at,
            "req -x509 -new -key ca.key -subj /CN=ca.example.org -days 2 -config tsa.cnf -extensions ca -out ca.pem",
        );
        openssl(at, "ecparam -name prime256v1 -genkey -noout -out tsa.key");
        openssl(
            at,
            "req -new -key tsa.key -subj /CN=tsa.example.org -config tsa.cnf -out tsa.csr",
        );
        openssl(
            at,
            "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile tsa.cnf -extensions leaf -out tsa.pem",
        );
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/stamp", listener.local_addr().unwrap());
        let place = at.to_owned();
        // It ends with the test's process; nobody waits for it.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, &place, answers);
            }
        });
        Some(Authority { directory, url })
    }

    fn ca(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }
}

fn serve(mut stream: std::net::TcpStream, place: &Path, answers: Answers) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    let body = loop {
        let read = stream.read(&mut piece).unwrap_or(0);
        bytes.extend_from_slice(&piece[..read]);
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let length = head.and_then(|head| {
            let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
            assert!(
                text.contains("content-type: application/timestamp-query"),
                "{text}"
            );
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned))?;
            line.trim().parse::<usize>().ok()
        });
        match (head, length) {
            (Some(head), Some(length)) if bytes.len() >= head + 4 + length => {
                break bytes.split_off(head + 4);
            }
            _ if read == 0 => return,
            _ => {}
        }
    };
    let query = if answers == Answers::AboutSomethingElse {
        openssl(place, "ts -query -data tsa.cnf -sha256 -cert -out other.tsq");
        place.join("other.tsq")
    } else {
        fs::write(place.join("query.tsq"), body).unwrap();
        place.join("query.tsq")
    };
    openssl(
        place,
        &format!(
            "ts -reply -queryfile {} -config tsa.cnf -section own -out reply.tsr",
            query.display()
        ),
    );
    let (status, reply) = match answers {
        Answers::Nonsense => ("200 OK", b"<html>hello</html>".to_vec()),
        Answers::Unavailable => ("503 Service Unavailable", Vec::new()),
        _ => ("200 OK", fs::read(place.join("reply.tsr")).unwrap()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/timestamp-reply\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        reply.len()
    );
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(&reply));
}

#[test]
fn a_checkpoint_is_stamped_and_the_stamp_verifies() {
    let Some(authority) = Authority::new(Answers::Honestly) else {
        return;
    };
    let dsr = Dsr::simulated();
    let ca = authority.ca().display().to_string();
    let anchor = ["ledger", "anchor", "--tsa", &authority.url, "--ca", &ca];
    let done = dsr.json("ledger-anchor.json", &anchor, 0);
    let one = &done["anchors"][0];
    assert_eq!(one["checked"], true);
    assert!(one["at"].is_string());
    let stamp = PathBuf::from(one["file"].as_str().unwrap());
    let checkpoint = stamp.with_extension("checkpoint");
    let holds = |data: &Path| {
        Command::new("openssl")
            .args(["ts", "-verify", "-CAfile", &ca, "-in"])
            .arg(&stamp)
            .arg("-data")
            .arg(data)
            .output()
            .unwrap()
            .status
            .success()
    };
    assert!(holds(&checkpoint));
    assert!(!holds(&authority.ca()));
    // What was stamped is a checkpoint that the ledger continues.
    let file = checkpoint.display().to_string();
    dsr.json("ledger-verify.json", &["ledger", "verify", "--since", &file], 0);
    let shown = dsr.json(
        "ledger-show.json",
        &["ledger", "show", "--action", "ledger.anchor"],
        0,
    );
    assert_eq!(shown["items"].as_array().unwrap().len(), 1);
    // The stamp goes along with the log.
    let out = dsr
        .file("note", "")
        .with_file_name("log-copy")
        .display()
        .to_string();
    let exported = dsr.json("ledger-export.json", &["ledger", "export", &out], 0);
    assert_eq!(exported["whole"], true);
    let name = stamp.file_name().unwrap();
    assert!(Path::new(&out).join("anchors").join(name).is_file());
    let script = Command::new("sh")
        .arg(exported["script"].as_str().unwrap())
        .output()
        .unwrap();
    assert!(
        script.status.success(),
        "{}",
        String::from_utf8_lossy(&script.stderr)
    );
    dsr.json("ledger-verify.json", &["ledger", "verify", &out], 0);
}

#[test]
fn what_is_no_stamp_for_this_checkpoint_is_refused() {
    for answers in [
        Answers::AboutSomethingElse,
        Answers::Nonsense,
        Answers::Unavailable,
    ] {
        let Some(authority) = Authority::new(answers) else {
            return;
        };
        let dsr = Dsr::simulated();
        let ran = dsr
            .run(&["ledger", "anchor", "--tsa", &authority.url, "--output", "json"])
            .ends(1);
        assert_eq!(ran.error()["kind"], "bad_answer");
        let shown = dsr.json(
            "ledger-show.json",
            &["ledger", "show", "--action", "ledger.anchor"],
            0,
        );
        assert!(shown["items"].as_array().unwrap().is_empty());
    }
    // A genuine stamp of somebody who is not trusted.
    let (Some(one), Some(other)) = (
        Authority::new(Answers::Honestly),
        Authority::new(Answers::Honestly),
    ) else {
        return;
    };
    let dsr = Dsr::simulated();
    let ca = other.ca().display().to_string();
    let ran = dsr
        .run(&[
            "ledger", "anchor", "--tsa", &one.url, "--ca", &ca, "--output", "json",
        ])
        .ends(1);
    assert_eq!(ran.error()["kind"], "bad_answer");
    // Nobody there.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{gone}/");
    let ran = dsr
        .run(&["ledger", "anchor", "--tsa", &url, "--output", "json"])
        .ends(5);
    assert_eq!(ran.error()["kind"], "unreachable");
    dsr.run(&["ledger", "anchor"]).ends(2);
    dsr.run(&["ledger", "anchor", "--tsa", "ftp://tsa.example.org"])
        .ends(2);
}

#[test]
fn a_command_and_a_file_witness_as_well() {
    let dsr = Dsr::simulated();
    let kept = dsr.file("note", "").with_file_name("kept");
    fs::create_dir(&kept).unwrap();
    let (seen, drop) = (kept.join("seen"), kept.display().to_string());
    let command = format!("cat > '{}'", seen.display());
    let anchor = ["ledger", "anchor", "--command", &command, "--drop", &drop];
    let done = dsr.json("ledger-anchor.json", &anchor, 0);
    assert_eq!(done["anchors"].as_array().unwrap().len(), 2);
    let seen = fs::read_to_string(seen).unwrap();
    assert!(seen.starts_with("dsr/simulation/"), "{seen}");
    let copy = done["anchors"][1]["file"].as_str().unwrap();
    let since = ["ledger", "verify", "--since", copy];
    dsr.json("ledger-verify.json", &since, 0);
    let ran = dsr
        .run(&["ledger", "anchor", "--command", "exit 3", "--output", "json"])
        .ends(6);
    assert_eq!(ran.error()["kind"], "incomplete");
    // A command that reads nothing is believed by its exit code.
    dsr.run(&["ledger", "anchor", "--command", "true"]).ends(0);
}
