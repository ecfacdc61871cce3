//! A pseudo-terminal with a process at one end and a screen parser at the other.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::PATIENCE;

struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

/// See the module. What is still running when it is dropped is killed.
pub struct Pty {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    pid: u32,
    ended: bool,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    reading: Arc<AtomicBool>,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("a terminal has rows and columns")
}

impl Pty {
    /// Starts `words` with additional environment.
    pub fn spawn(words: Vec<String>, env: &[(&str, String)], columns: u16, rows: u16) -> Pty {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut command = CommandBuilder::new(&words[0]);
        command.args(&words[1..]);
        command.cwd(std::env::current_dir().unwrap());
        for name in ["TMUX", "STY", "NO_COLOR", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color");
        for (name, value) in env {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Arc::new((
            Mutex::new(Seen {
                parser: vt100::Parser::new(cells(rows), cells(columns), 0),
                bytes: Vec::new(),
            }),
            Condvar::new(),
        ));
        let reading = Arc::new(AtomicBool::new(true));
        read(
            pair.master.try_clone_reader().unwrap(),
            Arc::clone(&seen),
            Arc::clone(&reading),
        );
        Pty {
            pid: child.process_id().unwrap(),
            writer: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
            child,
            ended: false,
            seen,
            reading,
        }
    }

    /// Waits until the screen is as wanted.
    pub fn wait(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let (seen, changed) = &*self.seen;
        let guard = seen.lock().unwrap();
        let (guard, waited) = changed
            .wait_timeout_while(guard, PATIENCE, |seen| !wanted(seen.parser.screen()))
            .unwrap();
        assert!(
            !waited.timed_out(),
            "never came: {what}; the screen:\n{}",
            guard.parser.screen().contents()
        );
    }

    /// The screen as it is.
    pub fn screen(&self) -> vt100::Screen {
        self.seen.0.lock().unwrap().parser.screen().clone()
    }

    /// Everything written so far.
    pub fn bytes(&self) -> String {
        String::from_utf8_lossy(&self.seen.0.lock().unwrap().bytes).into_owned()
    }

    /// Types.
    pub fn send(&mut self, keys: &[u8]) {
        let writer = self.writer.as_mut().expect("the line is up");
        writer.write_all(keys).unwrap();
        writer.flush().unwrap();
    }

    /// Changes the size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let mut seen = self.seen.0.lock().unwrap();
        seen.parser.screen_mut().set_size(cells(rows), cells(columns));
        drop(seen);
        let master = self.master.as_ref().expect("the line is up");
        master.resize(size(columns, rows)).unwrap();
    }

    /// Sends a signal by name to the process.
    pub fn signal(&self, name: &str) {
        use rustix::process::{Pid, Signal, kill_process};
        let signal = match name {
            "TERM" => Signal::TERM,
            "INT" => Signal::INT,
            "HUP" => Signal::HUP,
            "TSTP" => Signal::TSTP,
            "CONT" => Signal::CONT,
            other => panic!("no such signal here: {other}"),
        };
        kill_process(Pid::from_raw(self.pid.cast_signed()).unwrap(), signal).unwrap();
    }

    /// From now on nothing of what the process writes is read, except one last piece.
    pub fn stop_reading(&self) {
        self.reading.store(false, Ordering::SeqCst);
    }

    /// Closes this end. The reader holds a descriptor of its own, which it lets go of with the next
    /// piece that it reads; a key brings one.
    pub fn hang_up(&mut self) {
        self.stop_reading();
        self.send(b"a");
        self.writer = None;
        self.master = None;
    }

    /// Waits for the end of the process and gives its code.
    pub fn exit(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.ended = true;
                return status.exit_code();
            }
            assert!(Instant::now() < deadline, "the process did not end");
            std::thread::yield_now();
        }
    }

    /// Waits until the process is stopped.
    pub fn wait_stopped(&self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap();
            let state = stat
                .rsplit(')')
                .next()
                .unwrap_or_default()
                .trim_start()
                .chars()
                .next();
            if state == Some('T') {
                return;
            }
            assert!(Instant::now() < deadline, "the process did not stop");
            std::thread::yield_now();
        }
    }

    /// The main screen, a visible cursor, no bracketed paste, and a line that edits and echoes.
    pub fn assert_given_back(&self) {
        self.wait("the main screen", |screen| {
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
        });
        let fd = self.master.as_ref().and_then(|master| master.tty_name()).unwrap();
        let tty = std::fs::File::options().read(true).write(true).open(fd).unwrap();
        let modes = rustix::termios::tcgetattr(&tty).unwrap().local_modes;
        use rustix::termios::LocalModes;
        assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG));
    }
}

fn read(mut from: Box<dyn Read + Send>, seen: Arc<(Mutex<Seen>, Condvar)>, reading: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while reading.load(Ordering::SeqCst) {
            let Ok(n @ 1..) = from.read(&mut buffer) else {
                return;
            };
            let mut state = seen.0.lock().unwrap();
            state.parser.process(&buffer[..n]);
            state.bytes.extend_from_slice(&buffer[..n]);
            seen.1.notify_all();
        }
    });
}

impl Drop for Pty {
    fn drop(&mut self) {
        if !self.ended {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
