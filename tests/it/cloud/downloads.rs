//! Downloads: three steps, the token at the first two only, taken up again where they broke.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use dsr_console::domain::failure::{Failure, FailureKind};
use dsr_console::domain::progress::Listener;
use dsr_console::systems::genesys_cloud::{Downloaded, GenesysCloud};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::client;
use super::server::{Arrival, Reply, Server, nobody};

const RESULT: &str = "https://apps.mypurecloud.de/platform/api/v2/downloads/download-1";
const RESOLVE: &str = "/api/v2/downloads/download-1";

/// What a result looks like: long enough to be cut.
fn content() -> Vec<u8> {
    (0..200_000_u32).flat_map(|n| n.to_le_bytes()).collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What was done, and of how much.
type Told = (u64, Option<u64>);

/// What a server answers.
type Script = Box<dyn Fn(&Arrival) -> Reply + Send + Sync>;

/// The far end: the API and the place where results lie, which is another host.
struct Far {
    api: Server,
    files: Server,
    cloud: GenesysCloud,
}

async fn far(files: impl Fn(&Arrival) -> Reply + Send + Sync + 'static) -> Far {
    let files = Server::start(files).await;
    let link = format!("{}/signed/results.zip?signature=made-up", files.base);
    let api = Server::start(move |_| Reply::json(200, json!({"url": link}))).await;
    let cloud = client(&api.base);
    Far { api, files, cloud }
}

async fn fetch(cloud: &GenesysCloud, dir: &Path) -> Result<Downloaded, Failure> {
    cloud
        .download(
            RESULT,
            "request-1",
            dir,
            &Listener::none(),
            &CancellationToken::new(),
        )
        .await
}

fn files_in(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The first byte asked for, if only a part was.
fn from(arrival: &Arrival) -> Option<usize> {
    arrival
        .header("range")?
        .strip_prefix("bytes=")?
        .strip_suffix('-')?
        .parse()
        .ok()
}

fn whole() -> Reply {
    Reply::Whole(200, Vec::new(), content())
        .with("etag", "\"v1\"")
        .with(
            "content-disposition",
            "attachment; filename=\"results-request-1-2026.zip\"",
        )
}

fn part(at: usize) -> Reply {
    let content = content();
    let range = format!("bytes {at}-{}/{}", content.len() - 1, content.len());
    Reply::Whole(206, Vec::new(), content[at..].to_vec())
        .with("content-range", &range)
        .with("etag", "\"v1\"")
}

/// Only the first `length` bytes of an answer's body, then a cut.
fn cut(reply: &Reply, length: usize) -> Reply {
    let bytes = reply.bytes();
    let body = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    Reply::Bytes(bytes[..body + length].to_vec())
}

#[tokio::test]
async fn a_result_comes_in_three_steps_and_the_token_stays_at_home() {
    let far = far(|_| whole()).await;
    let dir = tempfile::tempdir().unwrap();
    let heard: Arc<Mutex<Vec<Told>>> = Arc::default();
    let hearing = heard.clone();
    let listener =
        Listener::new(move |progress| hearing.lock().unwrap().push((progress.done, progress.total)));
    let target = dir.path().join("new/place");
    let got = far
        .cloud
        .download(RESULT, "request-1", &target, &listener, &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(got.path, target.join("results-request-1-2026.zip"));
    assert_eq!(
        (got.bytes, got.sha256, got.resumed),
        (800_000, sha256(&content()), false)
    );
    assert_eq!(std::fs::read(&got.path).unwrap(), content());
    assert_eq!(
        std::fs::metadata(&got.path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        std::fs::metadata(&target).unwrap().permissions().mode() & 0o777,
        0o700
    );
    assert_eq!(files_in(&target), ["results-request-1-2026.zip"]);
    let resolved = &far.api.arrivals()[0];
    assert_eq!(resolved.target, format!("{RESOLVE}?issueRedirect=false"));
    assert_eq!(resolved.header("authorization"), Some("Bearer made-up-token"));
    let fetched = &far.files.arrivals()[0];
    assert_eq!(fetched.target, "/signed/results.zip?signature=made-up");
    assert!(
        fetched
            .headers
            .values()
            .all(|value| !value.contains("made-up-token"))
    );
    assert_eq!(heard.lock().unwrap().last(), Some(&(800_000, Some(800_000))));
}

#[tokio::test]
async fn a_cut_download_goes_on_where_it_broke() {
    let far = far(|arrival| match (arrival.nth, from(arrival)) {
        (0, None) => cut(&whole(), 300_000),
        (1, Some(at)) => cut(&part(at), 100_000),
        (_, Some(at)) => part(at),
        _ => Reply::html(500),
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let got = fetch(&far.cloud, dir.path()).await.unwrap();
    assert_eq!(
        (got.bytes, got.sha256, got.resumed),
        (800_000, sha256(&content()), false)
    );
    let asked: Vec<Option<usize>> = far.files.arrivals().iter().map(from).collect();
    assert_eq!(asked, [None, Some(300_000), Some(400_000)]);
    assert_eq!(far.files.arrivals()[1].header("if-range"), Some("\"v1\""));
    // The signed address may have ended meanwhile: each time another one is asked for.
    assert_eq!(far.api.arrivals().len(), 3);
}

/// Leaves a partial of 300,000 bytes behind.
async fn interrupted(dir: &Path) {
    let far = far(|arrival| match arrival.nth {
        0 => cut(&whole(), 300_000),
        _ => Reply::Cut,
    })
    .await;
    let failure = fetch(&far.cloud, dir).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert!(
        failure.message.contains("300000 of 800000"),
        "{}",
        failure.message
    );
    assert!(failure.next.unwrap().contains("kept"));
    let partial = dir.join("results-request-1-download-1.zip.partial");
    assert_eq!(std::fs::metadata(&partial).unwrap().len(), 300_000);
    assert_eq!(
        std::fs::metadata(&partial).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[tokio::test]
async fn what_came_before_is_used_only_when_the_rest_belongs_to_it() {
    let range = |at: usize, total: usize| format!("bytes {at}-{}/{total}", total - 1);
    let cases: Vec<(&str, Script, bool)> = vec![
        ("the rest", Box::new(|arrival| part(from(arrival).unwrap())), true),
        ("a server without ranges", Box::new(|_| whole()), false),
        (
            "changed meanwhile",
            Box::new(|_| whole().with("etag", "\"v2\"")),
            false,
        ),
        (
            "another length",
            Box::new(move |arrival| match from(arrival) {
                Some(at) => {
                    Reply::Whole(206, Vec::new(), vec![0; 10]).with("content-range", &range(at, at + 10))
                }
                None => whole(),
            }),
            false,
        ),
        (
            "another beginning",
            Box::new(move |arrival| match from(arrival) {
                Some(_) => Reply::Whole(206, Vec::new(), content()).with("content-range", &range(0, 800_000)),
                None => whole(),
            }),
            false,
        ),
        (
            "nothing to go on from",
            Box::new(|arrival| match from(arrival) {
                Some(_) => Reply::Whole(416, Vec::new(), Vec::new()).with("content-range", "bytes */123"),
                None => whole(),
            }),
            false,
        ),
    ];
    for (name, script, resumed) in cases {
        let dir = tempfile::tempdir().unwrap();
        interrupted(dir.path()).await;
        let far = far(script).await;
        let got = fetch(&far.cloud, dir.path()).await.unwrap();
        assert_eq!((got.sha256, got.resumed), (sha256(&content()), resumed), "{name}");
        assert_eq!(from(&far.files.arrivals()[0]), Some(300_000), "{name}");
        assert_eq!(files_in(dir.path()), ["results-request-1-2026.zip"], "{name}");
    }
}

#[tokio::test]
async fn a_partial_that_is_whole_already_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    interrupted(dir.path()).await;
    let partial = dir.path().join("results-request-1-download-1.zip.partial");
    std::fs::write(&partial, content()).unwrap();
    let far =
        far(|_| Reply::Whole(416, Vec::new(), Vec::new()).with("content-range", "bytes */800000")).await;
    let got = fetch(&far.cloud, dir.path()).await.unwrap();
    assert_eq!((got.sha256, got.resumed), (sha256(&content()), true));
}

#[tokio::test]
async fn nothing_on_disk_is_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let far = far(|_| whole()).await;
    let other = dir.path().join("results-request-1-2026.zip");
    std::fs::write(&other, "something else").unwrap();
    let first = fetch(&far.cloud, dir.path()).await.unwrap();
    let second = fetch(&far.cloud, dir.path()).await.unwrap();
    assert_eq!(first.path, dir.path().join("results-request-1-2026-2.zip"));
    assert_eq!(second.path, first.path);
    assert_eq!(std::fs::read(&other).unwrap(), b"something else");
    assert_eq!(files_in(dir.path()).len(), 2);
}

#[tokio::test]
async fn names_of_servers_stay_inside_the_directory() {
    for (told, name) in [
        ("attachment; filename=\"../../evil.zip\"", "evil.zip"),
        ("attachment; filename*=UTF-8''%2Fetc%2Fpasswd", "passwd"),
        ("attachment; filename=\"..\"", "results-request-1.zip"),
        ("attachment", "results-request-1.zip"),
    ] {
        let far =
            far(move |_| Reply::Whole(200, Vec::new(), b"zip".to_vec()).with("content-disposition", told))
                .await;
        let dir = tempfile::tempdir().unwrap();
        let got = fetch(&far.cloud, dir.path()).await.unwrap();
        assert_eq!(got.path, dir.path().join(name));
    }
}

#[tokio::test]
async fn a_result_that_is_gone_says_what_to_do() {
    let api = Server::start(|_| Reply::error(404, "not.found", "x").with("inin-correlation-id", "c-1")).await;
    let dir = tempfile::tempdir().unwrap();
    let failure = fetch(&client(&api.base), dir.path()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert!(failure.next.unwrap().contains("new export"));
    assert_eq!(failure.correlation_id.as_deref(), Some("c-1"));
    // A signature that has ended is asked for again before that is said.
    let far = far(|arrival| {
        if arrival.nth == 0 {
            Reply::html(403)
        } else {
            whole()
        }
    })
    .await;
    let got = fetch(&far.cloud, dir.path()).await.unwrap();
    assert_eq!(got.bytes, 800_000);
    assert_eq!(far.api.arrivals().len(), 2);
}

#[tokio::test]
async fn hostile_addresses_are_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    let api = Server::start(|_| Reply::json(200, json!({"url": "file:///etc/passwd"}))).await;
    let cloud = client(&api.base);
    for address in [
        "https://evil.example.org/x",
        "https://apps.mypurecloud.de/api/v2/downloads/../oauth/clients",
        "",
    ] {
        let failure = cloud
            .download(
                address,
                "request-1",
                dir.path(),
                &Listener::none(),
                &CancellationToken::new(),
            )
            .await
            .unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadAnswer, "{address}");
    }
    assert!(api.arrivals().is_empty());
    for link in [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://user:made-up@127.0.0.1/x",
        "nonsense",
        "",
    ] {
        let api = Server::start(move |_| Reply::json(200, json!({"url": link}))).await;
        let failure = fetch(&client(&api.base), dir.path()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadAnswer, "{link}");
    }
}

#[tokio::test]
async fn redirects_of_the_signed_address_are_followed_without_the_token() {
    let last = Server::start(|_| whole()).await;
    let next = format!("{}/elsewhere", last.base);
    let far = far(move |_| Reply::Whole(302, Vec::new(), Vec::new()).with("location", &next)).await;
    let dir = tempfile::tempdir().unwrap();
    fetch(&far.cloud, dir.path()).await.unwrap();
    let arrival = &last.arrivals()[0];
    assert_eq!(arrival.path(), "/elsewhere");
    assert_eq!(arrival.header("authorization"), None);
    let circle =
        self::far(|_| Reply::Whole(307, Vec::new(), Vec::new()).with("location", "/signed/again")).await;
    let failure = fetch(&circle.cloud, dir.path()).await.unwrap_err();
    assert!(failure.message.contains("circle"), "{}", failure.message);
    let down =
        self::far(|_| Reply::Whole(307, Vec::new(), Vec::new()).with("location", "file:///etc/passwd")).await;
    assert_eq!(
        fetch(&down.cloud, dir.path()).await.unwrap_err().kind,
        FailureKind::BadAnswer
    );
}

#[tokio::test]
async fn a_page_instead_of_a_result_is_not_kept() {
    let far = far(|_| Reply::html(200)).await;
    let dir = tempfile::tempdir().unwrap();
    let failure = fetch(&far.cloud, dir.path()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadAnswer);
    assert!(failure.message.contains("HTML page"), "{}", failure.message);
    assert!(files_in(dir.path()).iter().all(|name| name.ends_with(".partial")));
}

#[tokio::test]
async fn nobody_at_the_signed_address_is_told() {
    let gone = nobody().await;
    let api = Server::start(move |_| Reply::json(200, json!({"url": format!("{gone}/x")}))).await;
    let dir = tempfile::tempdir().unwrap();
    let failure = fetch(&client(&api.base), dir.path()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert!(
        failure.message.contains("refused the connection"),
        "{}",
        failure.message
    );
}

#[tokio::test]
async fn a_cancelled_download_keeps_what_has_come() {
    let cancel = CancellationToken::new();
    let cancelling = cancel.clone();
    // The first report comes with the first bytes; the rest never comes.
    let listener = Listener::new(move |_| cancelling.cancel());
    let far = far(|_| Reply::Bytes(Vec::new())).await;
    drop(far);
    let stalling = self::far(|_| {
        let mut bytes = whole().bytes();
        bytes.truncate(100_000);
        Reply::Bytes(bytes)
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let failure = stalling
        .cloud
        .download(RESULT, "request-1", dir.path(), &listener, &cancel)
        .await
        .unwrap_err();
    assert_eq!(
        (failure.kind, failure.exit_code()),
        (FailureKind::Interrupted, 130)
    );
    let partial = dir.path().join("results-request-1-download-1.zip.partial");
    assert!(std::fs::metadata(partial).unwrap().len() > 0);
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named() {
    let far = far(|_| whole()).await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a-file");
    std::fs::write(&file, "x").unwrap();
    let failure = fetch(&far.cloud, &file).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Storage);
    assert!(failure.next.is_some());
    assert!(far.files.arrivals().is_empty());
}

#[tokio::test]
async fn a_result_larger_than_the_disk_is_refused_before_it_is_fetched() {
    // Announced with more bytes than any disk has.
    let far = far(|_| {
        Reply::Bytes(
            b"HTTP/1.1 200 OK\r\netag: \"v1\"\r\ncontent-length: 4611686018427387904\r\n\r\nPK".to_vec(),
        )
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let failure = fetch(&far.cloud, dir.path()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Storage);
    assert!(failure.message.contains("room"), "{}", failure.message);
    assert_eq!(far.files.arrivals().len(), 1);
}

/// A small file system in memory, gone with the value.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None` where mounting is not allowed.
    fn mount() -> Option<SmallDisk> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(dir.path())
            .stderr(std::process::Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then(|| SmallDisk(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_disk_that_fills_up_is_told_and_given_its_room_back() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("left out: mounting a small file system is not allowed here");
        return;
    };
    // In chunks, so that nothing tells the length beforehand.
    let far = far(|_| {
        let content = content();
        let mut bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        bytes.extend_from_slice(format!("{:x}\r\n", content.len()).as_bytes());
        bytes.extend_from_slice(&content);
        bytes.extend_from_slice(b"\r\n0\r\n\r\n");
        Reply::Bytes(bytes)
    })
    .await;
    let failure = fetch(&far.cloud, disk.0.path()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Storage);
    assert!(failure.next.unwrap().contains("disk is full"));
    assert_eq!(files_in(disk.0.path()), Vec::<String>::new());
    // With the length known, nothing is begun.
    let known = self::far(|_| whole()).await;
    let failure = fetch(&known.cloud, disk.0.path()).await.unwrap_err();
    assert!(
        failure.message.contains("800000 more bytes"),
        "{}",
        failure.message
    );
}
