//! The forms in which one identifier is asked for. The API compares what is stored with what is
//! asked, and answers nothing at all to a malformed value; so values are checked here, and asked in
//! each form that is in use, the one most likely to be stored first.

use super::identifier::{Identifier, IdentifierKind};
use super::text::is_invisible;
use super::{forms_name, forms_phone};

/// No identifier that the API knows is longer.
const MAX_LENGTH: usize = 320;

/// One form: the value to ask with, and how it was made.
#[derive(Clone, PartialEq, Eq)]
pub struct Form {
    /// The value to ask with; personal data.
    pub value: String,
    /// `as_typed`, `e164`, `digits`, `transliterated`, `composed`, `decomposed`, `reordered`,
    /// `lower_case`, `ascii_domain`, `unicode_domain`, `with_at`, `without_at`, `abbreviated`.
    pub form: &'static str,
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Form({}, <{} characters>)",
            self.form,
            self.value.chars().count()
        )
    }
}

/// Why an identifier cannot be asked for. Its text names the rule, never the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FormError(pub String);

impl FormError {
    pub(super) fn rule(text: &str) -> FormError {
        FormError(text.to_owned())
    }
}

/// Forms in the order added, each value once.
#[derive(Default)]
pub(super) struct Forms(Vec<Form>);

impl Forms {
    pub(super) fn add(&mut self, value: impl Into<String>, form: &'static str) {
        let value = value.into();
        if !value.is_empty() && self.0.iter().all(|f| f.value != value) {
            self.0.push(Form { value, form });
        }
    }

    pub(super) fn values(&self) -> Vec<String> {
        self.0.iter().map(|f| f.value.clone()).collect()
    }

    pub(super) fn finish(mut self, most: usize) -> Vec<Form> {
        self.0.truncate(most);
        self.0
    }
}

/// The forms of `identifier`, first the one most likely to be stored. `country` is an ISO 3166
/// alpha-2 code for phone numbers written in national form; it also says whose spelling of names
/// is tried.
///
/// # Errors
/// For a value that cannot be of its kind (`PHONE=abc`), with the rule it breaks.
pub fn forms(identifier: &Identifier, country: Option<&str>) -> Result<Vec<Form>, FormError> {
    let value = identifier.value.trim();
    check_any(value)?;
    let country = country.map(str::trim).filter(|c| !c.is_empty());
    match identifier.kind {
        IdentifierKind::Phone => forms_phone::phone(&visible(value), country),
        IdentifierKind::Whatsapp => forms_phone::whatsapp(&visible(value), country),
        IdentifierKind::Email => email(&visible(value)),
        IdentifierKind::Name => forms_name::name(value, country),
        IdentifierKind::Address => Ok(forms_name::address(value)),
        IdentifierKind::UserId => user_id(&visible(value)),
        IdentifierKind::Twitter | IdentifierKind::Instagram => handle(&visible(value)),
        IdentifierKind::Facebook | IdentifierKind::AppleMessages | IdentifierKind::ExternalId => {
            let mut forms = Forms::default();
            forms.add(value, "as_typed");
            Ok(forms.finish(1))
        }
    }
}

/// What holds for values of every kind.
fn check_any(value: &str) -> Result<(), FormError> {
    if value.is_empty() {
        return Err(FormError::rule("an identifier cannot be empty"));
    }
    if value.chars().count() > MAX_LENGTH {
        return Err(FormError(format!(
            "an identifier has at most {MAX_LENGTH} characters"
        )));
    }
    if value.chars().any(char::is_control) {
        return Err(FormError::rule(
            "an identifier holds no line breaks or control characters",
        ));
    }
    Ok(())
}

/// Without the invisible marks that come along when a number or address is copied from a document.
fn visible(value: &str) -> String {
    value
        .chars()
        .filter(|c| !is_invisible(*c))
        .collect::<String>()
        .trim()
        .to_owned()
}

/// True when `value` can be an e-mail address at all; a name that cannot is not asked as one.
pub fn is_email(value: &str) -> bool {
    email(&visible(value)).is_ok()
}

fn email(value: &str) -> Result<Vec<Form>, FormError> {
    let value = value.strip_prefix("mailto:").unwrap_or(value);
    let (local, domain) = value
        .rsplit_once('@')
        .ok_or_else(|| FormError::rule("an e-mail address holds an @"))?;
    if local.is_empty() || local.contains('@') || value.contains(char::is_whitespace) {
        return Err(FormError::rule(
            "an e-mail address is one name, one @ and one domain, without spaces",
        ));
    }
    let ascii = ascii_domain(domain)?;
    let mut forms = Forms::default();
    let lower = value.to_lowercase();
    if lower != value {
        forms.add(lower.clone(), "lower_case");
    }
    forms.add(value, "as_typed");
    let local = local.to_lowercase();
    if !domain.is_ascii() {
        forms.add(format!("{local}@{ascii}"), "ascii_domain");
    }
    if ascii.split('.').any(|label| label.starts_with("xn--")) {
        let (unicode, result) = idna::domain_to_unicode(&ascii);
        if result.is_ok() {
            forms.add(format!("{local}@{unicode}"), "unicode_domain");
        }
    }
    Ok(forms.finish(4))
}

/// The domain as the mail system writes it, or the rule it breaks.
fn ascii_domain(domain: &str) -> Result<String, FormError> {
    let ascii = idna::domain_to_ascii_strict(domain)
        .map_err(|_| FormError::rule("the part behind the @ of an e-mail address is a domain name"))?;
    let labels: Vec<&str> = ascii.split('.').collect();
    if labels.len() < 2 || labels.iter().any(|label| label.is_empty()) {
        return Err(FormError::rule(
            "the domain of an e-mail address has at least two parts with a dot between",
        ));
    }
    Ok(ascii)
}

fn user_id(value: &str) -> Result<Vec<Form>, FormError> {
    let id = uuid::Uuid::try_parse(value)
        .map_err(|_| FormError::rule("a user id is a UUID: 32 hexadecimal digits in groups of 8-4-4-4-12"))?;
    let mut forms = Forms::default();
    let id = id.hyphenated().to_string();
    forms.add(id.clone(), if id == value { "as_typed" } else { "lower_case" });
    Ok(forms.finish(1))
}

/// Handles of networks that do not tell upper from lower case, with and without `@`.
fn handle(value: &str) -> Result<Vec<Form>, FormError> {
    let bare = value.strip_prefix('@').unwrap_or(value);
    if bare.is_empty() || bare.contains(char::is_whitespace) || bare.contains('@') {
        return Err(FormError::rule(
            "a handle is one word, with or without an @ before it",
        ));
    }
    let mut forms = Forms::default();
    forms.add(value, "as_typed");
    if bare == value {
        forms.add(format!("@{bare}"), "with_at");
    } else {
        forms.add(bare, "without_at");
    }
    let lower = bare.to_lowercase();
    forms.add(lower.clone(), "lower_case");
    forms.add(format!("@{lower}"), "lower_case");
    Ok(forms.finish(4))
}
