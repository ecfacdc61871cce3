//! The whole road: a certificate is made and uploaded, a job runs, its files are fetched and opened.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Child;

use serde_json::Value;

use crate::cli_harness::{Dsr, check};

const PASSPHRASE: &str = "correct horse battery";

#[track_caller]
fn items(document: &Value) -> &Vec<Value> {
    document["items"].as_array().unwrap()
}

/// A passphrase file for its owner alone.
fn secret(dsr: &Dsr) -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = dsr.file("passphrase", PASSPHRASE);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

/// Makes a pair and gives its serial.
fn pair(dsr: &Dsr, secret: &str, out: &str) -> String {
    let made = dsr.json(
        "certificate-new.json",
        &[
            "certificate",
            "new",
            "--bits",
            "2048",
            "--passphrase-file",
            secret,
            "--out",
            out,
        ],
        0,
    );
    made["serial"].as_str().unwrap().to_owned()
}

/// Walks the road; `advance` lets the estate's time pass.
fn walk(dsr: &Dsr, advance: impl Fn(&str)) {
    let secret = secret(dsr);
    let before = dsr.json("certificate-show.json", &["certificate", "show"], 0);
    assert_eq!(before["standing"], "expired");
    let old = before["server"]["serial"].as_str().unwrap().to_owned();
    let new = pair(dsr, &secret, "new.pem");
    let planned = dsr.json(
        "certificate-import.json",
        &["certificate", "import", "new.pem", "--dry-run"],
        0,
    );
    assert_eq!(
        (&planned["replaces"], &planned["serial"]),
        (&Value::from(old.clone()), &Value::from(new.clone()))
    );
    let needed = planned["old_key_needed_by"].as_array().unwrap();
    assert!(
        needed
            .iter()
            .any(|name| name.as_str().unwrap().starts_with("Contact-")),
        "{needed:?}"
    );
    let same = dsr.json("certificate-show.json", &["certificate", "show"], 0);
    assert_eq!(same["server"]["serial"], old, "a dry run changes nothing");
    let imported = dsr.json(
        "certificate-import.json",
        &["certificate", "import", "new.pem", "--yes"],
        0,
    );
    assert_eq!(
        (&imported["uploaded"], &imported["standing"]),
        (&true.into(), &"valid".into())
    );
    let after = dsr.json("certificate-show.json", &["certificate", "show"], 0);
    assert_eq!(after["server"]["serial"], new);
    // The same again is no upload.
    dsr.run(&["certificate", "import", "new.pem", "--yes"]).ends(1);

    let create = [
        "jobs",
        "create",
        "--title",
        "All interactions",
        "--type",
        "interaction",
    ];
    dsr.json("jobs-plan.json", &[&create[..], &["--dry-run"]].concat(), 0);
    let job = dsr.json("jobs-create.json", &[&create[..], &["--yes"]].concat(), 0);
    assert_eq!(
        (&job["status"], &job["type"]),
        (&"In Progress".into(), &"Interaction".into())
    );
    let id = job["id"].as_str().unwrap();
    advance("2h");
    assert_eq!(
        dsr.json("jobs-show.json", &["jobs", "show", id], 0)["status"],
        "Done"
    );
    let fetched = dsr.json(
        "artifacts-download.json",
        &["artifacts", "download", "--job", id],
        0,
    );
    assert_eq!(
        (items(&fetched).len(), &items(&fetched)[0]["recipient_serial"]),
        (1, &new.into())
    );
    let path = items(&fetched)[0]["path"].as_str().unwrap();
    let opened = dsr.json(
        "decrypt.json",
        &["decrypt", path, "--to", "records", "--passphrase-file", &secret],
        0,
    );
    let files: Vec<&str> = items(&opened)[0]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    anna_is_inside(dsr, &files);

    // A clone of the job, split this time: every part is needed, and all of them open together.
    let clone = dsr.json(
        "jobs-create.json",
        &[
            "jobs",
            "clone",
            id,
            "--title",
            "In parts",
            "--split-size",
            "1KiB",
            "--yes",
        ],
        0,
    );
    advance("2h");
    let split = clone["id"].as_str().unwrap();
    let parts = dsr.json(
        "artifacts-download.json",
        &["artifacts", "download", "--job", split],
        0,
    );
    let count = items(&parts).len();
    assert!(count > 1);
    let mut paths: Vec<(u64, &str)> = items(&parts)
        .iter()
        .map(|file| (file["part"].as_u64().unwrap(), file["path"].as_str().unwrap()))
        .collect();
    paths.sort();
    let mut decrypt = vec!["decrypt"];
    decrypt.extend(paths.iter().map(|(_, path)| *path));
    decrypt.extend(["--to", "parts", "--passphrase-file", &secret]);
    let opened = dsr.json("decrypt.json", &decrypt, 0);
    let files: Vec<&str> = items(&opened)
        .iter()
        .flat_map(|item| item["files"].as_array().unwrap())
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    anna_is_inside(dsr, &files);
}

