//! Replacement terms of an update: `TYPE:OLD=NEW`, or a file of them.

use serde::Deserialize;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::forms;
use crate::domain::identifier::{Identifier, IdentifierKind};
use crate::domain::request::ReplacementTerm;

/// The terms in `lines`, which came from `--replace` itself or from its `@FILE`: each line one
/// `TYPE:OLD=NEW`, or all of them together a JSON array of `{type, existing_value, updated_value}`
/// (also in the API's camel case), which is the way for values that hold a `=`.
///
/// # Errors
/// A usage failure that says which term is wrong, never its values.
pub fn parse(lines: &[String], country: Option<&str>) -> Result<Vec<ReplacementTerm>, Failure> {
    let terms = if lines
        .first()
        .is_some_and(|line| line.trim_start().starts_with('['))
    {
        from_json(&lines.join("\n"))?
    } else {
        lines
            .iter()
            .enumerate()
            .map(|(index, line)| from_text(index + 1, line))
            .collect::<Result<Vec<_>, _>>()?
    };
    for (index, term) in terms.iter().enumerate() {
        check(index + 1, term, country)?;
    }
    Ok(terms)
}

fn from_text(number: usize, line: &str) -> Result<ReplacementTerm, Failure> {
    let shape = "write TYPE:OLD=NEW, for example email:old@example.org=new@example.org";
    let (kind, values) = line.split_once(':').ok_or_else(|| usage(number, shape))?;
    let kind = term_kind(number, kind)?;
    let (old, new) = values.split_once('=').ok_or_else(|| usage(number, shape))?;
    if new.contains('=') {
        return Err(usage(
            number,
            "more than one = makes it unclear where the new value begins; use @FILE with a JSON array of \
             {\"type\", \"existing_value\", \"updated_value\"}",
        ));
    }
    Ok(ReplacementTerm {
        kind,
        existing_value: old.trim().to_owned(),
        updated_value: new.trim().to_owned(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonTerm {
    #[serde(rename = "type")]
    kind: String,
    #[serde(alias = "existingValue")]
    existing_value: String,
    #[serde(alias = "updatedValue")]
    updated_value: String,
}

fn from_json(text: &str) -> Result<Vec<ReplacementTerm>, Failure> {
    let terms: Vec<JsonTerm> = serde_json::from_str(text).map_err(|wrong| {
        // The parser's own message may quote a value; line and column are enough.
        Failure::new(
            FailureKind::Usage,
            format!(
                "--replace: not a JSON array of terms (line {}, column {})",
                wrong.line(),
                wrong.column()
            ),
        )
    })?;
    terms
        .into_iter()
        .enumerate()
        .map(|(index, term)| {
            Ok(ReplacementTerm {
                kind: term_kind(index + 1, &term.kind)?,
                existing_value: term.existing_value.trim().to_owned(),
                updated_value: term.updated_value.trim().to_owned(),
            })
        })
        .collect()
}

fn term_kind(number: usize, text: &str) -> Result<IdentifierKind, Failure> {
    IdentifierKind::parse(text)
        .filter(|kind| kind.search_type().is_some())
        .ok_or_else(|| {
            let known: Vec<&str> = IdentifierKind::ALL
                .into_iter()
                .filter(|kind| kind.search_type().is_some())
                .map(IdentifierKind::as_str)
                .collect();
            usage(number, &format!("the type is not one of {}", known.join(", ")))
        })
}

fn check(number: usize, term: &ReplacementTerm, country: Option<&str>) -> Result<(), Failure> {
    if term.existing_value.is_empty() || term.updated_value.is_empty() {
        return Err(usage(number, "the old and the new value must not be empty"));
    }
    if term.existing_value == term.updated_value {
        return Err(usage(number, "the old and the new value are the same"));
    }
    for value in [&term.existing_value, &term.updated_value] {
        forms::forms(&Identifier::new(term.kind, value), country)
            .map_err(|wrong| usage(number, &wrong.to_string()))?;
    }
    Ok(())
}

fn usage(number: usize, wrong: &str) -> Failure {
    Failure::new(FailureKind::Usage, format!("--replace (term {number}): {wrong}"))
        .next("Correct the term; nothing was asked and nothing was changed.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> Result<Vec<ReplacementTerm>, Failure> {
        parse(&[line.to_owned()], None)
    }

    #[test]
    fn a_term_has_a_type_an_old_and_a_new_value() {
        let terms = one("email: old@example.org = new@example.org").unwrap();
        assert_eq!(terms[0].existing_value, "old@example.org");
        assert_eq!(terms[0].updated_value, "new@example.org");
        for wrong in [
            "email",
            "email:old@example.org",
            "email:a@example.org=a@example.org",
            "email:=b@example.org",
            "user_id:a=b",
            "name:a=b=c",
        ] {
            let failure = one(wrong).unwrap_err();
            assert_eq!(failure.exit_code(), 2, "{wrong}");
            assert!(!failure.message.contains("a@example.org"), "{wrong}");
        }
    }

    #[test]
    fn json_takes_values_with_an_equals_sign_and_both_spellings() {
        let terms =
            one(r#"[{"type":"EMAIL","existingValue":"a=1@example.org","updated_value":"b=2@example.org"}]"#)
                .unwrap();
        assert_eq!(terms[0].existing_value, "a=1@example.org");
        let failure = one(r#"[{"type":"EMAIL","secretvalue":1}]"#).unwrap_err();
        assert!(!failure.message.contains("secretvalue"));
    }
}
