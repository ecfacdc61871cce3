//! All notices, the newest first, each error with everything there is to know.

use super::command::{Command, moving};
use super::component::Component;
use super::list::List;
use super::shared::Shared;
use crate::keymap::{Action, Context};

/// The list of notices.
#[derive(Debug, Default)]
pub struct NoticesPane {
    /// The window over them.
    pub list: List,
}

impl NoticesPane {
    /// Opens it on the newest unread error; what it shows counts as read.
    pub fn open(shared: &mut Shared) -> NoticesPane {
        let mut pane = NoticesPane::default();
        pane.list.set_len(shared.notices.len());
        let unread = shared
            .notices
            .newest_first()
            .position(|n| n.failure.is_some() && !n.read);
        pane.list.select(unread.unwrap_or(0));
        shared.notices.read_all();
        pane
    }
}

impl Component for NoticesPane {
    fn context(&self) -> Context {
        Context::Notices
    }

    fn title(&self, shared: &Shared) -> String {
        format!("Notices {}", shared.notices.len())
    }

    fn commands(&self, shared: &Shared) -> Vec<Command> {
        let empty = shared.notices.is_empty().then_some("there are none");
        let mut commands = vec![
            Command::new(Action::Close),
            Command::new(Action::Forget).unless(empty),
        ];
        commands.extend(moving());
        commands
    }

    fn handle(&mut self, action: Action, shared: &mut Shared) -> bool {
        match action {
            Action::Forget => shared.notices.forget_read(),
            other => return self.list.handle(other),
        }
        true
    }

    fn sync(&mut self, shared: &Shared) {
        self.list.set_len(shared.notices.len());
    }
}
