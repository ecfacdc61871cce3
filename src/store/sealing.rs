//! What is personal in a store can be encrypted: its statements pass such values through `seal`,
//! `seal_alike` (for what is looked up by equality) and `unseal`, functions of the connection that do
//! nothing in a store that is not encrypted. A store is either sealed as a whole or not at all: it is
//! converted in one transaction, and who opened it before may write nothing after.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, TransactionBehavior};

use super::Store;
use super::error::{StoreError, StoreResult, storage};
use crate::domain::actor::Actor;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::sealing::SharedSeal;

/// In front of what is sealed. No text of ours begins with a control character.
const MARK: &str = "\u{1}sealed:";

/// What is sealed: table, columns, and those of them that are looked up by equality.
const SEALED: [(&str, &[&str], &[&str]); 13] = [
    (
        "operations",
        &["subject", "replacement_terms", "label", "merge_set", "reason", "waits_for", "detail"],
        &["subject_key", "reference"],
    ),
    ("requests", &["subject", "label", "replacement_terms"], &["subject_key"]),
    ("notes", &["text"], &[]),
    ("changes", &["detail"], &[]),
    ("cases", &["data"], &["reference"]),
    ("case_cells", &["detail", "evidence"], &[]),
    ("case_trail", &["text"], &[]),
    ("holds", &["reason", "identifiers", "keys", "lifted_why"], &[]),
    ("forget_runs", &["summary"], &[]),
    ("forget_steps", &["key_value", "location", "owner", "detail"], &[]),
    ("forget_saves", &["content"], &[]),
    ("scan_slices", &["state"], &[]),
    ("export_files", &["name"], &[]),
];
