//! Exports in the console: the section of the job pane, the screen over the panes, the guide.

use dsr_console::app::exports::{CheckedCertificate, MadeCertificate};
use dsr_console::app::records::Records;
use dsr_console::app::{Effect, Modal, Msg, TaskOutput, TaskRequest};
use dsr_console::crypto::certificate::{Facts, Finding, Report as CertificateReport};
use dsr_console::domain::case::Case;
use dsr_console::domain::export::{Artifact, Job, ServerCertificate};
use dsr_console::domain::failure::{Failure, FailureKind};
use dsr_console::domain::mode::Mode;
use dsr_console::store::UnknownChange;
use dsr_console::workflow::exports::deletion::Deletion;
use dsr_console::workflow::exports::import::ImportPlan;
use dsr_console::workflow::exports::{Artifacts, Entry, JobPlan, Jobs, Overview, Standing, State};
use dsr_console::workflow::records::{Kind, Record, Report};
use secrecy::ExposeSecret;

use super::app_harness::{Console, rows, start, world};

fn job(id: &str, title: &str, status: &str) -> Job {
    Job {
        id: id.to_owned(),
        title: title.to_owned(),
        description: None,
        source: Some("ContactHistory".to_owned()),
        kind: Some("Interaction".to_owned()),
        status: status.to_owned(),
        created_at: Some(start()),
        started_at: Some(start()),
        finished_at: None,
        next_run_at: None,
        percent: (status == "In Progress").then_some(61),
        remaining_seconds: (status == "In Progress").then_some(240),
        schedule: None,
        time_frame: None,
        split_bytes: None,
        files: Vec::new(),
        error: None,
        runs: Vec::new(),
    }
}

fn file(id: &str, name: &str, days: i64) -> Entry {
    Entry {
        artifact: Artifact {
            id: id.to_owned(),
            job_id: Some("job-1".to_owned()),
            name: name.to_owned(),
            kind: Some("Contact".to_owned()),
            created_at: None,
            remaining_days: Some(days),
            bytes: Some(12_345),
            sha256: None,
            part: None,
            parts: None,
            recipient_serial: Some("0A1B2C".to_owned()),
        },
        here: None,
        parts_here: None,
    }
}

fn overview() -> Overview {
    let part = |mut entry: Entry, here: bool| {
        entry.parts_here = Some((1, 3));
        entry.here = here.then(|| "/somewhere/part".into());
        entry
    };
    Overview {
        jobs: Jobs {
            jobs: vec![
                job("job-1", "Interaction daily", "In Progress"),
                job("job-2", "Contact 2026-10", "Done"),
                job("job-3", "Contact yearly", "Failed"),
            ],
            complete: true,
            notes: Vec::new(),
            read_at: start(),
        },
        files: Artifacts {
            entries: vec![
                file("file-1", "Contact-2026-10.p7m", 3),
                part(file("file-2", "Interaction-Q3.p7m.001", 10), true),
                part(file("file-3", "Interaction-Q3.p7m.002", 10), false),
            ],
            complete: true,
            notes: Vec::new(),
            read_at: start(),
        },
        certificate: Ok(State {
            server: Some(ServerCertificate {
                name: Some("exports-old.pem".to_owned()),
                serial: Some("4D5E6F".to_owned()),
                not_after: Some("2026-11-13T00:00:00Z".parse().unwrap()),
                ..ServerCertificate::default()
            }),
            standing: Standing::Expired,
            remembered: false,
        }),
    }
}

/// A console whose organisation has an export service that was read.
fn console(columns: u16, lines: u16) -> Console {
    let mut console = Console::new(columns, lines, super::app_harness::options());
    let mut info = world(Mode::Simulation);
    info.exports = true;
    console.show_info(info);
    console.load(rows());
    let id = console.running("exports");
    console.done(id, TaskOutput::Exports(Box::new(overview())));
    console
}

