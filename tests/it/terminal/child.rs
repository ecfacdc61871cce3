//! The process at the other end of the pseudo-terminal: this binary again, with a screen that counts
//! what it hears.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyModifiers};
use dsr_console::app::effect::Effect;
use dsr_console::app::msg::Msg;
use dsr_console::domain::clock::Clock;
use dsr_console::domain::failure::{Failure, FailureKind};
use dsr_console::domain::mode::Mode;
use dsr_console::runtime::{Screen, Wiring, on_tty};
use ratatui::Frame;
use ratatui::style::{Color, Style};
use ratatui::widgets::Paragraph;

use super::pty::Pty;

/// Nothing before the probe: it leads a session of its own.
pub const ALONE: &[&str] = &[];
/// SIGHUP ignored, as under nohup.
pub const TRAP_HUP: &[&str] = &["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"];

const ASKED: &str = "DSR_PROBE";
const NAME: &str = "terminal::child::probe_screen";

fn command() -> Vec<String> {
    let own = std::env::current_exe().unwrap().display().to_string();
    let rest = [NAME, "--exact", "--ignored", "--nocapture", "--test-threads=1"];
    std::iter::once(own).chain(rest.map(str::to_owned)).collect()
}

/// Starts the probe in a pseudo-terminal of 80×24, after the words of `prefix`.
pub fn probe(prefix: &[&str]) -> Pty {
    let words = prefix
        .iter()
        .map(|word| (*word).to_owned())
        .chain(command())
        .collect();
    Pty::spawn(words, &[(ASKED, "1".to_owned())], 80, 24)
}

/// Starts an interactive shell and the probe out of it.
pub fn probe_from_shell() -> Pty {
    let line = command().join(" ");
    let env = [
        (ASKED, "1".to_owned()),
        ("PROBE", line),
        ("PS1", "shell> ".to_owned()),
        ("ENV", String::new()),
    ];
    let mut pty = Pty::spawn(vec!["sh".to_owned(), "-i".to_owned()], &env, 80, 24);
    pty.wait("the shell", |screen| screen.contents().contains("shell>"));
    pty.send(b"$PROBE\n");
    pty
}

/// Not a test: what the tests start in a pseudo-terminal.
#[test]
#[ignore = "started by the tests of this file in a pseudo-terminal"]
fn probe_screen() {
    if std::env::var_os(ASKED).is_none() {
        return;
    }
    struct Host;
    impl Clock for Host {
        fn now(&self) -> jiff::Timestamp {
            jiff::Timestamp::now()
        }
    }
    let wiring = Wiring {
        mode: Mode::Simulation,
        build: Arc::new(|_| Box::pin(async { Err(Failure::new(FailureKind::Configuration, "no world")) })),
        clock: Arc::new(Host),
        color: std::env::var_os("DSR_PROBE_COLOR").is_none(),
    };
    let runtime = dsr_console::runtime::console::task_runtime().unwrap();
    let code = runtime.block_on(on_tty(Probe::default(), wiring)).unwrap();
    std::process::exit(i32::from(code));
}

#[derive(Default)]
struct Probe {
    keys: usize,
    last: String,
    pasted: usize,
    size: Option<(u16, u16)>,
    world: &'static str,
    fill: u8,
    dirty: bool,
}

impl Screen for Probe {
    fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Key(key) => return self.key(key.code, key.modifiers),
            Msg::Paste(text) => self.pasted = text.chars().count(),
            Msg::Resize(columns, rows) => self.size = Some((columns, rows)),
            Msg::WorldFailed(_) => self.world = "none",
            Msg::Now(_) => return Vec::new(),
            _ => {}
        }
        self.dirty = true;
        Vec::new()
    }

    fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let (width, height) = (area.width, area.height);
        let text = format!(
            "keys={} last={} pasted={}\n{width}x{height} world={}",
            self.keys, self.last, self.pasted, self.world
        );
        frame.render_widget(Paragraph::new(text), area);
        let style = Style::new().fg(Color::Red).reversed();
        frame.buffer_mut().set_string(0, 3, "reversed", style);
        if self.fill > 0 {
            let line = char::from(b'A' + self.fill % 26)
                .to_string()
                .repeat(usize::from(width));
            for row in 4..height {
                frame.buffer_mut().set_string(0, row, &line, Style::new());
            }
        }
    }
}

impl Probe {
    fn key(&mut self, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
        match code {
            KeyCode::Char('z') if modifiers.contains(KeyModifiers::CONTROL) => return vec![Effect::Suspend],
            KeyCode::Char('q') => return vec![Effect::Quit],
            KeyCode::Char('y') => return vec![Effect::Copy("dsr".to_owned())],
            KeyCode::Char('-') => return Vec::new(),
            KeyCode::Char('p') => panic!("asked to panic"),
            KeyCode::Char('f') => self.fill = self.fill.wrapping_add(1),
            KeyCode::Char(c) => self.last = c.to_string(),
            _ => {}
        }
        self.keys += 1;
        self.dirty = true;
        Vec::new()
    }
}
