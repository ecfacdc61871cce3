//! The loop: signals before news of tasks before input; everything that is ready is taken in, then
//! one picture at most every 33 ms, and only if something changed. Nothing ticks.
//!
//! Terminal, input and signals are parameters, so that tests drive this very loop.

use std::time::Duration;

use crossterm::event::{Event, KeyEventKind};
use futures_util::{FutureExt, Stream, StreamExt};
use ratatui::Terminal;
use ratatui::backend::Backend;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::executor::{Executor, Report};
use super::host::Host;
use super::progress::Pace;
use super::screen::Screen;
use super::signals::Signal;
use crate::app::effect::Effect;
use crate::app::msg::{Msg, TaskEvent, TaskId};
use crate::domain::mode::Mode;
use crate::domain::progress::Progress;

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The operator left.
    Quit,
    /// SIGTERM or SIGINT.
    Signal(Signal),
    /// The line is gone.
    HangUp,
}

/// Times that a test shortens.
#[derive(Clone, Copy, Debug)]
pub struct Pacing {
    /// The least time between two pictures.
    pub frame: Duration,
    /// The least time between two reports of progress.
    pub progress: Duration,
    /// How often the console hears the time when nothing happens.
    pub now: Duration,
}

impl Default for Pacing {
    fn default() -> Pacing {
        Pacing {
            frame: Duration::from_millis(33),
            progress: Duration::from_secs(1),
            now: Duration::from_secs(60),
        }
    }
}

/// Inputs taken in before the next picture is considered.
const BATCH: usize = 512;

/// What the loop runs on.
pub struct EventLoop<B: Backend, I, S, H> {
    /// Where it draws.
    pub terminal: Terminal<B>,
    /// Keys and pasted text; its end is a hang-up.
    pub input: I,
    /// Signals.
    pub signals: mpsc::UnboundedReceiver<Signal>,
    /// The console.
    pub screen: S,
    /// Who carries out its effects.
    pub executor: Executor,
    /// News of tasks.
    pub inbox: mpsc::Receiver<Report>,
    /// The terminal beyond drawing.
    pub host: H,
    /// Times.
    pub pacing: Pacing,
}

enum Wake {
    Signal(Signal),
    Report(Report),
    Progress(Vec<((TaskId, u64), Progress)>),
    Input(Option<Event>),
    Frame,
    Minute,
}

struct State {
    dirty: bool,
    /// Between giving the terminal back for a stop and taking it again.
    stopped: bool,
    next_frame: Instant,
    ended: Option<Ended>,
}

