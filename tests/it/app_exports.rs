//! Exports in the console: the section of the job pane, the screen over the panes, the guide.

use dsr_console::app::{Effect, TaskOutput, TaskRequest};
use dsr_console::domain::export::{Artifact, Job, ServerCertificate};
use dsr_console::domain::mode::Mode;
use dsr_console::workflow::exports::{Artifacts, Entry, JobPlan, Jobs, Overview, Standing, State};

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
    assert!(console.screen().contains("NOT here"), "{}", console.screen());
    assert!(console.press("<enter>").is_empty(), "the default is no");
    console.press("D");
    match spawned(&console.press("y")) {
        Some(TaskRequest::DeleteExportFiles(files)) => assert_eq!(files[0].id, "file-1"),
        other => panic!("{other:?}"),
    }
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
    };
    console.done(id, TaskOutput::ExportPlanned(plan));
    assert!(
        console.screen().contains("POST /data-download/v3/data/jobs"),
        "{}",
        console.screen()
    );
    assert!(console.press("S").is_empty());
    let effects = console.press("y");
    assert!(
        matches!(spawned(&effects), Some(TaskRequest::CreateExport(_))),
        "{effects:?}"
    );
}

#[test]
fn a_passphrase_is_asked_for_and_never_shown() {
    let mut console = console(120, 30);
    console.press("4e");
    assert!(console.press("o").is_empty());
    assert!(console.screen().contains("not here"), "{}", console.screen());
    let mut read = overview();
    read.files.entries[0].here = Some("/somewhere/Contact-2026-10.p7m".into());
    console.press("r");
    let id = console.running("exports");
    console.done(id, TaskOutput::Exports(Box::new(read)));
    console.press("oword");
    let screen = console.screen();
    assert!(
        screen.contains("Passphrase of the key: ****") && !screen.contains("word"),
        "{screen}"
    );
    match spawned(&console.press("<enter>")) {
        Some(TaskRequest::DecryptExports { files, .. }) => assert_eq!(files.len(), 1),
        other => panic!("{other:?}"),
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
