//! What is typed without echo: it stands on no screen, stays in no buffer of the process, and the
//! terminal is as it was before, however the question ends.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, SpecialCodeIndex, Termios, tcgetattr};

use super::cli_harness::Dsr;
use super::crypto_bench::{Pair, Room, openssl, private};

/// The program on a terminal whose other end stays open, so that its modes can be looked at.
struct Seat {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    pieces: Receiver<Vec<u8>>,
    screen: String,
    terminal: File,
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Seat {
    fn start(dsr: &Dsr, arguments: &[&str]) -> Seat {
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
        let terminal = OpenOptions::new()
            .read(true)
            .custom_flags(rustix::fs::OFlags::NOCTTY.bits().cast_signed())
            .open(pair.master.tty_name().unwrap())
            .unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, pieces) = channel();
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut piece) {
                if sender.send(piece[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Seat {
            child,
            keyboard: pair.master.take_writer().unwrap(),
            pieces,
            screen: String::new(),
            terminal,
            _master: pair.master,
        }
    }

    /// Waits until this text has been shown.
    fn until(&mut self, text: &str) {
        while !self.screen.contains(text) {
            let piece = self.pieces.recv();
            let piece = piece.unwrap_or_else(|_| panic!("ended without {text:?}: {}", self.screen));
            self.screen.push_str(&String::from_utf8_lossy(&piece));
        }
    }

    fn press(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    fn modes(&self) -> Termios {
        tcgetattr(&self.terminal).unwrap()
    }

    fn echoes(&self) -> bool {
        self.modes().local_modes.contains(LocalModes::ECHO)
    }

    /// How often `secret` stands in what the process can write to: heap, stacks, data.
    fn holds(&self, secret: &str) -> usize {
        let pid = self.child.process_id().unwrap();
        let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
        let mut memory = File::open(format!("/proc/{pid}/mem")).unwrap();
        let finder = memchr::memmem::Finder::new(secret);
        let mut found = 0;
        for line in maps.lines().filter(|line| line.contains(" rw")) {
            let (from, to) = line.split_whitespace().next().unwrap().split_once('-').unwrap();
            let from = u64::from_str_radix(from, 16).unwrap();
            let length = u64::from_str_radix(to, 16).unwrap() - from;
            memory.seek(SeekFrom::Start(from)).unwrap();
            let mut bytes = Vec::new();
            // Pages of the kernel's own cannot be read.
            if (&mut memory).take(length).read_to_end(&mut bytes).is_ok() {
                found += finder.find_iter(&bytes).count();
            }
        }
        found
    }

    /// Waits for the end and gives the exit code and everything that was shown.
    fn end(&mut self) -> (u32, &str) {
        let code = self.child.wait().unwrap().exit_code();
        (code, &self.screen)
    }
}

/// Unlike everything else that stands in a process.
fn made_up() -> String {
    format!("typed {}", uuid::Uuid::new_v4())
}

/// A key that this passphrase protects.
fn key(room: &Room, name: &str, passphrase: &str) -> PathBuf {
    let pair = Pair::make(room.path(), name, 2048);
    let path = room.path().join(format!("{name}.protected.pem"));
    let (plain, to) = (pair.key.display().to_string(), path.display().to_string());
    let pass = format!("pass:{passphrase}");
    openssl(
        room.path(),
        &["pkcs8", "-topk8", "-in", &plain, "-out", &to, "-passout", &pass],
    );
    private(&path);
    path
}

fn new_pair(file: &str) -> [&str; 6] {
    ["certificate", "new", "--bits", "2048", "--out", file]
}

#[test]
fn what_was_typed_stands_in_memory_once_while_it_is_needed() {
    let (dsr, room) = (Dsr::simulated(), Room::new());
    let file = room.path().join("new.pem").display().to_string();
    let secret = made_up();
    let mut seat = Seat::start(&dsr, &new_pair(&file));
    seat.until("Passphrase for the key");
    seat.press(&format!("{secret}\n"));
    seat.until("The same again");
    // The one that will be compared; a buffer that was read through would be the second.
    assert_eq!(seat.holds(&secret), 1);
    seat.press("\u{3}");
    assert_eq!(seat.end().0, 130);
    assert!(!seat.screen.contains(&secret), "{}", seat.screen);
}

#[test]
fn what_was_typed_is_gone_when_it_has_done_its_work() {
    let (dsr, room) = (Dsr::simulated(), Room::new());
    let (one, other) = (made_up(), made_up());
    let first = key(&room, "first", &one).display().to_string();
    let second = key(&room, "second", &other).display().to_string();
    let message = room.encrypted("m.p7m", b"{\"id\":1}", "-aes-256-gcm", &["-outform", "DER"], &[]);
    let message = message.display().to_string();
    let to = room.out().display().to_string();
    let mut seat = Seat::start(
        &dsr,
        &[
            "decrypt", &message, "--key", &first, "--key", &second, "--to", &to,
        ],
    );
    seat.until("first.protected.pem: ");
    seat.press(&format!("{one}\n"));
    // The first key is open when the passphrase of the second is asked for.
    seat.until("second.protected.pem: ");
    assert_eq!(seat.holds(&one), 0);
    seat.press("\u{3}");
    assert_eq!(seat.end().0, 130);
}

#[test]
fn a_secret_from_a_file_is_gone_when_it_was_looked_at() {
    let dsr = Dsr::new();
    let secret = made_up();
    let file = dsr.file("secret", &format!("{secret}\n"));
    private(&file);
    let file = file.display().to_string();
    let mut seat = Seat::start(
        &dsr,
        &[
            "setup",
            "--region",
            "eu-central-1",
            "--no-check",
            "--secret-file",
            &file,
        ],
    );
    seat.until("OAuth client");
    seat.press("some-id\n");
    seat.until("Country");
    assert_eq!(seat.holds(&secret), 0);
    seat.press("\u{3}");
    assert_eq!(seat.end().0, 130);
}

#[test]
fn the_terminal_is_as_it_was_however_the_question_ends() {
    let (dsr, room) = (Dsr::simulated(), Room::new());
    let file = room.path().join("new.pem").display().to_string();
    for way in ["interrupt", "terminate", "end of input", "answers"] {
        let mut seat = Seat::start(&dsr, &new_pair(&file));
        seat.until("Passphrase for the key");
        assert!(!seat.echoes(), "{way}");
        // Neither is a signal here: a process that is stopped or aborted would leave no echo behind.
        let modes = seat.modes();
        for key in [SpecialCodeIndex::VSUSP, SpecialCodeIndex::VQUIT] {
            assert_eq!(modes.special_codes[key], 0, "{way}: {key:?}");
        }
        let expected = match way {
            "interrupt" => {
                seat.press("half a word\u{1a}\u{1c}\u{3}");
                130
            }
            "terminate" => {
                let pid = seat.child.process_id().unwrap();
                let pid = Pid::from_raw(pid.cast_signed()).unwrap();
                kill_process(pid, Signal::TERM).unwrap();
                130
            }
            "end of input" => {
                seat.press("\u{4}");
                2
            }
            _ => {
                seat.press("tiny word\n");
                seat.until("The same again");
                seat.press("tiny word\n");
                2
            }
        };
        let (code, screen) = seat.end();
        assert_eq!(code, expected, "{way}: {screen}");
        assert!(!screen.contains("half"), "{way}: {screen}");
        assert!(seat.echoes(), "{way}");
        assert_ne!(seat.modes().special_codes[SpecialCodeIndex::VSUSP], 0, "{way}");
    }
    assert!(!Path::new(&file).exists());
}

#[test]
fn an_interruption_before_the_console_opens_leaves_the_terminal_as_it_was() {
    let dsr = Dsr::simulated();
    let secret = dsr.file("secret", &made_up());
    private(&secret);
    let secret = secret.display().to_string();
    dsr.run(&["encryption", "on", "--passphrase-file", &secret, "--yes"])
        .ends(0);
    let mut seat = Seat::start(&dsr, &[]);
    seat.until("Passphrase of ");
    assert!(!seat.echoes());
    seat.press("half a word\u{3}");
    let (code, screen) = seat.end();
    assert_eq!(code, 130, "{screen}");
    assert!(!screen.contains("half"), "{screen}");
    assert!(seat.echoes());
}
