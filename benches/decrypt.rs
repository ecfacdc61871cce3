//! Decryption and records beside `openssl cms -decrypt`, in the same run, on the same files, from disk
//! to disk, with both results synced. Prints medians and peak memory as a table.
//!
//! `DSR_BENCH_MIB` sets the size of the content (1024), `DSR_BENCH_ROUNDS` the number of rounds (3).

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one run took.
struct Took {
    wall: Duration,
    /// Highest resident memory in KiB.
    peak: u64,
    ok: bool,
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let mib = number("DSR_BENCH_MIB", 1024);
    let rounds = number("DSR_BENCH_ROUNDS", 3).max(1) as usize;
    let dir = tempfile::tempdir().expect("a temporary directory");
    let place = Bench {
        dir: dir.path().to_owned(),
        rounds,
    };
    place.keys();
    place.content(mib);
    println!("{mib} MiB, median of {rounds}, disk to disk, both synced");
    println!("| file | openssl | peak MiB | dsr | peak MiB | times faster |");
    println!("|---|---|---|---|---|---|");
    for (name, form) in [
        ("BER, streamed", &["-outform", "DER", "-stream"][..]),
        ("DER", &["-outform", "DER"]),
        ("S/MIME", &["-outform", "SMIME", "-stream"]),
    ] {
        place.compare(name, "-aes-256-cbc", form);
    }
    place.compare("DER, AES-GCM", "-aes-256-gcm", &["-outform", "DER"]);
    std::fs::remove_file(place.path("content")).expect("removing the content");
    place.records(mib);
}

struct Bench {
    dir: PathBuf,
    rounds: usize,
}

impl Bench {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn keys(&self) {
        let made = self
            .openssl(&[
                "req",
                "-x509",
                "-newkey",
                "rsa:3072",
                "-nodes",
                "-sha256",
                "-days",
                "90",
                "-subj",
                "/CN=bench",
            ])
            .args(["-keyout", "key.pem", "-out", "cert.pem"])
            .stderr(Stdio::null())
            .status();
        assert!(made.is_ok_and(|status| status.success()), "openssl is needed");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(self.path("key.pem"), mode).expect("setting the mode");
    }

    fn openssl(&self, args: &[&str]) -> Command {
        let mut command = Command::new("openssl");
        command.args(args).current_dir(&self.dir);
        command
    }

