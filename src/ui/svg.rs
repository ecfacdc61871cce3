//! A screen as a picture, for the README: drawn from the program's own buffer, so that a picture
//! can show nothing that the program does not.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

const CELL_WIDTH: usize = 9;
const CELL_HEIGHT: usize = 19;
const BASELINE: usize = 14;
const MARGIN: usize = 10;
const BACKGROUND: &str = "#16181d";
const FOREGROUND: &str = "#d5d8de";

/// An SVG document of the buffer.
pub fn render(buffer: &Buffer) -> String {
    let (columns, rows) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let width = columns * CELL_WIDTH + 2 * MARGIN;
    let height = rows * CELL_HEIGHT + 2 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace\" font-size=\"15\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"{BACKGROUND}\"/>\n"
    );
    for y in 0..rows {
        let cells: Vec<&Cell> = buffer.content[y * columns..(y + 1) * columns].iter().collect();
        line(&mut out, &cells, y);
    }
    out.push_str("</svg>\n");
    out
}

/// Runs of cells of one look: a box where the background differs, then the text.
fn line(out: &mut String, cells: &[&Cell], y: usize) {
    let mut start = 0;
    while start < cells.len() {
        let look = Look::of(cells[start]);
        let length = cells[start..]
            .iter()
            .take_while(|cell| Look::of(cell) == look)
            .count();
        run(out, &cells[start..start + length], &look, start, y);
        start += length;
    }
}

fn run(out: &mut String, cells: &[&Cell], look: &Look, x: usize, y: usize) {
    let left = MARGIN + x * CELL_WIDTH;
    let top = MARGIN + y * CELL_HEIGHT;
    let width = cells.len() * CELL_WIDTH;
    if look.background != BACKGROUND {
        out.push_str(&format!(
            "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{CELL_HEIGHT}\" fill=\"{}\"/>\n",
            look.background
        ));
    }
    let mut text = String::new();
    let mut covered = 0;
    for cell in cells {
        // The cell behind a wide character is part of it.
        if covered > 0 {
            covered -= 1;
            continue;
        }
        covered = cell.symbol().width().saturating_sub(1);
        escape(&mut text, cell.symbol());
    }
    if text.trim().is_empty() && !look.underlined {
        return;
    }
    let weight = if look.bold { " font-weight=\"bold\"" } else { "" };
    let line = if look.underlined {
        " text-decoration=\"underline\""
    } else {
        ""
    };
    out.push_str(&format!(
        "<text x=\"{left}\" y=\"{}\" fill=\"{}\" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\" \
         xml:space=\"preserve\"{weight}{line}>{text}</text>\n",
        top + BASELINE,
        look.foreground
    ));
}

#[derive(PartialEq, Eq)]
struct Look {
    foreground: &'static str,
    background: &'static str,
    bold: bool,
    underlined: bool,
}

impl Look {
    fn of(cell: &Cell) -> Look {
        let foreground = colour(cell.fg, FOREGROUND);
        let background = colour(cell.bg, BACKGROUND);
        let reversed = cell.modifier.contains(Modifier::REVERSED);
        let (foreground, background) = if reversed {
            (background, foreground)
        } else {
            (foreground, background)
        };
        Look {
            foreground,
            background,
            bold: cell.modifier.contains(Modifier::BOLD),
            underlined: cell.modifier.contains(Modifier::UNDERLINED),
        }
    }
}

/// The colours that the themes use, in shades that are readable on the dark ground.
fn colour(colour: Color, default: &'static str) -> &'static str {
    match colour {
        Color::Black => "#16181d",
        Color::Red | Color::LightRed => "#f4727f",
        Color::Green | Color::LightGreen => "#7fc98b",
        Color::Yellow | Color::LightYellow => "#e3bb6a",
        Color::Blue | Color::LightBlue => "#7aa5f0",
        Color::Magenta | Color::LightMagenta => "#c790e6",
        Color::Cyan | Color::LightCyan => "#6cc4d4",
        Color::DarkGray => "#868c98",
        Color::Gray => "#b3b8c2",
        Color::White => "#ffffff",
        _ => default,
    }
}

fn escape(out: &mut String, symbol: &str) {
    for character in symbol.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn text_is_escaped_and_reverse_video_swaps_the_colours() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        buffer.set_string(0, 0, "a<b>&", Style::new());
        buffer.set_string(5, 0, "日", Style::new().add_modifier(Modifier::REVERSED));
        let svg = render(&buffer);
        assert!(svg.contains(">a&lt;b&gt;&amp;</text>"), "{svg}");
        assert!(
            svg.contains(&format!("height=\"{CELL_HEIGHT}\" fill=\"{FOREGROUND}\"")),
            "{svg}"
        );
        assert_eq!(svg.matches('日').count(), 1);
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }
}
