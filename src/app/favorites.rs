//! Favorites matches: what the pane will show once Genesys Web Services can be searched.

use super::command::Command;
use super::component::Component;
use super::shared::Shared;
use crate::keymap::{Action, Context};

/// The favorites pane.
#[derive(Debug, Default)]
pub struct FavoritesPane {}

impl Component for FavoritesPane {
    fn context(&self) -> Context {
        Context::Favorites
    }

    fn title(&self, _shared: &Shared) -> String {
        "Favorites matches".to_owned()
    }

    fn commands(&self, _shared: &Shared) -> Vec<Command> {
        Vec::new()
    }

    fn handle(&mut self, _action: Action, _shared: &mut Shared) -> bool {
        false
    }
}
