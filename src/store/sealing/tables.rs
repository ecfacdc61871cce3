//! Which columns are sealed, and what each of their values is bound to.

/// One table: columns that are sealed, those of them that are looked up by equality with the name under
/// which they are, and what tells a row from the others.
pub(super) struct Sealed {
    pub(super) table: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) alike: &'static [&'static str],
    pub(super) row: &'static str,
}

const fn table(
    table: &'static str,
    columns: &'static [&'static str],
    alike: &'static [&'static str],
    row: &'static str,
) -> Sealed {
    Sealed {
        table,
        columns,
        alike,
        row,
    }
}

/// What is sealed. A value is bound to table, column and row; one that is looked up by equality is bound
/// to its column's name alone, since it must be the same in every row and in two tables.
pub(super) const SEALED: [Sealed; 12] = [
    table(
        "operations",
        &[
            "subject",
            "replacement_terms",
            "label",
            "merge_set",
            "reason",
            "detail",
        ],
        &["subject_key", "reference"],
        "id",
    ),
    table(
        "requests",
        &["subject", "label", "replacement_terms"],
        &["subject_key"],
        "id",
    ),
    // What a system said of a change may repeat what was sent to it.
    table("changes", &["detail"], &[], "id"),
    // Several rows of one operation, request or case are bound to that.
    table("notes", &["text"], &[], "id"),
    table("cases", &["data"], &["reference"], "number"),
    table("case_cells", &["detail"], &[], "number"),
    table("case_trail", &["text"], &[], "number"),
    table("case_settlements", &["reason"], &[], "id"),
    table(
        "holds",
        &["reason", "identifiers", "keys", "lifted_why"],
        &[],
        "number",
    ),
    table(
        "forget_steps",
        &["key_value", "location", "owner", "detail"],
        &[],
        "run || ':' || ordinal",
    ),
    table("forget_saves", &["content"], &[], "run || ':' || group_name"),
    table(
        "scan_slices",
        &["state"],
        &[],
        "scope || ':' || table_name || ':' || slice",
    ),
];
