//! Laws and public holidays in files of one's own, of the form of those that come with the program
//! (`assets/regimes`, `assets/holidays`). They are read and checked with the configuration.

use std::io::Read;
use std::path::Path;

use super::document::Values;
use super::problem::Problem;
use super::value::Value;
use crate::domain::deadline::{add_holidays, add_regime};
use crate::domain::text::clean;

/// No such file is larger.
const LIMIT: u64 = 128 * 1024;

/// Checks the text of a file that was read from somewhere, and takes it in.
type Add = fn(&str, &str) -> Result<String, String>;

/// Reads the files that `regime_files` and `holiday_files` name.
pub(super) fn read(top: &Values, problems: &mut Vec<Problem>) {
    let kinds: [(&str, Add); 2] = [("regime_files", add_regime), ("holiday_files", add_holidays)];
    for (key, add) in kinds {
        let Some(placed) = top.get(key) else { continue };
        let Value::Paths(paths) = &placed.value else {
            continue;
        };
        for path in paths {
            let shown = clean(&path.display().to_string());
            if let Err(why) = text_of(path).and_then(|text| add(&text, &shown)) {
                problems.push(
                    Problem::new(format!("{shown}: {why}"))
                        .key(key)
                        .line(Some(placed.line))
                        .remedy("Its form is that of the files that come with the program; see the README."),
                );
            }
        }
    }
}

fn text_of(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("it cannot be read ({})", error.kind());
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(LIMIT).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}
