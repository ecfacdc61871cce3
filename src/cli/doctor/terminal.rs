//! What the terminal can show: asked of the environment and the kernel, never of the terminal itself.

use crate::cli::output::locale_is_utf8;
use crate::config::Config;
use crate::domain::text::clean;
use crate::workflow::doctor::{Check, Verdict};

/// Columns and rows that the console needs, and from which four panes stand side by side.
const NEEDED: (u16, u16) = (80, 20);
const WIDE: (u16, u16) = (120, 30);

/// The check.
pub(super) fn check(config: &Config) -> Check {
    let env = &config.env;
    let term = clean(env.get("TERM").unwrap_or("not named"));
    let mut seen = vec![format!("TERM {term}")];
    let mut remedies = Vec::new();
    match rustix::termios::tcgetwinsize(std::io::stderr()) {
        Ok(size) => {
            if matches!(term.as_str(), "not named" | "dumb") {
                remedies.push("Set TERM to what the terminal is, such as xterm-256color or tmux-256color.");
            }
            seen.push(format!("{} x {}", size.ws_col, size.ws_row));
            if size.ws_col < NEEDED.0 || size.ws_row < NEEDED.1 {
                remedies.push("Make it at least 80 x 20; commands work at any size.");
            } else if size.ws_col >= WIDE.0 && size.ws_row >= WIDE.1 {
                seen.push("four panes side by side".to_owned());
            }
        }
        // A timer has none, and needs none.
        Err(_) => seen.push("no terminal here".to_owned()),
    }
    seen.push(match locale_is_utf8(env) {
        true => "UTF-8".to_owned(),
        false => {
            remedies.push("The locale is not UTF-8: names outside ASCII show as question marks. Set LANG.");
            "ASCII".to_owned()
        }
    });
    for (variable, word) in [
        ("NO_COLOR", "without colour"),
        ("TMUX", "in tmux"),
        ("STY", "in screen"),
        ("SSH_CONNECTION", "over SSH"),
    ] {
        if env.get(variable).is_some_and(|value| !value.is_empty()) {
            seen.push(word.to_owned());
        }
    }
    Check {
        name: "terminal".to_owned(),
        verdict: match remedies.is_empty() {
            true => Verdict::Ok,
            false => Verdict::Warning,
        },
        seen: seen.join(", "),
        remedy: (!remedies.is_empty()).then(|| remedies.join(" ")),
    }
}
