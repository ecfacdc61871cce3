//! Text from outside, made safe to show: control, escape, bidirectional and invisible characters
//! cannot reach a terminal. Everything that a server, a file or a person typed passes through here
//! before it is printed, drawn or put into an error.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// More marks than this on one character only serve to paint over other lines. Vietnamese needs two,
/// Tibetan and vocalised Hebrew up to five.
const MAX_MARKS: usize = 6;

/// What a line break becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// `\n` in two visible characters.
    Visible,
    /// A line feed.
    Kept,
}

/// Cleans one line for display. Escape sequences go as a whole, invisible and bidirectional
/// characters go, line breaks stay visible as `\n`, any other space becomes a plain one, and private
/// or unassigned special characters become `?`.
pub fn clean(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    scrub(text, Lines::Visible)
}

/// Cleans a text of several lines: as [`clean`], but line breaks of every kind become line feeds and
/// a tab becomes four spaces.
pub fn clean_block(text: &str) -> String {
    scrub(text, Lines::Kept)
}

/// Printable ASCII needs no work; that is most of what is ever shown.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| (0x20..0x7f).contains(&b))
}

fn scrub(text: &str, lines: Lines) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut marks = 0usize;
    // Without this a text of many unfinished sequences would be searched from each of them.
    let mut terminator_ahead = true;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        if let Some(tail) = escape_sequence(c, after, &mut terminator_ahead) {
            rest = tail;
            continue;
        }
        rest = after;
        match class(c) {
            Class::Break => {
                if c == '\r' {
                    rest = rest.strip_prefix('\n').unwrap_or(rest);
                }
                out.push_str(if lines == Lines::Kept { "\n" } else { "\\n" });
                marks = MAX_MARKS;
            }
            Class::Tab => {
                out.push_str(if lines == Lines::Kept { "    " } else { " " });
                marks = 0;
            }
            Class::Space => {
                out.push(' ');
                marks = 0;
            }
            Class::Gone => {}
            Class::Special => {
                out.push('?');
                marks = 0;
            }
            Class::Mark if out.is_empty() || out.ends_with('\n') => {
                // Without a character of its own it would sit on the frame beside it.
                out.push('?');
                marks = 0;
            }
            Class::Mark => {
                marks += 1;
                if marks <= MAX_MARKS {
                    out.push(c);
                }
            }
            Class::Plain => {
                out.push(c);
                marks = 0;
            }
        }
    }
    out
}

/// What is to be done with a character.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    Mark,
    Space,
    Tab,
    Break,
    Gone,
    Special,
}

fn class(c: char) -> Class {
    match c {
        ' '..='~' => Class::Plain,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Class::Break,
        '\t' => Class::Tab,
        _ if c.is_control() || is_invisible(c) => Class::Gone,
        _ if c.is_whitespace() || c == '\u{2800}' => Class::Space,
        _ if is_special(c) => Class::Special,
        _ if is_combining_mark(c) => Class::Mark,
        _ if c.width() == Some(0) => Class::Mark,
        _ => Class::Plain,
    }
}

/// Characters that draw nothing of their own and change how others are drawn or read: Unicode's
/// default-ignorable code points, every bidirectional control, and the interlinear annotations.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Characters without an agreed shape or width: private use, object replacement, and code points
/// that are no characters.
fn is_special(c: char) -> bool {
    let value = u32::from(c);
    matches!(value, 0xe000..=0xf8ff | 0xfdd0..=0xfdef | 0xfffc | 0xfffd | 0xf_0000..=0x10_ffff)
        || value & 0xfffe == 0xfffe
}

/// The text behind an escape sequence that begins with `c`, or `None` when none begins here. A
/// sequence that never ends loses its introducer only, so that it cannot hide what follows.
fn escape_sequence<'a>(c: char, after: &'a str, terminator_ahead: &mut bool) -> Option<&'a str> {
    match c {
        '\u{1b}' => {
            let next = after.chars().next()?;
            let tail = &after[next.len_utf8()..];
            match next {
                '[' => Some(control_sequence(tail)),
                ']' | 'P' | 'X' | '^' | '_' => Some(string_sequence(tail, terminator_ahead)),
                ' '..='/' => Some(two_character_sequence(after)),
                '0'..='~' => Some(tail),
                _ => None,
            }
        }
        '\u{9b}' => Some(control_sequence(after)),
        '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => Some(string_sequence(after, terminator_ahead)),
        _ => None,
    }
}

/// Behind the parameters, intermediates and final character of a CSI sequence.
fn control_sequence(text: &str) -> &str {
    let end = text
        .bytes()
        .position(|b| !(0x20..=0x3f).contains(&b))
        .unwrap_or(text.len());
    match text.as_bytes().get(end) {
        Some(0x40..=0x7e) => &text[end + 1..],
        _ => text,
    }
}

/// Behind the terminator (BEL or ST) of an OSC, DCS, SOS, PM or APC string.
fn string_sequence<'a>(text: &'a str, terminator_ahead: &mut bool) -> &'a str {
    if !*terminator_ahead {
        return text;
    }
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '\u{7}' | '\u{9c}' => return &text[at + c.len_utf8()..],
            '\\' if escaped => return &text[at + 1..],
            _ => escaped = c == '\u{1b}',
        }
    }
    *terminator_ahead = false;
    text
}

/// Behind the intermediates and the final character of a sequence such as `ESC ( B`.
fn two_character_sequence(text: &str) -> &str {
    let end = text
        .bytes()
        .position(|b| !(0x20..=0x2f).contains(&b))
        .unwrap_or(text.len());
    match text.as_bytes().get(end) {
        Some(0x30..=0x7e) => &text[end + 1..],
        _ => text,
    }
}

/// Columns that a cleaned line takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The beginning of a cleaned line in at most `columns` columns, with `ellipsis` as its last
/// characters when something was left out (`…`, or `~` where the terminal knows ASCII only).
/// Characters are never cut in the middle.
pub fn truncate(text: &str, columns: usize, ellipsis: &str) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mark = ellipsis.width();
    let ellipsis = if mark > columns { "" } else { ellipsis };
    let room = columns - ellipsis.width();
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = grapheme.width();
        if used + wide > room {
            break;
        }
        out.push_str(grapheme);
        used += wide;
    }
    out.push_str(ellipsis);
    out
}

/// As [`truncate`], filled with spaces to exactly `columns` columns.
pub fn fit(text: &str, columns: usize, ellipsis: &str) -> String {
    let mut out = truncate(text, columns, ellipsis);
    let used = out.width();
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    out
}

/// The end of a cleaned line in at most `columns` columns: for identifiers and paths, whose end
/// tells more than their beginning.
pub fn truncate_start(text: &str, columns: usize, ellipsis: &str) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let ellipsis = if ellipsis.width() > columns { "" } else { ellipsis };
    let room = columns - ellipsis.width();
    let mut used = 0;
    let mut start = text.len();
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        let wide = grapheme.width();
        if used + wide > room {
            break;
        }
        used += wide;
        start = at;
    }
    format!("{ellipsis}{}", &text[start..])
}
