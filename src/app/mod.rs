//! The console as a pure state machine: messages in, effects out. Nothing here waits, reads a clock
//! or touches a terminal; the view (`crate::ui`) is a function of what stands here.
//!
//! # How it hangs together
//! - [`App`] is [`Shared`] (what every part may read and change: world, time, tasks, notices, the
//!   effects of this update) beside [`Screen`] (the four panes and the stack of what is open over
//!   them). They are two fields so that a part can be borrowed from one and handed the other.
//! - A part of the screen is a [`Component`]: a pane (always there, `app::search`, `app::queue`,
//!   `app::favorites`, `app::jobs`) or a [`Modal`] (on the stack while open: guide, detail, archive,
//!   notices, help, palette, question). The topmost modal, else the focused pane, has the keys.
//! - **Commands once.** A component lists what can be done in it now in
//!   [`Component::commands`], the most useful first, each enabled or disabled with the reason. The
//!   footer, the help and the palette are made of this list, and a key whose command is disabled
//!   shows the reason instead of acting. Add an action in four steps: name it in
//!   `keymap::action`, allow it in a context in `keymap::context`, give it a key in
//!   `assets/keymap.toml`, list it in `commands` and act on it in [`Component::handle`].
//! - **Typing.** A component that is being typed in gives its field from [`Component::field`] (and
//!   `None` otherwise). While it does, no character is a command: keys are looked up in the context
//!   `input` only (`leave`, `accept`, `next-field`, …, handed to `handle`), everything else edits the
//!   field and [`Component::edited`] is called when its text changed. Pasted text goes to the field
//!   or nowhere. A secret is typed into [`Component::secret`], which is never shown and is wiped.
//!   What a task would open meanwhile waits until the field is left or the question answered: keys
//!   meant for one thing must not act on another.
//! - **Tasks.** `shared.spawn(owner, request)` writes the row of the task table and asks the runtime
//!   to start it; it returns the [`TaskId`]. What comes back is handed to the component of that
//!   [`Owner`] (`output`, `failed`), if it is still open; it compares the id with the one it
//!   remembers, so that an answer to an older question is not taken for the latest. A failure has
//!   become a notice by then; queue rows reach the queue pane whoever asked for them.
//! - **Calls.** What a component cannot do from inside (open or close a modal, move the focus, ask a
//!   question) it leaves in `shared.call(Call::…)`; it is done when `handle` has returned.
//! - **Lists.** [`list::List`] holds selection and window; the view tells it its height while
//!   drawing, so that a page is what is seen as a page.
//! - **Worlds.** When a world is shown, every pane is made anew and all modals are closed: rows of
//!   two worlds are never together. Messages of another epoch are dropped.

pub mod archive;
pub mod board;
mod case_acts;
pub mod case_form;
pub mod case_view;
pub mod caseless;
pub mod command;
pub mod component;
pub mod confirm;
pub mod detail;
pub mod effect;
pub mod exports;
pub mod favorites;
pub mod field;
pub mod found;
pub mod guide;
pub mod help;
pub mod identifiers;
pub mod jobs;
pub mod ledger_view;
pub mod list;
pub mod modal;
pub mod msg;
pub mod notices;
pub mod notices_pane;
pub mod options;
pub mod pace;
pub mod palette;
pub mod queue;
pub mod reading;
pub mod records;
pub mod register_view;
pub mod report_view;
pub mod saves;
mod screen;
pub mod search;
pub mod secret_field;
pub mod shared;
pub mod tasks;
pub mod time;
mod update;
mod worlds;

pub use command::Command;
pub use component::{Call, Component, Owner};
pub use effect::{Effect, TaskRequest};
pub use modal::Modal;
pub use msg::{Msg, TaskEvent, TaskId, TaskOutput, WorldInfo};
pub use options::{LiveTarget, Look, Options};
pub use screen::{PaneId, Screen};
pub use shared::Shared;

/// The whole state of the console.
pub struct App {
    /// What every part may read and change.
    pub shared: Shared,
    /// The panes and what is open over them.
    pub screen: Screen,
    /// What a task would open, held back while something is typed or asked.
    waiting: Vec<Modal>,
    dirty: bool,
}

impl App {
    /// A console that shows no world yet; the runtime builds one and says so with
    /// [`Msg::WorldReady`].
    pub fn new(options: Options) -> App {
        App {
            shared: Shared::new(options),
            screen: Screen::default(),
            waiting: Vec::new(),
            dirty: true,
        }
    }

    /// Handles one message. The effects are for the runtime, in this order.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let of_task = matches!(msg, Msg::Task { .. });
        match msg {
            Msg::Now(now) => self.now(now),
            Msg::ClockMoved(offset) => self.clock_moved(offset),
            Msg::Key(key) => self.key(key),
            Msg::Paste(text) => self.paste(&zeroize::Zeroizing::new(text)),
            Msg::Resize(columns, rows) => {
                self.shared.size = (columns, rows);
                self.dirty = true;
            }
            Msg::WorldReady { epoch, info } => self.world_ready(epoch, info),
            Msg::WorldFailed(failure) => self.world_failed(failure),
            Msg::Task { id, epoch, event } => self.task(id, epoch, event),
        }
        self.settle(of_task);
        self.open_what_waited();
        self.screen.sync(&self.shared);
        std::mem::take(&mut self.shared.effects)
    }

    /// True when something on screen may have changed since this was last asked; the runtime draws
    /// only then.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }
}
