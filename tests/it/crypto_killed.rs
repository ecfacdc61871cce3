//! Decryption by a process that is killed, at points spread over the whole of it: no plaintext stays
//! of which nobody knows, the encrypted file stays as it was, and the next run does it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dsr_console::crypto::decrypt::{Order, decrypt};
use dsr_console::crypto::{Place, Watch, sweep};

use super::cli_harness::Dsr;
use super::crypto_bench::{Room, noise, ours, pairs, zip};

const FOLDER: &str = "DSR_TEST_KILLED_FOLDER";

/// An archive of records, encrypted.
fn message(room: &Room, bytes: usize) -> PathBuf {
    let lines: String = noise(3, bytes / 16)
        .chunks(8)
        .map(|chunk| format!("{{\"id\":\"{:02x?}\"}}\n", chunk))
        .collect();
    let content = zip(
        &[
            ("Interaction-1.json", lines.as_bytes()),
            ("Interaction-Attachment-1.json", b"{\"id\":\"a\"}\n"),
        ],
        false,
    );
    room.encrypted(
        "export.p7m",
        &content,
        "-aes-256-cbc",
        &["-outform", "DER", "-stream"],
        &[],
    )
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Lets `start` run for `delay`, then kills it; true when it had come to its end by then.
fn kill_after(mut command: Command, delay: Duration) -> bool {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(delay);
    // One that has ended already cannot be killed.
    let _ = child.kill();
    child.wait().unwrap().success()
}

/// Points spread evenly over `whole` and a little beyond, in a seeded order.
fn delays(whole: Duration, count: u32) -> impl Iterator<Item = Duration> {
    (0..count).map(move |point| whole * ((point * 7919) % count) * 11 / (count * 10))
}

#[test]
fn a_killed_command_leaves_no_plaintext_that_nobody_knows() {
    let (dsr, room) = (Dsr::simulated(), Room::new());
    let file = message(&room, 4_000_000);
    let before = std::fs::read(&file).unwrap();
    let (file, key) = (file.display().to_string(), pairs().1.key.display().to_string());
    let run = |to: &str| dsr.command(&["decrypt", &file, "--key", &key, "--to", to]);
    // The world is made before anything is measured.
    dsr.run(&["copies", "list"]).ends(0);
    let begun = Instant::now();
    assert!(run("first").stdout(Stdio::null()).status().unwrap().success());
    let whole = begun.elapsed();
    let released = names(&dsr.home().join("first"));
    assert_eq!(released.len(), 2);
    let (mut killed, mut done) = (0, 0);
    for (point, delay) in delays(whole, 24).enumerate() {
        let to = format!("to-{point}");
        let note = format!("point {point}, after {delay:?}");
        match kill_after(run(&to), delay) {
            true => done += 1,
            false => killed += 1,
        }
        // The next start takes back what is not known; what is known is whole.
        let known = dsr.json("copies-list.json", &["copies", "list"], 0);
        let here = names(&dsr.home().join(&to));
        for name in &here {
            let path = dsr.home().join(&to).join(name).display().to_string();
            let items = known["items"].as_array().unwrap();
            assert!(
                items.iter().any(|item| item["path"] == path.as_str()),
                "{note}: {name} of {here:?}"
            );
        }
        assert!(here.is_empty() || here == released, "{note}: {here:?}");
        assert!(
            std::fs::read(&file).unwrap() == before,
            "{note}: the encrypted file changed"
        );
    }
    assert!(killed > 8, "{killed} were killed, {done} came to their end");
    assert!(run("last").stdout(Stdio::null()).status().unwrap().success());
}

/// Decrypts on a file system that is said to know no files without a name.
#[test]
#[ignore = "started by the tests below"]
fn victim() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let mut place = Place::new(folder.join("out"), folder.join("unfinished"));
    place.nameless = false;
    let order = Order {
        files: vec![folder.join("export.p7m")],
        place,
        raw: false,
        watch: Watch::none(),
    };
    let key = dsr_console::crypto::keys::read_file(&folder.join("key.pem"), &mut |_| panic!("no passphrase"));
    let keys = dsr_console::crypto::Keys::new(
        vec![key.unwrap()],
        Vec::new(),
        Vec::new(),
        Box::new(|_| panic!("no passphrase is needed")),
    );
    let mut results = Vec::new();
    decrypt(&order, &keys, |_, result| results.push(result)).unwrap();
    // Remembered, as the workflow does.
    results.into_iter().for_each(|result| result.unwrap().note.keep());
}

#[test]
fn partial_files_of_a_killed_process_are_swept() {
    let room = Room::new();
    let file = message(&room, 4_000_000);
    let folder = room.path();
    std::fs::copy(&pairs().1.key, folder.join("key.pem")).unwrap();
    super::crypto_bench::private(&folder.join("key.pem"));
    let victim = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args([
                "--exact",
                "crypto_killed::victim",
                "--include-ignored",
                "--test-threads",
                "1",
            ])
            .env(FOLDER, folder);
        command
    };
    let out = folder.join("out");
    let begun = Instant::now();
    assert!(victim().stdout(Stdio::null()).status().unwrap().success());
    let whole = begun.elapsed();
    assert_eq!(names(&out).len(), 2);
    std::fs::remove_dir_all(&out).unwrap();
    let (mut killed, mut partial) = (0, 0);
    for (point, delay) in delays(whole, 30).enumerate() {
        let done = kill_after(victim(), delay);
        let left = names(&out);
        partial += usize::from(left.iter().any(|name| name.ends_with(".partial")));
        sweep(&folder.join("unfinished"));
        let here = names(&out);
        assert!(
            here.is_empty() || here.len() == 2,
            "point {point}, after {delay:?}: {left:?}, {here:?}"
        );
        assert!(
            done || here.iter().all(|name| !name.ends_with(".partial")),
            "{here:?}"
        );
        killed += usize::from(!done);
        let _ = std::fs::remove_dir_all(&out);
    }
    assert!(
        killed > 8 && partial > 0,
        "{killed} killed, {partial} with partial files"
    );
    let keys = ours();
    assert!(room.decrypt(&[file], &keys, false).iter().all(Result::is_ok));
}
