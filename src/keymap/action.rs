//! What can be done with a key, each once: name, short label, sentence.

macro_rules! actions {
    ($($variant:ident $name:literal $label:literal $help:literal;)*) => {
        /// Something that a key, or a line of the palette, does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $(#[doc = $help] $variant,)*
        }

        impl Action {
            /// All actions.
            pub const ALL: &'static [Action] = &[$(Action::$variant,)*];

            /// Its name in the key map.
            pub fn name(self) -> &'static str {
                match self { $(Action::$variant => $name,)* }
            }

            /// Its label in the footer, short.
            pub fn label(self) -> &'static str {
                match self { $(Action::$variant => $label,)* }
            }

            /// Its sentence in help, palette and tables.
            pub fn help(self) -> &'static str {
                match self { $(Action::$variant => $help,)* }
            }
        }
    };
}

actions! {
    Interrupt "interrupt" "leave" "Leave the field or what is open; in the panes: quit.";
    Suspend "suspend" "suspend" "Suspend the console; `fg` brings it back.";
    Repaint "repaint" "repaint" "Paint the screen anew.";
    Help "help" "keys" "Show the keys of the focused pane.";
    Palette "palette" "commands" "Find a command by its name.";
    Notices "notices" "notices" "Show all notices.";
    Reveal "reveal" "reveal" "Show identifiers in full, or mask them again.";
    CopyCommand "copy-command" "copy command" "Copy the same as a command, without personal data.";
    NewRequest "new-request" "new" "Start a new request.";
    FocusSearch "focus-search" "search" "Go to the subject search.";
    FocusQueue "focus-queue" "requests" "Go to the requests.";
    FocusFavorites "focus-favorites" "favorites" "Go to the favorites matches.";
    FocusJobs "focus-jobs" "jobs" "Go to the jobs.";
    NextPane "next-pane" "next pane" "Go to the next pane.";
    PreviousPane "previous-pane" "previous pane" "Go to the previous pane.";
    Zoom "zoom" "zoom" "Give the focused pane the whole screen, or take it back.";
    SwitchMode "switch-mode" "mode" "Switch between simulation and live.";
    SavedGroups "saved-groups" "saved" "Show the settings groups that were saved before a deletion, and restore them.";
    CheckAccess "check-access" "access" "Check what the account may do.";
    ShowRegister "show-register" "register" "Show the register of people whose data was erased, and search for them again.";
    Quit "quit" "quit" "Leave the console.";
    Up "up" "up" "One row up.";
    Down "down" "down" "One row down.";
    PageUp "page-up" "page up" "One page up.";
    PageDown "page-down" "page down" "One page down.";
    Top "top" "top" "To the first row.";
    Bottom "bottom" "bottom" "To the last row.";
    Open "open" "open" "Open the selected row.";
    Edit "edit" "type" "Type into the field.";
    Mark "mark" "mark" "Mark the row, or take the mark away.";
    RemoveField "remove" "remove" "Remove the selected line.";
    ClearFields "clear" "clear" "Empty all fields.";
    ShowAsked "show-asked" "asked" "Show every form that was asked, with its number of hits.";
    FindFavorites "find-favorites" "in favorites" "Look for the same person in the favorites of GWS.";
    DeleteMarked "delete-marked" "delete" "Delete the marked settings through GWS, after a preview.";
    PutBack "put-back" "put back" "Put back through GWS what a deletion took out of the group, after a preview.";
    Filter "filter" "filter" "Filter the rows.";
    ClearFilter "clear-filter" "all rows" "Show all rows again.";
    FilterType "filter-type" "type" "Show the next type of request only.";
    FilterStatus "filter-status" "status" "Show the next status only.";
    Mine "mine" "mine" "Show my own requests only, or everybody's.";
    Sort "sort" "sort" "Sort by the next column.";
    ReverseSort "reverse-sort" "reverse" "Reverse the order.";
    Board "board" "turn" "Turn the pane: cases on one side, requests on the other.";
    ShowAll "show-all" "all" "Show closed cases too, or open ones only.";
    Refresh "refresh" "refresh" "Read the list again.";
    Download "download" "download" "Download the results.";
    Reconcile "reconcile" "settle" "Settle unknown outcomes by looking.";
    FetchFinished "fetch-finished" "fetch" "Look at open requests and fetch what is finished.";
    Cancel "cancel" "cancel" "Cancel the task.";
    Forget "forget" "clear" "Remove finished tasks or read notices from the list.";
    Exports "exports" "exports" "Show export jobs, their files and the encryption certificate.";
    NewExport "new-export" "new job" "Start a new export job.";
    CloneExport "clone-export" "clone" "Start an export job like the selected one.";
    NewCertificate "new-certificate" "new pair" "Make a private key and its certificate, and offer the upload.";
    CheckCertificate "check-certificate" "check" "Say everything that is wrong with a certificate file.";
    ImportCertificate "import-certificate" "upload" "Upload an encryption certificate from a file.";
    Decrypt "decrypt" "decrypt" "Decrypt the marked files that are here, with a key of the key ring.";
    DeleteExport "delete-export" "delete" "Delete the job, or the marked files, at the service.";
    NewCase "new-case" "new case" "Open a case: what a person asked for, received when.";
    Acknowledge "acknowledge" "confirmed" "Write down that receipt was confirmed to the person.";
    Identity "identity" "identity" "Write down how identity was checked.";
    Pause "pause" "pause" "Write down that something is awaited from the person.";
    Resume "resume" "resume" "Write down that what was awaited has come.";
    Extend "extend" "extend" "Write down that the person was told of an extension.";
    Refuse "refuse" "refuse" "Refuse the whole or a part, with its ground in law.";
    Hold "hold" "hold" "Set a hold: nothing of this person is erased.";
    LiftHold "lift-hold" "lift hold" "Lift a hold.";
    Answer "answer" "answered" "Write down that the answer reached the person: the clock stops.";
    Assign "assign" "assign" "Say who works on it.";
    Note "note" "note" "Write a note into the trail of the case.";
    Cover "cover" "coverage" "Write into the coverage: whom was told, what was done, or why not.";
    CloseCase "close-case" "close case" "Close the case.";
    Record "record" "record" "Write the record of the case: a page, the data, the evidence.";
    SearchCase "search-case" "search" "Search Genesys Cloud for this person; it goes into the coverage.";
    LedgerTrail "ledger-trail" "ledger" "Show the entries of the ledger about this case.";
    Caseless "caseless" "no case" "Show the open requests that belong to no case.";
    LinkCase "link-case" "to a case" "Say to which case the request belongs.";
    Recheck "recheck" "search again" "Search every system again for everybody whose data was erased.";
    CaseReport "case-report" "times" "Show how long answers took, by kind and month.";
    ChooseBack "choose-back" "other" "Choose the value before.";
    Close "close" "close" "Close what is open.";
    Look "look" "look" "Ask the API for the present status.";
    OpenArchive "open-archive" "archive" "Open the downloaded archive.";
    Adopt "adopt" "adopt" "Say which remote request is the one of unknown outcome.";
    NeverExecuted "never-executed" "never sent" "Say that the request of unknown outcome was never executed.";
    Withdraw "withdraw" "withdraw" "Give up a planned request before it is sent.";
    Release "release" "send" "Send what waited for a copy.";
    NextStep "next-step" "next" "Go to the next step.";
    PreviousStep "previous-step" "back" "Go one step back.";
    Choose "choose" "choose" "Choose the next value.";
    CopyFirst "copy-first" "copy first" "Ask for a copy before the deletion.";
    Again "again" "again" "Submit although an equal request is open.";
    Submit "submit" "submit" "Submit what the preview shows.";
    Yes "yes" "yes" "Yes.";
    No "no" "no" "No.";
    Toggle "toggle" "other" "The other answer.";
    Accept "accept" "accept" "Accept.";
    Leave "leave" "leave" "Leave the field.";
    NextField "next-field" "next field" "To the next field.";
    PreviousField "previous-field" "previous field" "To the previous field.";
}

impl Action {
    /// The inverse of [`Action::name`].
    pub fn parse(name: &str) -> Option<Action> {
        Action::ALL.iter().copied().find(|action| action.name() == name)
    }
}
