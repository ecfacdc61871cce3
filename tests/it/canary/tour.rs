//! The way of a person through every command: once as it should be, once in an estate in which every
//! call fails, and once with an option that does not exist.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use super::needles::Canary;
use crate::cli_harness::{Dsr, Ran};

pub struct Tour<'a> {
    pub dsr: Dsr,
    canary: &'a Canary,
    seen: RefCell<BTreeSet<String>>,
    wrong: RefCell<Vec<String>>,
}

/// Writes down what it is started with, and what it reads; then prints a secret.
const RECORDER: &str = r#"#!/bin/sh
{ printf 'child\n'; for word in "$@"; do printf '%s\n' "$word"; done; env; } >> "$HOME/recorded/children"
[ "$1" = read ] && cat >> "$HOME/recorded/children"
tr '\0' '\n' < /proc/$PPID/environ > "$HOME/recorded/parent-environment"
echo a-secret-that-is-none
"#;

fn estate(canary: &Canary, more: &str) -> String {
    let ground = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/assets/simulation/default.toml"
    ))
    .unwrap();
    let Canary {
        email,
        phone,
        name,
        address,
        external_id,
        handle,
        ..
    } = canary;
    let person = format!(
        r#"
[[records]]
key = "kanari"
kind = "contact"
name = "{name}"
emails = ["{email}"]
phones = ["{phone}"]
addresses = ["{address}"]
social = {{ TWITTER = "@{handle}" }}
external_ids = ["{external_id}"]

[[requests]]
type = "export"
record = "kanari"
age = "5d 2h"
status = "COMPLETED"
finished = "3d 6h"
archives = 1

[[gws.settings]]
group = "interaction-workspace-personal-favorites"
key = "favorite-of-the-test"
owner = "agent1001"
value = '{{"displayName":"{name}","emailAddresses":["{email}"],"phoneNumbers":["{phone}"]}}'
"#
    );
    // Tables of the ground that are not lists stand last; lists may be added to behind them.
    format!("{ground}\n{person}\n{more}")
}

impl<'a> Tour<'a> {
    pub fn new(canary: &'a Canary) -> Tour<'a> {
        let dsr = Dsr::simulated();
        let tour = Tour {
            canary,
            seen: RefCell::default(),
            wrong: RefCell::default(),
            dsr: dsr.with("DSR_LOG", "debug"),
        };
        let home = tour.home().to_owned();
        for name in ["inputs", "asked", "recorded", "tmp", "record", "handed"] {
            std::fs::create_dir(home.join(name)).unwrap();
            std::fs::set_permissions(home.join(name), std::fs::Permissions::from_mode(0o700)).unwrap();
        }
        let tour = Tour {
            dsr: tour.dsr.with("TMPDIR", &home.join("tmp").display().to_string()),
            ..tour
        };
        tour.input("estate.toml", &estate(canary, ""));
        let broken = "[[faults]]\nroute = \"*\"\ndoes = \"status\"\ncode = \"bad.request\"\n";
        tour.input("broken.toml", &estate(canary, broken));
        let recorder = tour.dsr.file("recorder", RECORDER);
        std::fs::set_permissions(&recorder, std::fs::Permissions::from_mode(0o700)).unwrap();
        tour
    }

    pub fn home(&self) -> &Path {
        self.dsr.home()
    }

    /// Writes a file that only its owner can read.
    pub fn input(&self, name: &str, text: &str) -> String {
        let path = self.dsr.file(&format!("inputs/{name}"), text);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    }

    pub fn seen(&self) -> BTreeSet<String> {
        self.seen.borrow().clone()
    }

    pub fn wrong(&self) -> Vec<String> {
        self.wrong.borrow().clone()
    }

    pub fn tell(&self, wrong: String) {
        self.wrong.borrow_mut().push(wrong);
    }

    /// What children were started with.
    pub fn children(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.home().join("recorded/children")).unwrap_or_default();
        text.split("child\n").skip(1).map(str::to_owned).collect()
    }

