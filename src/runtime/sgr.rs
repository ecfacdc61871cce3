//! Colours and attributes as escape sequences: only the difference to what is set already.

use ratatui::style::{Color, Modifier};

/// What the terminal writes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pen {
    /// Colour of text.
    pub fg: Color,
    /// Colour behind text.
    pub bg: Color,
    /// Colour of the underline.
    pub underline: Color,
    /// Attributes.
    pub modifier: Modifier,
}

impl Default for Pen {
    fn default() -> Pen {
        Pen {
            fg: Color::Reset,
            bg: Color::Reset,
            underline: Color::Reset,
            modifier: Modifier::empty(),
        }
    }
}

/// Each attribute with the number that sets it and the one that ends it. Two share an end.
const ATTRIBUTES: [(Modifier, &str, &str); 9] = [
    (Modifier::BOLD, "1", "22"),
    (Modifier::DIM, "2", "22"),
    (Modifier::ITALIC, "3", "23"),
    (Modifier::UNDERLINED, "4", "24"),
    (Modifier::SLOW_BLINK, "5", "25"),
    (Modifier::RAPID_BLINK, "6", "25"),
    (Modifier::REVERSED, "7", "27"),
    (Modifier::HIDDEN, "8", "28"),
    (Modifier::CROSSED_OUT, "9", "29"),
];

/// Appends what turns `from` into `to`, the shorter of the difference and a fresh start.
pub fn write_sgr(out: &mut Vec<u8>, from: Pen, to: Pen) {
    if from == to {
        return;
    }
    let difference = difference(from, to);
    let mut fresh = vec![String::new()];
    fresh.extend(colors(Pen::default(), to));
    fresh.extend(set(Modifier::empty(), to.modifier));
    let (difference, fresh) = (difference.join(";"), fresh.join(";"));
    let shorter = if fresh.len() < difference.len() {
        fresh
    } else {
        difference
    };
    out.extend_from_slice(b"\x1b[");
    out.extend_from_slice(shorter.as_bytes());
    out.push(b'm');
}

fn difference(from: Pen, to: Pen) -> Vec<String> {
    let mut ends: Vec<&str> = Vec::new();
    let mut kept = from.modifier;
    for (attribute, _, end) in ATTRIBUTES {
        if from.modifier.contains(attribute) && !to.modifier.contains(attribute) && !ends.contains(&end) {
            ends.push(end);
        }
    }
    for (attribute, _, end) in ATTRIBUTES {
        if ends.contains(&end) {
            kept.remove(attribute);
        }
    }
    let mut codes: Vec<String> = ends.into_iter().map(str::to_owned).collect();
    codes.extend(colors(from, to));
    codes.extend(set(kept, to.modifier));
    codes
}

fn set(kept: Modifier, wanted: Modifier) -> impl Iterator<Item = String> {
    ATTRIBUTES
        .into_iter()
        .filter(move |(attribute, ..)| wanted.contains(*attribute) && !kept.contains(*attribute))
        .map(|(_, begin, _)| begin.to_owned())
}

fn colors(from: Pen, to: Pen) -> Vec<String> {
    let mut codes = Vec::new();
    if from.fg != to.fg {
        codes.push(color(to.fg, 30, 90, "38"));
    }
    if from.bg != to.bg {
        codes.push(color(to.bg, 40, 100, "48"));
    }
    if from.underline != to.underline {
        codes.push(match to.underline {
            Color::Reset => "59".to_owned(),
            other => color(indexed(other), 0, 0, "58"),
        });
    }
    codes
}

/// The colour of an underline has no short form: the sixteen named ones are indices of the palette.
fn indexed(color: Color) -> Color {
    match base(color) {
        Some((bright, index)) => Color::Indexed(if bright { index + 8 } else { index }),
        None => color,
    }
}

fn color(color: Color, dark: u8, bright: u8, long: &str) -> String {
    match (color, base(color)) {
        (_, Some((false, index))) => (dark + index).to_string(),
        (_, Some((true, index))) => (bright + index).to_string(),
        (Color::Indexed(index), _) => format!("{long};5;{index}"),
        (Color::Rgb(r, g, b), _) => format!("{long};2;{r};{g};{b}"),
        _ => (dark + 9).to_string(),
    }
}

fn base(color: Color) -> Option<(bool, u8)> {
    Some(match color {
        Color::Black => (false, 0),
        Color::Red => (false, 1),
        Color::Green => (false, 2),
        Color::Yellow => (false, 3),
        Color::Blue => (false, 4),
        Color::Magenta => (false, 5),
        Color::Cyan => (false, 6),
        Color::Gray => (false, 7),
        Color::DarkGray => (true, 0),
        Color::LightRed => (true, 1),
        Color::LightGreen => (true, 2),
        Color::LightYellow => (true, 3),
        Color::LightBlue => (true, 4),
        Color::LightMagenta => (true, 5),
        Color::LightCyan => (true, 6),
        Color::White => (true, 7),
        Color::Reset | Color::Rgb(..) | Color::Indexed(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sgr(from: Pen, to: Pen) -> String {
        let mut out = Vec::new();
        write_sgr(&mut out, from, to);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn back_to_plain_is_three_bytes() {
        let pen = Pen {
            fg: Color::Red,
            modifier: Modifier::BOLD | Modifier::REVERSED,
            ..Pen::default()
        };
        assert_eq!(sgr(pen, Pen::default()), "\x1b[m");
    }

    #[test]
    fn bold_survives_the_end_of_dim() {
        let from = Pen {
            fg: Color::Rgb(1, 2, 3),
            modifier: Modifier::BOLD | Modifier::DIM,
            ..Pen::default()
        };
        let to = Pen {
            modifier: Modifier::BOLD,
            ..from
        };
        assert_eq!(sgr(from, to), "\x1b[22;1m");
    }

    #[test]
    fn colours_in_their_three_forms() {
        let plain = Pen::default();
        let with = |fg, bg| Pen { fg, bg, ..plain };
        assert_eq!(sgr(plain, with(Color::LightBlue, Color::Black)), "\x1b[94;40m");
        assert_eq!(
            sgr(plain, with(Color::Indexed(200), Color::Reset)),
            "\x1b[38;5;200m"
        );
        assert_eq!(
            sgr(plain, with(Color::Reset, Color::Rgb(1, 2, 3))),
            "\x1b[48;2;1;2;3m"
        );
        let underlined = Pen {
            underline: Color::LightRed,
            ..plain
        };
        assert_eq!(sgr(plain, underlined), "\x1b[58;5;9m");
    }
}
