//! Where the passphrase of a key comes from: a descriptor, a command, a file for its owner alone, or
//! the operator on a terminal without echo. Whatever others could read is refused.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::cli_harness::Dsr;
use super::crypto_bench::{Room, openssl, pairs, private};

const PASSPHRASE: &str = "correct horse battery";

/// A home whose key ring holds one key, and a message for it.
struct Ringed {
    dsr: Dsr,
    room: Room,
    message: String,
    secret: String,
}

fn ringed() -> Ringed {
    let (dsr, room) = (Dsr::simulated(), Room::new());
    let secret = room.file("secret", PASSPHRASE.as_bytes());
    private(&secret);
    let secret = secret.display().to_string();
    let (key, certificate) = (pairs().1.key.clone(), pairs().1.certificate.clone());
    dsr.run(&[
        "certificate",
        "add",
        "--key",
        &key.display().to_string(),
        "--cert",
        &certificate.display().to_string(),
        "--passphrase-file",
        &secret,
    ])
    .ends(0);
    let message = room.encrypted("m.p7m", b"{\"id\":1}", "-aes-256-gcm", &["-outform", "DER"], &[]);
    Ringed {
        message: message.display().to_string(),
        dsr,
        room,
        secret,
    }
}

/// Runs below a shell that opens descriptor 9 on `file`, or closes it.
fn with_descriptor(dsr: &Dsr, arguments: &[&str], file: Option<&str>) -> (i32, String) {
    let inner = dsr.command(arguments);
    let mut command = Command::new("/bin/sh");
    let script = match file {
        Some(_) => "exec 9<\"$1\"; shift; exec \"$@\"",
        None => "exec 9<&-; shift; exec \"$@\"",
    };
    let output = command
        .args(["-c", script, "sh", file.unwrap_or("none")])
        .arg(inner.get_program())
        .args(inner.get_args())
        .env_clear()
        .envs(inner.get_envs().filter_map(|(key, value)| Some((key, value?))))
        .current_dir(dsr.home())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains(PASSPHRASE), "{text}");
    (output.status.code().unwrap_or(-1), text)
}

#[test]
fn a_descriptor_is_read_once_and_a_closed_one_is_told() {
    let Ringed {
        dsr,
        room,
        message,
        secret,
    } = ringed();
    let to = room.out().display().to_string();
    let all = ["decrypt", &message, "--to", &to, "--passphrase-fd", "9"];
    let (code, told) = with_descriptor(&dsr, &all, Some(&secret));
    assert_eq!(code, 0, "{told}");
    assert_eq!(std::fs::read_dir(room.out()).unwrap().count(), 1);
    let (code, told) = with_descriptor(&dsr, &all, None);
    assert_eq!(code, 3, "{told}");
    assert!(told.contains("File descriptor 9"), "{told}");
    let (code, told) = with_descriptor(&dsr, &all, Some("/dev/null"));
    assert_eq!(code, 3, "{told}");
    assert!(told.contains("holds no secret"), "{told}");
    let empty = room.file("other", b"something else entirely");
    let (code, told) = with_descriptor(&dsr, &all, Some(&empty.display().to_string()));
    assert_eq!(code, 4, "{told}");
}

#[test]
fn a_command_speaks_or_its_failure_is_told_without_what_it_said() {
    let Ringed {
        dsr,
        room,
        message,
        secret,
    } = ringed();
    let to = room.out().display().to_string();
    for (command, code) in [
        (format!("cat '{secret}'"), 0),
        ("echo something else".to_owned(), 4),
        (format!("cat '{secret}'; exit 3"), 3),
        ("true".to_owned(), 3),
        ("yes".to_owned(), 3),
    ] {
        let ran = dsr
            .run(&["decrypt", &message, "--to", &to, "--passphrase-command", &command])
            .ends(code);
        assert!(
            !ran.stderr.contains(PASSPHRASE) && !ran.stdout.contains(PASSPHRASE),
            "{ran:?}"
        );
    }
}

