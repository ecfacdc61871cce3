//! One setting can hold a list of people (Recents does). Then a person is one entry of it, and the
//! setting can be put back without that entry instead of being deleted as a whole.

use serde_json::Value;

/// What is to be done with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// The whole setting goes.
    Delete,
    /// The setting is written anew without these entries: JSON pointers, deepest index last.
    TakeOut(Vec<String>),
}

impl Form {
    /// The form that fits `pointers`, the places of one setting at which a person was found. A list
    /// counts as one of people when it has several entries that are objects, and every place lies in
    /// it; when all entries are meant, the whole setting goes.
    pub fn fitting(setting: &Value, pointers: &[String]) -> Form {
        let mut list: Option<&str> = None;
        let mut entries: Vec<usize> = Vec::new();
        for pointer in pointers {
            match entry_of(setting, pointer) {
                Some((of, index)) if list.is_none_or(|known| known == of) => {
                    list = Some(of);
                    entries.push(index);
                }
                _ => return Form::Delete,
            }
        }
        let Some(list) = list else { return Form::Delete };
        entries.sort_unstable();
        entries.dedup();
        let all = setting
            .pointer(list)
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        if entries.len() >= all {
            return Form::Delete;
        }
        Form::TakeOut(entries.iter().map(|index| format!("{list}/{index}")).collect())
    }

    /// In words, for the preview.
    pub fn words(&self) -> String {
        match self {
            Form::Delete => "DELETE of the whole setting".to_owned(),
            Form::TakeOut(entries) if entries.len() == 1 => "PUT of the setting without one entry".to_owned(),
            Form::TakeOut(entries) => format!("PUT of the setting without {} entries", entries.len()),
        }
    }
}

/// The list that holds what `pointer` leads to, and the entry's number: the outermost one of several
/// objects.
fn entry_of<'a>(setting: &Value, pointer: &'a str) -> Option<(&'a str, usize)> {
    // Behind `#` begins a text that is JSON itself; entries of such a list are not taken apart.
    let plain = pointer.split('#').next().unwrap_or_default();
    let mut at = 0;
    while let Some(next) = plain[at..].find('/') {
        let list = &pointer[..at + next];
        let rest = &plain[at + next + 1..];
        let index = rest.split('/').next().unwrap_or_default();
        if let (Some(Value::Array(entries)), Ok(index)) = (setting.pointer(list), index.parse::<usize>())
            && entries.len() > 1
            && entries.iter().all(Value::is_object)
            && index < entries.len()
        {
            return Some((list, index));
        }
        at += next + 1;
    }
    None
}

/// The setting without the entries that `pointers` name; `None` when one of them is not there.
pub fn without(setting: &Value, pointers: &[String]) -> Option<Value> {
    let mut places: Vec<(&str, usize)> = pointers
        .iter()
        .map(|pointer| {
            let (list, index) = pointer.rsplit_once('/')?;
            Some((list, index.parse().ok()?))
        })
        .collect::<Option<_>>()?;
    // From the back, so that the numbers of the others stay right.
    places.sort_unstable_by_key(|(_, index)| std::cmp::Reverse(*index));
    let mut out = setting.clone();
    for (list, index) in places {
        let entries = out.pointer_mut(list)?.as_array_mut()?;
        if index >= entries.len() {
            return None;
        }
        entries.remove(index);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn form(setting: &Value, pointers: &[&str]) -> Form {
        Form::fitting(
            setting,
            &pointers.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>(),
        )
    }

    #[test]
    fn one_of_several_entries_is_taken_out() {
        let recents = json!({"id":"r","recents":[{"d":"a"},{"d":"b"},{"d":"c"}]});
        assert_eq!(
            form(&recents, &["/recents/1/d"]),
            Form::TakeOut(vec!["/recents/1".to_owned()])
        );
        let two = form(&recents, &["/recents/2/d", "/recents/0/d", "/recents/2/d"]);
        assert_eq!(
            two,
            Form::TakeOut(vec!["/recents/0".to_owned(), "/recents/2".to_owned()])
        );
        let Form::TakeOut(pointers) = two else {
            panic!("taken out")
        };
        assert_eq!(
            without(&recents, &pointers),
            Some(json!({"id":"r","recents":[{"d":"b"}]}))
        );
        assert_eq!(
            form(&recents, &["/recents/0/d", "/recents/1/d", "/recents/2/d"]),
            Form::Delete
        );
    }

    #[test]
    fn a_list_of_values_of_one_person_is_no_list_of_people() {
        let favorite = json!({"name":"f","emails":["a@example.org","b@example.org"],"x":[{"a":1},{"b":2}]});
        assert_eq!(form(&favorite, &["/emails/0"]), Form::Delete);
        assert_eq!(form(&favorite, &["/emails/0", "/x/0/a"]), Form::Delete);
        assert_eq!(form(&favorite, &[""]), Form::Delete);
        assert_eq!(form(&favorite, &[]), Form::Delete);
        assert_eq!(form(&json!({"data":"[{},{}]"}), &["/data#/0/a"]), Form::Delete);
    }

    #[test]
    fn what_is_not_there_cannot_be_taken_out() {
        let recents = json!({"recents":[{"d":"a"},{"d":"b"}]});
        assert_eq!(without(&recents, &["/recents/7".to_owned()]), None);
        assert_eq!(without(&recents, &["/nothing/0".to_owned()]), None);
    }
}
