//! What is to be done next in a case: the one line of the board.

use super::Case;
use super::coverage::Column;

/// The next step. `columns` is the coverage matrix.
pub fn next_step(case: &Case, columns: &[Column]) -> String {
    if let Some(ending) = case.ending {
        return format!("closed: {}", ending.as_str().replace('_', " "));
    }
    if case.answer.is_some() {
        return match columns.iter().find(|column| !column.verdict(case.kind).settled) {
            Some(open) => format!("settle {}", label(open)),
            None => "close".to_owned(),
        };
    }
    if let Some(waiting) = case.awaited() {
        return format!("await {}", waiting.awaited);
    }
    if case.refusals.iter().any(|refusal| refusal.part.is_none()) {
        return "close as refused".to_owned();
    }
    if case.acknowledged.is_none() {
        return "confirm receipt".to_owned();
    }
    if case.identity.is_none() {
        return "check identity".to_owned();
    }
    for column in columns {
        let verdict = column.verdict(case.kind);
        if !verdict.settled {
            return format!("{}: {}", label(column), verdict.text);
        }
    }
    "answer".to_owned()
}

fn label(column: &Column) -> String {
    column.system.as_str().replace('_', " ")
}
