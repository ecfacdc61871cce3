//! A subject given as JSON (`--subject FILE|-`): exactly the record meant, without a search.

use serde_json::{Map, Value};

use crate::domain::candidate::Candidate;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::fold;
use crate::domain::subject::Subject;

/// The fields of a subject: the API's name and ours.
const FIELDS: [(&str, &str); 10] = [
    ("name", "name"),
    ("userId", "user_id"),
    ("externalContactId", "external_contact_id"),
    ("dialerContactId", "dialer_contact_id"),
    ("journeyCustomer", "journey_customer"),
    ("socialHandle", "social_handle"),
    ("externalId", "external_id"),
    ("addresses", "addresses"),
    ("phoneNumbers", "phone_numbers"),
    ("emailAddresses", "email_addresses"),
];

/// Reads a subject in the API's spelling or ours, or an item of `subjects search`, whose `subject`
/// is then taken.
///
/// # Errors
/// A usage failure that names the field, never a value.
pub fn parse(text: &str) -> Result<Subject, Failure> {
    let value: Value = serde_json::from_str(text).map_err(|wrong| {
        usage(&format!(
            "not JSON (line {}, column {})",
            wrong.line(),
            wrong.column()
        ))
    })?;
    let Value::Object(mut object) = value else {
        return Err(usage("not one JSON object"));
    };
    if let Some(Value::Object(inner)) = object.remove("subject") {
        object = inner;
    }
    let subject: Subject = serde_json::from_value(Value::Object(snake(object)?))
        .map_err(|_| usage("a field has a wrong type"))?;
    if subject == Subject::default() {
        return Err(usage("the subject names nobody"));
    }
    incomplete(&subject)?;
    Ok(subject)
}

fn snake(object: Map<String, Value>) -> Result<Map<String, Value>, Failure> {
    let mut ours = Map::new();
    for (key, value) in object {
        let known = FIELDS.iter().find(|(api, our)| *api == key || *our == key);
        let Some((_, our)) = known else {
            return Err(usage(&format!(
                "`{}` is not a field of a subject",
                crate::domain::text::clean(&key)
            )));
        };
        if value.is_null() {
            continue;
        }
        let value = match value {
            Value::Object(mut inner) if *our == "dialer_contact_id" => {
                if let Some(list) = inner.remove("contactListId") {
                    inner.insert("contact_list_id".to_owned(), list);
                }
                Value::Object(inner)
            }
            other => other,
        };
        ours.insert((*our).to_owned(), value);
    }
    Ok(ours)
}

/// Ids that only mean something together must come together, so that no half of one is sent.
fn incomplete(subject: &Subject) -> Result<(), Failure> {
    let half = |first: &Option<String>, second: &Option<String>| first.is_some() != second.is_some();
    if subject
        .dialer_contact_id
        .as_ref()
        .is_some_and(|d| half(&d.id, &d.contact_list_id))
    {
        return Err(usage("`dialer_contact_id` needs `id` and `contact_list_id`"));
    }
    if subject
        .journey_customer
        .as_ref()
        .is_some_and(|j| half(&j.kind, &j.id))
    {
        return Err(usage("`journey_customer` needs `type` and `id`"));
    }
    if subject
        .social_handle
        .as_ref()
        .is_some_and(|s| half(&s.kind, &s.value))
    {
        return Err(usage("`social_handle` needs `type` and `value`"));
    }
    Ok(())
}

/// The subject as a candidate: nothing matched, because nothing was asked. With `pick` it must be the
/// record of that reference.
///
/// # Errors
/// When it is another record than the one picked.
pub fn candidate(subject: Subject, salt: &[u8], pick: Option<&str>) -> Result<Candidate, Failure> {
    let reference = fold::reference(salt, &subject);
    if pick.is_some_and(|pick| pick != reference) {
        return Err(Failure::new(
            FailureKind::Conflict,
            "--pick: the subject given is not that record",
        )
        .next("Give the subject that this reference was printed with; nothing was changed."));
    }
    Ok(Candidate {
        reference,
        kind: subject.kind(),
        name: subject.name.clone(),
        is_user: subject.user_id.is_some(),
        matched: Vec::new(),
        merge_set: Vec::new(),
        also: Vec::new(),
        subject,
    })
}

fn usage(wrong: &str) -> Failure {
    Failure::new(FailureKind::Usage, format!("--subject: {wrong}")).next(
        "Give one object with the fields of a subject, as `subjects search --output json` prints them in \
         `subject`; nothing was changed.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_and_a_search_item_are_read() {
        let api = parse(r#"{"externalContactId":"c1","phoneNumbers":["+15550100"]}"#).unwrap();
        let ours = parse(
            r#"{"ref":"x","subject":{"external_contact_id":"c1","phone_numbers":["+15550100"],"name":null}}"#,
        )
        .unwrap();
        assert_eq!(api, ours);
        let dialer = parse(r#"{"dialerContactId":{"id":"1","contactListId":"2"}}"#).unwrap();
        assert_eq!(
            dialer.dialer_contact_id.unwrap().contact_list_id.as_deref(),
            Some("2")
        );
    }

    #[test]
    fn a_reference_given_as_well_must_be_the_record() {
        let subject = parse(r#"{"externalContactId":"c1"}"#).unwrap();
        let reference = fold::reference(b"salt", &subject);
        assert!(candidate(subject.clone(), b"salt", Some(&reference)).is_ok());
        let failure = candidate(subject, b"salt", Some("0000000000000000")).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Conflict);
    }

    #[test]
    fn what_is_wrong_is_named_by_field_only() {
        for wrong in [
            "[]",
            "{}",
            r#"{"nam":"Anna"}"#,
            r#"{"name":["Anna"]}"#,
            r#"{"dialerContactId":{"id":"Anna"}}"#,
            "Anna",
        ] {
            let failure = parse(wrong).unwrap_err();
            assert_eq!(failure.exit_code(), 2, "{wrong}");
            assert!(!failure.message.contains("Anna"), "{wrong}");
        }
    }
}
