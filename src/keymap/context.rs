//! Where a key works: contexts, and which of them lie around which.

use super::Action;

/// A place in which keys have a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere, also while typing.
    Always,
    /// Everywhere but while typing.
    Common,
    /// In all four panes.
    Global,
    /// In everything that has rows.
    List,
    /// The subject search.
    Search,
    /// The request queue.
    Queue,
    /// The case board.
    Board,
    /// Favorites matches.
    Favorites,
    /// Settings groups saved before a deletion.
    Saves,
    /// Job status.
    Jobs,
    /// In everything that was opened over the panes.
    Modal,
    /// All notices.
    Notices,
    /// Detail of a request.
    Detail,
    /// The guided new request.
    Guide,
    /// An archive.
    Archive,
    /// Exports of the Cloud Data Download Service.
    Exports,
    /// A case.
    Case,
    /// A form over a case.
    CaseForm,
    /// Entries of the ledger.
    Ledger,
    /// How long answers took.
    Report,
    /// Open requests without a case.
    Caseless,
    /// The register of suppressed identifiers.
    Register,
    /// The help.
    Help,
    /// A question that is answered with yes or no.
    Confirm,
    /// A field that is being typed in.
    Input,
}

/// What can be done with a case, in the order of its life.
const OF_A_CASE: &[Action] = &[
    Action::Refresh,
    Action::NewRequest,
    Action::SearchCase,
    Action::FindFavorites,
    Action::Acknowledge,
    Action::Identity,
    Action::Pause,
    Action::Resume,
    Action::Extend,
    Action::Refuse,
    Action::Hold,
    Action::LiftHold,
    Action::Cover,
    Action::Answer,
    Action::CloseCase,
    Action::Record,
    Action::Assign,
    Action::Note,
    Action::LedgerTrail,
];

/// What can be done in the request queue.
const OF_THE_QUEUE: &[Action] = &[
    Action::Filter,
    Action::ClearFilter,
    Action::FilterType,
    Action::FilterStatus,
    Action::Mine,
    Action::Sort,
    Action::ReverseSort,
    Action::Board,
    Action::Refresh,
    Action::Download,
    Action::Reconcile,
    Action::FetchFinished,
];

/// The steps of a new request.
const OF_THE_GUIDE: &[Action] = &[
    Action::Edit,
    Action::Mark,
    Action::NextStep,
    Action::PreviousStep,
    Action::Choose,
    Action::RemoveField,
    Action::CopyFirst,
    Action::Again,
    Action::Submit,
];

impl Context {
    /// All contexts in the order in which the tables show them.
    pub const ALL: [Context; 25] = [
        Context::Always,
        Context::Common,
        Context::Global,
        Context::List,
        Context::Search,
        Context::Queue,
        Context::Board,
        Context::Favorites,
        Context::Jobs,
        Context::Modal,
        Context::Saves,
        Context::Notices,
        Context::Detail,
        Context::Guide,
        Context::Archive,
        Context::Exports,
        Context::Case,
        Context::CaseForm,
        Context::Ledger,
        Context::Report,
        Context::Caseless,
        Context::Register,
        Context::Help,
        Context::Confirm,
        Context::Input,
    ];

