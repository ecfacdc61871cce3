//! What can be selected in the detail of a request.

use std::path::PathBuf;

use crate::workflow::queue::Detail;

/// One line that can be selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A result of an export.
    Result {
        /// Its number, from 1.
        number: usize,
        /// Where it lies, once here.
        path: Option<PathBuf>,
        /// Size in bytes, once here.
        bytes: Option<u64>,
        /// It was opened and read as an archive.
        checked: bool,
    },
    /// Another request for the same merge set.
    Related(String),
    /// A remote request that may be the one of unknown outcome.
    Fits(String),
}

/// The lines of a detail, results first.
pub(super) fn of(detail: &Detail, fits: &[String]) -> Vec<Item> {
    let results = detail
        .results
        .iter()
        .enumerate()
        .map(|(index, result)| Item::Result {
            number: index + 1,
            path: result.path.clone(),
            bytes: result.bytes,
            checked: result.checked,
        });
    let fits = fits.iter().cloned().map(Item::Fits);
    let related = detail.related.iter().cloned().map(Item::Related);
    results.chain(fits).chain(related).collect()
}
