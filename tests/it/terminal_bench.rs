//! The event loop on a screen in memory, with keys from a channel.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossterm::event::{Event, KeyCode};
use dsr_console::app::guide::Guide;
use dsr_console::app::{App, Effect, Modal, Msg, TaskEvent, TaskOutput};
use dsr_console::domain::failure::{Failure, FailureKind};
use dsr_console::domain::mode::Mode;
use dsr_console::keymap::Key;
use dsr_console::runtime::{
    Ended, EventLoop, Executor, Host, Outcomes, Pacing, Screen, Signal, WorldBuilder,
};
use dsr_console::ui::Ui;
use dsr_console::workflow::World;
use dsr_console::world::clock::SystemClock;
use ratatui::backend::{Backend, ClearType, TestBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::{Frame, Terminal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::app_harness::options;
use crate::gate_bench::contact;

const PATIENCE: Duration = Duration::from_secs(60);

/// A builder that hands out these worlds, and fails where there is none.
pub fn worlds(simulation: Option<World>, live: Option<Arc<World>>) -> WorldBuilder {
    let simulation = simulation.map(Arc::new);
    Arc::new(move |mode| {
        let world = match mode {
            Mode::Simulation => simulation.clone(),
            Mode::Live => live.clone(),
        };
        let missing = || Failure::new(FailureKind::Configuration, "no such world in this test");
        Box::pin(async move { world.ok_or_else(missing) })
    })
}

/// A screen in memory that tells what it shows after each frame.
struct Watched {
    inner: TestBackend,
    size: Arc<Mutex<(u16, u16)>>,
    shown: watch::Sender<String>,
    pictures: Arc<AtomicUsize>,
}

impl Watched {
    fn same<T>(result: Result<T, std::convert::Infallible>) -> io::Result<T> {
        result.map_err(|never| match never {})
    }
}

impl Backend for Watched {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        Watched::same(self.inner.draw(content))
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        Watched::same(self.inner.hide_cursor())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        Watched::same(self.inner.show_cursor())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Watched::same(self.inner.get_cursor_position())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        Watched::same(self.inner.set_cursor_position(position))
    }

    fn clear(&mut self) -> io::Result<()> {
        Watched::same(self.inner.clear())
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        let (columns, rows) = *self.size.lock().unwrap();
        self.inner.resize(columns, rows);
        Watched::same(self.inner.clear_region(clear_type))
    }

    fn size(&self) -> io::Result<Size> {
        let (columns, rows) = *self.size.lock().unwrap();
        Ok(Size::new(columns, rows))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Watched::same(self.inner.window_size())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pictures.fetch_add(1, Ordering::SeqCst);
        let buffer = self.inner.buffer();
        let width = usize::from(buffer.area.width);
        let lines = buffer.content.chunks(width);
        let lines: Vec<String> = lines
            .map(|cells| cells.iter().map(Cell::symbol).collect())
            .collect();
        self.shown.send_replace(lines.join("\n"));
        Ok(())
    }
}

/// The console, F12 for the guide with a contact, and the size that it believes in.
struct Console {
    app: App,
    ui: Ui,
    believed: Arc<Mutex<(u16, u16)>>,
}

impl Screen for Console {
    fn update(&mut self, msg: Msg) -> Vec<Effect> {
        if let Msg::Key(key) = &msg
            && key.code == KeyCode::F(12)
        {
            let guide = Guide::open(&mut self.app.shared, Some(vec![contact("c-1")]));
            self.app.screen.modals.push(Modal::Guide(Box::new(guide)));
        }
        let effects = self.app.update(permitted(msg));
        *self.believed.lock().unwrap() = self.app.shared.size;
        effects
    }

    fn take_dirty(&mut self) -> bool {
        self.app.take_dirty()
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        self.ui.draw(frame, &self.app);
    }
}

/// The counting server knows no permissions; that nothing is known of them does not stand in the way.
fn permitted(msg: Msg) -> Msg {
    match msg {
        Msg::Task { id, epoch, event } => {
            let denied = match &event {
                TaskEvent::Done(output) => match &**output {
                    TaskOutput::Access(access) => {
                        access.needed.iter().any(|needed| needed.held == Some(false))
                    }
                    _ => false,
                },
                _ => false,
            };
            let event = if denied {
                TaskEvent::Done(Box::new(TaskOutput::Nothing))
            } else {
                event
            };
            Msg::Task { id, epoch, event }
        }
        other => other,
    }
}

struct NoHost;

impl Host for NoHost {
    fn stop(&mut self, _by_key: bool) -> bool {
        false
    }

    fn resume(&mut self) {}

    fn copy(&mut self, _text: &str) {}
}

/// A running loop.
pub struct Bench {
    keys: Option<mpsc::UnboundedSender<Event>>,
    signals: mpsc::UnboundedSender<Signal>,
    size: Arc<Mutex<(u16, u16)>>,
    shown: watch::Receiver<String>,
    pictures: Arc<AtomicUsize>,
    believed: Arc<Mutex<(u16, u16)>>,
    outcomes: Outcomes,
    running: Option<JoinHandle<io::Result<Ended>>>,
}

impl Bench {
    /// Starts the console at 160×50.
    pub fn start(mode: Mode, worlds: WorldBuilder) -> Bench {
        let (keys, mut events) = mpsc::unbounded_channel();
        let (signals, heard) = mpsc::unbounded_channel();
        let (shown, watch) = watch::channel(String::new());
        let size = Arc::new(Mutex::new((160, 50)));
        let pictures = Arc::new(AtomicUsize::new(0));
        let believed = Arc::default();
        let options = options();
        let ui = Ui::new(&options.look).unwrap();
        let app = App::new(options);
        let (executor, inbox) = Executor::new(worlds, Arc::new(SystemClock));
        let outcomes = executor.outcomes();
        let backend = Watched {
            inner: TestBackend::new(160, 50),
            size: Arc::clone(&size),
            shown,
            pictures: Arc::clone(&pictures),
        };
        let mut event_loop = EventLoop {
            terminal: Terminal::new(backend).unwrap(),
            input: futures_util::stream::poll_fn(move |cx| events.poll_recv(cx)),
            signals: heard,
            screen: Console {
                app,
                ui,
                believed: Arc::clone(&believed),
            },
            executor,
            inbox,
            host: NoHost,
            pacing: Pacing {
                frame: Duration::ZERO,
                progress: Duration::ZERO,
                now: Duration::from_secs(3600),
            },
        };
        Bench {
            keys: Some(keys),
            signals,
            size,
            shown: watch,
            pictures,
            believed,
            outcomes,
            running: Some(tokio::spawn(async move { event_loop.run(mode).await })),
        }
    }

    /// Presses the keys of a macro, as in the harness of the console.
    pub fn press(&mut self, keys: &str) {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let (name, tail) = match rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
                Some(named) => named,
                None => rest.split_at(first.len_utf8()),
            };
            let name = if name == " " { "space" } else { name };
            let event = Event::Key(Key::parse(name).unwrap().event());
            self.keys.as_ref().expect("the line is up").send(event).unwrap();
            rest = tail;
        }
    }

    /// The size that the console believes in.
    pub fn believed(&self) -> (u16, u16) {
        *self.believed.lock().unwrap()
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        *self.size.lock().unwrap() = (columns, rows);
        self.signals.send(Signal::Resized).unwrap();
    }

    /// Waits until the screen is as wanted.
    pub async fn wait(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        let came = {
            let waited = tokio::time::timeout(PATIENCE, self.shown.wait_for(|screen| wanted(screen))).await;
            matches!(waited, Ok(Ok(_)))
        };
        assert!(came, "never came: {what}; the screen:\n{}", self.screen());
    }

    /// What is on screen.
    pub fn screen(&self) -> String {
        self.shown.borrow().clone()
    }

    /// Number of frames so far.
    pub fn pictures(&self) -> usize {
        self.pictures.load(Ordering::SeqCst)
    }

    /// What runs on after the console.
    pub fn outcomes(&self) -> Outcomes {
        self.outcomes.clone()
    }

    /// The line goes.
    pub fn hang_up(&mut self) {
        self.keys = None;
    }

    /// Waits for the end of the loop.
    pub async fn ended(&mut self) -> Ended {
        let running = self.running.take().expect("asked once");
        tokio::time::timeout(PATIENCE, running)
            .await
            .expect("an end")
            .unwrap()
            .unwrap()
    }
}
