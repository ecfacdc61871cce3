//! Values of the domain as columns and back.

use jiff::{Timestamp, Unit};
use rusqlite::types::Type;

/// A time as a column.
pub(crate) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A column as a time.
pub(crate) fn time(micros: Option<i64>) -> Option<Timestamp> {
    micros.and_then(|micros| Timestamp::from_microsecond(micros).ok())
}

/// A word that must be one of ours.
pub(crate) fn words<T>(column: usize, value: Option<T>) -> rusqlite::Result<T> {
    value.ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, "a word that is not known".into())
    })
}

/// JSON that was written by us. The error names the column, not what stands in it.
pub(crate) fn json<T: serde::de::DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|_| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, "not what was written".into())
    })
}

/// `, 12 min ago`, coarse; empty when it lies in the future.
pub(crate) fn ago(then: Timestamp, now: Timestamp) -> String {
    let minutes = now
        .since((Unit::Minute, then))
        .map_or(-1, |span| span.get_minutes());
    match minutes {
        ..0 => String::new(),
        0 => " just now".to_owned(),
        1..120 => format!(" {minutes} min ago"),
        120..2880 => format!(" {} h ago", minutes / 60),
        _ => format!(" {} days ago", minutes / 1440),
    }
}
