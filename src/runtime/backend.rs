//! Cells to bytes, as few as possible: a frame in which nothing changed writes nothing, attributes
//! and the cursor's place are remembered from frame to frame, and each frame leaves in one write.
//!
//! ratatui's own crossterm back end resets colours and attributes after every frame and flushes on
//! every cursor command: 25 bytes for nothing, and several writes for one frame.

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use unicode_width::UnicodeWidthStr;

use super::sgr::{Pen, write_sgr};

/// Frames above this size are wrapped in a synchronized update; a smaller one arrives in one piece
/// anyway and would only grow by the sixteen bytes of the wrapping.
const SYNCHRONIZE_ABOVE: usize = 512;
const BUFFER: usize = 64 * 1024;
const SYNC_BEGIN: &[u8] = b"\x1b[?2026h";
const SYNC_END: &[u8] = b"\x1b[?2026l";

/// How the size of the terminal is asked for: an `ioctl`, never a query that needs an answer typed.
pub type SizeOf = Box<dyn Fn() -> io::Result<Size> + Send>;

/// The back end for a real terminal.
pub struct TtyBackend<W: Write> {
    out: W,
    frame: Vec<u8>,
    size: SizeOf,
    colors: bool,
    pen: Pen,
    at: Option<Position>,
    cursor_shown: Option<bool>,
}

impl<W: Write> TtyBackend<W> {
    /// Writes to `out`. Without `colors` every colour is left out and only attributes remain.
    pub fn new(out: W, size: SizeOf, colors: bool) -> TtyBackend<W> {
        TtyBackend {
            out,
            frame: Vec::with_capacity(BUFFER),
            size,
            colors,
            pen: Pen::default(),
            at: None,
            cursor_shown: None,
        }
    }

    fn go(&mut self, to: Position) {
        match self.at {
            Some(at) if at == to => {}
            Some(at) if at.y == to.y && to.x > at.x => {
                let steps = to.x - at.x;
                if steps == 1 {
                    self.frame.extend_from_slice(b"\x1b[C");
                } else {
                    self.push(format_args!("\x1b[{steps}C"));
                }
            }
            _ if to.x == 0 => self.push(format_args!("\x1b[{}H", to.y + 1)),
            _ => self.push(format_args!("\x1b[{};{}H", to.y + 1, to.x + 1)),
        }
        self.at = Some(to);
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing into a vector cannot fail.
        let _ = self.frame.write_fmt(text);
    }

    fn pen_for(&self, cell: &Cell) -> Pen {
        let mut pen = Pen {
            fg: cell.fg,
            bg: cell.bg,
            underline: cell.underline_color,
            modifier: cell.modifier,
        };
        if !self.colors {
            pen.fg = ratatui::style::Color::Reset;
            pen.bg = ratatui::style::Color::Reset;
            pen.underline = ratatui::style::Color::Reset;
        }
        pen
    }

    /// Where the cursor stands after `symbol` was written at `at`. Only plain width-one symbols are
    /// trusted: terminals disagree about the others, and a line's last column waits to wrap.
    fn after(&self, at: Position, symbol: &str, last_column: u16) -> Option<Position> {
        let plain = symbol.width() == 1 && symbol.chars().count() == 1;
        (plain && at.x < last_column).then(|| Position::new(at.x + 1, at.y))
    }
}

