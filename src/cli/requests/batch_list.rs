//! What became, or will become, of the rows of a batch, as a list.

use serde_json::json;

use super::batch::{BatchItem, is_fine};
use crate::cli::Column;
use crate::cli::output::{List, value};

/// The rows as a list.
pub fn list(items: &[BatchItem], digest: &str) -> List {
    let mut more = serde_json::Map::new();
    more.insert("batch".to_owned(), json!(digest));
    List {
        columns: vec![
            Column::new("ROW").right(),
            Column::new("TYPE"),
            Column::new("DISPOSITION"),
            Column::new("STATUS"),
            Column::new("DETAIL"),
            Column::new("SUBJECT").personal().optional(),
            Column::new("REFERENCE").optional(),
        ],
        rows: items.iter().map(cells).collect(),
        items: items.iter().map(value).collect(),
        complete: items.iter().all(is_fine),
        notes: std::iter::once(counts(items))
            .chain(items.iter().filter_map(candidates))
            .collect(),
        csv: vec!["row", "type", "disposition", "detail", "reference"],
        empty: "The file holds no row.".to_owned(),
        more,
    }
}

fn cells(item: &BatchItem) -> Vec<String> {
    let request = item.request.as_ref();
    vec![
        item.row.to_string(),
        item.kind.as_str().to_owned(),
        item.disposition.replace('_', " "),
        request.map(|request| request.status.clone()).unwrap_or_default(),
        item.detail.clone().unwrap_or_default(),
        request
            .map(|request| request.label.clone())
            .or_else(|| item.label.clone())
            .unwrap_or_default(),
        item.reference.clone().unwrap_or_default(),
    ]
}

/// Whole, below the table: whoever fills in the column `pick` needs them to the last letter.
fn candidates(item: &BatchItem) -> Option<String> {
    (!item.candidates.is_empty()).then(|| format!("row {}: {}", item.row, item.candidates.join(", ")))
}

/// `300 rows: 290 ready, 10 not found`.
fn counts(items: &[BatchItem]) -> String {
    let mut words: Vec<(&str, usize)> = Vec::new();
    for item in items {
        match words.iter_mut().find(|(word, _)| *word == item.disposition) {
            Some((_, count)) => *count += 1,
            None => words.push((item.disposition, 1)),
        }
    }
    let parts: Vec<String> = words
        .iter()
        .map(|(word, count)| format!("{count} {}", word.replace('_', " ")))
        .collect();
    let rows = if items.len() == 1 { "row" } else { "rows" };
    format!("{} {rows}: {}", items.len(), parts.join(", "))
}
