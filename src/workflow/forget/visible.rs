//! What GWS itself shows of a person: every group is read, and every setting searched with the same
//! eyes as the cells of the keyspace.

use crate::domain::failure::Failure;
use crate::domain::progress::{Listener, Progress};
use crate::systems::gws::{Group, GroupName, Gws, Setting};
use crate::systems::keyspace::CellType;
use crate::systems::keyspace::matching::{Finding, Needles};

/// A setting that GWS shows and that holds a person.
#[derive(Clone)]
pub(super) struct Held {
    pub group: GroupName,
    pub corporate: bool,
    pub attribute: String,
    pub setting: Setting,
    pub findings: Vec<Finding>,
    /// How many settings of the group have this key.
    pub of_this_key: usize,
    /// How many of those are at this location.
    pub of_this_place: usize,
}

/// All of them.
#[derive(Default)]
pub(super) struct Visible {
    pub held: Vec<Held>,
    /// Groups that could not be read.
    pub unread: Vec<(GroupName, Failure)>,
    /// The group asked for, where GWS shows none of that name.
    pub absent: Option<GroupName>,
}

/// Reads the groups (or the one asked for).
pub(super) async fn look(
    gws: &Gws,
    needles: &Needles,
    only: Option<&GroupName>,
    listener: &Listener,
) -> Result<Visible, Failure> {
    let mut groups = gws.groups().await?;
    if let Some(only) = only {
        groups.retain(|group| group.name == *only);
        if groups.is_empty() {
            // A custom group need not be listed.
            groups.push(Group {
                name: only.clone(),
                display_name: None,
                key: "name".to_owned(),
            });
        }
    }
    let mut visible = Visible::default();
    let total = groups.len() as u64;
    for (done, group) in groups.into_iter().enumerate() {
        listener.tell(Progress {
            done: done as u64,
            total: Some(total),
            unit: "settings groups",
            note: "looking up in GWS".to_owned(),
        });
        match gws.group(&group.name, &group.key).await {
            Ok(None) if only.is_some() => visible.absent = Some(group.name),
            Ok(None) => {}
            Ok(Some(content)) => {
                for setting in &content.settings {
                    let text = setting.value.to_string();
                    let found = needles.search_cell(&CellType::Text, text.as_bytes(), "").found;
                    if found.is_empty() {
                        continue;
                    }
                    let same: Vec<&Setting> = match &setting.key {
                        Some(key) => content.with_key(key).collect(),
                        None => Vec::new(),
                    };
                    let place = |other: &&&Setting| other.location == setting.location;
                    visible.held.push(Held {
                        corporate: group.is_corporate(),
                        group: group.name.clone(),
                        attribute: group.key.clone(),
                        of_this_key: same.len(),
                        of_this_place: same.iter().filter(place).count(),
                        setting: setting.clone(),
                        findings: found,
                    });
                }
            }
            Err(failure) => visible.unread.push((group.name, failure)),
        }
    }
    Ok(visible)
}
