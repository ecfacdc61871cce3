//! What is personal in a store can be encrypted: its statements pass such values through `seal`,
//! `seal_alike` (for what is looked up by equality) and `unseal`, functions of the connection that do
//! nothing in a store that is not encrypted. A store is either sealed as a whole or not at all: it is
//! converted in one transaction, and who opened it before may write nothing after.

mod convert;
mod tables;

use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags};

use super::error::{StoreError, StoreResult};
use super::{Store, files, migrate};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::sealing::SharedSeal;

pub(super) use convert::bind;

/// In front of what is sealed. No text of ours begins with a control character.
const MARK: &str = "\u{1}sealed at:";

/// In front of what was sealed before values were bound to their places; such a store is sealed anew
/// when it is opened.
const OLD_MARK: &str = "\u{1}sealed:";

/// In front of the key's id where each value is bound to its place. Ids are hexadecimal.
const FORM: &str = "placed:";

/// Makes the functions known to a connection: `seal(value, 'table.column', row)`,
/// `seal_alike(value, 'column')`, and `unseal` with the same places.
pub(super) fn install(connection: &Connection, seal: Option<&SharedSeal>) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    let alike = flags | FunctionFlags::SQLITE_DETERMINISTIC;
    let own = seal.cloned();
    connection.create_scalar_function("seal", 3, flags, move |context| {
        sealed(context, own.as_ref(), |seal, plain, place| {
            seal.0.seal(plain, place)
        })
    })?;
    let own = seal.cloned();
    connection.create_scalar_function("seal_alike", 2, alike, move |context| {
        sealed(context, own.as_ref(), |seal, plain, place| {
            seal.0.seal_alike(plain, place)
        })
    })?;
    for arguments in [2, 3] {
        let own = seal.cloned();
        connection.create_scalar_function("unseal", arguments, alike, move |context| {
            unsealed(context, own.as_ref(), MARK)
        })?;
    }
    let own = seal.cloned();
    connection.create_scalar_function("unseal_old", 1, alike, move |context| {
        unsealed(context, own.as_ref(), OLD_MARK)
    })
}

/// Where a value stands, as its statement says: everything behind the value itself.
fn place(context: &Context<'_>) -> rusqlite::Result<Vec<u8>> {
    let mut place = Vec::new();
    for argument in 1..context.len() {
        if argument > 1 {
            place.push(0);
        }
        match context.get_raw(argument) {
            ValueRef::Text(text) => place.extend_from_slice(text),
            ValueRef::Integer(number) => place.extend_from_slice(number.to_string().as_bytes()),
            _ => {
                let why = "the place of a sealed value is not known";
                return Err(rusqlite::Error::UserFunctionError(why.into()));
            }
        }
    }
    Ok(place)
}

/// The value as it came.
fn owned(value: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text)
                .map_err(|error| rusqlite::Error::UserFunctionError(error.into()))?;
            Value::Text(text.to_owned())
        }
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_owned()),
    })
}

/// What says nothing stays as it is, so that a statement may ask whether anything is there.
fn says_nothing(plain: &[u8]) -> bool {
    matches!(plain, b"" | b"[]" | b"{}")
}

fn sealed(
    context: &Context<'_>,
    seal: Option<&SharedSeal>,
    how: impl Fn(&SharedSeal, &[u8], &[u8]) -> Vec<u8>,
) -> rusqlite::Result<Value> {
    let value = context.get_raw(0);
    let Some(seal) = seal else {
        return owned(value);
    };
    Ok(match value {
        ValueRef::Text(plain) | ValueRef::Blob(plain) if says_nothing(plain) => owned(value)?,
        ValueRef::Text(plain) => {
            let sealed = how(seal, plain, &place(context)?);
            Value::Text(format!("{MARK}{}", STANDARD_NO_PAD.encode(sealed)))
        }
        ValueRef::Blob(plain) => Value::Blob([MARK.as_bytes(), &how(seal, plain, &place(context)?)].concat()),
        other => owned(other)?,
    })
}