impl<B, I, S, H> EventLoop<B, I, S, H>
where
    B: Backend,
    I: Stream<Item = Event> + Unpin,
    S: Screen,
    H: Host,
{
    /// Draws, opens the world of `mode` and runs until something ends it. What was sent meanwhile may
    /// still be under way then: see [`Executor::outcomes`].
    ///
    /// # Errors
    /// When the terminal cannot be drawn on.
    pub async fn run(&mut self, mode: Mode) -> Result<Ended, B::Error> {
        let ended = self.until_ended(mode).await;
        self.executor.cancel_all();
        ended
    }

    async fn until_ended(&mut self, mode: Mode) -> Result<Ended, B::Error> {
        let mut state = State {
            dirty: false,
            stopped: false,
            next_frame: Instant::now(),
            ended: None,
        };
        let mut pace = Pace::new(self.executor.slots(), self.pacing.progress);
        let mut minute = minute(self.pacing.now);
        self.tell_size(&mut state);
        self.draw(&mut state)?;
        self.executor.switch_world(mode);
        loop {
            let wake = self.wait(&state, &mut pace, &mut minute).await;
            if let Some(moved) = self.executor.moved_clock() {
                self.tell(&mut state, moved);
            }
            self.tell(&mut state, Msg::Now(self.executor.now()));
            self.take_in(&mut state, wake);
            self.drain(&mut state);
            if let Some(ended) = state.ended {
                return Ok(ended);
            }
            state.dirty |= self.screen.take_dirty();
            if state.dirty && !state.stopped && Instant::now() >= state.next_frame {
                self.draw(&mut state)?;
            }
        }
    }

    async fn wait(&mut self, state: &State, pace: &mut Pace, minute: &mut Interval) -> Wake {
        tokio::select! {
            biased;
            Some(signal) = self.signals.recv() => Wake::Signal(signal),
            Some(report) = self.inbox.recv() => Wake::Report(report),
            progress = pace.wait() => Wake::Progress(progress),
            event = self.input.next() => Wake::Input(event),
            () = tokio::time::sleep_until(state.next_frame), if state.dirty && !state.stopped => Wake::Frame,
            _ = minute.tick() => Wake::Minute,
        }
    }

    /// Takes in whatever else is ready, so that one picture shows all of it.
    fn drain(&mut self, state: &mut State) {
        for _ in 0..BATCH {
            if state.ended.is_some() {
                return;
            }
            let wake = if let Ok(signal) = self.signals.try_recv() {
                Wake::Signal(signal)
            } else if let Ok(report) = self.inbox.try_recv() {
                Wake::Report(report)
            } else if let Some(event) = self.input.next().now_or_never() {
                Wake::Input(event)
            } else {
                return;
            };
            self.take_in(state, wake);
        }
    }

    fn take_in(&mut self, state: &mut State, wake: Wake) {
        match wake {
            Wake::Signal(signal) => self.signal(state, signal),
            Wake::Report(report) => {
                if let Some(msg) = self.executor.receive(report) {
                    self.tell(state, msg);
                }
            }
            Wake::Progress(reports) => {
                for ((id, epoch), progress) in reports {
                    let event = TaskEvent::Progress(progress);
                    self.tell(state, Msg::Task { id, epoch, event });
                }
            }
            Wake::Input(None) => state.ended = Some(Ended::HangUp),
            Wake::Input(Some(Event::Key(key))) if key.kind != KeyEventKind::Release => {
                self.tell(state, Msg::Key(key));
            }
            Wake::Input(Some(Event::Paste(text))) => self.tell(state, Msg::Paste(text)),
            Wake::Input(Some(Event::Resize(columns, rows))) => self.tell(state, Msg::Resize(columns, rows)),
            Wake::Input(Some(_)) | Wake::Frame => {}
            Wake::Minute => self.executor.read_clock(),
        }
    }

    fn signal(&mut self, state: &mut State, signal: Signal) {
        match signal {
            Signal::HangUp => state.ended = Some(Ended::HangUp),
            Signal::Terminate | Signal::Interrupt => state.ended = Some(Ended::Signal(signal)),
            Signal::Stop => self.stop(state, false),
            Signal::Continue => {
                self.host.resume();
                state.stopped = false;
                self.repaint(state);
            }
            Signal::Resized => {
                self.tell_size(state);
                state.dirty = true;
            }
        }
    }

    fn tell(&mut self, state: &mut State, msg: Msg) {
        for effect in self.screen.update(msg) {
            self.effect(state, effect);
        }
    }

    fn effect(&mut self, state: &mut State, effect: Effect) {
        match effect {
            Effect::Spawn { id, request } => self.executor.spawn(id, request),
            Effect::Cancel(id) => self.executor.cancel(id),
            Effect::SwitchWorld(mode) => self.executor.switch_world(mode),
            Effect::Copy(text) => self.host.copy(&text),
            Effect::Repaint => self.repaint(state),
            Effect::Suspend => self.stop(state, true),
            Effect::Quit => state.ended = Some(Ended::Quit),
        }
    }

    fn stop(&mut self, state: &mut State, by_key: bool) {
        state.stopped = self.host.stop(by_key);
        if !state.stopped {
            self.repaint(state);
        }
    }

    /// Everything anew with the next picture. Never by `Terminal::clear`, which asks the terminal
    /// where its cursor is and waits for an answer that the keyboard reader takes away.
    fn repaint(&mut self, state: &mut State) {
        if let Ok(size) = self.terminal.size() {
            // What cannot be written now fails again, and is then reported, when it is drawn.
            let _ = self
                .terminal
                .resize(ratatui::layout::Rect::new(0, 0, size.width, size.height));
        }
        self.tell_size(state);
        state.dirty = true;
    }

    /// Texts are broken for the terminal as it is, from the first one on.
    fn tell_size(&mut self, state: &mut State) {
        if let Ok(size) = self.terminal.size() {
            self.tell(state, Msg::Resize(size.width, size.height));
        }
    }

    fn draw(&mut self, state: &mut State) -> Result<(), B::Error> {
        let screen = &mut self.screen;
        self.terminal.draw(|frame| screen.draw(frame))?;
        state.dirty = false;
        state.next_frame = Instant::now() + self.pacing.frame;
        Ok(())
    }
}

/// The first tick comes after one period: the start is told anyway.
fn minute(period: Duration) -> Interval {
    let mut interval = tokio::time::interval_at(Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
