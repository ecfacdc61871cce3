//! The rows of a batch file: CSV with a header line, or a JSON array of objects. A wrong row is told
//! by line and column; values are personal data and never repeated.

use serde_json::Value;

use super::Row;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::identifier::{Identifier, IdentifierKind};
use crate::domain::request::{ReplacementTerm, RequestType};

/// Columns besides the kinds of identifier.
const COLUMNS: [&str; 7] = [
    "type",
    "social",
    "pick",
    "replace",
    "reference",
    "received",
    "row",
];

/// A row while its cells come in.
struct Draft {
    place: String,
    kind: Option<RequestType>,
    row: Row,
}

/// Reads the file.
pub(super) fn parse(text: &str) -> Result<Vec<Row>, Failure> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let rows = if text.trim_start().starts_with('[') {
        from_json(text)?
    } else {
        from_csv(text)?
    };
    if rows.is_empty() {
        return Err(usage("The batch holds no row.").next(SHAPE));
    }
    Ok(rows)
}

const SHAPE: &str = "CSV with a header line (type, email, phone, name, address, external_id, user_id, social, pick, \
                     replace, reference, received), or a JSON array of objects with these keys.";

fn from_csv(text: &str) -> Result<Vec<Row>, Failure> {
    // With both characters at the end of a line, the reader counts the lines wrongly.
    let text = text.replace("\r\n", "\n");
    let header = text.lines().next().unwrap_or_default();
    let delimiter = [b';', b'\t']
        .into_iter()
        .find(|d| header.contains(char::from(*d)) && !header.contains(','))
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let unreadable = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        usage(&format!("Line {line} of the batch is not CSV."))
    };
    let header = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let columns: Vec<String> = header.iter().map(column_name).collect();
    for column in &columns {
        check_column(column, "The header line")?;
    }
    if !columns.iter().any(|column| column == "type") {
        return Err(usage("The header line of the batch has no column type.").next(SHAPE));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        if record.len() > columns.len() {
            return Err(usage(&format!(
                "Line {line} of the batch has {} columns, the header has {}.",
                record.len(),
                columns.len()
            ))
            .next("Put values that hold the separator into double quotes."));
        }
        let mut draft = Draft::new(usize::try_from(line).unwrap_or(0), format!("Line {line}"));
        for (column, cell) in columns.iter().zip(&record) {
            if !cell.is_empty() {
                draft.take(column, cell)?;
            }
        }
        rows.push(draft.finish()?);
    }
    Ok(rows)
}

fn from_json(text: &str) -> Result<Vec<Row>, Failure> {
    let items: Vec<Value> = serde_json::from_str(text).map_err(|wrong| {
        // The parser's own words may quote a value.
        usage(&format!(
            "The batch is not a JSON array (line {}, column {}).",
            wrong.line(),
            wrong.column()
        ))
        .next(SHAPE)
    })?;
    let mut rows = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        let number = index + 1;
        let place = format!("Item {number}");
        let Value::Object(item) = item else {
            return Err(usage(&format!("{place} of the batch is not an object.")).next(SHAPE));
        };
        let mut draft = Draft::new(number, place.clone());
        for (key, value) in item {
            let column = column_name(&key);
            check_column(&column, &place)?;
            let values = match value {
                Value::Null => continue,
                Value::Array(values) => values,
                single => vec![single],
            };
            for value in values {
                draft.take_json(&column, value)?;
            }
        }
        rows.push(draft.finish()?);
    }
    Ok(rows)
}

fn column_name(text: &str) -> String {
    text.trim().to_ascii_lowercase().replace(['-', ' '], "_")
}

fn check_column(column: &str, place: &str) -> Result<(), Failure> {
    if COLUMNS.contains(&column) || IdentifierKind::parse(column).is_some() {
        return Ok(());
    }
    let shown: String = crate::domain::text::clean(column).chars().take(40).collect();
    Err(usage(&format!("{place} of the batch has an unknown column `{shown}`.")).next(SHAPE))
}

impl Draft {
    fn new(number: usize, place: String) -> Draft {
        Draft {
            place,
            kind: None,
            row: Row {
                number,
                kind: RequestType::Export,
                identifiers: Vec::new(),
                pick: None,
                replacement_terms: Vec::new(),
                reference: None,
                received: None,
            },
        }
    }

    fn wrong(&self, column: &str, why: &str) -> Failure {
        usage(&format!("{} of the batch, column {column}: {why}.", self.place))
    }

    fn take_json(&mut self, column: &str, value: Value) -> Result<(), Failure> {
        match value {
            Value::String(text) => {
                let text = text.trim();
                if text.is_empty() {
                    Ok(())
                } else {
                    self.take(column, text)
                }
            }
            Value::Number(number) => self.take(column, &number.to_string()),
            Value::Object(term) if column == "replace" => {
                let field = |names: [&str; 2]| {
                    names
                        .iter()
                        .find_map(|name| term.get(*name))
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                        .to_owned()
                };
                let term = self.term(
                    &field(["type", "kind"]),
                    field(["existing_value", "existingValue"]),
                    field(["updated_value", "updatedValue"]),
                )?;
                self.row.replacement_terms.push(term);
                Ok(())
            }
            _ => Err(self.wrong(column, "a text was expected")),
        }
    }

