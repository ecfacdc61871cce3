//! The key tables of the README, made from the shipped keys.

use super::{Context, Keymap, KeymapError};

/// One Markdown table per context, under headings of the third level.
///
/// # Errors
/// Only when the shipped key map is broken, which a test excludes.
pub fn tables() -> Result<String, KeymapError> {
    let keymap = Keymap::load(None)?;
    let mut out = String::new();
    for context in Context::ALL {
        let rows: Vec<String> = context
            .actions()
            .iter()
            .filter_map(|action| {
                let keys: Vec<String> = keymap
                    .bindings()
                    .iter()
                    .filter(|binding| binding.context == context && binding.action == *action)
                    .map(|binding| format!("`{}`", binding.key.to_string().replace('|', "\\|")))
                    .collect();
                (!keys.is_empty()).then(|| {
                    format!(
                        "| {} | {} | `{}` |\n",
                        keys.join(" "),
                        action.help(),
                        action.name()
                    )
                })
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        out.push_str(&format!("### {} (`[{}]`)\n\n", context.heading(), context.name()));
        out.push_str("| keys | what | action |\n|---|---|---|\n");
        out.push_str(&rows.concat());
        out.push('\n');
    }
    Ok(out)
}
