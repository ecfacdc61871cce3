//! Names of entries as they are shown: cleaned, distinct, and never used as a path.

use std::collections::HashMap;

use crate::domain::text::clean;

/// No file system takes a longer name, and no screen shows one.
const LONGEST: usize = 1_024;

/// Gives each entry of one archive the name under which it is shown and asked for.
#[derive(Default)]
pub(super) struct Names(HashMap<String, usize>);

/// A name as shown, and whether it was harmless as it stood.
pub(super) struct Shown {
    pub(super) name: String,
    pub(super) odd: bool,
}

impl Names {
    /// The shown name of the next entry. Names that clean to the same text are numbered.
    pub(super) fn show(&mut self, raw: &str) -> Shown {
        let mut name = clean(raw);
        if let Some((at, _)) = name.char_indices().nth(LONGEST) {
            name.truncate(at);
        }
        let odd = name != raw || leaves_folder(raw);
        let count = self.0.entry(name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            name = format!("{name} ({count})");
        }
        Shown { name, odd }
    }
}

/// True for a name that would reach outside a folder if it were unpacked.
fn leaves_folder(name: &str) -> bool {
    let drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with(['/', '\\']) || drive || name.split(['/', '\\']).any(|part| part == "..")
}
