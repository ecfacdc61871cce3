//! Styles by what they mean. Everything that a style says is also said by a word, a mark or a line,
//! so that the monochrome theme loses nothing.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::app::Look;

/// The shipped themes.
const THEMES: [(&str, &str); 3] = [
    ("default", include_str!("../../assets/themes/default.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
    ("monochrome", include_str!("../../assets/themes/monochrome.toml")),
];

macro_rules! theme {
    ($($field:ident $name:literal $help:literal;)*) => {
        /// Styles by what they mean.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Theme {
            $(#[doc = $help] pub $field: Style,)*
        }

        impl Theme {
            fn set(&mut self, name: &str, style: Style) -> Result<(), String> {
                match name {
                    $($name => self.$field = style,)*
                    _ => return Err(format!("there is no style `{name}`")),
                }
                Ok(())
            }
        }
    };
}

theme! {
    text "text" "Plain text.";
    dim "dim" "Less important text.";
    heading "heading" "Headings of columns and groups.";
    frame "frame" "Frames; the same with and without the keys, because a frame is many bytes to repaint.";
    title "title" "Title of a part without the keys.";
    title_focused "title-focused" "Title of the part with the keys.";
    marker "marker" "Mark of the selected row.";
    simulation "simulation" "The mode in simulation.";
    live "live" "The mode in live.";
    key "key" "A key in the footer.";
    good "good" "Went well.";
    warning "warning" "Deserves attention.";
    error "error" "Went wrong.";
    input "input" "A field being typed in.";
}

/// One style as a theme file writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Shade {
    fg: Option<Color16>,
    bg: Option<Color16>,
    bold: bool,
    dim: bool,
    reversed: bool,
    underlined: bool,
}

/// The colours that every terminal has.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Color16 {
    Black,
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
    Gray,
    DarkGray,
    LightRed,
    LightGreen,
    LightYellow,
    LightBlue,
    LightMagenta,
    LightCyan,
    White,
}

impl From<Color16> for Color {
    fn from(color: Color16) -> Color {
        match color {
            Color16::Black => Color::Black,
            Color16::Red => Color::Red,
            Color16::Green => Color::Green,
            Color16::Yellow => Color::Yellow,
            Color16::Blue => Color::Blue,
            Color16::Magenta => Color::Magenta,
            Color16::Cyan => Color::Cyan,
            Color16::Gray => Color::Gray,
            Color16::DarkGray => Color::DarkGray,
            Color16::LightRed => Color::LightRed,
            Color16::LightGreen => Color::LightGreen,
            Color16::LightYellow => Color::LightYellow,
            Color16::LightBlue => Color::LightBlue,
            Color16::LightMagenta => Color::LightMagenta,
            Color16::LightCyan => Color::LightCyan,
            Color16::White => Color::White,
        }
    }
}

impl Shade {
    fn style(&self) -> Style {
        let mut style = Style::new();
        style.fg = self.fg.map(Color::from);
        style.bg = self.bg.map(Color::from);
        for (wanted, modifier) in [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.reversed, Modifier::REVERSED),
            (self.underlined, Modifier::UNDERLINED),
        ] {
            if wanted {
                style = style.add_modifier(modifier);
            }
        }
        style
    }
}

/// Names of the shipped themes.
pub fn names() -> Vec<&'static str> {
    THEMES.iter().map(|(name, _)| *name).collect()
}

/// The theme that a look asks for.
///
/// # Errors
/// There is no theme of that name; the text names those that there are.
pub fn of(look: &Look) -> Result<Theme, String> {
    let wanted = if look.monochrome {
        "monochrome"
    } else {
        look.theme.as_deref().unwrap_or("default")
    };
    match THEMES.iter().find(|(name, _)| *name == wanted) {
        Some((_, text)) => parse(text),
        None => Err(format!(
            "there is no theme `{wanted}`; there are {}",
            names().join(", ")
        )),
    }
}

/// A theme from the text of its file.
fn parse(text: &str) -> Result<Theme, String> {
    let shades: BTreeMap<String, Shade> =
        toml::from_str(text).map_err(|error| format!("the theme cannot be read: {}", error.message()))?;
    let mut theme = Theme::default();
    for (name, shade) in &shades {
        theme.set(name, shade.style())?;
    }
    Ok(theme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_theme_can_be_read_and_marks_mode_and_focus_without_colour() {
        for (name, text) in THEMES {
            let theme = parse(text).unwrap();
            for style in [theme.simulation, theme.live, theme.title_focused] {
                assert!(style.add_modifier.contains(Modifier::REVERSED), "{name}");
            }
        }
    }

    #[test]
    fn a_theme_that_does_not_exist_is_refused_with_those_that_do() {
        let look = Look {
            theme: Some("solar".to_owned()),
            ..Look::default()
        };
        assert!(of(&look).unwrap_err().contains("default, light, monochrome"));
        assert!(parse("mode = {}").unwrap_err().contains("`mode`"));
        assert!(parse("text = { fg = \"beige\" }").is_err());
    }
}
