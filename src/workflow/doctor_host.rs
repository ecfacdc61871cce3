//! Checks of this host: room on the disk, modes of files, the store from end to end, encryption at
//! rest, the witnesses of the ledger, and the key ring against the files that wait for it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::World;
use super::doctor::{Check, Verdict};
use crate::crypto::keyring::KeyRing;
use crate::domain::failure::Failure;
use crate::domain::mode::Mode;
use crate::domain::text::clean;

/// With less room than this, in MiB, a warning is told; with less than a tenth of it the check fails.
const ROOM: u64 = 1_024;
/// So many files are looked at.
const MOST: usize = 20_000;

/// All of them. Changes nothing.
pub async fn host(world: &World) -> Vec<Check> {
    let own = world.clone();
    let on_disk = tokio::task::spawn_blocking(move || {
        let mut checks = room(&own);
        checks.push(modes(&own));
        checks.push(at_rest(&own));
        checks.extend(keyring(&own));
        checks
    });
    let mut checks = on_disk.await.unwrap_or_default();
    checks.push(store(world).await);
    checks.push(anchoring(world).await);
    checks
}

/// Room where the store and the downloads lie.
fn room(world: &World) -> Vec<Check> {
    let store = world.store.path().parent().unwrap_or(Path::new("."));
    let places = [
        ("disk of the store", store),
        ("disk of the downloads", &world.settings.downloads),
    ];
    places
        .into_iter()
        .map(|(name, path)| room_at(name, path))
        .collect()
}

fn room_at(name: &str, path: &Path) -> Check {
    // The downloads' folder may not be there yet; what holds it is.
    let there = path
        .ancestors()
        .find(|place| place.exists())
        .unwrap_or(Path::new("/"));
    let shown = clean(&there.display().to_string());
    let facts = match rustix::fs::statvfs(there) {
        Ok(facts) => facts,
        Err(error) => {
            let why = std::io::Error::from(error).kind();
            return Check::warning(name, format!("{shown} cannot be asked ({why})"), "Look with: df");
        }
    };
    let free = facts.f_bavail.saturating_mul(facts.f_frsize) / (1024 * 1024);
    let seen = format!("{free} MiB free at {shown}");
    let remedy = "Make room: without it nothing can be recorded, and what cannot be recorded is not sent.";
    match free {
        _ if free >= ROOM => Check::ok(name, seen),
        _ if free >= ROOM / 10 => Check::warning(name, seen, remedy),
        _ => Check {
            verdict: Verdict::Failed,
            remedy: Some(remedy.to_owned()),
            ..Check::ok(name, seen)
        },
    }
}

/// Whether anything that holds personal data or a key can be read by others.
fn modes(world: &World) -> Check {
    let name = "file modes";
    let store = world.store.path();
    // A shared store is for its group, too.
    let allowed = if world.store.is_shared() { 0o770 } else { 0o700 };
    let mut open = Vec::new();
    let mut seen = 0;
    let mut look = |path: &Path, allowed: u32| {
        if let Ok(facts) = fs::symlink_metadata(path)
            && !facts.file_type().is_symlink()
        {
            seen += 1;
            if facts.mode() & 0o777 & !allowed != 0 {
                open.push((path.to_owned(), facts.mode() & 0o777, facts.is_dir()));
            }
        }
    };
    for ending in ["", "-wal", "-shm"] {
        let mut path = store.as_os_str().to_owned();
        path.push(ending);
        look(Path::new(&path), allowed);
    }
    look(world.rest.file().path(), allowed);
    for (folder, allowed) in [
        (world.settings.downloads.clone(), 0o700),
        (world.vault.keyring.clone(), 0o700),
        (world.vault.unfinished.clone(), 0o700),
        (world.rest.register().folder().to_owned(), allowed),
    ] {
        for path in below(&folder) {
            look(&path, allowed);
        }
    }
    let Some((path, mode, directory)) = open.first() else {
        return Check::ok(name, format!("{seen} files and folders, none open to others"));
    };
    let shown = clean(&path.display().to_string());
    let needed = if *directory { "700" } else { "600" };
    Check {
        verdict: Verdict::Failed,
        remedy: Some(format!("chmod {needed} {shown}; then look who read it.")),
        ..Check::ok(
            name,
            format!(
                "{} of {seen} are open to others, such as {shown} (mode {mode:o})",
                open.len()
            ),
        )
    }
}

/// A folder and everything in it, within bounds.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        if found.len() >= MOST {
            break;
        }
        let inside = fs::read_dir(&path).into_iter().flatten().flatten();
        for entry in inside {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
        if path.exists() {
            found.push(path);
        }
    }
    found
}

