//! What can be open over the panes.

use super::archive::Archive;
use super::case_form::CaseForm;
use super::case_view::CaseView;
use super::caseless::CaselessView;
use super::component::{Component, Owner};
use super::confirm::Confirm;
use super::detail::DetailView;
use super::exports::Exports;
use super::guide::Guide;
use super::help::Help;
use super::ledger_view::LedgerView;
use super::notices_pane::NoticesPane;
use super::palette::Palette;
use super::records::Records;
use super::register_view::RegisterView;
use super::report_view::ReportView;
use super::saves::Saves;

/// One thing open over the panes.
#[derive(Debug)]
pub enum Modal {
    /// The guided new request.
    Guide(Box<Guide>),
    /// Detail of a request.
    Detail(DetailView),
    /// An archive.
    Archive(Archive),
    /// Decrypted records.
    Records(Records),
    /// Exports: jobs, files, the certificate.
    Exports(Box<Exports>),
    /// A case.
    Case(CaseView),
    /// A form over a case.
    CaseForm(Box<CaseForm>),
    /// Entries of the ledger.
    Ledger(LedgerView),
    /// How long answers took.
    Report(ReportView),
    /// Settings groups saved before a deletion.
    Saves(Saves),
    /// Open requests without a case.
    Caseless(CaselessView),
    /// The register of suppressed identifiers.
    Register(RegisterView),
    /// All notices.
    Notices(NoticesPane),
    /// Keys of what had the focus.
    Help(Help),
    /// Commands by name.
    Palette(Palette),
    /// A question.
    Confirm(Confirm),
}

impl Modal {
    /// Its component.
    pub fn component(&self) -> &dyn Component {
        match self {
            Modal::Guide(it) => it.as_ref(),
            Modal::Detail(it) => it,
            Modal::Archive(it) => it,
            Modal::Records(it) => it,
            Modal::Exports(it) => it.as_ref(),
            Modal::Case(it) => it,
            Modal::CaseForm(it) => it.as_ref(),
            Modal::Ledger(it) => it,
            Modal::Report(it) => it,
            Modal::Saves(it) => it,
            Modal::Caseless(it) => it,
            Modal::Register(it) => it,
            Modal::Notices(it) => it,
            Modal::Help(it) => it,
            Modal::Palette(it) => it,
            Modal::Confirm(it) => it,
        }
    }

    /// Its component, to act on.
    pub fn component_mut(&mut self) -> &mut dyn Component {
        match self {
            Modal::Guide(it) => it.as_mut(),
            Modal::Detail(it) => it,
            Modal::Archive(it) => it,
            Modal::Records(it) => it,
            Modal::Exports(it) => it.as_mut(),
            Modal::Case(it) => it,
            Modal::CaseForm(it) => it.as_mut(),
            Modal::Ledger(it) => it,
            Modal::Report(it) => it,
            Modal::Saves(it) => it,
            Modal::Caseless(it) => it,
            Modal::Register(it) => it,
            Modal::Notices(it) => it,
            Modal::Help(it) => it,
            Modal::Palette(it) => it,
            Modal::Confirm(it) => it,
        }
    }

    /// The owner whose outcomes it hears.
    pub fn owner(&self) -> Option<Owner> {
        match self {
            Modal::Guide(_) => Some(Owner::Guide),
            Modal::Detail(_) => Some(Owner::Detail),
            Modal::Archive(_) => Some(Owner::Archive),
            Modal::Records(_) => Some(Owner::Records),
            Modal::Exports(_) => Some(Owner::Exports),
            Modal::Case(_) => Some(Owner::Case),
            Modal::CaseForm(_) => Some(Owner::CaseForm),
            Modal::Ledger(_) => Some(Owner::Ledger),
            Modal::Report(_) => Some(Owner::Report),
            Modal::Saves(_) => Some(Owner::Saves),
            Modal::Caseless(_) => Some(Owner::Caseless),
            Modal::Register(_) => Some(Owner::Register),
            Modal::Notices(_) | Modal::Help(_) | Modal::Palette(_) | Modal::Confirm(_) => None,
        }
    }

    /// True for those that take the place of the panes; the others lie over what is below them.
    pub fn is_full(&self) -> bool {
        matches!(
            self,
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
                | Modal::Notices(_)
                | Modal::Help(Help { whole: true, .. })
        )
    }
}
