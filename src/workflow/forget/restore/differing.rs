//! In what a saved setting differs from what stands there now, in words without personal data: an
//! operator who decides whether to write over it must know what is lost by that.

use serde_json::Value;

use super::Saved;
use crate::domain::mask::mask;
use crate::systems::gws::GroupContent;

/// Places told; the others are counted.
const TOLD: usize = 4;
/// Names of fields that settings of contacts bear. Any other key may be a person's.
const FIELDS: [&str; 24] = [
    "value",
    "values",
    "name",
    "id",
    "key",
    "label",
    "type",
    "category",
    "list",
    "entries",
    "items",
    "settings",
    "favorites",
    "recents",
    "contacts",
    "contact",
    "email",
    "emails",
    "phone",
    "phones",
    "number",
    "numbers",
    "address",
    "displayName",
];
/// Nesting that is followed.
const DEPTH: usize = 16;

/// In what a setting differs from the one that stands in its place.
pub(super) fn differs_in(one: &Saved, shown: Option<&GroupContent>) -> Vec<String> {
    let (Some(key), Some(shown)) = (&one.key, shown) else {
        return Vec::new();
    };
    let mut there = shown
        .with_key(key.value())
        .filter(|setting| setting.location == one.location);
    let there = there.next().map(|setting| &setting.value);
    there.map_or_else(Vec::new, |there| differing(&one.value, there))
}

/// Where the two differ: `value/favorites: 3 entries saved, 2 now`. Empty when they do not.
fn differing(saved: &Value, now: &Value) -> Vec<String> {
    let mut places = Vec::new();
    walk("", saved, now, 0, &mut places);
    if places.is_empty() && saved != now {
        places.push("an empty field".to_owned());
    }
    // Documents come in any order.
    places.sort();
    if places.len() > TOLD {
        let more = places.len() - TOLD;
        places.truncate(TOLD);
        places.push(match more {
            1 => "1 more place".to_owned(),
            more => format!("{more} more places"),
        });
    }
    places
}

fn walk(at: &str, saved: &Value, now: &Value, depth: usize, places: &mut Vec<String>) {
    if saved == now {
        return;
    }
    let mut tell = |what: &str| {
        let place = match at {
            "" => "the whole".to_owned(),
            at => named(at.trim_start_matches('/')),
        };
        places.push(format!("{place}: {what}"));
    };
    match (saved, now) {
        (Value::Object(was), Value::Object(is)) if depth < DEPTH => {
            for (name, value) in was {
                let below = format!("{at}/{name}");
                match is.get(name) {
                    Some(other) => walk(&below, value, other, depth + 1, places),
                    None => walk(&below, value, &Value::Null, DEPTH, places),
                }
            }
            for (name, value) in is.iter().filter(|(name, _)| !was.contains_key(*name)) {
                walk(&format!("{at}/{name}"), &Value::Null, value, DEPTH, places);
            }
        }
        (Value::Array(was), Value::Array(is)) if was.len() == is.len() => {
            let others = was.iter().zip(is).filter(|(was, is)| was != is).count();
            tell(&format!("{others} of {} differ", entries(is.len())));
        }
        (Value::Array(was), Value::Array(is)) => {
            tell(&format!("{} saved, {} now", entries(was.len()), is.len()));
        }
        // Values are often JSON in a text.
        (Value::String(was), Value::String(is)) => match (inside(was), inside(is)) {
            (Some(was), Some(is)) if depth < DEPTH => walk(at, &was, &is, depth + 1, places),
            _ => tell("another text"),
        },
        (Value::Null, _) => tell("only there now"),
        (_, Value::Null) => tell("only in what was saved"),
        _ => tell("another value"),
    }
}

fn named(pointer: &str) -> String {
    let parts: Vec<String> = pointer
        .split('/')
        .map(|part| match FIELDS.contains(&part) {
            true => part.to_owned(),
            false => mask(part),
        })
        .collect();
    parts.join("/")
}

fn entries(count: usize) -> String {
    match count {
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    }
}

fn inside(text: &str) -> Option<Value> {
    serde_json::from_str(text)
        .ok()
        .filter(|value: &Value| value.is_object() || value.is_array())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::differing;

    #[test]
    fn places_are_named_and_what_stands_there_is_not() {
        let saved = json!({"name": "7", "value": {"list": [1, 2, 3], "label": "Anna"}});
        let now = json!({"name": "7", "value": {"list": [1, 3], "label": "Bela"}, "category": "x", "anna_muster": 1});
        assert_eq!(
            differing(&saved, &now),
            [
                "a•••_••••••: only there now",
                "category: only there now",
                "value/label: another text",
                "value/list: 3 entries saved, 2 now",
            ]
        );
        assert!(differing(&saved, &saved).is_empty());
        assert_eq!(differing(&json!({"note": null}), &json!({})), ["an empty field"]);
    }

    #[test]
    fn json_in_a_text_is_looked_into_and_names_that_could_be_data_are_masked() {
        let saved = json!({"value": "{\"a.person@example.org\":[1,2]}"});
        let now = json!({"value": "{\"a.person@example.org\":[1,3]}"});
        let told = differing(&saved, &now).join("");
        assert!(told.ends_with("1 of 2 entries differ"), "{told}");
        assert!(!told.contains("person"), "{told}");
    }

    #[test]
    fn many_places_are_counted() {
        let saved = json!({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1});
        let now = json!({"a": 2, "b": 2, "c": 2, "d": 2, "e": 2, "f": 2});
        assert_eq!(differing(&saved, &now).last().unwrap(), "2 more places");
    }
}
