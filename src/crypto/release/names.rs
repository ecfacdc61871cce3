//! Names of released files: harmless ones out of what a file or an archive says, and the next that is free.

/// `name`, then `name-2` before the extension.
pub(super) fn with_number(name: &str, number: u32) -> String {
    match (number, name.rsplit_once('.')) {
        (1, _) => name.to_owned(),
        (n, Some((stem, extension))) if !stem.is_empty() => format!("{stem}-{n}.{extension}"),
        (n, _) => format!("{name}-{n}"),
    }
}

/// A file name out of what a file or an archive says: no directories, no leading dot, nothing that
/// shells or terminals act on.
pub(crate) fn harmless(told: &str) -> Option<String> {
    let last = told.rsplit(['/', '\\']).next()?;
    let name: String = last
        .chars()
        .take(150)
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-._".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let name = name.trim_start_matches(['.', '-']);
    (name.chars().any(char::is_alphanumeric) && !name.ends_with(".partial")).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_harmless() {
        for (told, name) in [
            ("Interaction-17.json", Some("Interaction-17.json")),
            ("../../.ssh/authorized_keys", Some("authorized_keys")),
            ("..\\evil.json", Some("evil.json")),
            (".bashrc", Some("bashrc")),
            ("-rf", Some("rf")),
            ("a\u{202e}nosj.exe", Some("a_nosj.exe")),
            ("x/", None),
            ("...", None),
            ("a.partial", None),
        ] {
            assert_eq!(harmless(told).as_deref(), name, "{told:?}");
        }
    }
}
