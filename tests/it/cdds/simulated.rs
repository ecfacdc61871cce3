//! The client against the simulated service: jobs run on the estate's clock, and what they leave is
//! really encrypted for the certificate that was uploaded; openssl is the judge.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use dsr_console::domain::export::{Artifact, JobPhase, NewJob};
use dsr_console::domain::failure::FailureKind;
use dsr_console::domain::progress::Listener;
use dsr_console::domain::schedule::Schedule;
use dsr_console::simulator::{Scenario, Simulator};
use dsr_console::systems::cdds::{Cdds, Credentials};
use dsr_console::world::simulated::{BASE, SimulatedTransport};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::{make_certificate, parts, password};
use crate::cloud::network;

/// A simulated estate with a client of its service in memory.
struct Bench {
    simulator: Simulator,
    dir: tempfile::TempDir,
    cdds: Cdds,
}

impl Bench {
    fn new(scenario: &str) -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let scenario = Scenario::BuiltIn(scenario.to_owned());
        let simulator = Simulator::open(&dir.path().join("estate"), &scenario).unwrap();
        let access = simulator.cdds_access().unwrap();
        let credentials = password(&access.username, Some(&access.tenant), &access.password);
        let cdds = client(&simulator, credentials);
        Bench { simulator, dir, cdds }
    }

    fn advance(&self, hours: i64) {
        self.simulator.advance(SignedDuration::from_hours(hours)).unwrap();
    }

    async fn upload(&self, name: &str) {
        make_certificate(self.dir.path(), name, "400");
        let pem = std::fs::read(self.dir.path().join(format!("{name}.pem"))).unwrap();
        let (cdds, file) = (self.cdds.clone(), format!("{name}.pem"));
        let sent = change(move |permit| async move { cdds.upload_certificate(permit, &file, &pem).await });
        sent.await.unwrap();
    }

    async fn files(&self) -> Vec<Artifact> {
        let listed = self.cdds.artifacts(&Listener::none()).await.unwrap();
        assert!(listed.unreadable.is_empty(), "{:?}", listed.unreadable);
        listed.items
    }

    async fn fetch(&self, artifact: &Artifact) -> PathBuf {
        let cancel = CancellationToken::new();
        let dir = self.dir.path().join("files");
        let fetched = self
            .cdds
            .download(artifact, &dir, &Listener::none(), &cancel)
            .await
            .unwrap();
        assert_eq!(fetched.path.file_name().unwrap().to_str().unwrap(), artifact.name);
        fetched.path
    }
}

fn client(simulator: &Simulator, credentials: Credentials) -> Cdds {
    let transport = Arc::new(SimulatedTransport::new(simulator.cdds()));
    Cdds::new(parts(BASE, transport, simulator.clock(), credentials))
}

/// Runs a mutation as a workflow would, through the gate of a world made for it.
async fn change<T, F, Fut>(call: F) -> Result<T, dsr_console::domain::failure::Failure>
where
    T: Send + 'static,
    F: FnOnce(dsr_console::systems::permit::Permit) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T, dsr_console::domain::failure::Failure>> + Send + 'static,
{
    let (world, _dir) = crate::cloud::world(crate::cloud::client("http://127.0.0.1:9"));
    dsr_console::workflow::gate::change(&world, "test", serde_json::json!({}), call).await
}

async fn create(cdds: &Cdds, job: NewJob) -> Result<String, dsr_console::domain::failure::Failure> {
    let cdds = cdds.clone();
    change(move |permit| async move { cdds.create_job(permit, &job).await }).await
}

fn job(kind: &str) -> NewJob {
    NewJob {
        title: format!("{kind} of the test"),
        description: Some("made by a test".to_owned()),
        source: "ContactHistory".to_owned(),
        kind: kind.to_owned(),
        schedule: None,
        time_frame: None,
        split_bytes: None,
    }
}