    /// Its name in the key map.
    pub fn name(self) -> &'static str {
        match self {
            Context::Always => "always",
            Context::Common => "common",
            Context::Global => "global",
            Context::List => "list",
            Context::Search => "search",
            Context::Queue => "queue",
            Context::Board => "board",
            Context::Favorites => "favorites",
            Context::Saves => "saves",
            Context::Jobs => "jobs",
            Context::Modal => "modal",
            Context::Notices => "notices",
            Context::Detail => "detail",
            Context::Guide => "guide",
            Context::Archive => "archive",
            Context::Exports => "exports",
            Context::Case => "case",
            Context::CaseForm => "case-form",
            Context::Ledger => "ledger",
            Context::Report => "report",
            Context::Caseless => "caseless",
            Context::Register => "register",
            Context::Help => "help",
            Context::Confirm => "confirm",
            Context::Input => "input",
        }
    }

    /// The inverse of [`Context::name`].
    pub fn parse(name: &str) -> Option<Context> {
        Context::ALL.into_iter().find(|context| context.name() == name)
    }

    /// Its heading in help and tables.
    pub fn heading(self) -> &'static str {
        match self {
            Context::Always => "Everywhere, also while typing",
            Context::Common => "Everywhere",
            Context::Global => "In the panes",
            Context::List => "In lists",
            Context::Search => "Subject search",
            Context::Queue => "Requests",
            Context::Board => "Cases",
            Context::Favorites => "Favorites matches",
            Context::Saves => "Saved groups",
            Context::Jobs => "Jobs",
            Context::Modal => "In what was opened over the panes",
            Context::Notices => "Notices",
            Context::Detail => "Detail of a request",
            Context::Guide => "New request",
            Context::Archive => "Archive",
            Context::Exports => "Exports",
            Context::Case => "Case",
            Context::CaseForm => "Forms of a case",
            Context::Ledger => "Ledger",
            Context::Report => "Times of answers",
            Context::Caseless => "Requests without a case",
            Context::Register => "Register of erased people",
            Context::Help => "Help",
            Context::Confirm => "Questions",
            Context::Input => "While typing",
        }
    }

    /// The contexts in which a key is looked up, the innermost first. A key has one meaning along
    /// a chain: what would hide an outer one is refused when the keys are loaded.
    pub fn chain(self) -> &'static [Context] {
        use Context::*;
        match self {
            Always => &[Always],
            Common => &[Common, Always],
            Global => &[Global, Common, Always],
            List => &[List, Always],
            Search => &[Search, List, Global, Common, Always],
            Queue => &[Queue, List, Global, Common, Always],
            Board => &[Board, List, Global, Common, Always],
            Favorites => &[Favorites, List, Global, Common, Always],
            Jobs => &[Jobs, List, Global, Common, Always],
            Modal => &[Modal, Common, Always],
            Saves => &[Saves, List, Modal, Common, Always],
            Notices => &[Notices, List, Modal, Common, Always],
            Detail => &[Detail, List, Modal, Common, Always],
            Guide => &[Guide, List, Modal, Common, Always],
            Archive => &[Archive, List, Modal, Common, Always],
            Exports => &[Exports, List, Modal, Common, Always],
            Case => &[Case, List, Modal, Common, Always],
            CaseForm => &[CaseForm, List, Modal, Common, Always],
            Ledger => &[Ledger, List, Modal, Common, Always],
            Report => &[Report, List, Modal, Common, Always],
            Caseless => &[Caseless, List, Modal, Common, Always],
            Register => &[Register, List, Modal, Common, Always],
            Help => &[Help, List, Modal, Always],
            Confirm => &[Confirm, Always],
            Input => &[Input, Always],
        }
    }

    /// The actions that may have keys here, in the order of help and tables.
    pub fn actions(self) -> &'static [Action] {
        use Action::*;
        match self {
            Context::Always => &[Interrupt, Suspend, Repaint],
            Context::Common => &[Help, Palette, Notices, Reveal, CopyCommand],
            Context::Global => &[
                NewRequest,
                FocusSearch,
                FocusQueue,
                FocusFavorites,
                FocusJobs,
                NextPane,
                PreviousPane,
                Zoom,
                SwitchMode,
                CheckAccess,
                SavedGroups,
                ShowRegister,
                Quit,
            ],
            Context::List => &[Up, Down, PageUp, PageDown, Top, Bottom, Open],
            Context::Search => &[Edit, Mark, RemoveField, ClearFields, ShowAsked, FindFavorites],
            Context::Queue => OF_THE_QUEUE,
            Context::Favorites => &[Edit, Mark, DeleteMarked, Refresh],
            Context::Board => &[
                Board,
                NewCase,
                Refresh,
                Mine,
                ShowAll,
                Assign,
                Action::Caseless,
                CaseReport,
            ],
            Context::Jobs => &[Cancel, Forget, Action::Exports],
            Context::Modal => &[Close],
            Context::Saves => &[PutBack, Refresh],
            Context::Notices => &[Forget],
            Context::Detail => &[
                Look,
                Download,
                OpenArchive,
                Reconcile,
                Adopt,
                NeverExecuted,
                Withdraw,
                Release,
            ],
            Context::Guide => OF_THE_GUIDE,
            Context::Archive => &[Filter, ClearFilter],
            Context::Exports => &[
                NextStep,
                NewExport,
                CloneExport,
                Download,
                Mark,
                Decrypt,
                NewCertificate,
                CheckCertificate,
                ImportCertificate,
                DeleteExport,
                Refresh,
                Edit,
                Submit,
            ],
            Context::Case => OF_A_CASE,
            Context::CaseForm => &[Edit, NextField, PreviousField, Choose, ChooseBack, Submit],
            Context::Ledger => &[Refresh],
            Context::Report => &[Choose, NextStep, Refresh],
            Context::Caseless => &[LinkCase, NewCase, Refresh],
            Context::Register => &[Recheck, Refresh],
            Context::Help => &[Help],
            Context::Confirm => &[Yes, No, Toggle, Accept],
            Context::Input => &[
                Leave,
                Accept,
                NextField,
                PreviousField,
                Up,
                Down,
                PageUp,
                PageDown,
            ],
        }
    }
}