fn spawned(effects: &[Effect]) -> Option<&TaskRequest> {
    effects.iter().find_map(|effect| match effect {
        Effect::Spawn { request, .. } => Some(request),
        _ => None,
    })
}

#[test]
fn the_job_pane_shows_what_runs_and_what_is_about_to_be_lost() {
    let mut console = console(160, 50);
    console.press("4");
    let screen = console.screen();
    assert!(screen.contains("EXPORTS"), "{screen}");
    assert!(
        screen.contains("In Progress 61 %") && screen.contains("4 min"),
        "{screen}"
    );
    assert!(screen.contains("3 days !"), "{screen}");
}

#[test]
fn the_screens_of_exports_at_three_sizes() {
    for (columns, lines) in [(80, 24), (120, 30), (200, 60)] {
        let mut console = console(columns, lines);
        insta::assert_snapshot!(format!("pane_{columns}"), {
            console.press("4");
            console.screen()
        });
        console.press("e");
        insta::assert_snapshot!(format!("files_{columns}"), console.screen());
        console.press("<tab>");
        insta::assert_snapshot!(format!("certificate_{columns}"), console.screen());
        console.press("<tab>");
        insta::assert_snapshot!(format!("jobs_{columns}"), console.screen());
    }
}

#[test]
fn marked_files_are_downloaded_and_deleted_only_after_a_question() {
    let mut console = console(120, 30);
    console.press("4e");
    assert!(
        console.screen().contains("Contact-2026-10.p7m"),
        "files about to be lost come first"
    );
    console.press("<space><space>");
    let effects = console.press("d");
    match spawned(&effects) {
        Some(TaskRequest::DownloadExports(files)) => assert_eq!(files.len(), 2),
        other => panic!("{other:?}"),
    }
    console.press("<home>");
    assert!(console.press("D").is_empty(), "a question comes first");
    deletion_planned(&mut console, "", None);
    assert!(console.screen().contains("NOT here"), "{}", console.screen());
    assert!(console.screen().contains("for no case"), "{}", console.screen());
    assert!(console.press("<enter>").is_empty(), "the default is no");
    console.press("D");
    deletion_planned(&mut console, "", None);
    match spawned(&console.press("y")) {
        Some(TaskRequest::DeleteExportFiles(deletion)) => assert_eq!(deletion.files[0].id, "file-1"),
        other => panic!("{other:?}"),
    }
}

/// Answers the question for whom files are deleted, and what that would meet.
#[track_caller]
fn deletion_planned(console: &mut Console, typed: &str, case: Option<Case>) {
    let effects = console.press(&format!("{typed}<enter>"));
    let Some(TaskRequest::PlanFileDeletion { files, case: named }) = spawned(&effects) else {
        panic!("{effects:?}");
    };
    assert_eq!(named.as_deref().unwrap_or_default(), typed);
    let deletion = Deletion {
        files: files.clone(),
        standing: usize::from(case.is_none()),
        case,
    };
    let id = console.running("preview of a deletion");
    console.done(id, TaskOutput::FileDeletionPlanned(Box::new(deletion)));
}

fn case(id: &str) -> Case {
    let case = super::app_board::file().case;
    Case {
        id: id.to_owned(),
        ..case
    }
}

