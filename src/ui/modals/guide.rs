//! The guided new request: the five steps one below the other, the open one with its content.

mod preview;
mod steps;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::guide::{Guide, Step};
use crate::app::time;
use crate::domain::mask::mask;
use crate::ui::View;
use crate::ui::widgets::text::{cut, fit};

/// Columns of a step's name.
const NAME: usize = 18;

/// Draws the inside.
pub fn draw(frame: &mut Frame, area: Rect, modal: &Guide, view: View) {
    let others = u16::try_from(Step::ALL.len()).unwrap_or(u16::MAX);
    let room = area.height.saturating_sub(others);
    let mut y = area.y;
    for step in Step::ALL {
        let head = Rect { y, height: 1, ..area };
        frame.render_widget(
            Paragraph::new(heading(modal, step, usize::from(area.width), view)),
            head,
        );
        y += 1;
        if step == modal.step {
            let inside = Rect {
                x: area.x + 2,
                y,
                width: area.width.saturating_sub(3),
                height: room,
            };
            content(frame, inside, modal, view);
            y += room;
        }
    }
}

/// `✓ 1 who             e-mail, phone`.
fn heading(modal: &Guide, step: Step, room: usize, view: View) -> Line<'static> {
    let theme = view.theme;
    let (mark, style) = match step.cmp(&modal.step) {
        std::cmp::Ordering::Less => ("✓", theme.title),
        std::cmp::Ordering::Equal => ("▸", theme.title_focused),
        std::cmp::Ordering::Greater => (" ", theme.dim),
    };
    let said = cut(&summary(modal, step, view), room.saturating_sub(NAME + 4));
    Line::from(vec![
        Span::raw(" "),
        Span::styled(fit(&format!("{mark} {}", step.title()), NAME), style),
        Span::raw(" "),
        Span::styled(said, theme.dim),
    ])
}

/// What a step holds, in a few words, persons masked.
fn summary(modal: &Guide, step: Step, view: View) -> String {
    match step {
        Step::Who => modal.who.words(),
        Step::Which => {
            let marked = modal.found.marked();
            let all = modal.found.candidates().len();
            if all == 0 {
                return String::new();
            }
            let names: Vec<String> = marked
                .iter()
                .map(|person| mask(person.name.as_deref().unwrap_or(&person.subject.label())))
                .collect();
            format!("{} of {all} marked  {}", marked.len(), names.join(", "))
        }
        Step::What if modal.step < Step::What => String::new(),
        Step::What => match modal.what.replacement_terms().len() {
            0 => modal.what.kind.to_string(),
            1 => format!("{}, 1 replacement", modal.what.kind),
            terms => format!("{}, {terms} replacements", modal.what.kind),
        },
        Step::Details => details(modal, view),
        Step::Preview => match &modal.plan {
            None => String::new(),
            Some(plan) => {
                let calls = if plan.calls.len() == 1 { "call" } else { "calls" };
                let digest = plan.digest.get(..12).unwrap_or(&plan.digest);
                format!("{} {calls}, plan {digest}", plan.calls.len())
            }
        },
    }
}

fn details(modal: &Guide, view: View) -> String {
    let mut words: Vec<String> = modal.details.reference().into_iter().collect();
    if let Ok(Some(day)) = modal.details.received(view.shared()) {
        words.push(format!("received {}", time::day(day, None)));
    }
    if modal.copy_first() {
        words.push("a copy first".to_owned());
    }
    words.join(", ")
}

fn content(frame: &mut Frame, area: Rect, modal: &Guide, view: View) {
    match modal.step {
        Step::Who => steps::who(frame, area, modal, view),
        Step::Which => steps::which(frame, area, modal, view),
        Step::What => steps::what(frame, area, modal, view),
        Step::Details => steps::details(frame, area, modal, view),
        Step::Preview => preview::draw(frame, area, modal, view),
    }
}
