//! Which settings group a row belongs to, and whose it is, as far as the row itself tells. The schema
//! of the settings is not published, so this goes by names and by what group names look like.

use crate::systems::keyspace::cell_type::CellType;
use crate::systems::keyspace::page::{Part, Row};

/// Names of columns that hold a group.
const GROUP_NAMES: [&str; 6] = [
    "group",
    "group_name",
    "groupname",
    "settings_group",
    "settinggroup",
    "category",
];
/// Parts of names of columns that hold an owner.
const OWNER_NAMES: [&str; 6] = ["owner", "user", "agent", "person", "login", "employee"];
/// What a group name holds, when no column says that it is one.
const GROUP_WORDS: [&str; 6] = [
    "favorite",
    "favourite",
    "recent",
    "preference",
    "setting",
    "interaction-workspace",
];

/// What a row tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placing {
    /// The settings group.
    pub group: Option<String>,
    /// The owner: a name, login or id.
    pub owner: Option<String>,
}

impl Placing {
    /// Reads it from the keys and, where these do not tell, from short values of `row`; `column` is
    /// the name of the column of the match, which can be the group itself.
    pub fn of(row: &Row<'_>, column: &str) -> Placing {
        let parts = || row.keys.iter().chain(row.cells);
        let group = parts()
            .find(|part| GROUP_NAMES.contains(&name_of(part).as_str()))
            .and_then(short_text)
            .or_else(|| row.keys.iter().filter_map(short_text).find(|text| is_group(text)))
            .or_else(|| is_group(column).then(|| column.to_owned()));
        let owner = parts()
            .find(|part| {
                let name = name_of(part);
                OWNER_NAMES.iter().any(|owner| name.contains(owner))
            })
            .and_then(short_text)
            .or_else(|| {
                let first = row.keys.first().and_then(short_text)?;
                (Some(&first) != group.as_ref()).then_some(first)
            });
        Placing { group, owner }
    }
}

fn name_of(part: &Part<'_>) -> String {
    match part.name_type {
        // The name is data, and tells nothing of what the value is.
        Some(_) => String::new(),
        None => String::from_utf8_lossy(part.name).to_lowercase(),
    }
}

fn short_text(part: &Part<'_>) -> Option<String> {
    if part.value.is_empty() || part.value.len() > 256 || matches!(part.cell_type, CellType::Opaque) {
        return None;
    }
    let text = std::str::from_utf8(part.value).ok()?;
    (!text.chars().any(char::is_control) && !text.starts_with(['{', '['])).then(|| text.to_owned())
}

fn is_group(text: &str) -> bool {
    let lower = text.to_lowercase();
    !text.contains(char::is_whitespace)
        && !text.contains('@')
        && text.len() <= 128
        && GROUP_WORDS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part<'a>(name: &'a str, value: &'a str) -> Part<'a> {
        Part {
            name: name.as_bytes(),
            name_type: None,
            value: value.as_bytes(),
            cell_type: &CellType::Text,
        }
    }

    #[test]
    fn groups_and_owners_by_name_and_by_look() {
        let keys = [
            part("key", "agent7@example.org"),
            part("column1", "interaction-workspace-personal-favorites"),
        ];
        let row = Row {
            keys: &keys,
            cells: &[],
        };
        let placing = Placing::of(&row, "value");
        assert_eq!(
            placing.group.as_deref(),
            Some("interaction-workspace-personal-favorites")
        );
        assert_eq!(placing.owner.as_deref(), Some("agent7@example.org"));

        let keys = [part("id", "17")];
        let cells = [
            part("userName", "agent7"),
            part("group", "recents"),
            part("value", "{}"),
        ];
        let row = Row {
            keys: &keys,
            cells: &cells,
        };
        let placing = Placing::of(&row, "value");
        assert_eq!(
            (placing.group.as_deref(), placing.owner.as_deref()),
            (Some("recents"), Some("agent7"))
        );

        let keys = [part("key", "agent7")];
        let row = Row {
            keys: &keys,
            cells: &[],
        };
        let placing = Placing::of(&row, "interaction-workspace-recents");
        assert_eq!(placing.group.as_deref(), Some("interaction-workspace-recents"));
    }
}
