//! Text for the clipboard of the terminal at the other end of the line (OSC 52), which needs no
//! display server on this host.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Terminals drop longer sequences, some silently.
pub const LONGEST: usize = 74_000;

/// The sequence for `text`, or `None` when terminals would drop it. Inside tmux it is also wrapped,
/// so that it passes through to the terminal outside when tmux keeps the plain one to itself.
pub fn sequence(text: &str, in_tmux: bool) -> Option<Vec<u8>> {
    let encoded = STANDARD.encode(text);
    if encoded.len() > LONGEST {
        return None;
    }
    let plain = format!("\x1b]52;c;{encoded}\x07");
    let mut out = plain.clone().into_bytes();
    if in_tmux {
        let inner = plain.replace('\x1b', "\x1b\x1b");
        out.extend_from_slice(format!("\x1bPtmux;{inner}\x1b\\").as_bytes());
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_encoded_and_wrapped_for_tmux() {
        assert_eq!(sequence("dsr", false).unwrap(), b"\x1b]52;c;ZHNy\x07");
        let wrapped = sequence("dsr", true).unwrap();
        assert!(wrapped.ends_with(b"\x1bPtmux;\x1b\x1b]52;c;ZHNy\x07\x1b\\"));
    }

    #[test]
    fn too_long_a_text_is_refused() {
        assert!(sequence(&"x".repeat(LONGEST), false).is_none());
    }
}