#[test]
fn files_are_deleted_for_a_case_whose_holds_are_asked_first() {
    let mut console = console(120, 30);
    console.press("4e<home>D");
    assert!(
        console.screen().contains("Case that it is for"),
        "{}",
        console.screen()
    );
    console.press("<esc>");
    assert!(!console.screen().contains("Case that it is for"));
    console.press("D");
    let effects = console.press("TICKET-7<enter>");
    assert!(matches!(
        spawned(&effects),
        Some(TaskRequest::PlanFileDeletion { .. })
    ));
    let held = Failure::new(FailureKind::Conflict, "A hold stands against it.");
    let id = console.running("preview of a deletion");
    console.failed(id, held);
    assert!(
        !console.screen().contains("Delete 1 file"),
        "{}",
        console.screen()
    );
    console.press("D");
    deletion_planned(&mut console, "TICKET-7", Some(case("C-7")));
    let screen = console.screen();
    assert!(screen.contains("for case C-7"), "{screen}");
    assert!(!screen.contains("1 hold stands"), "{screen}");
    match spawned(&console.press("y")) {
        Some(TaskRequest::DeleteExportFiles(deletion)) => {
            assert_eq!(deletion.case.as_ref().map(|case| case.id.as_str()), Some("C-7"));
        }
        other => panic!("{other:?}"),
    }
    // Without a case it is said that a hold might cover one of those people.
    console.press("D");
    deletion_planned(&mut console, "", None);
    assert!(console.screen().contains("1 hold stands"), "{}", console.screen());
}

#[test]
fn a_job_is_made_in_the_guide_after_its_preview_and_a_question() {
    let mut console = console(120, 30);
    console.press("4e<tab><tab>n");
    // In a field no key is a command: `q`, `S` and `:` are typed.
    console.press("qS:");
    let effects = console.press("<esc>");
    let Some(TaskRequest::PlanExport(job)) = spawned(&effects) else {
        panic!("{effects:?}");
    };
    assert_eq!((job.title.as_str(), job.kind.as_str()), ("qS:", "Interaction"));
    assert!(console.press("S").is_empty(), "not without the preview");
    let id = console.running("preview of an export job");
    let plan = JobPlan {
        job: (**job).clone(),
        call: (
            "POST".to_owned(),
            "/data-download/v3/data/jobs".to_owned(),
            "{\n  \"title\": \"qS:\"\n}".to_owned(),
        ),
        first_run: None,
        certificate: "The encryption certificate (serial 01) is valid until 2027-11-01.".to_owned(),
        notes: Vec::new(),
        equal: Vec::new(),
        again: false,
    };
    console.done(id, TaskOutput::ExportPlanned(plan.clone()));
    assert!(
        console.screen().contains("POST /data-download/v3/data/jobs"),
        "{}",
        console.screen()
    );
    assert!(console.press("S").is_empty());
    let effects = console.press("y");
    match spawned(&effects) {
        Some(TaskRequest::CreateExport(plan)) => assert!(!plan.again),
        other => panic!("{other:?}"),
    }

    // An equal one is open: the question says so, and a yes to it means another.
    console.press("nqS:<esc>");
    let id = console.running("preview of an export job");
    let equal = UnknownChange {
        id: "3f2a".to_owned(),
        action: "export_job.create".to_owned(),
        facts: serde_json::json!({}),
        actor: "jdoe".to_owned(),
        intent_at: start(),
        sending: false,
    };
    let plan = JobPlan {
        equal: vec![equal],
        ..plan
    };
    console.done(id, TaskOutput::ExportPlanned(plan));
    console.press("S");
    assert!(
        console.screen().contains("although an equal creation is open?"),
        "{}",
        console.screen()
    );
    assert!(console.press("<enter>").is_empty(), "the default is no");
    console.press("S");
    match spawned(&console.press("y")) {
        Some(TaskRequest::CreateExport(plan)) => assert!(plan.again),
        other => panic!("{other:?}"),
    }
}

/// The overview with its first file here.
fn fetched() -> Overview {
    let mut read = overview();
    read.files.entries[0].here = Some("/somewhere/Contact-2026-10.p7m".into());
    read
}

fn read_again(console: &mut Console, read: Overview) {
    console.press("r");
    let id = console.running("exports");
    console.done(id, TaskOutput::Exports(Box::new(read)));
}