impl<W: Write> Backend for TtyBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let last_column = (self.size)().map_or(0, |size| size.width.saturating_sub(1));
        for (x, y, cell) in content {
            let at = Position::new(x, y);
            self.go(at);
            let pen = self.pen_for(cell);
            write_sgr(&mut self.frame, self.pen, pen);
            self.pen = pen;
            self.frame.extend_from_slice(cell.symbol().as_bytes());
            self.at = self.after(at, cell.symbol(), last_column);
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor_shown != Some(false) {
            self.frame.extend_from_slice(b"\x1b[?25l");
            self.cursor_shown = Some(false);
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.cursor_shown != Some(true) {
            self.frame.extend_from_slice(b"\x1b[?25h");
            self.cursor_shown = Some(true);
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // Asking the terminal would block behind the reader of the keyboard.
        Ok(self.at.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.go(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        // Erasing paints with the current background.
        write_sgr(&mut self.frame, self.pen, Pen::default());
        self.pen = Pen::default();
        self.frame.extend_from_slice(match clear_type {
            ClearType::All => b"\x1b[2J",
            ClearType::AfterCursor => b"\x1b[J",
            ClearType::BeforeCursor => b"\x1b[1J",
            ClearType::CurrentLine => b"\x1b[2K",
            ClearType::UntilNewLine => b"\x1b[K",
        });
        if clear_type == ClearType::All {
            // After a resize or a return from the shell nothing that was remembered holds.
            self.at = None;
            self.cursor_shown = None;
        }
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        (self.size)()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: (self.size)()?,
            pixels: Size::default(),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        if self.frame.len() > SYNCHRONIZE_ABOVE {
            self.frame.splice(0..0, SYNC_BEGIN.iter().copied());
            self.frame.extend_from_slice(SYNC_END);
        }
        let written = self.out.write_all(&self.frame).and_then(|()| self.out.flush());
        self.frame.clear();
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::Terminal;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Modifier, Style};
    use std::sync::{Arc, Mutex};

    /// Counts writes and keeps bytes.
    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<Vec<u8>>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().push(bytes.to_vec());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink {
        fn take(&self) -> Vec<Vec<u8>> {
            std::mem::take(&mut *self.0.lock().unwrap())
        }
    }

    fn terminal(colors: bool) -> (Terminal<TtyBackend<Sink>>, Sink) {
        let sink = Sink::default();
        let size: SizeOf = Box::new(|| Ok(Size::new(20, 4)));
        let backend = TtyBackend::new(sink.clone(), size, colors);
        (Terminal::new(backend).unwrap(), sink)
    }

    fn say(terminal: &mut Terminal<TtyBackend<Sink>>, x: u16, y: u16, text: &str, style: Style) {
        terminal
            .draw(|frame| {
                frame.buffer_mut().set_string(x, y, text, style);
            })
            .unwrap();
    }

    #[test]
    fn an_unchanged_frame_writes_nothing() {
        let (mut terminal, sink) = terminal(true);
        say(&mut terminal, 0, 0, "hello", Style::new());
        assert!(!sink.take().is_empty());
        say(&mut terminal, 0, 0, "hello", Style::new());
        assert_eq!(sink.take(), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn a_frame_is_one_write() {
        let (mut terminal, sink) = terminal(true);
        let style = Style::new().fg(Color::Red).add_modifier(Modifier::REVERSED);
        say(&mut terminal, 3, 1, "abc", style);
        let writes = sink.take();
        assert_eq!(writes.len(), 1);
        let text = String::from_utf8(writes[0].clone()).unwrap();
        assert!(text.contains("\x1b[2;4H"), "{text:?}");
        assert!(text.contains("abc"), "{text:?}");
    }

    #[test]
    fn without_colours_reverse_video_stays() {
        let (mut terminal, sink) = terminal(false);
        let style = Style::new().fg(Color::Red).add_modifier(Modifier::REVERSED);
        say(&mut terminal, 0, 0, "x", style);
        let text = String::from_utf8(sink.take().concat()).unwrap();
        assert!(text.contains("\x1b[7m"), "{text:?}");
        assert!(!text.contains("31"), "{text:?}");
    }

    #[test]
    fn a_typed_character_is_a_handful_of_bytes() {
        let (mut terminal, sink) = terminal(true);
        for (text, cursor) in [("a", 1), ("ab", 2)] {
            sink.take();
            terminal
                .draw(|frame| {
                    frame.buffer_mut().set_string(0, 0, text, Style::new());
                    frame.set_cursor_position((cursor, 0));
                })
                .unwrap();
        }
        assert_eq!(sink.take().concat(), b"b");
    }

    #[test]
    fn a_repaint_shows_everything_again() {
        let (mut terminal, sink) = terminal(true);
        say(&mut terminal, 0, 0, "hello", Style::new());
        sink.take();
        terminal.resize(Rect::new(0, 0, 20, 4)).unwrap();
        say(&mut terminal, 0, 0, "hello", Style::new());
        let text = String::from_utf8(sink.take().concat()).unwrap();
        assert!(text.contains("\x1b[2J") && text.contains("hello"), "{text:?}");
    }
}
