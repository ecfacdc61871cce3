//! The queue over 100,000 requests: reading, filtering, sorting, scrolling, and what it holds in
//! memory. `cargo bench` runs it; the budgets are a frame of 16 ms for a filter and 2 ms for a
//! picture.

use std::sync::Arc;

use divan::{AllocProfiler, Bencher, black_box};
use dsr_console::app::queue::{By, Rows};
use dsr_console::app::{App, Msg, Options, TaskEvent, TaskOutput, WorldInfo};
use dsr_console::domain::filter::Now;
use dsr_console::domain::mode::Mode;
use dsr_console::domain::queue::{Origin, QueueFilter, QueueRow};
use dsr_console::domain::request::RequestType;
use dsr_console::domain::subject::Subject;
use dsr_console::keymap::{Key, Keymap};
use dsr_console::ui::Ui;
use dsr_console::workflow::queue::Queue;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

// Counts what is allocated: the column "max alloc" of `read` is the memory of the queue.
#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

const ROWS: u32 = 100_000;

/// Filters as operators type them, from the widest to the narrowest.
const FILTERS: [&str; 5] = [
    "a",
    "anna",
    "type=delete",
    "type=delete status=completed,error since=300d",
    "status=deleting mine 00c0ffee",
];

fn main() {
    divan::main();
}