    fn words<'w>(path: &'w str, args: &[&'w str]) -> Vec<&'w str> {
        path.split(' ').chain(args.iter().copied()).collect()
    }

    fn check(&self, what: &str, ran: &Ran, stdout_too: bool) {
        let mut parts = vec![("standard error", &ran.stderr)];
        if stdout_too {
            parts.push(("standard output", &ran.stdout));
        }
        for (part, text) in parts {
            if let Some(form) = self.canary.found_in(text.as_bytes()) {
                let line = text
                    .lines()
                    .find(|line| self.canary.found_in(line.as_bytes()).is_some());
                self.tell(format!("{what}: {form:?} on {part}: {line:?}"));
            }
        }
    }

    /// Runs a command as it should be, then so that it fails; what it prints is masked.
    pub fn go(&self, path: &str, args: &[&str], input: &str) -> Ran {
        self.seen.borrow_mut().insert(path.to_owned());
        let words = Tour::words(path, args);
        let ran = self.dsr.run_with(
            &[&words[..], &["--scenario", "inputs/estate.toml"]].concat(),
            input,
        );
        self.check(path, &ran, true);
        let failing = [&words[..], &["--scenario", "inputs/broken.toml"]].concat();
        self.check(
            &format!("{path}, failing"),
            &self.dsr.run_with(&failing, input),
            true,
        );
        let usage = [&words[..], &["--no-such-option"]].concat();
        let ran_wrong = self.dsr.run_with(&usage, input);
        assert_eq!(ran_wrong.code, 2, "{path}: {ran_wrong:?}");
        self.check(&format!("{path}, wrong usage"), &ran_wrong, true);
        ran
    }

    /// Runs a command that ends well.
    #[track_caller]
    pub fn well(&self, path: &str, args: &[&str], input: &str) -> Ran {
        let ran = self.go(path, args, input);
        assert!(matches!(ran.code, 0 | 6), "{path} {args:?}: {ran:?}");
        ran
    }

    /// A command whose output is asked for in full.
    #[track_caller]
    pub fn asked(&self, path: &str, args: &[&str]) -> Value {
        let words = Tour::words(path, args);
        let more = ["--scenario", "inputs/estate.toml", "--output", "json"];
        let ran = self.dsr.run(&[&words[..], &more].concat());
        self.check(&format!("{path} in JSON"), &ran, false);
        assert!(matches!(ran.code, 0 | 6), "{path} {args:?}: {ran:?}");
        ran.json()
    }

    pub fn all(&self) {
        self.cloud();
        self.cases();
        self.on_premise();
        self.exports();
        self.evidence();
        self.rest();
        self.live();
    }

    fn cloud(&self) {
        let c = self.canary;
        let emails = self.input("emails", &format!("{}\n", c.email));
        let at = format!("@{emails}");
        let social = format!("twitter:@{}", c.handle);
        self.well("subjects search", &["--email", &c.email, "--phone", &c.phone], "");
        self.well(
            "subjects search",
            &["--name", &c.name, "--address", &c.address],
            "",
        );
        self.well(
            "subjects search",
            &["--social", &social, "--external-id", &c.external_id],
            "",
        );
        self.well("subjects search", &["--email", &at], "");
        self.well("subjects search", &["--phone", "-"], &c.phone);
        self.go(
            "subjects search",
            &["--email", &format!("no address {}", c.word)],
            "",
        );
        self.go("subjects search", &["--phone", &format!("12{}", c.phone)], "");
        self.go("subjects search", &["--social", &c.handle], "");
        self.asked("subjects search", &["--email", &c.email]);
        let submit = ["--email", &c.email, "--reason", &c.word, "--yes"];
        self.well(
            "requests submit",
            &[&["--type", "export"], &submit[..]].concat(),
            "",
        );
        self.go(
            "requests submit",
            &[&["--type", "export"], &submit[..]].concat(),
            "",
        );
        let replace = format!("EMAIL:{}={}", c.email, c.other_email);
        self.well(
            "requests submit",
            &[&["--type", "update", "--replace", &replace], &submit[..]].concat(),
            "",
        );
        self.go(
            "requests submit",
            &[
                "--type",
                "update",
                "--replace",
                &c.email,
                "--email",
                &c.email,
                "--yes",
            ],
            "",
        );
        self.well(
            "requests submit",
            &["--type", "delete", "--email", &at, "--copy-first", "--yes"],
            "",
        );
        let batch = self.input(
            "batch.csv",
            &format!("type,email\nexport,{}\ndelete,{}\n", c.email, c.other_email),
        );
        self.go("requests submit", &["--batch", &batch, "--yes"], "");
        let subject = format!(
            "{{\"name\": \"{}\", \"email_addresses\": [\"{}\"]}}",
            c.name, c.other_email
        );
        self.go(
            "requests submit",
            &["--type", "export", "--subject", "-", "--yes"],
            &subject,
        );
        self.go(
            "requests submit",
            &["--type", "export", "--subject", "-", "--yes"],
            &format!("{{ broken {}", c.word),
        );
        self.well("requests list", &[], "");
        let listed = self.asked("requests list", &["--type", "export"]);
        let items = listed["items"].as_array().unwrap();
        let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
        let own = items
            .iter()
            .find(|item| item["origin"] == "ours")
            .map(|item| text(item, "id"))
            .unwrap();
        let finished = items
            .iter()
            .find(|item| {
                item["status"] == "COMPLETED" && self.canary.found_in(item.to_string().as_bytes()).is_some()
            })
            .map(|item| text(item, "id"))
            .unwrap();
        self.well("requests show", &[&own], "");
        self.well("requests show", &[&finished], "");
        self.go("requests watch", &["--once"], "");
        self.well("requests download", &[&finished, "--to", "asked"], "");
        self.well("requests reconcile", &[], "");
        let planned = self.asked("requests list", &["--type", "delete", "--status", "PLANNED"]);
        let planned = text(&planned["items"][0], "operation_id");
        self.go("requests release", &[&planned, "--yes"], "");
        self.go("requests withdraw", &[&planned, "--yes"], "");
        let archive = std::fs::read_dir(self.home().join("asked"))
            .unwrap()
            .flatten()
            .find(|entry| entry.path().extension().is_some_and(|end| end == "zip"));
        let archive = archive.expect("an archive").path().display().to_string();
        self.well("archive show", &[&archive], "");
        self.asked("archive show", &[&archive]);
        self.go("archive show", &["inputs/emails"], "");
        self.well("copies list", &[], "");
        self.well(
            "copies find",
            &["--email", &c.email, "--phone", &c.phone, "--name", &c.name],
            "",
        );
        self.go("copies remove", &["--due", "--yes"], "");
    }

    fn cases(&self) {
        let c = self.canary;
        let note = self.input("note", &c.word);
        let note = format!("@{note}");
        let open = |reference: &str, kind: &str| {
            let words = [
                "--kind",
                kind,
                "--received",
                "2d",
                "--reference",
                reference,
                "--email",
                &c.email,
                "--phone",
                &c.phone,
                "--name",
                &c.name,
                "--note",
                &note,
                "--channel",
                "e-mail",
            ];
            self.well("cases open", &words, "");
        };
        open("T-1", "erasure");
        open("T-2", "access");
        open("T-3", "erasure");
        self.go(
            "cases open",
            &["--kind", "erasure", "--received", &c.word, "--email", &c.email],
            "",
        );
        for (path, args) in [
            ("cases list", vec![]),
            ("cases show", vec!["T-1"]),
            ("cases assign", vec!["T-1", "olga"]),
            ("cases acknowledge", vec!["T-1"]),
            ("cases change", vec!["T-1", "--note", &note]),
            (
                "cases identity",
                vec!["T-1", "--result", "confirmed", "--method", &note],
            ),
            ("cases pause", vec!["T-1", "--for", "identity", "--reason", &note]),
            ("cases resume", vec!["T-1"]),
            ("cases extend", vec!["T-1", "--reason", &note]),
            ("cases cell", vec!["T-1", "ucs", "--not-applicable", &note]),
            ("cases recheck", vec!["T-1"]),
            ("cases record", vec!["T-1", "--to", "record/one"]),
            ("cases report", vec![]),
            (
                "cases refuse",
                vec!["T-2", "--ground", "excessive", "--reason", &note],
            ),
            ("cases answer", vec!["T-2", "--channel", "letter"]),
            ("cases withdraw", vec!["T-3", "--reason", &note]),
            ("cases close", vec!["T-2"]),
            ("cases hold add", vec!["--case", "T-1", "--reason", &note]),
            ("cases hold add", vec!["--email", &c.email, "--reason", &note]),
            ("cases hold list", vec![]),
            ("cases sweep", vec![]),
        ] {
            self.go(path, &args, "");
        }
        self.well("subjects search", &["--case", "T-1"], "");
        self.go(
            "requests submit",
            &["--type", "delete", "--case", "T-1", "--yes"],
            "",
        );
        let listed = self.asked("requests list", &["--mine"]);
        let own = listed["items"][0]["operation_id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        self.go("cases link", &["T-1", &own], "");
        let holds = self.asked("cases hold list", &[]);
        for hold in holds["items"].as_array().unwrap() {
            let id = hold["id"].as_str().unwrap();
            self.go("cases hold lift", &[id, "--reason", &note], "");
        }
        self.go("cases suppression list", &[], "");
        self.go("cases suppression remove", &["C-1", "--reason", &note], "");
        self.well(
            "deadline why",
            &["--received", "2026-11-03", "--regime", "eu"],
            "",
        );
        self.go("deadline why", &["--case", "T-1"], "");
        self.go("deadline table", &["--since", "2026-01-01"], "");
    }

    fn on_premise(&self) {
        let c = self.canary;
        let searches = self.input("searches", &format!("{}\n{}\n", c.email, c.phone));
        self.go("favorites saved", &[], "");
        self.go("favorites restore", &["no-such-run", "--yes"], "");
        self.well("keyspace tables", &[], "");
        let simulated = ["--simulate", "--cass_keyspace", "sipfs"];
        self.well("forget", &[&simulated[..], &["--search", &c.email]].concat(), "");
        self.well(
            "forget",
            &[&simulated[..], &["--search-file", &searches]].concat(),
            "",
        );
        self.well(
            "forget",
            &[&simulated[..], &["--search", &c.name, "--substring"]].concat(),
            "",
        );
        self.asked("forget", &[&simulated[..], &["--search", &c.phone]].concat());
        self.well(
            "forget",
            &[&simulated[..], &["--search", &c.email, "--cleanup", "true"]].concat(),
            "",
        );
        self.go(
            "forget",
            &[
                &simulated[..],
                &["--search", &c.email, "--group_name", "no-such-group"],
            ]
            .concat(),
            "",
        );
    }

    fn exports(&self) {
        let c = self.canary;
        let secret = self.input("passphrase", "a passphrase of the test");
        let pass = ["--passphrase-file", &secret];
        self.well("certificate show", &[], "");
        let new = ["--bits", "2048", "--out", "new.pem"];
        self.go("certificate new", &[&new[..], &pass].concat(), "");
        self.go("certificate check", &["new.pem"], "");
        self.go("certificate import", &["new.pem", "--yes"], "");
        crate::cdds::make_certificate(&self.home().join("inputs"), "other", "100");
        let added = ["--key", "inputs/other.key", "--cert", "inputs/other.pem"];
        self.go("certificate add", &[&added[..], &pass].concat(), "");
        let title = ["--title", "Everything", "--type", "Contact"];
        self.go(
            "jobs create",
            &[&title[..], &["--description", "for the test", "--yes"]].concat(),
            "",
        );
        self.dsr
            .run(&[
                "simulator",
                "clock",
                "--advance",
                "2h",
                "--scenario",
                "inputs/estate.toml",
            ])
            .ends(0);
        self.well("jobs list", &[], "");
        let listed = self.asked("jobs list", &[]);
        let of = |title: &str| {
            let jobs = listed["items"].as_array().unwrap();
            let job = jobs.iter().find(|job| job["title"] == title).unwrap();
            job["id"].as_str().unwrap().to_owned()
        };
        let id = of("Everything");
        self.well("jobs show", &[&id], "");
        self.go("jobs clone", &[&id, "--title", "Once more", "--yes"], "");
        self.well("artifacts list", &[], "");
        self.well("artifacts download", &["--job", &id, "--to", "asked"], "");
        let file = std::fs::read_dir(self.home().join("asked"))
            .unwrap()
            .flatten()
            .find(|entry| entry.path().extension().is_some_and(|end| end == "p7m"));
        let file = file.expect("an export").path().display().to_string();
        self.well(
            "decrypt",
            &[&[&file[..], "--to", "asked/records"], &pass[..]].concat(),
            "",
        );
        self.go(
            "decrypt",
            &[&[&secret[..], "--to", "asked/records"], &pass[..]].concat(),
            "",
        );
        let records: Vec<String> = std::fs::read_dir(self.home().join("asked/records"))
            .unwrap()
            .flatten()
            .map(|entry| entry.path().display().to_string())
            .collect();
        let records: Vec<&str> = records.iter().map(String::as_str).collect();
        self.go("records", &[&records[..], &["--email", &c.email]].concat(), "");
        self.go(
            "records",
            &[&records[..], &["--where", &format!("*={}", c.word)]].concat(),
            "",
        );
        self.go("records", &[], "");
        let artifacts = self.asked("artifacts list", &[]);
        let artifact = artifacts["items"][0]["id"].as_str().unwrap().to_owned();
        self.go("artifacts delete", &[&artifact, "--yes"], "");
        self.go("jobs delete", &[&id, "--yes"], "");
        self.well("copies list", &[], "");
    }

    fn evidence(&self) {
        self.well("ledger show", &[], "");
        self.asked("ledger show", &[]);
        self.well("ledger verify", &[], "");
        self.well("ledger checkpoint", &[], "");
        self.well("ledger export", &["handed/log"], "");
        self.well("ledger anchor", &["--command", "$HOME/recorder read"], "");
        self.go("ledger rotate", &["--yes"], "");
        self.go("ledger begin", &["--yes"], "");
    }

    fn rest(&self) {
        self.go("doctor", &[], "");
        self.go("whoami", &[], "");
        self.go("login", &["--token-stdin"], "no-token\n");
        self.go("logout", &[], "");
        self.go(
            "setup",
            &["--region", "eu-central-1", "--no-check", "--dry-run"],
            "",
        );
        self.go("setup oauth-client", &["--dry-run"], "");
        self.go("setup import-gc", &["--dry-run"], "");
        self.go("encryption status", &[], "");
        self.go("encryption on", &["--key-file", "--yes"], "");
        self.well("subjects search", &["--email", &self.canary.email], "");
        self.go("encryption passphrase", &["--key-file", "--yes"], "");
        self.go("encryption off", &["--yes"], "");
        self.go("config path", &[], "");
        self.go("config show", &[], "");
        self.go("config check", &[], "");
        self.go("simulator scenarios", &[], "");
        self.go("simulator clock", &[], "");
        self.go("simulator keys", &["--to", "asked/keys"], "");
        self.go("completions", &["bash"], "");
        self.go("man", &[], "");
        // Of another estate: with this one a reset would take away what is looked at afterwards.
        self.seen.borrow_mut().insert("simulator reset".to_owned());
        self.dsr
            .run(&["simulator", "reset", "--scenario", "strict"])
            .ends(0);
        self.go("simulator serve", &["--listen", "nowhere"], "");
        for path in ["docs readme", "docs pictures"] {
            // For those who work on the program: they know no person, and are not started here.
            self.seen.borrow_mut().insert(path.to_owned());
        }
    }

    /// In live mode the secret comes from a command, which must see nobody.
    fn live(&self) {
        let c = self.canary;
        let config = self.home().join("config/dsr/config.toml");
        let mut private = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut private, 0o700);
        private.recursive(true).create(config.parent().unwrap()).unwrap();
        let recorder = self.home().join("recorder");
        let text = format!(
            "[profiles.default]\napi_url = \"http://127.0.0.1:9\"\nlogin_url = \"http://127.0.0.1:9\"\n\
             client_id = \"a-client\"\nsecret_command = [\"{}\", \"secret\"]\n",
            recorder.display()
        );
        std::fs::write(&config, text).unwrap();
        std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o600)).unwrap();
        for args in [
            vec!["subjects", "search", "--email", &c.email],
            vec![
                "requests", "submit", "--type", "delete", "--email", &c.email, "--reason", &c.word, "--yes",
            ],
            vec!["requests", "list"],
        ] {
            let ran = self.dsr.run(&[&args[..], &["--live"]].concat());
            assert_eq!(ran.code, 5, "{args:?}: {ran:?}");
            self.check(&format!("{args:?}, live"), &ran, true);
        }
    }
}
