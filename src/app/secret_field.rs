//! One secret being typed: a passphrase. It has no cursor, no history and no way back out but
//! [`SecretField::take`]; what was typed lies in one place in memory, which is wiped.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use secrecy::SecretString;
use zeroize::Zeroizing;

/// The longest secret in bytes. The room for it is taken at once: a buffer that grows leaves what it
/// held behind in memory that is no longer its own.
const LONGEST: usize = 1024;

/// A field whose text is never shown, printed or kept.
pub struct SecretField(Zeroizing<String>);

impl Default for SecretField {
    fn default() -> SecretField {
        SecretField(Zeroizing::new(String::with_capacity(LONGEST)))
    }
}

/// Not even its length is printed for debugging.
impl std::fmt::Debug for SecretField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretField(..)")
    }
}

impl SecretField {
    /// How many characters were typed, for as many stars.
    pub fn length(&self) -> usize {
        self.0.chars().count()
    }

    /// True when nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a key: characters are added, Backspace takes the last one back, Ctrl-U and Ctrl-W all.
    /// True when something changed.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('u' | 'w') if ctrl => self.clear(),
            KeyCode::Char('h') if ctrl => self.0.pop().is_some(),
            KeyCode::Char(character) if !ctrl && !alt => self.add(character),
            KeyCode::Backspace if ctrl || alt => self.clear(),
            KeyCode::Backspace => self.0.pop().is_some(),
            _ => false,
        }
    }

    /// Takes pasted text as it is, without the line break at its end. True when something changed.
    pub fn paste(&mut self, text: &str) -> bool {
        let line = text.trim_end_matches(['\r', '\n']);
        let mut changed = false;
        for character in line.chars() {
            changed |= self.add(character);
        }
        changed
    }

    /// What was typed, once; the field is empty afterwards.
    pub fn take(&mut self) -> SecretString {
        let typed = SecretString::from(self.0.as_str());
        self.clear();
        typed
    }

    /// True when the same stands in both.
    pub fn same_as(&self, other: &SecretField) -> bool {
        *self.0 == *other.0
    }

    /// Wipes it; true when something stood there.
    pub fn clear(&mut self) -> bool {
        let had = !self.0.is_empty();
        zeroize::Zeroize::zeroize(&mut *self.0);
        had
    }

    /// Adds a character while there is room; control characters are none that anybody types.
    fn add(&mut self, character: char) -> bool {
        let fits = self.0.len() + character.len_utf8() <= LONGEST && !character.is_control();
        if fits {
            self.0.push(character);
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn typed(text: &str) -> SecretField {
        let mut field = SecretField::default();
        for character in text.chars() {
            field.key(KeyEvent::new(KeyCode::Char(character), KeyModifiers::NONE));
        }
        field
    }

    #[test]
    fn it_is_typed_corrected_and_taken_once() {
        let mut field = typed("pass phräse!");
        field.key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE));
        assert_eq!(field.length(), 11);
        assert_eq!(field.take().expose_secret(), "pass phräse");
        assert!(field.is_empty() && field.take().expose_secret().is_empty());
        assert!(field.paste("word\r\n") && field.same_as(&typed("word")));
        assert!(field.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)));
        assert!(field.is_empty());
    }

    #[test]
    fn nothing_of_it_is_printed_and_its_memory_does_not_move() {
        let mut field = typed("word");
        assert_eq!(format!("{field:?}"), "SecretField(..)");
        let place = field.0.as_ptr();
        field.paste(&"x".repeat(2 * LONGEST));
        assert_eq!((field.0.len(), field.0.as_ptr()), (LONGEST, place));
        field.clear();
        assert_eq!((field.0.capacity(), field.0.as_ptr()), (LONGEST, place));
    }
}
