//! What the event loop drives. The loop knows the console only through this, so that its own tests
//! need no panes.

use ratatui::Frame;

use crate::app::effect::Effect;
use crate::app::msg::Msg;

/// A state machine with a picture. Neither function waits.
pub trait Screen {
    /// Takes one message and says what is to be done.
    fn update(&mut self, msg: Msg) -> Vec<Effect>;

    /// True when something visible changed since the last call; the loop then draws.
    fn take_dirty(&mut self) -> bool;

    /// Draws everything.
    fn draw(&mut self, frame: &mut Frame<'_>);
}