/// She stands among the interactions, and an attachment is joined to one of hers.
#[track_caller]
fn anna_is_inside(dsr: &Dsr, files: &[&str]) {
    let read = |start: &str| -> Vec<Value> {
        let path = files.iter().find(|path| {
            Path::new(path)
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with(start)
        });
        let path = dsr
            .home()
            .join(path.unwrap_or_else(|| panic!("{start} of {files:?}")));
        let text = std::fs::read_to_string(path).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let attachments = read("Interaction-Attachment-");
    let joined = read("Interaction-").iter().any(|one| {
        one["emailAddress"] == "anna.muster@example.org"
            && attachments
                .iter()
                .any(|attachment| attachment["entityid"] == one["id"])
    });
    assert!(joined, "{files:?}");
    let mut read = vec!["records"];
    read.extend(files);
    read.extend(["--where", "emailAddress=anna.muster@example.org"]);
    let found = dsr.json("records.json", &read, 0);
    assert!(!items(&found).is_empty());
}

#[test]
fn from_the_certificate_to_the_records_in_simulation() {
    let dsr = Dsr::simulated();
    walk(&dsr, |span| {
        dsr.run(&["simulator", "clock", "--advance", span]).ends(0);
    });
}

/// `dsr simulator serve` in a home of its own.
struct Served {
    home: Dsr,
    child: Child,
    told: Value,
}

impl Served {
    fn start(arguments: &[&str]) -> Served {
        let home = Dsr::simulated();
        let all = [&["simulator", "serve", "--output", "json"], arguments].concat();
        let mut child = home.start(&all);
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        let told: Value = serde_json::from_str(&first).unwrap();
        check("simulator-serve.json", &told);
        Served { home, child, told }
    }

    fn operator(&self) -> Dsr {
        let cdds = &self.told["cdds"];
        let text = |name: &str| cdds[name].as_str().unwrap().to_owned();
        Dsr::new()
            .with("DSR_MODE", "live")
            .with("DSR_CDDS_URL", &text("url"))
            .with("DSR_CDDS_USERNAME", &text("username"))
            .with("DSR_CDDS_TENANT", &text("tenant"))
            .with("DSR_CDDS_PASSWORD", &text("password"))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_same_road_over_tcp() {
    let server = Served::start(&[]);
    let dsr = server.operator();
    walk(&dsr, |span| {
        server
            .home
            .run(&["simulator", "clock", "--advance", span])
            .ends(0);
    });
}

#[test]
fn a_file_that_is_no_good_certificate_is_never_sent() {
    let dsr = Dsr::simulated();
    let secret = secret(&dsr);
    let serial = |dsr: &Dsr| {
        dsr.json("certificate-show.json", &["certificate", "show"], 0)["server"]["serial"].clone()
    };
    let before = serial(&dsr);
    dsr.file("nonsense.pem", "no certificate\n");
    dsr.run(&["certificate", "import", "nonsense.pem", "--yes"])
        .ends(1);
    dsr.run(&["simulator", "keys", "--to", "keys"]).ends(0);
    let refused = dsr
        .run(&[
            "certificate",
            "import",
            "keys/old-key.pem",
            "--yes",
            "--output",
            "json",
        ])
        .ends(1)
        .error();
    assert!(
        refused["message"].as_str().unwrap().contains("private key"),
        "{refused}"
    );
    let refused = dsr
        .run(&[
            "certificate",
            "import",
            "keys/old-certificate.pem",
            "--yes",
            "--output",
            "json",
        ])
        .ends(1)
        .error();
    assert!(
        refused["message"].as_str().unwrap().contains("expired"),
        "{refused}"
    );
    pair(&dsr, &secret, "new.pem");
    dsr.run(&["certificate", "import", "new.pem"]).ends(2);
    assert_eq!(serial(&dsr), before);
}

/// A download is cut by the far end again and again, and goes on where it stopped.
#[test]
fn downloads_survive_cuts() {
    let dsr = Dsr::simulated();
    let scenario = dsr.file(
        "cuts.toml",
        "summary = \"Files break off\"\nbased_on = \"default\"\n\n[[faults]]\n\
         route = \"GET /data-download/v3/data/artifacts/{id}/content\"\ncalls = [1, 2, 3, 5]\ndoes = \"cut-inside\"\n",
    );
    let scenario = scenario.display().to_string();
    let all = [
        "artifacts",
        "download",
        "--expiring",
        "3d",
        "--scenario",
        &scenario,
    ];
    let fetched = dsr.json("artifacts-download.json", &all, 0);
    assert_eq!(items(&fetched).len(), 1);
    let file = &items(&fetched)[0];
    let bytes = std::fs::metadata(file["path"].as_str().unwrap()).unwrap().len();
    assert_eq!(file["bytes"], bytes);
}
