//! Tables and fact sheets for people: they fit the terminal, personal columns are masked until
//! asked for, and nothing from outside reaches the terminal uncleaned.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::mask::mask;
use crate::domain::text::clean;

/// Width to which a column is cut before an optional one is left out instead.
const COMFORTABLE: usize = 18;
/// Narrowest width to which a column is cut when nothing is left to leave out.
const NARROWEST: usize = 8;
const GAP: usize = 2;

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading, in upper case.
    pub title: &'static str,
    /// Holds identifiers of a person: masked unless `--reveal`.
    pub personal: bool,
    /// May be left out, rightmost first, when the terminal is narrow.
    pub optional: bool,
    /// Never cut (ids that somebody copies).
    pub whole: bool,
    /// Cut in the middle: what tells names apart stands at both of their ends.
    pub middle: bool,
    /// Numbers stand at the right.
    pub right: bool,
}

impl Column {
    /// A plain column that stays.
    pub const fn new(title: &'static str) -> Column {
        Column {
            title,
            personal: false,
            optional: false,
            whole: false,
            middle: false,
            right: false,
        }
    }

    /// Masked unless `--reveal`.
    #[must_use]
    pub const fn personal(mut self) -> Column {
        self.personal = true;
        self
    }

    /// May be left out.
    #[must_use]
    pub const fn optional(mut self) -> Column {
        self.optional = true;
        self
    }

    /// Never cut.
    #[must_use]
    pub const fn whole(mut self) -> Column {
        self.whole = true;
        self
    }

    /// Cut in the middle.
    #[must_use]
    pub const fn middle(mut self) -> Column {
        self.middle = true;
        self
    }

    /// Aligned at the right.
    #[must_use]
    pub const fn right(mut self) -> Column {
        self.right = true;
        self
    }
}

/// How tables are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Drawing {
    /// Columns of the terminal; `None` where nothing limits it (a file, a pipe).
    pub width: Option<usize>,
    /// ASCII symbols only.
    pub ascii: bool,
    /// Identifiers in full.
    pub reveal: bool,
    /// Headings in bold.
    pub color: bool,
}

/// Draws a table with a heading line.
pub fn draw(columns: &[Column], rows: &[Vec<String>], drawing: Drawing) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            columns
                .iter()
                .zip(row)
                .map(|(column, cell)| shown(cell, column.personal, drawing))
                .collect()
        })
        .collect();
    let natural: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let cells = cells.iter().filter_map(|row| row.get(at));
            cells
                .map(|cell| cell.width())
                .max()
                .unwrap_or(0)
                .max(column.title.width())
        })
        .collect();
    let widths = fit(columns, natural, drawing.width);
    let heading: Vec<String> = columns.iter().map(|column| column.title.to_owned()).collect();
    let mut text = String::new();
    let head = line(columns, &heading, &widths, drawing.ascii);
    if drawing.color {
        text.push_str(&format!("\u{1b}[1m{head}\u{1b}[0m\n"));
    } else {
        text.push_str(&format!("{head}\n"));
    }
    for row in &cells {
        text.push_str(&line(columns, row, &widths, drawing.ascii));
        text.push('\n');
    }
    text
}

/// One labelled value of a fact sheet.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its label.
    pub label: String,
    /// The value; several lines are set below each other.
    pub value: String,
    /// Masked unless `--reveal`.
    pub personal: bool,
    /// What is shown instead of the value unless `--reveal`, where only a part of it is personal.
    pub masked: Option<String>,
}

impl Fact {
    /// A plain fact.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Fact {
        Fact {
            label: label.into(),
            value: value.into(),
            personal: false,
            masked: None,
        }
    }

    /// A fact of which a part is about a person, and the same without that part.
    pub fn partly(label: impl Into<String>, value: impl Into<String>, masked: impl Into<String>) -> Fact {
        Fact {
            masked: Some(masked.into()),
            ..Fact::new(label, value)
        }
    }

    /// A fact about a person.
    pub fn personal(label: impl Into<String>, value: impl Into<String>) -> Fact {
        Fact {
            personal: true,
            ..Fact::new(label, value)
        }
    }
}

