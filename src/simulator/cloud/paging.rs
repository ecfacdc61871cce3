//! Pages: `pageSize` and `pageNumber`, and the fields that tell where a page stands.

use serde_json::{Value, json};

use super::answer::ApiError;
use super::call::Call;

/// A page as asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    /// Entries on a page.
    pub size: u64,
    /// Number of the page, from 1.
    pub number: u64,
}

impl Page {
    /// The page that a call asks for.
    pub(crate) fn of(call: &Call<'_>, most: u64) -> Result<Page, ApiError> {
        Ok(Page {
            size: number(call, "pageSize", 25, most)?,
            number: number(call, "pageNumber", 1, u64::from(u32::MAX))?,
        })
    }

    /// Entries before this page.
    pub(crate) fn skip(self) -> u64 {
        self.size.saturating_mul(self.number - 1)
    }

    /// A listing of one page out of `total` entries.
    pub(crate) fn listing(self, path: &str, total: u64, entities: Vec<Value>) -> Value {
        let pages = total.div_ceil(self.size);
        let uri = |number: u64| format!("{path}?pageSize={}&pageNumber={number}", self.size);
        let mut listing = json!({
            "entities": entities,
            "pageSize": self.size,
            "pageNumber": self.number,
            "total": total,
            "firstUri": uri(1),
            "selfUri": uri(self.number),
            "lastUri": uri(pages.max(1)),
            "pageCount": pages,
        });
        if let Some(fields) = listing.as_object_mut() {
            if self.number < pages {
                fields.insert("nextUri".to_owned(), Value::from(uri(self.number + 1)));
            }
            if self.number > 1 {
                fields.insert("previousUri".to_owned(), Value::from(uri(self.number - 1)));
            }
        }
        listing
    }

    /// The entries of this page out of all.
    pub(crate) fn cut<T>(self, all: Vec<T>) -> Vec<T> {
        let skip = usize::try_from(self.skip()).unwrap_or(usize::MAX);
        let take = usize::try_from(self.size).unwrap_or(usize::MAX);
        all.into_iter().skip(skip).take(take).collect()
    }
}

fn number(call: &Call<'_>, name: &'static str, default: u64, most: u64) -> Result<u64, ApiError> {
    let Some(text) = call.parameter(name) else {
        return Ok(default);
    };
    text.parse()
        .ok()
        .filter(|number| (1..=most).contains(number))
        .ok_or_else(|| ApiError::query_value(text, name, &format!("1 to {most}")))
}
