//! What can be open over the panes.

pub mod archive;
pub mod case;
pub mod case_form;
pub mod caseless;
pub mod confirm;
pub mod detail;
pub mod exports;
pub mod guide;
pub mod help;
pub mod ledger;
pub mod notices;
pub mod palette;
mod reading;
pub mod records;
pub mod register;
pub mod report;
pub mod saves;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::View;
use crate::app::Modal;

/// Draws the inside of a modal that takes the place of the panes.
pub fn draw_full(frame: &mut Frame, area: Rect, modal: &Modal, view: View) {
    match modal {
        Modal::Guide(it) => guide::draw(frame, area, it, view),
        Modal::Detail(it) => detail::draw(frame, area, it, view),
        Modal::Archive(it) => archive::draw(frame, area, it, view),
        Modal::Exports(it) => exports::draw(frame, area, it, view),
        Modal::Records(it) => records::draw(frame, area, it, view),
        Modal::Case(it) => case::draw(frame, area, it, view),
        Modal::CaseForm(it) => case_form::draw(frame, area, it, view),
        Modal::Ledger(it) => ledger::draw(frame, area, it, view),
        Modal::Report(it) => report::draw(frame, area, it, view),
        Modal::Saves(it) => saves::draw(frame, area, it, view),
        Modal::Caseless(it) => caseless::draw(frame, area, it, view),
        Modal::Register(it) => register::draw(frame, area, it, view),
        Modal::Notices(it) => notices::draw(frame, area, it, view),
        Modal::Help(it) => help::draw(frame, area, it, view),
        Modal::Palette(_) | Modal::Confirm(_) => {}
    }
}

/// Draws a modal that lies over what is below it.
pub fn draw_over(frame: &mut Frame, area: Rect, modal: &Modal, view: View) {
    match modal {
        Modal::Palette(it) => palette::draw(frame, area, it, view),
        Modal::Confirm(it) => confirm::draw(frame, area, it, view),
        Modal::Help(it) => help::draw_over(frame, area, it, view),
        Modal::Guide(_)
        | Modal::Detail(_)
        | Modal::Archive(_)
        | Modal::Exports(_)
        | Modal::Records(_)
        | Modal::Case(_)
        | Modal::CaseForm(_)
        | Modal::Ledger(_)
        | Modal::Report(_)
        | Modal::Saves(_)
        | Modal::Caseless(_)
        | Modal::Register(_)
        | Modal::Notices(_) => {}
    }
}
