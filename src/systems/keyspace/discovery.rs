//! Which tables are searched, in which order, and which are left out for what reason. A keyspace is
//! shared: settings stand beside voicemail. Everything is searched unless the operator says otherwise;
//! what looks like settings comes first.

use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};

use super::description::{Column, Description, TableInfo, TableKind};
use super::error::KeyspaceError;
use super::report::LeftOut;

/// Names of tables and columns in which settings, favourites and recents are likely.
const LIKELY: [&str; 6] = ["favorite", "favourite", "recent", "setting", "prefer", "personal"];
/// Names in which people are.
const PEOPLE: [&str; 8] = [
    "user", "agent", "person", "contact", "address", "customer", "profile", "history",
];

/// Which tables, by patterns as of a shell (`*`, `?`, `[…]`, `{a,b}`), without regard to case.
#[derive(Clone, Debug, Default)]
pub struct Globs {
    include: Vec<GlobMatcher>,
    exclude: Vec<GlobMatcher>,
}

impl Globs {
    /// Reads the patterns. Without an include pattern every table is included; exclude wins.
    ///
    /// # Errors
    /// A configuration error that names the pattern.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Globs, KeyspaceError> {
        Ok(Globs {
            include: matchers(include)?,
            exclude: matchers(exclude)?,
        })
    }

    /// Why a table is left out, if it is.
    fn leaves_out(&self, table: &str) -> Option<String> {
        if let Some(pattern) = self.exclude.iter().find(|pattern| pattern.is_match(table)) {
            return Some(format!("excluded by the pattern {}", pattern.glob()));
        }
        let included = self.include.is_empty() || self.include.iter().any(|pattern| pattern.is_match(table));
        (!included).then(|| "not among the included patterns".to_owned())
    }
}

fn matchers(patterns: &[String]) -> Result<Vec<GlobMatcher>, KeyspaceError> {
    patterns
        .iter()
        .map(|pattern| {
            let glob = GlobBuilder::new(pattern).case_insensitive(true).build();
            glob.map(|glob| glob.compile_matcher()).map_err(|error| {
                let why = crate::domain::text::clean(&error.kind().to_string());
                let shown = crate::domain::text::clean(pattern);
                KeyspaceError::Configuration(format!("the pattern {shown} cannot be read: {why}"))
            })
        })
        .collect()
}

/// How likely a table holds what is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Its name or a column says settings, favourites or recents.
    Likely,
    /// Its name or a column says people.
    People,
    /// Neither.
    Other,
}

impl Rank {
    /// `likely`, `people`, `other`.
    pub fn as_str(self) -> &'static str {
        match self {
            Rank::Likely => "likely",
            Rank::People => "people",
            Rank::Other => "other",
        }
    }
}

/// A table that will be searched.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The table.
    pub table: Arc<TableInfo>,
    /// How likely it holds what is looked for.
    pub rank: Rank,
}

/// What will be searched and what will not.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Tables in the order in which they are searched.
    pub tables: Vec<Planned>,
    /// Tables and columns that are not searched, with reasons.
    pub left_out: Vec<LeftOut>,
}

/// Decides over each table of a keyspace.
pub fn plan(description: &Description, globs: &Globs) -> Plan {
    let mut plan = Plan::default();
    for table in &description.tables {
        match reason(table, globs) {
            Some(reason) => plan.left_out.push(left_out(table, None, reason, false)),
            None => include(&mut plan, table),
        }
    }
    plan.tables.sort_by(|a, b| {
        let key = |planned: &Planned| (planned.rank, planned.table.bytes.unwrap_or(0));
        key(a).cmp(&key(b)).then_with(|| a.table.name.cmp(&b.table.name))
    });
    plan
}

fn include(plan: &mut Plan, table: &TableInfo) {
    for column in &table.columns {
        if let Some(why) = &column.unsearchable {
            // What could hold nobody is no gap.
            let gap = !column.cell_type.is_opaque();
            plan.left_out
                .push(left_out(table, Some(&column.name), why.clone(), gap));
        }
    }
    if table.hidden_columns {
        let reason = "columns that were written over Thrift and never declared are not visible over CQL; \
                      search this cluster at its Thrift port (usually 9160)";
        plan.left_out.push(left_out(table, None, reason.to_owned(), true));
    }
    if table.searchable().next().is_some() {
        plan.tables.push(Planned {
            rank: rank(table),
            table: Arc::new(table.clone()),
        });
    }
}