#[test]
fn what_others_can_read_is_refused() {
    let Ringed {
        dsr,
        room,
        message,
        secret,
    } = ringed();
    let to = room.out().display().to_string();
    let open = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let key = room.file("key.pem", &std::fs::read(&pairs().1.key).unwrap());
    let key_text = key.display().to_string();
    for mode in [0o640, 0o604, 0o644, 0o660] {
        open(Path::new(&secret), mode);
        let ran = dsr
            .run(&["decrypt", &message, "--to", &to, "--passphrase-file", &secret])
            .ends(3);
        assert!(
            ran.stderr.contains(&format!("{mode:04o}")) && ran.stderr.contains("chmod 600"),
            "{ran:?}"
        );
        open(&key, mode);
        let ran = dsr
            .run(&["decrypt", &message, "--to", &to, "--key", &key_text])
            .ends(3);
        assert!(ran.stderr.contains(&format!("{mode:04o}")), "{ran:?}");
    }
    // The key in the ring is looked at in the same way.
    open(Path::new(&secret), 0o600);
    let ring = dsr.json("certificate-show.json", &["certificate", "show", "--local"], 0);
    let stored = PathBuf::from(ring["items"][0]["key"].as_str().unwrap());
    open(&stored, 0o644);
    let ran = dsr.run(&["decrypt", &message, "--to", &to, "--passphrase-file", &secret]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(!room.out().exists() || std::fs::read_dir(room.out()).unwrap().count() == 0);
}

/// Runs on a terminal; each answer is typed when its question stands there. Gives the exit code and
/// everything that was written to the terminal.
fn dialogue(dsr: &Dsr, arguments: &[&str], answers: &[(&str, &str)]) -> (u32, String) {
    let size = PtySize {
        rows: 24,
        cols: 120,
        pixel_width: 0,
        pixel_height: 0,
    };
    let pair = native_pty_system().openpty(size).unwrap();
    let inner = dsr.command(arguments);
    let mut command = CommandBuilder::new(inner.get_program());
    command.args(inner.get_args());
    command.env_clear();
    for (key, value) in inner.get_envs() {
        command.env(key, value.unwrap());
    }
    command.cwd(dsr.home());
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut writer = pair.master.take_writer().unwrap();
    let mut reader = pair.master.try_clone_reader().unwrap();
    let (mut screen, mut answers) = (String::new(), answers.iter());
    let (mut seen, mut next) = (0, answers.next());
    let mut piece = [0; 4096];
    // The end of a pseudo-terminal is an error on Linux.
    while let Ok(read) = reader.read(&mut piece) {
        if read == 0 {
            break;
        }
        screen.push_str(&String::from_utf8_lossy(&piece[..read]));
        if let Some((question, answer)) = next
            && let Some(at) = screen[seen..].find(question)
        {
            seen += at + question.len();
            writer.write_all(format!("{answer}\n").as_bytes()).unwrap();
            writer.flush().unwrap();
            next = answers.next();
        }
    }
    let code = child.wait().unwrap().exit_code();
    assert!(next.is_none(), "never asked: {next:?} in {screen}");
    (code, screen)
}

#[test]
fn a_passphrase_is_asked_for_on_a_terminal_without_echo() {
    let Ringed {
        dsr, room, message, ..
    } = ringed();
    let to = room.out().display().to_string();
    let decrypt = ["decrypt", &message, "--to", &to];
    let (code, screen) = dialogue(&dsr, &decrypt, &[("Passphrase of ", PASSPHRASE)]);
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("horse"), "{screen}");
    let (code, screen) = dialogue(&dsr, &decrypt, &[("Passphrase of ", "not the battery horse")]);
    assert_eq!(code, 4, "{screen}");
    assert!(!screen.contains("battery"), "{screen}");
    // `--no-input` asks nobody.
    let ran = dsr.run(&["decrypt", &message, "--to", &to, "--no-input"]).ends(2);
    assert!(ran.stderr.contains("--passphrase-file"), "{ran:?}");
}

#[test]
fn a_new_pair_asks_twice_and_two_that_differ_make_nothing() {
    let (dsr, room) = (Dsr::simulated(), Room::new());
    let pem = room.path().join("new.pem").display().to_string();
    let new = ["certificate", "new", "--bits", "2048", "--out", &pem];
    let first = "Passphrase for the key";
    for (one, other) in [(PASSPHRASE, "correct horse batterz"), ("tiny word", "tiny word")] {
        let (code, screen) = dialogue(&dsr, &new, &[(first, one), ("The same again", other)]);
        assert_eq!(code, 2, "{screen}");
        assert!(!screen.contains(one), "{screen}");
    }
    assert!(!Path::new(&pem).exists());
    let (code, screen) = dialogue(&dsr, &new, &[(first, PASSPHRASE), ("The same again", PASSPHRASE)]);
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("horse"), "{screen}");
    openssl(room.path(), &["x509", "-in", &pem, "-noout"]);
    assert!(!dsr.all_files_text().contains(PASSPHRASE));
}
