//! Stand-ins for characters that a terminal without UTF-8 cannot show.

use ratatui::buffer::Buffer;

/// Replaces every character outside ASCII: what the console draws has a stand-in of its own, what
/// comes from outside (names) becomes a question mark.
pub fn replace(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let stand_in = stand_in(cell.symbol());
            cell.set_symbol(stand_in);
        }
    }
}

fn stand_in(symbol: &str) -> &'static str {
    match symbol {
        "─" | "━" => "-",
        "│" | "┃" => "|",
        "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" => "+",
        "═" => "=",
        "║" => "#",
        "╔" | "╗" | "╚" | "╝" => "#",
        "▸" => ">",
        "█" | "▇" | "▆" | "▅" | "▄" => "#",
        "▃" | "▂" | "▁" => "_",
        "⋯" | "…" => "~",
        "✓" => "+",
        "✗" => "x",
        "•" => "*",
        "\u{a0}" => " ",
        _ => "?",
    }
}