/// Draws facts as two columns.
pub fn facts(facts: &[Fact], drawing: Drawing) -> String {
    let label_width = facts.iter().map(|fact| fact.label.width()).max().unwrap_or(0);
    let mut text = String::new();
    for fact in facts {
        let mut label = fact.label.as_str();
        let value = match &fact.masked {
            Some(masked) if !drawing.reveal => masked,
            _ => &fact.value,
        };
        for part in value.lines().chain(value.is_empty().then_some("")) {
            let value = shown(part, fact.personal, drawing);
            let pad = " ".repeat(label_width.saturating_sub(label.width()));
            text.push_str(format!("{label}{pad}  {value}").trim_end());
            text.push('\n');
            label = "";
        }
    }
    text
}

/// A text as it may stand on the terminal.
pub fn shown(text: &str, personal: bool, drawing: Drawing) -> String {
    let text = clean(text);
    let text = if personal && !drawing.reveal {
        mask(&text)
    } else {
        text
    };
    if drawing.ascii {
        to_ascii_symbols(&text)
    } else {
        text
    }
}

/// Our own symbols in ASCII; letters of names stay what they are.
fn to_ascii_symbols(text: &str) -> String {
    text.replace('…', "...")
        .replace('•', "*")
        .replace(['·', '–', '—'], "-")
        .replace('→', "->")
        .replace('×', "x")
}

/// Widths that fit: wide columns are cut first, then optional ones left out (width 0).
fn fit(columns: &[Column], natural: Vec<usize>, limit: Option<usize>) -> Vec<usize> {
    let Some(limit) = limit else { return natural };
    let mut widths = natural.clone();
    let total = |widths: &[usize]| {
        let shown = widths.iter().filter(|width| **width > 0);
        shown.clone().sum::<usize>() + shown.count().saturating_sub(1) * GAP
    };
    loop {
        let last = (0..columns.len())
            .rev()
            .find(|at| columns[*at].optional && widths[*at] > 0);
        let floor = if last.is_some() { COMFORTABLE } else { NARROWEST };
        while total(&widths) > limit {
            let widest = (0..columns.len())
                .filter(|at| !columns[*at].whole && widths[*at] > floor.max(columns[*at].title.width()))
                .max_by_key(|at| widths[*at]);
            match widest {
                Some(at) => widths[at] -= 1,
                None => break,
            }
        }
        if total(&widths) <= limit {
            return widths;
        }
        let Some(last) = last else { return widths };
        let gone: Vec<usize> = (0..columns.len())
            .filter(|at| widths[*at] == 0)
            .chain([last])
            .collect();
        widths = natural.clone();
        for at in gone {
            widths[at] = 0;
        }
    }
}

fn line(columns: &[Column], cells: &[String], widths: &[usize], ascii: bool) -> String {
    let mut text = String::new();
    for ((column, cell), width) in columns.iter().zip(cells).zip(widths) {
        if *width == 0 {
            continue;
        }
        if !text.is_empty() {
            text.push_str(&" ".repeat(GAP));
        }
        let cell = match column.middle {
            true => cut_middle(cell, *width, ascii),
            false => cut(cell, *width, ascii),
        };
        let pad = " ".repeat(width.saturating_sub(cell.width()));
        if column.right {
            text.push_str(&pad);
            text.push_str(&cell);
        } else {
            text.push_str(&cell);
            text.push_str(&pad);
        }
    }
    text.trim_end().to_owned()
}

/// Cuts at a user-perceived character and marks the cut.
pub fn cut(text: &str, width: usize, ascii: bool) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mark = if ascii { "~" } else { "…" };
    let room = width.saturating_sub(1);
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used > room {
            break;
        }
        kept.push_str(grapheme);
    }
    kept + mark
}

/// The same with both ends kept.
fn cut_middle(text: &str, width: usize, ascii: bool) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let end = width.saturating_sub(1) / 2;
    let mut tail: Vec<&str> = Vec::new();
    let mut used = 0;
    for grapheme in text.graphemes(true).rev() {
        used += grapheme.width();
        if used > end {
            break;
        }
        tail.push(grapheme);
    }
    let tail: String = tail.into_iter().rev().collect();
    cut(text, width - tail.width(), ascii) + &tail
}

/// A text of several lines as it may stand on the terminal; nothing is masked.
pub fn shown_lines(text: &str, drawing: Drawing) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| shown_keeping_end(line, drawing))
        .collect();
    lines.join("\n")
}

/// Cleaning may trim; the blank after a prompt stays.
fn shown_keeping_end(line: &str, drawing: Drawing) -> String {
    let kept = line.trim_end();
    let end = &line[kept.len()..];
    shown(kept, false, drawing) + end
}
