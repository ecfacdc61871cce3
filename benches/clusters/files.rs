//! The files of the million rows, without a server: the search beside `sstabledump`, file by file.

use std::path::{Path, PathBuf};

use super::machine::{Program, cache, compare, source};
use super::{Outcome, PERSON};

/// Every `Data.db` below a directory.
fn data_files(directory: &Path, found: &mut Vec<PathBuf>) -> Outcome {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            data_files(&path, found)?;
        } else if path.to_string_lossy().ends_with("-Data.db") {
            found.push(path);
        }
    }
    Ok(())
}

/// The search beside `sstabledump`. The server is not running: it was stopped after writing.
pub fn rivals() -> Outcome {
    let tables = cache().join("bench/cassandra/node1/data/bench");
    let table = std::fs::read_dir(&tables)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.display().to_string().contains("settings_1m-"))
        .ok_or("nothing is prepared")?;
    let mut files = Vec::new();
    data_files(&table, &mut files)?;
    let bytes: u64 = files
        .iter()
        .filter_map(|file| file.metadata().ok())
        .map(|file| file.len())
        .sum();
    let home = tempfile::tempdir()?;
    let place = table.display().to_string();
    let search = Program::forget(
        "`dsr forget --files`",
        home.path(),
        &["--search", PERSON, "--files", &place],
    );
    let tool = source("tests/cassandra/server.py").display().to_string();
    let directory = cache().join("bench/cassandra").display().to_string();
    let list: Vec<String> = files.iter().map(|file| format!("'{}'", file.display())).collect();
    let line = format!(
        "for file in {}; do python3 {tool} dump --dir {directory} --file $file; done | grep -c -F {PERSON}",
        list.join(" ")
    );
    let dump = Program::of(
        "`sstabledump \\| grep`",
        ["sh", "-c", &line].map(str::to_owned).to_vec(),
    );
    let title = format!("{} files, {} MiB, no server", files.len(), bytes >> 20);
    compare(&title, None, &[search, dump], None)?;
    Ok(())
}
