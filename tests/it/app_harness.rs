//! A console under test: keys go in as a macro, effects and screens come out.

use dsr_console::app::{
    App, Effect, LiveTarget, Look, Msg, Options, TaskEvent, TaskId, TaskOutput, TaskRequest, WorldInfo,
};
use dsr_console::domain::failure::Failure;
use dsr_console::domain::mode::Mode;
use dsr_console::domain::progress::Progress;
use dsr_console::domain::queue::{Origin, QueueRow};
use dsr_console::domain::request::RequestType;
use dsr_console::domain::subject::Subject;
use dsr_console::keymap::{Key, Keymap};
use dsr_console::ui::Ui;
use dsr_console::workflow::queue::Queue;
use jiff::{Timestamp, ToSpan};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// The moment at which every test begins.
pub fn start() -> Timestamp {
    "2026-11-18T12:03:10Z".parse().unwrap()
}

pub fn world(mode: Mode) -> WorldInfo {
    WorldInfo {
        exports: false,
        mode,
        organization: "Example Contact Centre".to_owned(),
        profile: "example".to_owned(),
        test: false,
        operator: "jdoe".to_owned(),
        time_zone: jiff::tz::TimeZone::UTC,
        clock_offset: 0,
        default_country: Some("DE".to_owned()),
        rules: dsr_console::domain::deadline::Rules::default(),
        ledger_trouble: None,
    }
}

pub fn options() -> Options {
    Options {
        live: Ok(LiveTarget {
            profile: "example".to_owned(),
            organization: "Example Contact Centre".to_owned(),
        }),
        ..Options::simulation_only(Keymap::load(None).unwrap(), "")
    }
}

pub struct Console {
    pub app: App,
    ui: Ui,
    terminal: Terminal<TestBackend>,
    now: Timestamp,
    epoch: u64,
}

impl Console {
    /// A console that shows no world yet.
    pub fn new(columns: u16, rows: u16, options: Options) -> Console {
        let ui = Ui::new(&options.look).unwrap();
        let mut console = Console {
            app: App::new(options),
            ui,
            terminal: Terminal::new(TestBackend::new(columns, rows)).unwrap(),
            now: start(),
            epoch: 0,
        };
        console.send(Msg::Resize(columns, rows));
        console
    }

    /// A console that shows a world.
    pub fn showing(columns: u16, rows: u16, mode: Mode) -> Console {
        let mut console = Console::new(columns, rows, options());
        console.show(mode);
        console
    }

    pub fn with_look(columns: u16, rows: u16, look: Look) -> Console {
        let mut console = Console::new(columns, rows, Options { look, ..options() });
        console.show(Mode::Simulation);
        console
    }

    /// Shows a new world; gives the effects.
    pub fn show(&mut self, mode: Mode) -> Vec<Effect> {
        self.show_info(world(mode))
    }

    /// Shows this world; gives the effects.
    pub fn show_info(&mut self, info: WorldInfo) -> Vec<Effect> {
        self.epoch += 1;
        let epoch = self.epoch;
        self.send(Msg::WorldReady { epoch, info })
    }

    /// One message, with the time told before it as the runtime does.
    pub fn send(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = self.app.update(Msg::Now(self.now));
        effects.extend(self.app.update(msg));
        effects
    }

    /// Time passes, and nothing else.
    pub fn wait(&mut self, seconds: i64) -> Vec<Effect> {
        self.now = self.now.checked_add(seconds.seconds()).unwrap();
        self.app.update(Msg::Now(self.now))
    }