#[test]
fn a_passphrase_is_asked_for_and_never_shown() {
    let mut console = console(120, 30);
    console.press("4e");
    read_again(&mut console, fetched());
    console.press("oword");
    let screen = console.screen();
    assert!(
        screen.contains("Passphrase of the key: ****") && !screen.contains("word"),
        "{screen}"
    );
    // Nothing that can be printed holds it, and correcting works as it does anywhere.
    let kept = format!("{:?}", console.app.screen.modals);
    assert!(
        !kept.contains("word") && kept.contains("SecretField(..)"),
        "{kept}"
    );
    console.press("<ctrl-u>q:D!<backspace>");
    let effects = console.press("<enter>");
    match spawned(&effects) {
        Some(TaskRequest::DecryptExports { files, passphrase }) => {
            assert_eq!(files.len(), 1);
            assert_eq!(passphrase.expose_secret(), "q:D");
        }
        other => panic!("{other:?}"),
    }
    assert!(!format!("{effects:?}").contains("q:D"));
    assert!(console.app.screen.modals.len() == 1 && !console.screen().contains("Passphrase"));
}

#[test]
fn what_is_typed_after_a_refusal_is_no_key() {
    for leave in ["<enter>", "<esc>"] {
        let mut console = console(120, 30);
        console.press("4e");
        assert!(console.press("o").is_empty());
        let screen = console.screen();
        assert!(screen.contains("Nothing to decrypt: it is not here"), "{screen}");
        let before = console.app.shared.tasks.rows().count();
        // Each of these is a key of this screen, of lists, or of the console.
        console.send(Msg::Paste("yDy\n".to_owned()));
        let effects = console.press("rdDyucnmtoqMAS:!<space><tab><right><down><delete>?1234z");
        assert!(effects.is_empty(), "{effects:?}");
        assert_eq!(console.app.shared.tasks.rows().count(), before);
        assert_eq!(console.app.screen.modals.len(), 1);
        assert!(!console.screen().contains("rdDy"));
        console.press(leave);
        assert!(
            !console.screen().contains("Nothing to decrypt"),
            "{}",
            console.screen()
        );
        assert!(console.screen().contains("Contact-2026-10.p7m"));
    }
}

#[test]
fn what_a_task_opens_waits_while_a_passphrase_is_typed() {
    let mut console = console(120, 30);
    console.press("4e");
    read_again(&mut console, fetched());
    console.press("<tab>uq.pem<enter>");
    let planning = console.running("preview of an upload");
    console.press("<tab><tab>opass");
    console.done(planning, TaskOutput::CertificatePlanned(Box::new(import_plan())));
    // Half of it is typed; `y` would answer the question that comes.
    assert!(!console.screen().contains("Replace the encryption"));
    console.press("y");
    match spawned(&console.press("<enter>")) {
        Some(TaskRequest::DecryptExports { passphrase, .. }) => {
            assert_eq!(passphrase.expose_secret(), "passy");
        }
        other => panic!("{other:?}"),
    }
    let screen = console.screen();
    assert!(
        screen.contains("Old serial: 4D5E6F") && screen.contains("New serial: 77AA"),
        "{screen}"
    );
    assert!(
        screen.contains("The old key is still needed for 1 file:"),
        "{screen}"
    );
    match spawned(&console.press("y")) {
        Some(TaskRequest::ImportCertificate(plan)) => assert_eq!(plan.new_serial(), "77AA"),
        other => panic!("{other:?}"),
    }
}

/// A question of a task does not come between another question and its answer.
#[test]
fn what_a_task_asks_waits_for_the_question_that_is_open() {
    let mut console = console(120, 30);
    console.press("4e<tab>uq.pem<enter>");
    let planning = console.running("preview of an upload");
    console.press("<tab><tab><home>D");
    deletion_planned(&mut console, "", None);
    assert!(
        console.screen().contains("Delete 1 file at the service?"),
        "{}",
        console.screen()
    );
    console.done(planning, TaskOutput::CertificatePlanned(Box::new(import_plan())));
    assert!(
        !console.screen().contains("Replace the encryption"),
        "{}",
        console.screen()
    );
    match spawned(&console.press("y")) {
        Some(TaskRequest::DeleteExportFiles(deletion)) => assert_eq!(deletion.files[0].id, "file-1"),
        other => panic!("{other:?}"),
    }
    assert!(
        console.screen().contains("Replace the encryption"),
        "{}",
        console.screen()
    );
    match spawned(&console.press("y")) {
        Some(TaskRequest::ImportCertificate(plan)) => assert_eq!(plan.new_serial(), "77AA"),
        other => panic!("{other:?}"),
    }
}

