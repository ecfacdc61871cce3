//! What keys cost on the line, counted in bytes by the back end that a real terminal gets: 160 by 50,
//! as the budgets are written for.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use dsr_console::app::{App, Msg, TaskOutput};
use dsr_console::domain::mode::Mode;
use dsr_console::domain::queue::QueueRow;
use dsr_console::domain::request::RequestType;
use dsr_console::runtime::TtyBackend;
use dsr_console::ui::Ui;
use ratatui::Terminal;
use ratatui::layout::Size;

use super::app_harness::{Console, options, queue, row};

#[derive(Clone, Default)]
struct Line(Arc<Mutex<usize>>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.0.lock().unwrap() += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Measured {
    console: Console,
    ui: Ui,
    terminal: Terminal<TtyBackend<Line>>,
    line: Line,
}

impl Measured {
    fn new(keys: &str) -> Measured {
        let mut console = Console::showing(160, 50, Mode::Simulation);
        console.load(many(2_000));
        let refresh = console.running("queue refresh");
        console.done(refresh, TaskOutput::Queue(queue(many(2_000))));
        let check = console.running("check of permissions");
        console.done(check, TaskOutput::Nothing);
        console.press(keys);
        let line = Line::default();
        let size = Box::new(|| Ok(Size::new(160, 50)));
        let terminal = Terminal::new(TtyBackend::new(line.clone(), size, true)).unwrap();
        let ui = Ui::new(&options().look).unwrap();
        let mut measured = Measured {
            console,
            ui,
            terminal,
            line,
        };
        measured.draw();
        measured
    }

    /// Draws as the loop does, only if something changed; gives the bytes.
    fn draw(&mut self) -> usize {
        let app: &mut App = &mut self.console.app;
        if app.take_dirty() {
            let ui = &self.ui;
            self.terminal.draw(|frame| ui.draw(frame, app)).unwrap();
        }
        std::mem::take(&mut *self.line.0.lock().unwrap())
    }

    fn press(&mut self, keys: &str) -> usize {
        self.console.press(keys);
        self.draw()
    }
}

fn many(n: u32) -> Vec<QueueRow> {
    let status = ["COMPLETED", "DELETING", "ERROR", "INITIATED"];
    let one = |n: u32| {
        let name = format!("Person{} Name{}", n * 7_919 % 1_009, n % 97);
        row(n, RequestType::ALL[n as usize % 3], status[n as usize % 4], &name)
    };
    (0..n).map(one).collect()
}

fn p95(mut bytes: Vec<usize>) -> usize {
    bytes.sort_unstable();
    bytes[bytes.len() * 95 / 100]
}

#[test]
fn moving_the_selection() {
    for keys in ["2", "2z"] {
        let mut measured = Measured::new(keys);
        let bytes: Vec<usize> = (0..18).map(|_| measured.press("<down>")).collect();
        assert!(p95(bytes.clone()) <= 150, "{bytes:?}");
    }
}

#[test]
fn holding_down() {
    for keys in ["2", "2z"] {
        let mut measured = Measured::new(keys);
        let bytes: usize = (0..300).map(|_| measured.press("<down>")).sum();
        assert!(bytes / 300 <= 600, "{} bytes a key", bytes / 300);
    }
}

#[test]
fn a_page() {
    for keys in ["2", "2z"] {
        let mut measured = Measured::new(keys);
        let bytes: Vec<usize> = (0..10).map(|_| measured.press("<page-down>")).collect();
        assert!(bytes.iter().all(|bytes| *bytes <= 9_000), "{bytes:?}");
    }
}

#[test]
fn a_popup() {
    let mut measured = Measured::new("2w");
    for (open, close) in [(":", "<esc>"), ("M", "<esc>"), ("q", "<esc>"), ("?", "<esc>")] {
        let (opened, closed) = (measured.press(open), measured.press(close));
        assert!(
            opened <= 1_600 && closed <= 1_600,
            "{open}: {opened} and {closed}"
        );
    }
    // Asked for once more the keys have the whole screen.
    let (opened, closed) = (measured.press("??"), measured.press("<esc>"));
    assert!(opened <= 9_000 && closed <= 9_000, "help: {opened} and {closed}");
}

#[test]
fn a_typed_character() {
    let mut measured = Measured::new("2/zzzzzz");
    let bytes: Vec<usize> = "type"
        .chars()
        .map(|key| measured.press(&key.to_string()))
        .collect();
    assert!(bytes.iter().all(|bytes| *bytes <= 60), "{bytes:?}");
}

#[test]
fn a_running_task_for_a_second() {
    let mut measured = Measured::new("2r");
    let refresh = measured.console.running("queue refresh");
    let mut bytes = 0;
    let seconds = 20;
    for done in 0..seconds * 100 {
        if done % 100 == 0 {
            measured.console.wait(1);
        }
        measured
            .console
            .progress(refresh, done * 37, Some(seconds * 3_700));
        bytes += measured.draw();
    }
    assert!(bytes / 20 <= 160, "{} bytes a second", bytes / 20);
}

#[test]
fn nothing_happening() {
    let mut measured = Measured::new("2");
    measured.console.wait(60);
    assert_eq!(measured.draw(), 0);
    measured.console.send(Msg::Paste("nowhere to go".to_owned()));
    assert_eq!(measured.draw(), 0);
}
