//! Lists in pages. Whether and how the service pages is **assumed**, so a list also ends when a page
//! brings nothing new.

use std::collections::HashSet;

use serde_json::Value;

use super::errors;
use super::exchange::{Call, Exchange};
use super::types::Listed;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::{Listener, Progress};
use crate::systems::genesys_cloud::json;

/// More entries than this are not read.
const MOST: usize = 200_000;

/// One kind of list.
pub(super) struct Kind<T> {
    /// Key of its path.
    pub path: &'static str,
    /// Key of the field that holds the entries.
    pub list: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// Reads one entry.
    pub read: fn(&super::Assumed, &Value) -> Result<T, String>,
    /// The id of an entry.
    pub id: fn(&T) -> &str,
}

/// Reads all pages.
pub(super) async fn all<T>(
    exchange: &Exchange,
    kind: &Kind<T>,
    listener: &Listener,
) -> Result<Listed<T>, Failure> {
    let assumed = &exchange.place.assumed;
    let size = exchange.tuning.page_size;
    let mut page: usize = assumed.get("first_page").parse().unwrap_or(1);
    let mut listed = Listed {
        items: Vec::new(),
        unreadable: Vec::new(),
    };
    let mut seen = HashSet::new();
    loop {
        let path = format!(
            "{}?{}={page}&{}={size}",
            assumed.path(kind.path, None),
            assumed.get("page_parameter"),
            assumed.get("page_size_parameter"),
        );
        let call = Call::get(path, kind.what);
        let (entries, total) = match read_page(exchange, &call, kind.list).await {
            Ok(page) => page,
            // What was read before counts; what is missing is told.
            Err(failure) if seen.is_empty() || failure.kind == FailureKind::Interrupted => {
                return Err(failure);
            }
            Err(failure) => {
                listed
                    .unreadable
                    .push(format!("page {page} could not be read: {}", failure.message));
                return Ok(listed);
            }
        };
        let count = entries.len();
        let before = seen.len();
        for entry in entries {
            match (kind.read)(assumed, &entry) {
                Ok(item) => {
                    if seen.insert((kind.id)(&item).to_owned()) {
                        listed.items.push(item);
                    }
                }
                Err(why) => listed.unreadable.push(why),
            }
        }
        listener.tell(Progress {
            done: listed.items.len() as u64,
            total,
            unit: kind.unit,
            note: String::new(),
        });
        let read = listed.items.len() + listed.unreadable.len();
        let whole = total.is_some_and(|total| read as u64 >= total);
        if count == 0 || whole || seen.len() == before || (total.is_none() && count < size) {
            if let Some(total) = total.filter(|total| *total > read as u64) {
                listed
                    .unreadable
                    .push(format!("the service told of {total} entries and gave {read}"));
            }
            return Ok(listed);
        }
        if read >= MOST {
            listed
                .unreadable
                .push(format!("only the first {MOST} entries were read"));
            return Ok(listed);
        }
        page += 1;
    }
}

async fn read_page(
    exchange: &Exchange,
    call: &Call,
    list: &str,
) -> Result<(Vec<Value>, Option<u64>), Failure> {
    let answer = exchange.read(call).await?;
    let mut told: Value =
        json::read(&answer.body).map_err(|why| errors::bad_answer(call, &answer.head, &why))?;
    let assumed = &exchange.place.assumed;
    let total = assumed.number(&told, "total_field");
    let entries = match &mut told {
        Value::Array(entries) => Some(std::mem::take(entries)),
        Value::Object(fields) => match fields.get_mut(assumed.get(list)) {
            Some(Value::Array(entries)) => Some(std::mem::take(entries)),
            _ => None,
        },
        _ => None,
    };
    let why = || format!("it has no list under {}", assumed.get(list));
    let entries = entries.ok_or_else(|| errors::bad_answer(call, &answer.head, &why()))?;
    Ok((entries, total))
}
