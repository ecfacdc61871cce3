//! The record of a case: what a regulator is handed. A page to read, the data, the evidence with its
//! proofs, and a script that checks all of it without this program.

mod data;
mod page;

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::domain::canonical::hex;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;
use crate::workflow::evidence::{self, Chosen, Export, OfCase};
use crate::workflow::{World, access};

/// Checks page and data against the evidence, and the evidence against its checkpoint.
const SCRIPT: &str = include_str!("../../../assets/ledger/check-record.sh");

/// A record that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The case.
    pub case: String,
    /// The directory or zip.
    pub path: PathBuf,
    /// True when identifiers are masked and free text is left out.
    pub masked: bool,
    /// Entries of the ledger in it.
    pub entries: u64,
    /// Entries of the ledger that its checkpoint covers.
    pub size: u64,
}

/// Writes the record of a case to a directory, or to a file that ends with `.zip`; `C-17-record` here
/// when nothing is said. Neither may exist. An unmasked copy is an entry of its own.
///
/// # Errors
/// When there is no such case, something is there already, or the ledger is not as it was signed.
pub async fn record(
    world: &World,
    handle: &str,
    to: Option<PathBuf>,
    revealed: bool,
) -> Result<Written, Failure> {
    if revealed {
        access::record_reveal(world, "cases record").await?;
    }
    let file = super::show(world, handle).await?;
    let id = file.case.id.clone();
    let target = to.unwrap_or_else(|| PathBuf::from(format!("{id}-record")));
    let is_zip = target.extension().is_some_and(|extension| extension == "zip");
    if target.exists() {
        return Err(there_already(&target));
    }
    let of_case = OfCase {
        case: id.clone(),
        operations: file.operations.iter().cloned().collect(),
    };
    let chosen = Chosen {
        case: Some(of_case),
        ..Chosen::default()
    };
    let trail = evidence::entries(world, &chosen).await?;
    let data = data::of(world, &file, &trail.entries, revealed).await?;
    // A zip is packed from a directory beside it, which goes away in any case.
    let directory = if is_zip { beside(&target) } else { target.clone() };
    let listed: Vec<u64> = trail.entries.iter().map(|shown| shown.index).collect();
    let written = write(world, &directory, &data, &chosen, &listed).await;
    let packed = match (&written, is_zip) {
        (Ok(_), true) => pack(&directory, &target).map_err(|error| unwritable(&target, &error)),
        _ => Ok(()),
    };
    if is_zip || written.is_err() {
        let _ = fs::remove_dir_all(&directory);
    }
    let exported = written?;
    packed?;
    Ok(Written {
        case: id,
        path: target,
        masked: !revealed,
        entries: exported.entries,
        size: exported.size,
    })
}

/// Writes the parts. The ledger has the digests of page, data and the list of entries, so that the
/// script can tell whether they are those that were written here, and none is missing or added.
async fn write(
    world: &World,
    directory: &Path,
    data: &Value,
    chosen: &Chosen,
    listed: &[u64],
) -> Result<crate::ledger::Exported, Failure> {
    let text = format!("{:#}\n", data);
    let page = page::of(data);
    let failed = |error: io::Error| unwritable(directory, &error);
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(failed)?;
    let parts = [
        ("record.json", text.as_str()),
        ("record.html", &page),
        ("check.sh", SCRIPT),
    ];
    for (name, content) in parts {
        put(&directory.join(name), content.as_bytes()).map_err(failed)?;
    }
    let digest = |content: &str| hex(&Sha256::digest(content.as_bytes()));
    let case = chosen.case.as_ref().map(|of| of.case.clone());
    let facts = json!({
        "case": case,
        "masked": data["masked"],
        "data": digest(&text),
        "page": digest(&page),
        "entries": digest(&names(listed)),
    });
    let export = Export {
        chosen: Some(chosen),
        action: "case.record",
        facts,
        listed: Some(listed),
    };
    evidence::export(world, export, &directory.join("evidence")).await
}

/// The entries by the names of their files, a line each: the one that tells of the record cannot be among
/// them, since it has the digest of this.
fn names(listed: &[u64]) -> String {
    listed.iter().map(|index| format!("{index:012}\n")).collect()
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)
}

fn beside(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    PathBuf::from(name)
}

/// Packs a directory, names in order, without times of its own.
fn pack(directory: &Path, target: &Path) -> io::Result<()> {
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(target)?;
    let mut writer = ZipWriter::new(file);
    for name in ["record.html", "record.json", "check.sh"] {
        add(&mut writer, name, &directory.join(name))?;
    }
    let mut inside: Vec<PathBuf> = fs::read_dir(directory.join("evidence"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    inside.sort();
    for path in inside {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        add(&mut writer, &format!("evidence/{name}"), &path)?;
    }
    writer.finish().map_err(io::Error::other)?.sync_all()
}

fn add(writer: &mut ZipWriter<fs::File>, name: &str, path: &Path) -> io::Result<()> {
    writer
        .start_file(name, SimpleFileOptions::default())
        .map_err(io::Error::other)?;
    io::copy(&mut fs::File::open(path)?, writer).map(|_| ())
}

fn there_already(target: &Path) -> Failure {
    let shown = clean(&target.display().to_string());
    Failure::new(FailureKind::Conflict, format!("{shown} is there already."))
        .next("Name another place with --to; a record is never written over.")
}

fn unwritable(target: &Path, error: &io::Error) -> Failure {
    let shown = clean(&target.display().to_string());
    Failure::new(
        FailureKind::Storage,
        format!("The record {shown} cannot be written ({}).", error.kind()),
    )
    .next("Make room, or name another place with --to.")
}