fn unsealed(context: &Context<'_>, seal: Option<&SharedSeal>, mark: &str) -> rusqlite::Result<Value> {
    let value = context.get_raw(0);
    let failed = |why: &str| rusqlite::Error::UserFunctionError(why.into());
    let open = |sealed: &[u8]| {
        let seal = seal.ok_or_else(|| failed("the store is encrypted, and was opened without its key"))?;
        seal.0
            .open(sealed, &place(context)?)
            .ok_or_else(|| failed("a sealed value is damaged, or stands where it does not belong"))
    };
    let bytes = match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        other => return owned(other),
    };
    // It was bound to nothing, so anybody may have put it here.
    if mark == MARK && seal.is_some() && bytes.starts_with(OLD_MARK.as_bytes()) {
        return Err(failed("a sealed value is of a form that is no longer in use"));
    }
    // Sealed a second time it would be lost to every reader.
    if mark == OLD_MARK && bytes.starts_with(MARK.as_bytes()) {
        return Err(failed("a sealed value is bound to its place already"));
    }
    match value {
        ValueRef::Text(text) => match text.strip_prefix(mark.as_bytes()) {
            None => owned(value),
            Some(sealed) => {
                let sealed = STANDARD_NO_PAD
                    .decode(sealed)
                    .map_err(|_| failed("a sealed value is damaged"))?;
                let plain =
                    String::from_utf8(open(&sealed)?).map_err(|_| failed("a sealed value is no text"))?;
                Ok(Value::Text(plain))
            }
        },
        ValueRef::Blob(bytes) => match bytes.strip_prefix(mark.as_bytes()) {
            None => owned(value),
            Some(sealed) => open(sealed).map(Value::Blob),
        },
        other => owned(other),
    }
}

/// How a store is sealed: [`FORM`] and the id of the key, or the id alone where values are bound to no
/// place yet; `None` for one that is not sealed. Form and key stand in one value, so that a process that
/// opened the store before it was sealed anew writes nothing more.
pub(super) fn sealing_of(connection: &Connection) -> StoreResult<Option<String>> {
    use rusqlite::OptionalExtension;
    let found = connection
        .prepare_cached("SELECT value FROM meta WHERE key = 'sealed'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(found)
}

impl Store {
    /// Whether what is personal in the store at `path` is encrypted, which can be told without its key;
    /// `None` where there is no store. Nothing is changed. Blocking for a moment.
    ///
    /// # Errors
    /// A file that is not a store or is damaged, or a store written by a newer version.
    pub fn sealed_at(path: &Path) -> Result<Option<bool>, Failure> {
        if !path.exists() {
            return Ok(None);
        }
        files::check_header(path, migrate::VERSION)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let failed = |error: rusqlite::Error| StoreError::from(error).into_failure();
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(Duration::from_secs(10)).map_err(failed)?;
        let sealed = sealing_of(&connection).map_err(StoreError::into_failure)?;
        Ok(Some(sealed.is_some()))
    }
}

/// How it is said that a store is sealed with this key.
fn sealed_with(seal: &SharedSeal) -> String {
    format!("{FORM}{}", seal.0.id())
}

/// Whether this key, or none, is the one that the store needs.
pub(super) fn check(found: Option<&str>, seal: Option<&SharedSeal>) -> StoreResult<()> {
    let found = found.map(|found| found.strip_prefix(FORM).unwrap_or(found));
    match (found, seal.map(|seal| seal.0.id())) {
        (None, None) => Ok(()),
        (Some(found), Some(given)) if found == given => Ok(()),
        (Some(_), None) => Err(Failure::new(
            FailureKind::Permission,
            "The store is encrypted, and its key is not open.",
        )
        .next("Give its passphrase, or put its key file back from a copy.")
        .into()),
        (Some(_), Some(_)) => Err(Failure::new(
            FailureKind::Storage,
            "The store is encrypted with another key than the one beside it. It was left as it is.",
        )
        .next("Put the key file back that belongs to it.")
        .into()),
        // The key is there for the register of suppressed identifiers, or the conversion was never done.
        (None, Some(_)) => Ok(()),
    }
}

/// Fails when the store was converted since it was opened: what is written now would be of the other kind.
pub(super) fn unchanged(connection: &Connection, opened: Option<&str>) -> StoreResult<()> {
    if sealing_of(connection)?.as_deref() == opened {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Conflict,
        "The store was encrypted, or decrypted, since it was opened. Nothing was written.",
    )
    .next("Start again.")
    .into())
}

#[cfg(test)]
mod tests;