fn facts() -> Facts {
    Facts {
        subject: "CN=exports".to_owned(),
        issuer: "CN=exports".to_owned(),
        serial: "77AA".to_owned(),
        not_before: start(),
        not_after: "2028-11-18T00:00:00Z".parse().unwrap(),
        key_type: "RSA".to_owned(),
        key_bits: Some(3072),
        signature: "SHA-256 with RSA".to_owned(),
        fingerprint: "00".repeat(32),
        self_signed: true,
    }
}

fn import_plan() -> ImportPlan {
    ImportPlan {
        file_name: "q.pem".to_owned(),
        pem: Vec::new(),
        facts: facts(),
        current: overview().certificate.unwrap(),
        need_old_key: vec![overview().files.entries[0].artifact.clone()],
        notes: Vec::new(),
        equal: Vec::new(),
        again: false,
    }
}

/// What a question says, without its frame and what is beside it.
fn asked(console: &mut Console) -> String {
    let screen = console.screen();
    let longest = |row: &str| {
        let parts = row.split('│');
        parts
            .max_by_key(|part| part.chars().count())
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    screen.lines().map(longest).collect()
}

#[test]
fn a_question_loses_nothing_or_says_that_there_is_more() {
    let mut console = console(80, 24);
    let name = "Interaction-ed03393d-b351-4844-86e9-f89550dbd9eb-20261102T0200Z.p7m";
    let mut plan = import_plan();
    plan.need_old_key[0].name = name.to_owned();
    console.press("4e<tab>uq.pem<enter>");
    let id = console.running("preview of an upload");
    console.done(id, TaskOutput::CertificatePlanned(Box::new(plan.clone())));
    let said = asked(&mut console);
    assert!(said.contains(name) && !said.contains("more lines"), "{said}");
    console.press("n");
    plan.notes = (0..30).map(|number| format!("Note {number}.")).collect();
    console.press("uq.pem<enter>");
    let id = console.running("preview of an upload");
    console.done(id, TaskOutput::CertificatePlanned(Box::new(plan)));
    let said = asked(&mut console);
    assert!(said.contains("Note 3.") && !said.contains("Note 29."), "{said}");
    assert!(said.contains("more lines on a higher terminal"), "{said}");
    assert!(console.screen().contains("[▸ No ]"), "{}", console.screen());
}

#[test]
fn a_pair_is_made_in_the_guide_and_its_upload_is_offered() {
    let mut console = console(120, 30);
    console.press("4e<tab>m");
    insta::assert_snapshot!("new_pair", console.screen());
    // The place is looked at before a passphrase is typed, and what is typed meanwhile shows nowhere.
    console.press("<ctrl-u>Exports 2026<enter>there.pem<enter>pass");
    let id = console.running("place for a certificate");
    let taken = Failure::new(
        FailureKind::Conflict,
        "there.pem is there already; no key was made.",
    );
    console.done(id, TaskOutput::CertificatePlace(Err(taken)));
    let screen = console.screen();
    assert!(
        screen.contains("there.pem is there already")
            && screen.contains("▸ passphrase    ****")
            && screen.contains("also write to there.pem"),
        "{screen}"
    );
    console.press("<ctrl-u><up><ctrl-u>up.pem<enter>");
    let id = console.running("place for a certificate");
    console.done(id, TaskOutput::CertificatePlace(Ok(())));
    assert!(!console.screen().contains("there already"));
    // Too short, then two that differ: nothing is made, and what is wrong is said.
    console.press("short<enter>short");
    assert!(console.press("<enter>").is_empty());
    assert!(
        console.screen().contains("at least 12 characters"),
        "{}",
        console.screen()
    );
    console.press("<ctrl-u>correct horse battery<enter><ctrl-u>correct horse batterz");
    assert!(console.press("<enter>").is_empty());
    let screen = console.screen();
    assert!(
        screen.contains("the two passphrases differ") && !screen.contains("horse"),
        "{screen}"
    );
    console.press("correct horse battery<enter>correct horse battery");
    match spawned(&console.press("<enter>")) {
        Some(TaskRequest::NewCertificate {
            wanted,
            out,
            passphrase,
        }) => {
            assert_eq!(
                (wanted.name.as_str(), wanted.bits, wanted.days),
                ("Exports 2026", 3072, 730)
            );
            assert_eq!(out.as_deref(), Some(std::path::Path::new("up.pem")));
            assert_eq!(passphrase.expose_secret(), "correct horse battery");
        }
        other => panic!("{other:?}"),
    }
    let id = console.running("new key pair");
    let made = MadeCertificate {
        serial: "77AA".to_owned(),
        until: jiff::civil::date(2028, 11, 18),
        certificate: "/ring/77AA.pem".into(),
        not_written: None,
    };
    match spawned(&console.done(id, TaskOutput::CertificateMade(made))) {
        Some(TaskRequest::PlanCertificate(path)) => assert_eq!(path.as_os_str(), "/ring/77AA.pem"),
        other => panic!("{other:?}"),
    }
    let id = console.running("preview of an upload");
    console.done(id, TaskOutput::CertificatePlanned(Box::new(import_plan())));
    let screen = console.screen();
    assert!(
        screen.contains("Old serial: 4D5E6F") && screen.contains("New serial: 77AA"),
        "{screen}"
    );
    assert!(console.press("<enter>").is_empty(), "the default is no");
}

#[test]
fn the_check_of_a_certificate_stands_on_screen() {
    let mut console = console(80, 24);
    console.press("4e<tab>t");
    match spawned(&console.press("some.pem<enter>")) {
        Some(TaskRequest::CheckCertificate(path)) => assert_eq!(path.as_os_str(), "some.pem"),
        other => panic!("{other:?}"),
    }
    let id = console.running("check of a certificate");
    let finding = |fatal, message: &str| Finding {
        code: "expired",
        fatal,
        message: message.to_owned(),
        next: "Make a new one.".to_owned(),
    };
    let report = CertificateReport {
        findings: vec![
            finding(true, "It expired on 2026-11-13."),
            finding(false, "Its key is large."),
        ],
        certificate: Some(facts()),
    };
    let checked = CheckedCertificate {
        name: "some.pem".to_owned(),
        report,
    };
    console.done(id, TaskOutput::CertificateChecked(checked));
    insta::assert_snapshot!("checked_80", console.screen());
    console.press("<esc>");
    assert!(console.screen().contains("[Certificate]"), "{}", console.screen());
}

#[test]
fn downloads_tell_their_rate_and_the_time_left() {
    for (columns, lines) in [(80, 24), (200, 60)] {
        let mut console = console(columns, lines);
        console.press("4e<space>d<esc>");
        let id = console.running("download 1 export file");
        let tell = |console: &mut Console, done| {
            console.wait(1);
            console.progress_of(id, "bytes", done, Some(100_000_000));
        };
        tell(&mut console, 1_000_000);
        assert!(
            console.screen().contains("[----------]   1 %"),
            "{}",
            console.screen()
        );
        tell(&mut console, 11_000_000);
        tell(&mut console, 21_000_000);
        let screen = console.screen();
        assert!(screen.contains("10.0 MB/s  21 %  8 s left"), "{screen}");
        console.done(id, TaskOutput::ExportFiles(Vec::new()));
        assert!(console.screen().contains("in 3 s"), "{}", console.screen());
    }
}

#[test]
fn records_show_and_are_searched_while_the_files_are_read() {
    let mut console = console(120, 30);
    console.press("4e");
    read_again(&mut console, fetched());
    let records = |numbers: std::ops::Range<u64>| numbers.map(record);
    let files = vec!["/somewhere/Interaction-1.json".into()];
    let view = Records::open(&mut console.app.shared, files);
    console.app.screen.modals.push(Modal::Records(view));
    let effects = console.wait(0);
    let Some(TaskRequest::ReadRecords {
        arrivals, condition, ..
    }) = spawned(&effects)
    else {
        panic!("{effects:?}");
    };
    assert_eq!(condition, "");
    assert!(console.screen().contains("being read"), "{}", console.screen());
    let id = console.running("read records");
    records(0..40).for_each(|record| arrivals.add(record));
    console.wait(1);
    console.progress_of(id, "bytes", 400, Some(1_000));
    let screen = console.screen();
    assert!(
        screen.contains("Records | 40 of 40 so far, 40 % read"),
        "{screen}"
    );
    // The filter works on what is here and on what comes.
    console.press("/subject 1");
    assert!(
        console.screen().contains("11 of 40 so far"),
        "{}",
        console.screen()
    );
    records(40..150).for_each(|record| arrivals.add(record));
    console.wait(1);
    console.progress_of(id, "bytes", 1_000, Some(1_000));
    assert!(
        console.screen().contains("61 of 150 so far"),
        "{}",
        console.screen()
    );
    let report = Report {
        records: records(0..150).collect(),
        ..Report::default()
    };
    console.done(id, TaskOutput::Records(Box::new(report)));
    assert!(
        console.screen().contains("Records | 61 of 150 "),
        "{}",
        console.screen()
    );
    // Another condition reads anew; what is here stays until something comes.
    console.press("<ctrl-u>id=7");
    let effects = console.press("<enter>");
    let Some(TaskRequest::ReadRecords {
        arrivals, condition, ..
    }) = spawned(&effects)
    else {
        panic!("{effects:?}");
    };
    assert_eq!(condition, "id=7");
    assert!(console.screen().contains("150 of 150"), "{}", console.screen());
    arrivals.add(record(7));
    let id = console.running("read records");
    console.wait(1);
    console.progress_of(id, "bytes", 1, Some(1_000));
    assert!(
        console.screen().contains("Records | 1 of 1 so far"),
        "{}",
        console.screen()
    );
}

fn record(number: u64) -> Record {
    Record {
        kind: Kind::Interaction,
        id: Some(number.to_string()),
        file: "/somewhere/Interaction-1.json".into(),
        entry: None,
        line: number + 1,
        record: serde_json::json!({"id": number, "subject": format!("Subject {number}")}),
        attachments: Vec::new(),
    }
}

#[test]
fn a_certificate_is_named_by_its_file_in_a_field() {
    let mut console = console(120, 30);
    console.press("4e<tab>u");
    console.press("q.pem");
    match spawned(&console.press("<enter>")) {
        Some(TaskRequest::PlanCertificate(path)) => assert_eq!(path.as_os_str(), "q.pem"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn cloning_takes_every_field_over() {
    let mut console = console(120, 30);
    console.press("4e<tab><tab>c");
    let effects = console.press("<esc>");
    match spawned(&effects) {
        Some(TaskRequest::PlanExport(job)) => {
            assert_eq!(
                (job.title.as_str(), job.source.as_str()),
                ("Interaction daily", "ContactHistory")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_service_the_key_says_why_it_does_nothing() {
    let mut console = Console::showing(120, 30, Mode::Simulation);
    console.load(rows());
    console.press("4e");
    assert!(
        console.screen().contains("names no Cloud Data Download Service"),
        "{}",
        console.screen()
    );
}
