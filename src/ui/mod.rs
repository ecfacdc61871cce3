//! The view: a function of the state, drawn into a frame. It changes nothing, except that lists are
//! told how high they were drawn.
//!
//! # How to draw a part
//! A pane is drawn by `ui::panes::<name>::draw(frame, area, pane, view)` into the inside of its
//! frame, a modal by `ui::modals::<name>::draw`; frame and title are drawn here from
//! `Component::title`. [`View`] carries the state and the [`Theme`]. Widgets to build with:
//! [`widgets::table`] (windowed rows with a marker column), [`widgets::field`], [`widgets::popup`],
//! [`widgets::text`] (cutting to a width, cleaning). Characters outside ASCII are written as they
//! are; [`ascii`] replaces them at the end where the terminal cannot show them.

pub mod ascii;
mod footer;
mod frame;
pub mod identifiers;
pub mod modals;
pub mod panes;
pub mod persons;
mod status;
pub mod svg;
pub mod theme;
pub mod widgets;

use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph};
use ratatui::{Frame, Terminal};

use crate::app::{App, Look, Modal, PaneId, Shared};
use theme::Theme;

/// Columns and rows from which the four panes stand side by side.
pub const WIDE: (u16, u16) = (120, 30);
/// Columns and rows below which nothing can be shown.
pub const SMALLEST: (u16, u16) = (80, 20);

/// How everything looks; made once.
#[derive(Clone, Debug)]
pub struct Ui {
    theme: Theme,
    ascii: bool,
}

/// What the drawing functions are given.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The state.
    pub app: &'a App,
    /// The styles.
    pub theme: &'a Theme,
    /// True where the part drawn has the keys.
    pub focused: bool,
    /// True where its title is lit: it has the keys, or something lies over it that has them. What
    /// is below a popup is not repainted for it.
    pub lit: bool,
}

impl View<'_> {
    /// What every part may read.
    pub fn shared(&self) -> &Shared {
        &self.app.shared
    }
}

impl Ui {
    /// The look that the options ask for.
    ///
    /// # Errors
    /// A theme of that name does not exist; the text names those that do.
    pub fn new(look: &Look) -> Result<Ui, String> {
        Ok(Ui {
            theme: theme::of(look)?,
            ascii: look.ascii,
        })
    }

    /// The screen as it would stand on a terminal of this size, for pictures and tests.
    pub fn picture(&self, app: &App, columns: u16, rows: u16) -> Buffer {
        let mut terminal = match Terminal::new(TestBackend::new(columns, rows)) {
            Ok(terminal) => terminal,
            Err(never) => match never {},
        };
        match terminal.draw(|frame| self.draw(frame, app)) {
            Ok(completed) => completed.buffer.clone(),
            Err(never) => match never {},
        }
    }

    /// Draws the whole screen.
    pub fn draw(&self, frame: &mut Frame, app: &App) {
        let area = frame.area();
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            too_small(frame, area, app);
        } else if area.width >= WIDE.0 && area.height >= WIDE.1 {
            self.wide(frame, area, app);
        } else {
            self.narrow(frame, area, app);
        }
        if self.ascii {
            ascii::replace(frame.buffer_mut());
        }
    }

    fn wide(&self, frame: &mut Frame, area: Rect, app: &App) {
        let main = Rect {
            height: area.height - 2,
            ..area
        };
        let line = Rect {
            y: main.height,
            height: 1,
            ..area
        };
        let bar = Rect {
            y: main.height + 1,
            height: 1,
            ..area
        };
        self.main(frame, main, app, true);
        let view = self.view(app, false);
        status::notice(frame, line, view);
        let used = status::bar(frame, bar, view);
        let rest = Rect {
            x: used,
            width: bar.width.saturating_sub(used),
            ..bar
        };
        footer::draw(frame, rest, view);
    }

    fn narrow(&self, frame: &mut Frame, area: Rect, app: &App) {
        let bar = Rect { height: 1, ..area };
        let main = Rect {
            y: 1,
            height: area.height - 3,
            ..area
        };
        let line = Rect {
            y: area.height - 2,
            height: 1,
            ..area
        };
        let foot = Rect {
            y: area.height - 1,
            height: 1,
            ..area
        };
        let view = self.view(app, false);
        let used = status::bar(frame, bar, view);
        status::tabs(
            frame,
            Rect {
                x: used,
                width: bar.width.saturating_sub(used),
                ..bar
            },
            view,
        );
        self.main(frame, main, app, false);
        status::notice(frame, line, view);
        footer::draw(frame, foot, view);
    }

    fn main(&self, frame: &mut Frame, area: Rect, app: &App, wide: bool) {
        let full = app.screen.modals.iter().rposition(Modal::is_full);
        match full {
            Some(index) => self.full(frame, area, app, index),
            None if wide && !app.screen.zoomed => {
                for (pane, area) in frame::quarters(area) {
                    self.pane(frame, area, app, pane);
                }
            }
            None => self.pane(frame, area, app, app.screen.focus),
        }
        let over = full.map_or(0, |index| index + 1);
        for (index, modal) in app.screen.modals.iter().enumerate().skip(over) {
            let view = self.view(app, index + 1 == app.screen.modals.len());
            modals::draw_over(frame, area, modal, view);
        }
    }

    fn pane(&self, frame: &mut Frame, area: Rect, app: &App, pane: PaneId) {
        let lit = app.screen.focus == pane;
        let view = View {
            lit,
            ..self.view(app, lit && app.screen.modals.is_empty())
        };
        let title = format!("{} {}", pane.number(), app.screen.pane(pane).title(&app.shared));
        let inside = frame::draw(frame, area, &title, view);
        panes::draw(frame, inside, pane, view);
    }

    fn full(&self, frame: &mut Frame, area: Rect, app: &App, index: usize) {
        let modal = &app.screen.modals[index];
        let view = View {
            lit: true,
            ..self.view(app, index + 1 == app.screen.modals.len())
        };
        frame.render_widget(Clear, area);
        let inside = frame::draw(frame, area, &modal.component().title(&app.shared), view);
        modals::draw_full(frame, inside, modal, view);
    }

    fn view<'a>(&'a self, app: &'a App, focused: bool) -> View<'a> {
        View {
            app,
            theme: &self.theme,
            focused,
            lit: focused,
        }
    }
}

fn too_small(frame: &mut Frame, area: Rect, app: &App) {
    let mode = app
        .shared
        .world
        .as_ref()
        .map_or("", |world| status::mode_word(world.mode));
    let lines = vec![
        Line::raw(mode),
        Line::raw(format!(
            "dsr needs {} x {} characters; this terminal has {} x {}.",
            SMALLEST.0, SMALLEST.1, area.width, area.height
        )),
        Line::raw("Enlarge it, or use the commands: dsr --help"),
    ];
    frame.render_widget(Paragraph::new(lines), area);
}