/// Decrypts with openssl; whether S/MIME or binary decides the content.
fn decrypt(file: &Path, dir: &Path, name: &str) -> Vec<u8> {
    let content = std::fs::read(file).unwrap();
    let form = if content.starts_with(b"MIME") {
        "SMIME"
    } else {
        "DER"
    };
    let out = file.with_extension("plain");
    let ran = Command::new("openssl")
        .args(["cms", "-decrypt", "-inform", form, "-binary"])
        .arg("-in")
        .arg(file)
        .arg("-inkey")
        .arg(dir.join(format!("{name}.key")))
        .arg("-recip")
        .arg(dir.join(format!("{name}.pem")))
        .arg("-out")
        .arg(&out)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let plain = std::fs::read(out).unwrap();
    match memchr::memmem::find(&plain, b"\r\n\r\n").filter(|_| plain.starts_with(b"Content-Type")) {
        Some(at) => {
            use base64::Engine;
            let text: Vec<u8> = plain[at..]
                .iter()
                .copied()
                .filter(|b| !b.is_ascii_whitespace())
                .collect();
            base64::engine::general_purpose::STANDARD.decode(text).unwrap()
        }
        None => plain,
    }
}

fn lines(zip: Vec<u8>, start: &str) -> Vec<serde_json::Value> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let name = (0..archive.len())
        .map(|at| archive.by_index(at).unwrap().name().unwrap().into_owned())
        .find(|name| name.starts_with(start))
        .unwrap();
    let mut text = String::new();
    archive.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_made_fetched_and_decrypted_with_the_uploaded_certificate() {
    let bench = Bench::new("default");
    let before = bench.cdds.certificate().await.unwrap().unwrap();
    assert!(
        before.not_after.unwrap() < bench.simulator.clock().now(),
        "the teaching estate begins with an expired one"
    );
    bench.upload("new").await;
    let after = bench.cdds.certificate().await.unwrap().unwrap();
    assert_eq!(after.name.as_deref(), Some("new.pem"));
    assert_ne!(after.serial, before.serial);

    let id = create(&bench.cdds, job("Interaction")).await.unwrap();
    let running = bench.cdds.job(&id).await.unwrap();
    assert_eq!(
        (running.phase(), running.status.as_str()),
        (JobPhase::Running, "In Progress")
    );
    assert!(running.remaining_seconds.unwrap() > 0);
    bench.advance(2);
    let done = bench.cdds.job(&id).await.unwrap();
    assert_eq!(done.phase(), JobPhase::Done);

    let files = bench.files().await;
    let own: Vec<&Artifact> = files
        .iter()
        .filter(|file| file.job_id.as_deref() == Some(&id))
        .collect();
    let [file] = own[..] else {
        panic!("one file: {own:?}")
    };
    assert_eq!(done.files, std::slice::from_ref(&file.name));
    assert_eq!(file.recipient_serial, after.serial);
    assert_eq!(file.remaining_days, Some(30));
    let path = bench.fetch(file).await;
    assert_eq!(std::fs::metadata(&path).unwrap().len(), file.bytes.unwrap());
    let zip = decrypt(&path, bench.dir.path(), "new");
    let interactions = lines(zip.clone(), "Interaction-");
    let attachments: Vec<_> = lines(zip, "Interaction-Attachment-");
    let anna: Vec<_> = interactions
        .iter()
        .filter(|one| one["emailAddress"] == "anna.muster@example.org")
        .collect();
    assert!(!anna.is_empty());
    let joined = attachments
        .iter()
        .any(|one| anna.iter().any(|talk| talk["id"] == one["entityid"]));
    assert!(joined, "an attachment of hers is joined by its id");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_export_has_parts_that_belong_together() {
    let bench = Bench::new("default");
    bench.upload("new").await;
    let split = NewJob {
        split_bytes: Some(1024),
        ..job("Interaction")
    };
    let id = create(&bench.cdds, split).await.unwrap();
    bench.advance(2);
    let files = bench.files().await;
    let mut own: Vec<&Artifact> = files
        .iter()
        .filter(|file| file.job_id.as_deref() == Some(&id))
        .collect();
    own.sort_by_key(|file| file.part);
    assert!(own.len() > 1);
    let whole = own[0].whole().unwrap();
    assert!(own.iter().all(|file| file.whole().as_deref() == Some(&whole)));
    assert!(
        own.iter()
            .all(|file| file.part_numbers().unwrap().1 == Some(own.len() as u32))
    );
    let mut zip = Vec::new();
    for file in own {
        zip.extend(decrypt(&bench.fetch(file).await, bench.dir.path(), "new"));
    }
    assert!(!lines(zip, "Interaction-").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn old_files_stay_for_the_old_key_and_expire_after_thirty_days() {
    let bench = Bench::new("default");
    let old = bench.simulator.cdds_old_pair().unwrap().unwrap();
    std::fs::write(bench.dir.path().join("old.pem"), &old.certificate).unwrap();
    std::fs::write(bench.dir.path().join("old.key"), &old.key).unwrap();
    let serial = bench.cdds.certificate().await.unwrap().unwrap().serial;
    let files = bench.files().await;
    let contact = files
        .iter()
        .find(|file| file.kind.as_deref() == Some("Contact"))
        .unwrap();
    assert_eq!(
        (contact.recipient_serial.clone(), contact.remaining_days),
        (serial, Some(3))
    );
    let zip = decrypt(&bench.fetch(contact).await, bench.dir.path(), "old");
    let contacts = lines(zip, "Contact-");
    assert!(
        contacts
            .iter()
            .any(|one| one["emailAddresses"][0] == "anna.muster@example.org")
    );
    // The message of the third quarter is one, cut in three.
    let mut quarter: Vec<&Artifact> = files.iter().filter(|file| file.parts == Some(3)).collect();
    quarter.sort_by_key(|file| file.part);
    let whole = bench.dir.path().join("quarter.p7m");
    let mut bytes = Vec::new();
    for part in &quarter {
        bytes.extend(std::fs::read(bench.fetch(part).await).unwrap());
    }
    std::fs::write(&whole, bytes).unwrap();
    assert!(!lines(decrypt(&whole, bench.dir.path(), "old"), "Interaction-").is_empty());
    // The daily ones leave binary messages, with definite and indefinite lengths.
    let daily = files
        .iter()
        .filter(|file| file.parts.is_none() && file.kind.as_deref() == Some("Interaction"));
    for file in daily.take(2) {
        decrypt(&bench.fetch(file).await, bench.dir.path(), "old");
    }
    bench.advance(4 * 24);
    assert!(!bench.files().await.iter().any(|file| file.id == contact.id));
    let gone = bench
        .cdds
        .download(
            contact,
            &bench.dir.path().join("again"),
            &Listener::none(),
            &CancellationToken::new(),
        )
        .await
        .unwrap_err();
    assert_eq!(gone.kind, FailureKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_runs_in_utc_and_fails_without_a_valid_certificate() {
    let bench = Bench::new("default");
    let failed = bench.cdds.jobs(&Listener::none()).await.unwrap().items;
    let yearly = failed.iter().find(|job| job.title == "Contact yearly").unwrap();
    assert_eq!(yearly.phase(), JobPhase::Failed);
    assert!(yearly.error.as_deref().unwrap().contains("expired"));
    bench.upload("new").await;
    let hourly = NewJob {
        schedule: Some(Schedule::parse("hourly:6").unwrap()),
        ..job("Contact")
    };
    let id = create(&bench.cdds, hourly.clone()).await.unwrap();
    let fresh = bench.cdds.job(&id).await.unwrap();
    assert_eq!(NewJob::clone_of(&fresh), hourly);
    assert_eq!(fresh.phase(), JobPhase::Scheduled);
    assert_eq!(
        fresh.next_run_at,
        hourly.schedule.unwrap().next_run(bench.simulator.clock().now())
    );
    bench.advance(26);
    let files = bench.files().await;
    let own = files.iter().filter(|file| file.job_id.as_deref() == Some(&id));
    assert!((3..=5).contains(&own.count()), "every six hours for a day");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_is_told_so_and_a_wrong_password_is_not_tried_twice() {
    let bench = Bench::new("default");
    let access = bench.simulator.cdds_access().unwrap();
    let other = client(
        &bench.simulator,
        password("otto.beispiel", None, &access.password),
    );
    assert_eq!(
        other.account().await.unwrap().username.as_deref(),
        Some("otto.beispiel")
    );
    let denied = other.jobs(&Listener::none()).await.unwrap_err();
    assert_eq!(denied.kind, FailureKind::Permission);
    assert!(denied.message.starts_with("Access denied"));
    assert!(denied.next.unwrap().contains("administrator"));
    let wrong = client(
        &bench.simulator,
        password("paula.probe", Some("example"), "wrong"),
    );
    assert_eq!(
        wrong.sign_in().await.unwrap_err().kind,
        FailureKind::Authentication
    );
    let elsewhere = client(
        &bench.simulator,
        password("paula.probe", Some("elsewhere"), &access.password),
    );
    assert_eq!(
        elsewhere.sign_in().await.unwrap_err().kind,
        FailureKind::Authentication
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_renewed_and_ends_at_the_server() {
    let bench = Bench::new("default");
    let tokens = bench.cdds.sign_in().await.unwrap();
    assert_eq!(
        (tokens.username.as_str(), tokens.tenant.as_deref()),
        ("paula.probe", Some("example"))
    );
    let person = |tokens: &dsr_console::systems::cdds::Tokens| Credentials::Person {
        username: tokens.username.clone(),
        tenant: tokens.tenant.clone(),
        access: tokens.access.clone(),
        refresh: tokens.refresh.clone(),
        expires_at: tokens.expires_at,
    };
    let (kept, other) = (
        client(&bench.simulator, person(&tokens)),
        client(&bench.simulator, person(&tokens)),
    );
    bench.advance(2);
    // The access token is over by now; the refresh token gives another.
    kept.jobs(&Listener::none()).await.unwrap();
    kept.sign_out().await.unwrap();
    assert_eq!(
        kept.jobs(&Listener::none()).await.unwrap_err().kind,
        FailureKind::Authentication
    );
    assert_eq!(
        other.jobs(&Listener::none()).await.unwrap_err().kind,
        FailureKind::Authentication
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_jobs_are_listed_in_pages() {
    let bench = Bench::new("large");
    let transport = Arc::new(SimulatedTransport::new(bench.simulator.cdds()));
    let access = bench.simulator.cdds_access().unwrap();
    let mut made = parts(
        BASE,
        transport,
        bench.simulator.clock(),
        password(&access.username, None, &access.password),
    );
    made.tuning.page_size = 1000;
    made.tuning.answer_limit = 4 * 1024 * 1024;
    let listed = Cdds::new(made).jobs(&Listener::none()).await.unwrap();
    assert_eq!((listed.items.len(), listed.unreadable.len()), (5000, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_over_tcp_with_the_successors_paths() {
    let bench = Bench::new("default");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let (simulator, stopped) = (bench.simulator.clone(), stop.clone());
    let serving = tokio::spawn(async move { simulator.serve(listener, stopped).await });
    let access = bench.simulator.cdds_access().unwrap();
    let mut made = parts(
        &host,
        network(),
        bench.simulator.clock(),
        password(&access.username, None, &access.password),
    );
    made.place.variant = dsr_console::config::cdds::Variant::Udm;
    let mut table = dsr_console::config::cdds::assumptions();
    table.insert("service_base", "/udm/v10".to_owned());
    made.place.assumed = dsr_console::systems::cdds::Assumed::of(table);
    let udm = Cdds::new(made);
    let told = udm.certificate().await.unwrap().unwrap();
    assert!(
        told.name.is_some() && told.serial.is_none(),
        "the successor publishes no serial: {told:?}"
    );
    assert_eq!(udm.sub_types().await.unwrap().len(), 2);
    bench.upload("new").await;
    let job = NewJob {
        source: "UDM".to_owned(),
        ..job("Interaction")
    };
    let id = create(&udm, job).await.unwrap();
    bench.advance(2);
    let files = udm.artifacts(&Listener::none()).await.unwrap().items;
    let own = files
        .iter()
        .find(|file| file.job_id.as_deref() == Some(&id))
        .unwrap();
    let dir = bench.dir.path().join("tcp");
    let fetched = udm
        .download(own, &dir, &Listener::none(), &CancellationToken::new())
        .await
        .unwrap();
    let zip = decrypt(&fetched.path, bench.dir.path(), "new");
    let archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    assert!(archive.len() > 5, "one file an interaction");
    stop.cancel();
    drop(udm);
    serving.await.unwrap().unwrap();
}
