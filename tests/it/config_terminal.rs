//! Questions on a real terminal: what is asked, what counts as yes, and what an interruption leaves.

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::support::Home;

/// The program on a terminal of its own.
struct Terminal {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    screen: Receiver<Vec<u8>>,
    seen: String,
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Terminal {
    fn start(home: &Home, arguments: &[&str]) -> Terminal {
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
        command.env("HOME", home.path(""));
        command.env("LANG", "C.UTF-8");
        command.env("TERM", "xterm");
        for (name, place) in [("CONFIG", "config"), ("DATA", "data"), ("STATE", "state")] {
            command.env(format!("XDG_{name}_HOME"), home.path(place));
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, screen) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        Terminal {
            child,
            keyboard,
            screen,
            seen: String::new(),
            _master: pair.master,
        }
    }

    /// Waits until this text has been shown.
    fn until(&mut self, text: &str) {
        while !self.seen.contains(text) {
            let bytes = self
                .screen
                .recv()
                .unwrap_or_else(|_| panic!("ended without {text:?}: {}", self.seen));
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
    }

    fn press(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits for the end and gives the exit code and everything that was shown.
    fn end(mut self) -> (u32, String) {
        while let Ok(bytes) = self.screen.recv() {
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
        (self.child.wait().unwrap().exit_code(), self.seen)
    }
}

const CREATE: [&str; 2] = ["setup", "oauth-client"];

fn nothing_was_made(home: &Home) {
    // A dry run would be refused if the client existed.
    home.run(["setup", "oauth-client", "--dry-run"]).ends_with(0);
}

#[test]
fn on_a_terminal_yes_must_be_typed() {
    for (answer, made) in [("\n", false), ("n\n", false), ("\u{4}", false), ("Y\n", true)] {
        let home = Home::new();
        let mut terminal = Terminal::start(&home, &CREATE);
        terminal.until("[y/N]");
        terminal.press(answer);
        let (code, seen) = terminal.end();
        if made {
            assert_eq!(code, 0, "{seen}");
            home.run(["setup", "oauth-client", "--dry-run"]).ends_with(1);
        } else {
            assert_eq!(code, 130, "{answer:?}: {seen}");
            nothing_was_made(&home);
        }
        assert!(
            seen.contains("gdpr:request:add"),
            "the preview comes first: {seen}"
        );
    }
}

#[test]
fn an_interruption_at_the_question_changes_nothing() {
    let home = Home::new();
    let mut terminal = Terminal::start(&home, &CREATE);
    terminal.until("[y/N]");
    terminal.press("\u{3}");
    let (code, seen) = terminal.end();
    assert_eq!(code, 130, "{seen}");
    nothing_was_made(&home);
}

#[test]
fn no_input_asks_nothing_on_a_terminal_either() {
    let home = Home::new();
    let (code, seen) = Terminal::start(&home, &["setup", "oauth-client", "--no-input", "--simulate"]).end();
    assert_eq!(code, 2, "{seen}");
    assert!(seen.contains("--yes"), "{seen}");
}

#[test]
fn a_secret_that_is_typed_does_not_show() {
    let home = Home::new();
    let secret = format!("made-up-{}", uuid::Uuid::new_v4());
    let mut terminal = Terminal::start(&home, &["setup", "--region", "eu-central-1", "--no-check"]);
    terminal.until("OAuth client (empty");
    terminal.press("some-id\n");
    terminal.until("(not shown):");
    terminal.press(&format!("{secret}\n"));
    terminal.until("Country");
    terminal.press("DE\n");
    terminal.until("[y/N]");
    terminal.press("y\n");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains(&secret), "{seen}");
    let kept = std::fs::read_to_string(home.path("config/dsr/secrets/default")).unwrap();
    assert_eq!(kept.trim(), secret);
}
