//! One line of text being typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, InputRequest};

use crate::domain::text::clean;

/// A one-line text field. What is typed or pasted is cleaned: no control characters, one line.
#[derive(Clone, Default)]
pub struct Field {
    input: Input,
}

/// What is typed may be personal data; it is never printed for debugging.
impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Field(<{} characters>)", self.value().chars().count())
    }
}

impl Field {
    /// A field with a text in it.
    pub fn with(text: &str) -> Field {
        Field {
            input: Input::new(text.to_owned()),
        }
    }

    /// Its text.
    pub fn value(&self) -> &str {
        self.input.value()
    }

    /// Replaces its text; the cursor goes to the end.
    pub fn set(&mut self, text: &str) {
        self.input = Input::new(text.to_owned());
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.input.reset();
    }

    /// Column of the cursor in the text, in terminal columns.
    pub fn cursor(&self) -> usize {
        self.input.visual_cursor()
    }

    /// First column shown in a field of `width` columns.
    pub fn scroll(&self, width: usize) -> usize {
        self.input.visual_scroll(width)
    }

    /// Edits. True when the text changed.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let Some(request) = request(key) else {
            return false;
        };
        self.input.handle(request).is_some_and(|change| change.value)
    }

    /// Takes pasted text, its line breaks as spaces. True when the text changed.
    pub fn paste(&mut self, text: &str) -> bool {
        let line = text.trim().replace(['\r', '\n', '\t'], " ");
        let mut changed = false;
        for character in clean(&line).chars() {
            let insert = InputRequest::InsertChar(character);
            changed |= self.input.handle(insert).is_some_and(|change| change.value);
        }
        changed
    }
}

/// Editing keys as readline has them; what the terminal multiplexers and flow control take is left out.
fn request(key: KeyEvent) -> Option<InputRequest> {
    use InputRequest::*;
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    Some(match key.code {
        KeyCode::Char(character) if !ctrl && !alt => {
            let cleaned = clean(character.encode_utf8(&mut [0; 4]));
            InsertChar(cleaned.chars().next()?)
        }
        KeyCode::Char('u') if ctrl => DeleteFromStart,
        KeyCode::Char('k') if ctrl => DeleteTillEnd,
        KeyCode::Char('w') if ctrl => DeletePrevWord,
        KeyCode::Char('e') if ctrl => GoToEnd,
        KeyCode::Char('h') if ctrl => DeletePrevChar,
        KeyCode::Backspace if ctrl || alt => DeletePrevWord,
        KeyCode::Backspace => DeletePrevChar,
        KeyCode::Delete => DeleteNextChar,
        KeyCode::Left if ctrl || alt => GoToPrevWord,
        KeyCode::Right if ctrl || alt => GoToNextWord,
        KeyCode::Left => GoToPrevChar,
        KeyCode::Right => GoToNextChar,
        KeyCode::Home => GoToStart,
        KeyCode::End => GoToEnd,
        _ => return None,
    })
}