    /// Bytes without a pattern: what is encrypted is packed already.
    fn content(&self, mib: u64) {
        let mut file = BufWriter::new(File::create(self.path("content")).expect("a file"));
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..mib * 1024 * 1024 / 8 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            file.write_all(&state.to_le_bytes()).expect("room on the disk");
        }
        file.flush().expect("room on the disk");
    }

    fn compare(&self, name: &str, cipher: &str, form: &[&str]) {
        let mut command = self.openssl(&[
            "cms", "-encrypt", "-binary", "-in", "content", "-out", "message", cipher,
        ]);
        let made = command.args(form).arg("cert.pem").stderr(Stdio::null()).status();
        if !made.is_ok_and(|status| status.success()) {
            println!("| {name} | openssl cannot make it | | | | |");
            return;
        }
        File::open(self.path("message"))
            .and_then(|file| file.sync_all())
            .expect("syncing");
        let inform = if form.contains(&"SMIME") { "SMIME" } else { "DER" };
        let (mut theirs, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            theirs.push(
                self.timed(
                    self.openssl(&[
                        "cms", "-decrypt", "-binary", "-in", "message", "-inform", inform, "-inkey",
                        "key.pem",
                    ])
                    .args(["-out", "theirs"]),
                    Some("theirs"),
                ),
            );
            ours.push(self.timed(
                &mut self.dsr(&[
                    "decrypt", "message", "--key", "key.pem", "--cert", "cert.pem", "--to", "out", "--raw",
                ]),
                None,
            ));
            let _ = std::fs::remove_dir_all(self.path("out"));
            let _ = std::fs::remove_file(self.path("theirs"));
        }
        let (their, our) = (median(&mut theirs), median(&mut ours));
        let failed = |took: &Took| if took.ok { "" } else { " (fails)" };
        println!(
            "| {name} | {:.2} s{} | {} | {:.2} s{} | {} | {:.1} |",
            their.wall.as_secs_f64(),
            failed(&their),
            their.peak / 1024,
            our.wall.as_secs_f64(),
            failed(&our),
            our.peak / 1024,
            their.wall.as_secs_f64() / our.wall.as_secs_f64()
        );
    }

    fn dsr(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dsr"));
        command.args(args).current_dir(&self.dir).env("DSR_MODE", "live");
        for (variable, folder) in [
            ("HOME", "."),
            ("XDG_CONFIG_HOME", "c"),
            ("XDG_DATA_HOME", "d"),
            ("XDG_STATE_HOME", "s"),
        ] {
            command.env(variable, self.path(folder));
        }
        command
    }

    /// Runs a command; `sync` names a file that is synced within the time.
    fn timed(&self, command: &mut Command, sync: Option<&str>) -> Took {
        let begin = Instant::now();
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a child");
        let status = PathBuf::from(format!("/proc/{}/status", child.id()));
        let mut peak = 0;
        let ended = loop {
            if let Some(ended) = child.try_wait().expect("waiting") {
                break ended;
            }
            peak = peak.max(high_water(&status));
            std::thread::sleep(Duration::from_millis(5));
        };
        if let Some(name) = sync
            && let Ok(file) = File::open(self.path(name))
        {
            file.sync_all().expect("syncing");
        }
        Took {
            wall: begin.elapsed(),
            peak,
            ok: ended.success(),
        }
    }

    /// A person among records.
    fn records(&self, mib: u64) {
        let mut file = BufWriter::new(File::create(self.path("Interaction-1.json")).expect("a file"));
        let (mut written, mut number) = (0, 0_u64);
        while written < mib * 1024 * 1024 {
            number += 1;
            let line = format!(
                "{{\"id\":\"{number:032x}\",\"mediaType\":\"email\",\"startDate\":\"2026-11-{:02}T10:00:00Z\",\"subject\":\
                 \"Question about order {number}\",\"fromAddress\":\"customer{number}@example.com\",\"toAddress\":\
                 \"service@example.org\",\"text\":\"Dear team,\\nI have a \\\"question\\\" about my order {number}, please \
                 call me back at +49 30 2312{:04}.\\nBest regards\"}}\n",
                number % 28 + 1,
                number % 10_000
            );
            file.write_all(line.as_bytes()).expect("room on the disk");
            written += line.len() as u64;
        }
        file.flush().expect("room on the disk");
        drop(file);
        let gib = written as f64 / (1024.0 * 1024.0 * 1024.0);
        let address = format!("customer{}@example.com", number / 2);
        let condition = format!("fromAddress={address}");
        let phone = "+49 30 23125014";
        println!("| records of | seconds | GiB/s | peak MiB |");
        println!("|---|---|---|---|");
        for (name, asked) in [
            ("one field", &["--where", condition.as_str()][..]),
            ("an address", &["--email", &address]),
            ("a phone number", &["--phone", phone]),
            ("a name", &["--name", "Anna Muster"]),
            (
                "address, number and name",
                &["--email", &address, "--phone", phone, "--name", "Anna Muster"],
            ),
        ] {
            let all = [&["records", "Interaction-1.json"][..], asked].concat();
            let mut runs: Vec<Took> = (0..self.rounds)
                .map(|_| self.timed(&mut self.dsr(&all), None))
                .collect();
            let took = median(&mut runs);
            assert!(took.ok, "the reading failed");
            let seconds = took.wall.as_secs_f64();
            println!(
                "| {name} | {seconds:.2} | {:.1} | {} |",
                gib / seconds,
                took.peak / 1024
            );
        }
        println!("{number} lines, {gib:.2} GiB");
    }
}

fn high_water(status: &Path) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}

fn median(runs: &mut Vec<Took>) -> Took {
    runs.sort_by_key(|took| took.wall);
    runs.remove(runs.len() / 2)
}