    fn take(&mut self, column: &str, cell: &str) -> Result<(), Failure> {
        match column {
            "type" => {
                let kind = RequestType::parse(&cell.to_ascii_lowercase());
                self.kind = Some(kind.ok_or_else(|| self.wrong(column, "not export, delete or update"))?);
            }
            "pick" => self.row.pick = Some(cell.to_owned()),
            "reference" => self.row.reference = Some(cell.to_owned()),
            "received" => {
                let day = cell
                    .parse()
                    .map_err(|_| self.wrong(column, "not a day like 2026-11-03"))?;
                self.row.received = Some(day);
            }
            "replace" => {
                let shape = "write TYPE:OLD=NEW";
                let (kind, values) = cell.split_once(':').ok_or_else(|| self.wrong(column, shape))?;
                let (old, new) = values.split_once('=').ok_or_else(|| self.wrong(column, shape))?;
                if new.contains('=') {
                    return Err(self.wrong(
                        column,
                        "more than one =; use a JSON batch with existing_value and updated_value",
                    ));
                }
                let term = self.term(kind, old.trim().to_owned(), new.trim().to_owned())?;
                self.row.replacement_terms.push(term);
            }
            "social" => {
                let (network, handle) = cell
                    .split_once(':')
                    .ok_or_else(|| self.wrong(column, "write NETWORK:HANDLE"))?;
                let kind = IdentifierKind::parse(network)
                    .filter(|kind| kind.is_social())
                    .ok_or_else(|| self.wrong(column, "not a network that can be searched"))?;
                self.row.identifiers.push(Identifier::new(kind, handle));
            }
            // A numbering of the file's own.
            "row" => {}
            identifier => {
                let kind = IdentifierKind::parse(identifier)
                    .ok_or_else(|| self.wrong(column, "not a kind of identifier"))?;
                self.row.identifiers.push(Identifier::new(kind, cell));
            }
        }
        Ok(())
    }

    fn term(&self, kind: &str, old: String, new: String) -> Result<ReplacementTerm, Failure> {
        let kind = IdentifierKind::parse(kind)
            .ok_or_else(|| self.wrong("replace", "the type is not a kind of identifier"))?;
        if old.is_empty() || new.is_empty() {
            return Err(self.wrong("replace", "a value is empty"));
        }
        Ok(ReplacementTerm {
            kind,
            existing_value: old,
            updated_value: new,
        })
    }

    fn finish(mut self) -> Result<Row, Failure> {
        let Some(kind) = self.kind else {
            return Err(self.wrong("type", "it is empty"));
        };
        self.row.kind = kind;
        if self.row.identifiers.is_empty() {
            return Err(usage(&format!("{} of the batch names nobody.", self.place)).next(SHAPE));
        }
        match (kind, self.row.replacement_terms.is_empty()) {
            (RequestType::Update, true) => Err(self.wrong("replace", "an update needs at least one term")),
            (RequestType::Export | RequestType::Delete, false) => {
                Err(self.wrong("replace", "terms belong to an update only"))
            }
            _ => Ok(self.row),
        }
    }
}

fn usage(message: &str) -> Failure {
    Failure::new(FailureKind::Usage, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_with_repeated_columns_semicolons_and_quotes() {
        let text = "\u{feff}Type;E-Mail;email;name;received\r\nexport;;a@example.org;\"Muster; Anna\";2026-11-03\r\n";
        let failure = parse(text).unwrap_err();
        assert!(failure.message.contains("`e_mail`"), "{}", failure.message);
        let text = "\u{feff}Type;Email;email;name;received\r\nexport;b@example.org;a@example.org;\"Muster; Anna\";2026-11-03\r\n\r\n";
        let rows = parse(text).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].number, 2);
        assert_eq!(rows[0].kind, RequestType::Export);
        assert_eq!(rows[0].identifiers.len(), 3);
        assert_eq!(rows[0].identifiers[2].value, "Muster; Anna");
        assert_eq!(rows[0].received.unwrap().to_string(), "2026-11-03");
    }

    #[test]
    fn json_with_lists_and_terms() {
        let rows = parse(
            r#"[{"type":"update","email":["a@example.org","b@example.org"],"social":"twitter:anna",
                "replace":[{"type":"email","existing_value":"a=b","updated_value":"c@example.org"}],"pick":null}]"#,
        )
        .unwrap();
        assert_eq!(rows[0].number, 1);
        assert_eq!(rows[0].identifiers.len(), 3);
        assert_eq!(rows[0].replacement_terms[0].existing_value, "a=b");
    }

    #[test]
    fn a_wrong_row_is_named_by_line_and_column_without_its_value() {
        for (text, wanted) in [
            (
                "type,email\nexport,a@example.org\nerase,b@example.org\n",
                "Line 3 of the batch, column type",
            ),
            ("type,email\nexport,\n", "Line 2 of the batch names nobody"),
            ("email\na@example.org\n", "no column type"),
            (
                "type,email,received\nexport,a@example.org,soon\n",
                "Line 2 of the batch, column received",
            ),
            (
                "type,email\nupdate,a@example.org\n",
                "Line 2 of the batch, column replace",
            ),
            (
                "type,email\nexport,a@example.org,b@example.org\n",
                "Line 2 of the batch has 3 columns",
            ),
            (
                r#"[{"type":"export","email":"a@example.org"},{"type":"export"}]"#,
                "Item 2 of the batch names nobody",
            ),
            (
                r#"[{"type":"export","email":{}}]"#,
                "Item 1 of the batch, column email",
            ),
            ("[1]", "Item 1 of the batch is not an object"),
            ("[", "line 1, column 1"),
        ] {
            let failure = parse(text).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Usage);
            assert!(failure.message.contains(wanted), "{}", failure.message);
            assert!(!failure.message.contains("example.org"), "{}", failure.message);
        }
    }
}
