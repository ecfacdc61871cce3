//! Phone numbers as people write them, in the form in which contact centres store them.

use phonenumber::{Mode, country};

use super::forms::{Form, FormError, Forms};

/// E.164 allows fifteen digits; some German numbers are longer when they carry an extension.
const DIGITS: std::ops::RangeInclusive<usize> = 5..=17;

/// Forms of a phone number: E.164, its plain digits where they differ, and as typed.
pub(super) fn phone(value: &str, country: Option<&str>) -> Result<Vec<Form>, FormError> {
    let number = Written::read(value)?;
    let mut forms = Forms::default();
    if let Some(e164) = number.e164(country)? {
        forms.add(e164, "e164");
    }
    if number.international {
        // Where the rules of a country drop a digit that belongs, this one still asks with it.
        forms.add(format!("+{}", number.digits), "digits");
    }
    forms.add(value, "as_typed");
    Ok(forms.finish(3))
}

/// Forms of a WhatsApp number, which WhatsApp itself writes without the plus. Ids that are no
/// numbers are asked as they are.
pub(super) fn whatsapp(value: &str, country: Option<&str>) -> Result<Vec<Form>, FormError> {
    let mut forms = Forms::default();
    if value.contains(char::is_alphabetic) {
        forms.add(value, "as_typed");
        return Ok(forms.finish(1));
    }
    let number = Written::read(value)?;
    let bare = !number.international && !number.digits.starts_with('0');
    let e164 = match number.e164(country) {
        Ok(e164) => e164,
        // A number as WhatsApp writes it carries its country without a plus.
        Err(_) if bare => None,
        Err(e) => return Err(e),
    };
    if let Some(e164) = e164 {
        forms.add(e164.trim_start_matches('+'), "digits");
        forms.add(e164, "e164");
    }
    if bare {
        forms.add(number.digits.clone(), "digits");
        forms.add(format!("+{}", number.digits), "e164");
    }
    forms.add(value, "as_typed");
    Ok(forms.finish(5))
}

/// A number taken apart.
struct Written {
    /// Digits without prefix characters, `(0)` and extension.
    digits: String,
    /// Written with `+` or `00`.
    international: bool,
}

impl Written {
    fn read(value: &str) -> Result<Written, FormError> {
        let value = value.strip_prefix("tel:").unwrap_or(value);
        let main = without_extension(value);
        if main.contains(char::is_alphabetic) {
            return Err(FormError::rule(
                "a phone number has no letters (an extension is written as 'ext. 12' or 'x12' behind it)",
            ));
        }
        if main.chars().any(|c| !is_phone_character(c)) {
            return Err(FormError::rule(
                "a phone number holds digits, spaces and + ( ) - . / only",
            ));
        }
        let compact: String = main.chars().filter(|c| !" \u{a0}\u{202f}".contains(*c)).collect();
        if compact.rfind('+').is_some_and(|at| at > 0) {
            return Err(FormError::rule("a phone number has its + at the beginning only"));
        }
        let has_prefix = compact.starts_with('+') || compact.starts_with("00");
        let compact = if has_prefix {
            compact.replacen("(0)", "", 1)
        } else {
            compact
        };
        let mut digits: String = compact.chars().filter_map(ascii_digit).collect();
        if !compact.starts_with('+') && has_prefix {
            digits.drain(..2);
        }
        if !DIGITS.contains(&digits.len()) {
            return Err(FormError(format!(
                "a phone number has {} to {} digits",
                DIGITS.start(),
                DIGITS.end()
            )));
        }
        Ok(Written {
            digits,
            international: has_prefix,
        })
    }

    /// The number in E.164; `None` when the rules of its country do not know it.
    fn e164(&self, country: Option<&str>) -> Result<Option<String>, FormError> {
        let country = country.map(parse_country).transpose()?;
        let parsed = if self.international {
            phonenumber::parse(None, format!("+{}", self.digits))
        } else if country.is_none() {
            return Err(FormError::rule(
                "a phone number without its country needs a + and the country code, or the profile's default_country",
            ));
        } else {
            phonenumber::parse(country, &self.digits)
        };
        match parsed {
            Ok(number) => Ok(Some(number.format().mode(Mode::E164).to_string())),
            Err(_) if self.international => Err(FormError::rule(
                "a phone number with a + begins with the code of a country",
            )),
            Err(_) => Err(FormError::rule(
                "the phone number does not fit the numbers of the default country",
            )),
        }
    }
}

fn parse_country(code: &str) -> Result<country::Id, FormError> {
    code.to_ascii_uppercase().parse().map_err(|_| {
        FormError::rule("the default country is an ISO 3166 code of two letters, for example DE")
    })
}

fn is_phone_character(c: char) -> bool {
    ascii_digit(c).is_some() || "+()-./ \u{a0}\u{202f}\u{2010}\u{2011}\u{2012}\u{2013}\u{2212}".contains(c)
}

/// Digits of other scripts that phone keyboards write (full width, Arabic) count as well.
fn ascii_digit(c: char) -> Option<char> {
    let zero = match c {
        '0'..='9' => return Some(c),
        '\u{ff10}'..='\u{ff19}' => 0xff10,
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        _ => return None,
    };
    char::from_digit(u32::from(c) - zero, 10)
}

/// The number before an extension: `;ext=12`, `ext. 12`, `x12`, `#12`.
fn without_extension(value: &str) -> &str {
    let digits = value.trim_end_matches(|c: char| c.is_ascii_digit());
    if digits.len() == value.len() {
        return value;
    }
    let marker = digits.trim_end_matches([' ', '.', ':', '=']);
    let lower = marker.to_ascii_lowercase();
    ["extension", "ext", "x", "#"]
        .iter()
        .find(|word| lower.ends_with(*word))
        .map(|word| marker[..marker.len() - word.len()].trim_end_matches([' ', ';', ',']))
        .filter(|main| main.chars().any(|c| c.is_ascii_digit()))
        .unwrap_or(value)
}
