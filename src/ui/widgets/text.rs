//! Text made to fit: cleaned, cut at a width in terminal columns, padded.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::text::clean;

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text from outside, cleaned and cut to `room` columns; a cut is marked.
pub fn cut(text: &str, room: usize) -> String {
    let text = clean(text);
    if text.width() <= room {
        return text;
    }
    let Some(room) = room.checked_sub(1) else {
        return String::new();
    };
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used > room {
            break;
        }
        out.push_str(grapheme);
    }
    out.push('⋯');
    out
}

/// A name from outside, cleaned and cut to `room` columns in its middle: names of files differ at
/// their ends.
pub fn cut_in_middle(name: &str, room: usize) -> String {
    let name = clean(name);
    if name.width() <= room || room < 8 {
        return cut(&name, room);
    }
    let half = (room - 1) / 2;
    let head = hard_cut(&name, room - 1 - half);
    let mut tail: Vec<&str> = Vec::new();
    let mut used = 0;
    for grapheme in name.graphemes(true).rev() {
        used += grapheme.width();
        if used > half {
            break;
        }
        tail.push(grapheme);
    }
    let tail: String = tail.into_iter().rev().collect();
    format!("{head}⋯{tail}")
}

/// Cut or padded with spaces to exactly `room` columns.
pub fn fit(text: &str, room: usize) -> String {
    let mut out = cut(text, room);
    let used = out.width();
    out.extend(std::iter::repeat_n(' ', room.saturating_sub(used)));
    out
}

/// A text broken at spaces into lines of at most `room` columns.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in clean(text).split_whitespace() {
        let gap = usize::from(!line.is_empty());
        if line.width() + gap + word.width() > room && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        while line.width() > room.max(2) {
            let head = hard_cut(&line, room.max(2));
            let rest = line.split_off(head.len());
            lines.push(std::mem::replace(&mut line, rest));
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

fn hard_cut(text: &str, room: usize) -> String {
    let mut out = String::new();
    for grapheme in text.graphemes(true) {
        if !out.is_empty() && out.width() + grapheme.width() > room {
            break;
        }
        out.push_str(grapheme);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_names_stay() {
        assert_eq!(
            cut_in_middle("Interaction-1-20261113T0200Z.p7m", 19),
            "Interacti⋯0200Z.p7m"
        );
        assert_eq!(cut_in_middle("short.p7m", 19), "short.p7m");
        for room in 8..40 {
            let name = "日本語-Interaction-20261113.p7m";
            assert!(width(&cut_in_middle(name, room)) <= room, "{room}");
        }
    }

    #[test]
    fn a_cut_is_marked_and_never_too_wide() {
        assert_eq!(cut("example", 7), "example");
        assert_eq!(cut("example", 5), "exam⋯");
        assert_eq!(cut("日本語", 4), "日⋯");
        assert_eq!(cut("x", 0), "");
        assert_eq!(fit("ab", 4), "ab  ");
        assert_eq!(width(&fit("日本語", 4)), 4);
    }

    #[test]
    fn long_words_are_broken_and_nothing_is_lost() {
        let lines = wrap("a correlation 0123456789abcdef follows", 8);
        assert!(lines.iter().all(|line| width(line) <= 8), "{lines:?}");
        assert_eq!(
            lines.concat().replace(' ', ""),
            "acorrelation0123456789abcdeffollows"
        );
    }
}