fn start() -> Timestamp {
    Timestamp::from_second(1_795_000_000).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn queue() -> Queue {
    const GIVEN: [&str; 8] = [
        "Anna", "Berta", "Carl", "Dora", "Emil", "Frieda", "Gustav", "Hanna",
    ];
    const FAMILY: [&str; 5] = ["Muster", "Beispiel", "Probe", "Vorlage", "Sample"];
    const STATUSES: [&str; 6] = [
        "INITIATED",
        "SEARCHING",
        "DELETING",
        "UPDATING",
        "COMPLETED",
        "ERROR",
    ];
    let statuses = STATUSES.map(Arc::<str>::from);
    let types = RequestType::ALL.map(|kind| Arc::<str>::from(kind.api_name()));
    let by = [Arc::<str>::from("jdoe"), Arc::from("client-1")];
    let row = |n: u32| {
        // A fixed mixing of the number: the same rows on every run.
        let mixed = n.wrapping_mul(2_654_435_761).rotate_left(13) as usize;
        let label = format!("{} {} {}", GIVEN[mixed % 8], FAMILY[mixed / 8 % 5], n % 977);
        let subject = Subject {
            external_contact_id: Some(format!("{n:08x}-0000-4000-8000-000000000001")),
            ..Subject::default()
        };
        let ours = n.is_multiple_of(3);
        QueueRow {
            id: Some(format!("{n:08x}-0000-4000-8000-00000000000a").into()),
            operation_id: None,
            kind: Some(RequestType::ALL[mixed / 40 % 3]),
            type_text: types[mixed / 40 % 3].clone(),
            status: statuses[mixed / 120 % 6].clone(),
            subject: (&subject).into(),
            label: label.into(),
            submitted_at: start().checked_sub((i64::from(n) * 7).minutes()).ok(),
            created_by: Some(by[usize::from(!ours)].clone()),
            origin: if ours { Origin::Ours } else { Origin::Elsewhere },
            due: None,
            reference: ours.then(|| format!("CASE-{n}").into()),
            results: 0,
            downloaded: 0,
        }
    };
    Queue {
        rows: (0..ROWS).map(row).collect(),
        read_at: Some(start()),
        complete: true,
        notes: Vec::new(),
    }
}

fn loaded() -> Rows {
    let mut rows = Rows::default();
    rows.load(queue());
    rows
}

fn filter(line: &str) -> QueueFilter {
    let now = Now {
        at: start(),
        zone: TimeZone::UTC,
        login: "jdoe".to_owned(),
    };
    QueueFilter::parse(line, &now).unwrap_or_default()
}

/// Rows as the store gives them, packed and in order.
#[divan::bench(sample_count = 10)]
fn read(bencher: Bencher) {
    bencher.bench_local(loaded);
}

/// What the console does with rows that are packed already, after a refresh.
#[divan::bench(sample_count = 20)]
fn take_over(bencher: Bencher) {
    let queue = queue();
    bencher.with_inputs(|| queue.clone()).bench_local_values(|queue| {
        let mut rows = Rows::default();
        rows.load(queue);
        rows
    });
}

#[divan::bench(args = FILTERS)]
fn filter_packed(bencher: Bencher, line: &str) {
    let (mut rows, filter) = (loaded(), filter(line));
    bencher.bench_local(|| {
        rows.filter(black_box(&filter));
        rows.len()
    });
}

/// The rule itself, row by row: what the packed rows are held against.
#[divan::bench(args = FILTERS, sample_count = 10)]
fn filter_by_rule(bencher: Bencher, line: &str) {
    let (rows, filter): (Vec<QueueRow>, _) = (queue().rows.iter().collect(), filter(line));
    bencher.bench_local(|| {
        let filter = black_box(&filter);
        rows.iter().filter(|row| filter.keeps(row)).count()
    });
}

#[divan::bench(args = [By::Submitted, By::Due, By::Status, By::Type, By::Subject], sample_count = 20)]
fn sort(bencher: Bencher, by: By) {
    let mut rows = loaded();
    bencher.bench_local(|| {
        rows.by = black_box(by);
        rows.sort();
    });
}

/// The whole console with the queue in it.
struct Console {
    app: App,
    ui: Ui,
    terminal: Terminal<TestBackend>,
}

impl Console {
    fn new(columns: u16, lines: u16) -> Console {
        // The shipped key map and theme are read by tests; a benchmark may rely on them.
        let keymap = Keymap::load(None).expect("the shipped keys");
        let options = Options::simulation_only(keymap, "");
        let ui = Ui::new(&options.look).expect("the shipped theme");
        let mut app = App::new(options);
        app.update(Msg::Resize(columns, lines));
        app.update(Msg::Now(start()));
        app.update(Msg::WorldReady {
            epoch: 1,
            info: WorldInfo {
                ledger_trouble: None,
                exports: false,
                mode: Mode::Simulation,
                organization: "Example Contact Centre".to_owned(),
                profile: "default".to_owned(),
                test: false,
                operator: "jdoe".to_owned(),
                time_zone: TimeZone::UTC,
                clock_offset: 0,
                default_country: None,
                rules: dsr_console::domain::deadline::Rules::default(),
            },
        });
        let first = app
            .shared
            .tasks
            .rows()
            .find(|task| task.title == "queue from the store");
        let id = first.expect("the console reads its store first").id;
        app.update(Msg::Task {
            id,
            epoch: 1,
            event: TaskEvent::Done(Box::new(TaskOutput::Queue(queue()))),
        });
        let terminal = Terminal::new(TestBackend::new(columns, lines)).expect("a buffer");
        let mut console = Console { app, ui, terminal };
        console.press("2");
        console
    }

    fn press(&mut self, key: &str) {
        let key = Key::parse(key).expect("a key by its name").event();
        self.app.update(Msg::Key(key));
    }

    fn draw(&mut self) {
        let (ui, app) = (&self.ui, &self.app);
        self.terminal.draw(|frame| ui.draw(frame, app)).expect("a buffer");
    }
}

/// One picture of all panes, nothing changed.
#[divan::bench(args = [(160, 50), (80, 24)])]
fn draw(bencher: Bencher, (columns, lines): (u16, u16)) {
    let mut console = Console::new(columns, lines);
    bencher.bench_local(|| console.draw());
}

/// One key press and its picture.
#[divan::bench(args = ["down", "page-down", "end", "s"])]
fn key_and_draw(bencher: Bencher, key: &str) {
    let mut console = Console::new(160, 50);
    bencher.bench_local(|| {
        console.press(key);
        console.draw();
    });
}

/// A character typed into the filter line, and the picture.
#[divan::bench]
fn typed_character_and_draw(bencher: Bencher) {
    let mut console = Console::new(160, 50);
    console.press("/");
    bencher.bench_local(|| {
        console.press("a");
        console.draw();
        console.press("backspace");
        console.draw();
    });
}