fn left_out(table: &TableInfo, column: Option<&str>, reason: String, gap: bool) -> LeftOut {
    LeftOut {
        table: table.name.clone(),
        column: column.map(str::to_owned),
        reason,
        gap,
    }
}

fn reason(table: &TableInfo, globs: &Globs) -> Option<String> {
    if let Some(reason) = globs.leaves_out(&table.name) {
        return Some(reason);
    }
    if table.kind == TableKind::View {
        return Some("a view of another table, which is searched itself".to_owned());
    }
    let opaque = |column: &Column| column.unsearchable.is_none() && column.cell_type.is_opaque();
    if !table.columns.is_empty() && table.columns.iter().all(opaque) {
        return Some("no column of it can hold text, a number or a blob".to_owned());
    }
    None
}

/// How likely a table holds what is looked for.
pub fn rank(table: &TableInfo) -> Rank {
    let mut names = std::iter::once(&table.name).chain(table.columns.iter().map(|column| &column.name));
    let holds = |name: &String, words: &[&str]| {
        let lower = name.to_lowercase();
        words.iter().any(|word| lower.contains(word))
    };
    if names.clone().any(|name| holds(name, &LIKELY)) {
        Rank::Likely
    } else if names.any(|name| holds(name, &PEOPLE)) {
        Rank::People
    } else {
        Rank::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::keyspace::{CellType, ColumnKind, Partitioner, Protocol};

    fn table(name: &str, bytes: u64, cell_type: CellType) -> TableInfo {
        TableInfo {
            name: name.to_owned(),
            kind: TableKind::Cql,
            columns: vec![Column {
                name: "value".to_owned(),
                kind: ColumnKind::Regular,
                cell_type,
                type_name: "x".to_owned(),
                unsearchable: None,
            }],
            bytes: Some(bytes),
            partitions: None,
            hidden_columns: false,
        }
    }

    fn description(tables: Vec<TableInfo>) -> Description {
        Description {
            protocol: Protocol::Simulator,
            version: String::new(),
            cluster: "c".to_owned(),
            keyspace: "sipfs".to_owned(),
            replication: String::new(),
            partitioner: Partitioner::Murmur3,
            data_centres: Vec::new(),
            local_data_centre: None,
            nodes: Vec::new(),
            tables,
            notes: Vec::new(),
        }
    }

    #[test]
    fn settings_first_then_people_then_by_size() {
        let mut hidden = table("user_settings", 9, CellType::Blob);
        hidden.hidden_columns = true;
        let mut custom = table("odd", 2, CellType::Text);
        custom.columns[0].unsearchable = Some("a type that cannot be read".to_owned());
        let described = description(vec![
            table("voicemail", 900, CellType::Blob),
            table("agents", 5, CellType::Text),
            hidden,
            table("counters", 1, CellType::Opaque),
            custom,
            table("audio", 1, CellType::Blob),
        ]);
        let globs = Globs::new(&[], &["VOICE*".to_owned()]).unwrap();
        let plan = plan(&described, &globs);
        let names: Vec<&str> = plan
            .tables
            .iter()
            .map(|planned| planned.table.name.as_str())
            .collect();
        assert_eq!(names, ["user_settings", "agents", "audio"]);
        let gaps: Vec<&str> = plan
            .left_out
            .iter()
            .filter(|l| l.gap)
            .map(|l| l.table.as_str())
            .collect();
        assert_eq!(gaps, ["user_settings", "odd"]);
        assert!(
            plan.left_out
                .iter()
                .any(|l| l.table == "voicemail" && l.reason.ends_with("VOICE*"))
        );
        assert!(plan.left_out.iter().any(|l| l.table == "counters" && !l.gap));
    }

    #[test]
    fn patterns_include_and_exclude_and_are_checked() {
        let globs = Globs::new(&["user_*".to_owned()], &["*_old".to_owned()]).unwrap();
        assert!(globs.leaves_out("user_settings").is_none());
        assert!(globs.leaves_out("user_settings_old").is_some());
        assert!(globs.leaves_out("voicemail").is_some());
        assert!(matches!(
            Globs::new(&["[".to_owned()], &[]),
            Err(KeyspaceError::Configuration(_))
        ));
    }
}
