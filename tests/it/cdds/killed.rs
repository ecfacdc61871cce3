//! Downloads by a process that is killed, at many points of what is sent to it: what has come stays
//! encrypted, is taken up by the next run, and the digest is the right one in the end.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::cli_harness::Dsr;
use crate::crypto_bench::noise;

/// Bytes of the file.
const LENGTH: usize = 600_000;

/// A service with one file, which kills whoever fetches it after a number of bytes of the content.
struct Service {
    content: Vec<u8>,
    /// The process, once it is known; 0 for none that is to be killed.
    victim: AtomicI64,
    /// Bytes of the content after which it is killed.
    point: AtomicUsize,
    /// The unfinished file, and how long it must be by then.
    come: Mutex<(PathBuf, u64)>,
    /// Where downloads began.
    ranges: Mutex<Vec<usize>>,
}

impl Service {
    fn start() -> (Arc<Service>, String) {
        let service = Arc::new(Service {
            content: noise(5, LENGTH),
            victim: AtomicI64::new(0),
            point: AtomicUsize::new(usize::MAX),
            come: Mutex::default(),
            ranges: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shared = service.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let service = shared.clone();
                std::thread::spawn(move || service.serve(stream));
            }
        });
        (service, base)
    }

    fn digest(&self) -> String {
        let digest = Sha256::digest(&self.content);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Requests one after the other, until the far end is gone.
    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while let Some((target, range, length)) = request(&mut reader) {
            let mut body = vec![0; length];
            if std::io::Read::read_exact(&mut reader, &mut body).is_err() {
                return;
            }
            let sent = if target.contains("/oauth/token") {
                answer(
                    &mut stream,
                    &json!({"access_token": "made-up", "token_type": "bearer", "expires_in": 3600}),
                )
            } else if target.contains("/content") {
                self.file(&mut stream, range)
            } else if target.contains("/data/artifacts") {
                let artifact =
                    json!({"id": "a1", "name": "Contact-1.p7m", "size": LENGTH, "sha256": self.digest()});
                answer(&mut stream, &json!({"artifacts": [artifact], "total": 1}))
            } else {
                answer(&mut stream, &json!({}))
            };
            if sent.is_err() {
                return;
            }
        }
    }

    fn file(&self, stream: &mut TcpStream, from: usize) -> std::io::Result<()> {
        self.ranges.lock().unwrap().push(from);
        let status = match from {
            0 => "200 OK\r\n".to_owned(),
            _ => format!(
                "206 Part\r\ncontent-range: bytes {from}-{}/{LENGTH}\r\n",
                LENGTH - 1
            ),
        };
        let length = LENGTH - from;
        write!(
            stream,
            "HTTP/1.1 {status}etag: \"v1\"\r\ncontent-length: {length}\r\n\r\n"
        )?;
        let point = self.point.load(Ordering::SeqCst);
        if point >= LENGTH {
            return stream.write_all(&self.content[from..]);
        }
        let point = point.max(from);
        stream.write_all(&self.content[from..point])?;
        let (path, least) = self.come.lock().unwrap().clone();
        let length = || std::fs::metadata(&path).map_or(0, |meta| meta.len());
        while self.victim.load(Ordering::SeqCst) == 0 || length() < least {
            std::thread::yield_now();
        }
        let victim = i32::try_from(self.victim.load(Ordering::SeqCst)).unwrap();
        kill_process(Pid::from_raw(victim).unwrap(), Signal::KILL).unwrap();
        Err(std::io::Error::other("killed"))
    }
}

/// Target, first byte wanted, and length of the body.
fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, usize, usize)> {
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    let (mut range, mut length) = (0, 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            let target = first.split(' ').nth(1)?.to_owned();
            return Some((target, range, length));
        }
        if let Some(told) = line.strip_prefix("range: bytes=") {
            range = told.trim_end_matches('-').parse().ok()?;
        }
        if let Some(told) = line.strip_prefix("content-length: ") {
            length = told.parse().ok()?;
        }
    }
}