/// How the data of this store is protected, in clear words.
fn at_rest(world: &World) -> Check {
    let name = "encryption at rest";
    let sealed = world.store.is_sealed();
    match (world.rest.file().protection(), sealed) {
        (Err(failure), _) => Check::failed(name, failure),
        (Ok(Some("passphrase")), true) => Check::ok(
            name,
            format!(
                "on: personal values of the store, results and decrypted files; the key is protected with a \
                 passphrase, and {}",
                world.rest.whence()
            ),
        ),
        (Ok(Some(_)), true) => Check::warning(
            name,
            "on, with a key in a file: it protects copies that leave without that file, and nothing else",
            "Protect the key: dsr encryption passphrase",
        ),
        (Ok(None), true) => Check {
            verdict: Verdict::Failed,
            remedy: Some(
                "Put the key file back from a copy; without it nobody can read the store.".to_owned(),
            ),
            ..Check::ok(name, "the store is encrypted, and its key file is not there")
        },
        // The register of suppressed identifiers is encrypted in any case, with this key.
        (Ok(Some("passphrase")), false) => Check::warning(
            name,
            format!(
                "off: whoever can read the disk reads the store, the results and decrypted files; yet the key of \
                 the register of suppressed identifiers is protected with a passphrase, and {}",
                world.rest.whence()
            ),
            "Turn it on with dsr encryption on, or take the passphrase off the key with dsr encryption off. \
             Unattended, name its source: encryption_passphrase_file or DSR_ENCRYPTION_PASSPHRASE_FILE.",
        ),
        (Ok(_), false) if world.mode == Mode::Simulation => Check::ok(name, "off; a simulation needs none"),
        (Ok(_), false) => Check::warning(
            name,
            "off: whoever can read the disk or a backup of it reads the store, the results and decrypted files",
            "Turn it on with dsr encryption on, or encrypt the disk.",
        ),
    }
}

/// The keys of exports: how they are protected, how their passphrase is asked for, and that this
/// protects nothing of what they have decrypted. Nothing where there are none.
fn keyring(world: &World) -> Option<Check> {
    let name = "key ring";
    let keys = match KeyRing::at(&world.vault.keyring).entries() {
        Ok(entries) if entries.is_empty() => return None,
        Ok(entries) => entries.len(),
        Err(failure) => return Some(Check::failed(name, failure)),
    };
    let keys = match keys {
        1 => "1 private key, protected with a passphrase".to_owned(),
        keys => format!("{keys} private keys, each protected with a passphrase"),
    };
    let asked = "it is asked for when a file is decrypted, or read from DSR_KEY_PASSPHRASE_FILE or the \
                 --passphrase options";
    let quiet = world.store.is_sealed() || world.mode == Mode::Simulation;
    Some(match quiet {
        true => Check::ok(name, format!("{keys}; {asked}")),
        false => Check::warning(
            name,
            format!("{keys}; {asked}. What was decrypted lies readable: encryption at rest is off"),
            "Turn it on with dsr encryption on, or remove decrypted files with dsr copies remove.",
        ),
    })
}

/// The store from end to end, as SQLite checks it.
async fn store(world: &World) -> Check {
    let name = "store health";
    match world.store.health().await {
        Err(failure) => Check::failed(name, failure),
        Ok((size, problems)) => match problems.first() {
            None => Check::ok(name, format!("sound, {} MiB", size.div_ceil(1024 * 1024))),
            Some(problem) => Check::failed(
                name,
                Failure::new(crate::domain::failure::FailureKind::Storage, clean(problem))
                    .next("Stop working with it, copy it away, and put a backup back. The ledger tells what was done since."),
            ),
        },
    }
}

/// Whether what the files alone cannot prove is witnessed outside.
async fn anchoring(world: &World) -> Check {
    let name = "ledger witnesses";
    let last = match world.store.last_action("ledger.anchor").await {
        Ok(last) => last,
        Err(failure) => return Check::failed(name, failure),
    };
    let seen = match last {
        Some(at) => format!("last anchored {}", at.strftime("%Y-%m-%d %H:%MZ")),
        None => "never anchored".to_owned(),
    };
    let configured = !world.witnessing.witnesses.is_empty();
    match (configured, super::evidence::anchor_is_due(world).await) {
        (_, Err(failure)) => Check::failed(name, failure),
        (true, Ok(true)) => Check::warning(
            name,
            format!("{seen}; it is due"),
            "The next command anchors it. If this stays, see: dsr ledger anchor",
        ),
        (true, Ok(false)) => Check::ok(name, seen),
        (false, _) if world.mode == Mode::Simulation => {
            Check::ok(name, format!("{seen}; a simulation needs none"))
        }
        (false, _) => Check::warning(
            name,
            format!("{seen}; no witness is configured"),
            "Whoever holds the key can rewrite the ledger: name anchor_tsa, anchor_command or anchor_drop.",
        ),
    }
}