    /// Presses the keys of a macro: characters stand for themselves, others in angle brackets by
    /// the name they have in the key map (`/type=delete<enter>`). Gives the effects.
    pub fn press(&mut self, keys: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let (name, tail) = match rest.strip_prefix('<').and_then(|r| r.split_once('>')) {
                Some(named) => named,
                None => rest.split_at(first.len_utf8()),
            };
            let name = if name == " " { "space" } else { name };
            effects.extend(self.send(Msg::Key(Key::parse(name).unwrap().event())));
            rest = tail;
        }
        effects
    }

    pub fn done(&mut self, id: TaskId, output: TaskOutput) -> Vec<Effect> {
        self.event(id, TaskEvent::Done(Box::new(output)))
    }

    pub fn failed(&mut self, id: TaskId, failure: Failure) -> Vec<Effect> {
        self.event(id, TaskEvent::Failed(Box::new(failure)))
    }

    pub fn progress(&mut self, id: TaskId, done: u64, total: Option<u64>) -> Vec<Effect> {
        self.progress_of(id, "requests", done, total)
    }

    pub fn progress_of(
        &mut self,
        id: TaskId,
        unit: &'static str,
        done: u64,
        total: Option<u64>,
    ) -> Vec<Effect> {
        let progress = Progress {
            done,
            total,
            unit,
            note: String::new(),
        };
        self.event(id, TaskEvent::Progress(progress))
    }

    fn event(&mut self, id: TaskId, event: TaskEvent) -> Vec<Effect> {
        let epoch = self.epoch;
        self.send(Msg::Task { id, epoch, event })
    }

    /// Gives the queue pane its rows, as the store does at the start.
    pub fn load(&mut self, rows: Vec<QueueRow>) {
        let id = self
            .app
            .shared
            .tasks
            .rows()
            .find(|t| t.title == "queue from the store")
            .unwrap()
            .id;
        self.done(id, TaskOutput::Queue(queue(rows)));
    }

    /// The id of the running task with this title.
    pub fn running(&self, title: &str) -> TaskId {
        let mut running = self.app.shared.tasks.running();
        running
            .find(|task| task.title == title)
            .unwrap_or_else(|| panic!("no task `{title}`"))
            .id
    }

    /// Ends everything that runs by itself when a world is shown.
    pub fn settle(&mut self) {
        let refresh = self.running("queue refresh");
        let rows = Vec::new();
        self.done(refresh, TaskOutput::Queue(queue(rows)));
        let check = self.running("check of permissions");
        self.done(check, TaskOutput::Nothing);
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.terminal.backend_mut().resize(columns, rows);
        self.send(Msg::Resize(columns, rows));
    }

    fn buffer(&mut self) -> &Buffer {
        let (ui, app) = (&self.ui, &self.app);
        self.terminal.draw(|frame| ui.draw(frame, app)).unwrap();
        self.terminal.backend().buffer()
    }

    /// The screen without styles, spaces at the ends of lines cut off.
    pub fn screen(&mut self) -> String {
        let buffer = self.buffer();
        let width = usize::from(buffer.area.width).max(1);
        let lines = buffer.content.chunks(width).map(|cells| {
            let line: String = cells.iter().map(Cell::symbol).collect();
            line.trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The screen with styles: below each line that has any, a letter per cell, explained at the end.
    pub fn styled(&mut self) -> String {
        let buffer = self.buffer();
        let width = usize::from(buffer.area.width);
        let mut legend: Vec<String> = Vec::new();
        let mut out = String::new();
        for cells in buffer.content.chunks(width) {
            let line: String = cells.iter().map(Cell::symbol).collect();
            let styles: String = cells.iter().map(|cell| letter(cell, &mut legend)).collect();
            out.push_str(&format!("|{}\n", line.trim_end()));
            if !styles.trim().is_empty() {
                out.push_str(&format!(":{}\n", styles.trim_end()));
            }
        }
        for (index, style) in legend.iter().enumerate() {
            out.push_str(&format!("{} = {style}\n", name(index)));
        }
        out
    }

    /// The styles of the first cells that show `text`.
    pub fn modifier_at(&mut self, text: &str) -> Modifier {
        let buffer = self.buffer();
        let width = usize::from(buffer.area.width);
        for cells in buffer.content.chunks(width) {
            for start in 0..width {
                let seen: String = cells[start..]
                    .iter()
                    .map(Cell::symbol)
                    .take(text.chars().count())
                    .collect();
                if seen == text {
                    return cells[start].modifier;
                }
            }
        }
        panic!("`{text}` is not on screen");
    }

    /// Number of cells that differ from what was drawn last, after `keys`.
    pub fn cells_changed(&mut self, keys: &str) -> usize {
        let before = self.buffer().clone();
        self.press(keys);
        let after = self.buffer();
        before.diff(after).len()
    }
}

fn letter(cell: &Cell, legend: &mut Vec<String>) -> char {
    let mut parts = Vec::new();
    if cell.fg != Color::Reset {
        parts.push(format!("{:?}", cell.fg));
    }
    if cell.bg != Color::Reset {
        parts.push(format!("on {:?}", cell.bg));
    }
    if !cell.modifier.is_empty() {
        parts.push(format!("{:?}", cell.modifier));
    }
    if parts.is_empty() {
        return ' ';
    }
    let style = parts.join(" ");
    let index = legend
        .iter()
        .position(|known| *known == style)
        .unwrap_or_else(|| {
            legend.push(style);
            legend.len() - 1
        });
    name(index)
}

fn name(index: usize) -> char {
    char::from(b'a' + u8::try_from(index).unwrap())
}

/// The requests that effects start.
pub fn spawned(effects: &[Effect]) -> Vec<&TaskRequest> {
    let requests = effects.iter().filter_map(|effect| match effect {
        Effect::Spawn { request, .. } => Some(request),
        _ => None,
    });
    requests.collect()
}

pub fn queue(rows: Vec<QueueRow>) -> Queue {
    Queue {
        rows: rows.into_iter().collect(),
        read_at: Some(start()),
        complete: true,
        notes: Vec::new(),
    }
}

/// A row of the queue; number `n` is the n-th newest.
pub fn row(n: u32, kind: RequestType, status: &str, label: &str) -> QueueRow {
    let subject = Subject {
        name: Some(label.to_owned()),
        external_contact_id: Some(format!("{n:08x}-0000-4000-8000-000000000001")),
        ..Subject::default()
    };
    QueueRow {
        id: Some(format!("{n:08x}-0000-4000-8000-00000000000a").into()),
        operation_id: None,
        kind: Some(kind),
        type_text: kind.api_name().into(),
        status: status.into(),
        subject: (&subject).into(),
        label: label.into(),
        submitted_at: start().checked_sub((i64::from(n) * 61).minutes()).ok(),
        created_by: Some("client-1".into()),
        origin: Origin::Elsewhere,
        due: None,
        reference: None,
        results: 0,
        downloaded: 0,
    }
}

/// A small queue with something of everything.
pub fn rows() -> Vec<QueueRow> {
    use RequestType::*;
    vec![
        QueueRow {
            due: Some(jiff::civil::date(2026, 12, 3)),
            reference: Some("CASE-17".into()),
            origin: Origin::Ours,
            created_by: Some("jdoe".into()),
            ..row(1, Delete, "DELETING", "Anna Muster")
        },
        QueueRow {
            results: 2,
            due: Some(jiff::civil::date(2026, 11, 20)),
            reference: Some("CASE-18".into()),
            ..row(2, Export, "COMPLETED", "Berta Beispiel")
        },
        QueueRow {
            id: None,
            operation_id: Some("0b0b0b0b-0000-4000-8000-00000000000b".into()),
            due: Some(jiff::civil::date(2026, 11, 19)),
            reference: Some("CASE-19".into()),
            origin: Origin::Ours,
            created_by: Some("jdoe".into()),
            ..row(3, Delete, "UNKNOWN", "Carl Probe")
        },
        row(4, Update, "ERROR", "Dora Test"),
        QueueRow {
            origin: Origin::MergeSet,
            ..row(5, Delete, "INITIATED", "Emil Fiktiv")
        },
    ]
}