fn answer(stream: &mut TcpStream, body: &serde_json::Value) -> std::io::Result<()> {
    let body = body.to_string();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn operator(base: &str) -> Dsr {
    Dsr::new()
        .with("DSR_MODE", "live")
        .with("DSR_CDDS_URL", base)
        .with("DSR_CDDS_USERNAME", "operator")
        .with("DSR_CDDS_PASSWORD", "made-up")
}

/// Everything in the folder is a beginning of the encrypted file, or speaks of it.
#[track_caller]
fn nothing_but_ciphertext(folder: &Path, content: &[u8], note: &str) -> usize {
    let mut length = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if name.ends_with(".partial.json") {
            continue;
        }
        let here = std::fs::read(entry.path()).unwrap();
        assert!(content.starts_with(&here), "{note}: {name}");
        assert!(name.ends_with(".partial") || here == content, "{note}: {name}");
        length = here.len();
    }
    length
}

#[test]
fn a_killed_download_is_taken_up_and_its_digest_is_right() {
    let (service, base) = Service::start();
    let dsr = operator(&base);
    let mut resumed = 0;
    for seed in 0..14_usize {
        let folder = format!("to-{seed}");
        let to = dsr.home().join(&folder);
        // One to three kills in a row, each further on.
        let mut came = 0;
        for kill in 0..=seed % 3 {
            let step = seed.wrapping_mul(0x9e37_79b9).wrapping_add(kill * 0x85eb_ca6b) % (LENGTH - came);
            let point = match (seed, kill) {
                (0, 0) => 0,
                (3, 0) => LENGTH - 1,
                _ => came + step,
            };
            let note = format!("seed {seed}, killed after {point} bytes");
            service.victim.store(0, Ordering::SeqCst);
            service.point.store(point, Ordering::SeqCst);
            // Of what is sent, some may not have been written down by then.
            let least = came + (point - came) * ((seed + kill) % 4) / 3;
            let least = u64::try_from(least.min(point)).unwrap();
            *service.come.lock().unwrap() = (to.join("export-a1.partial"), least);
            let mut child = dsr.start(&["artifacts", "download", "a1", "--to", &folder]);
            service.victim.store(i64::from(child.id()), Ordering::SeqCst);
            let status = child.wait().unwrap();
            assert_eq!(
                std::os::unix::process::ExitStatusExt::signal(&status),
                Some(9),
                "{note}"
            );
            came = nothing_but_ciphertext(&to, &service.content, &note);
            assert!(came <= point, "{note}");
        }
        service.point.store(usize::MAX, Ordering::SeqCst);
        service.ranges.lock().unwrap().clear();
        let done = dsr.json(
            "artifacts-download.json",
            &["artifacts", "download", "a1", "--to", &folder],
            0,
        );
        let note = format!("seed {seed}, {came} bytes were here");
        assert_eq!(done["items"][0]["sha256"], service.digest(), "{note}");
        assert_eq!(
            std::fs::read(to.join("Contact-1.p7m")).unwrap(),
            service.content,
            "{note}"
        );
        assert_eq!(
            std::fs::read_dir(&to).unwrap().count(),
            1,
            "{note}: nothing else is left"
        );
        assert_eq!(*service.ranges.lock().unwrap(), [came], "{note}");
        resumed += usize::from(came > 0);
        // The next point begins without it.
        std::fs::remove_dir_all(&to).unwrap();
    }
    assert!(resumed > 8, "{resumed} were taken up");
}

#[test]
fn a_file_that_is_gone_leaves_no_empty_partial() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        // A connection that is kept open must not keep the next one waiting.
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || gone(stream));
        }
    });
    let dsr = operator(&base);
    let ran = dsr.run(&["artifacts", "download", "a1", "--to", "here", "--output", "json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(std::fs::read_dir(dsr.home().join("here")).unwrap().count(), 0);
}

/// A service that lists one file and has it no more.
fn gone(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some((target, _, length)) = request(&mut reader) {
        let mut body = vec![0; length];
        if std::io::Read::read_exact(&mut reader, &mut body).is_err() {
            return;
        }
        let artifact = json!({"id": "a1", "name": "Contact-1.p7m", "size": 10});
        let sent = if target.contains("/content") {
            stream.write_all(b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n")
        } else if target.contains("/oauth/token") {
            answer(
                &mut stream,
                &json!({"access_token": "made-up", "expires_in": 3600}),
            )
        } else {
            answer(&mut stream, &json!({"artifacts": [artifact], "total": 1}))
        };
        if sent.is_err() {
            return;
        }
    }
}
