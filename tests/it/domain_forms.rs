//! Identifiers in the forms that are in use, and the malformed ones refused by the rule they break.

use dsr_console::domain::forms::{FormError, forms, is_email};
use dsr_console::domain::identifier::{Identifier, IdentifierKind};
use proptest::prelude::*;

fn asked(kind: IdentifierKind, value: &str, country: Option<&str>) -> Vec<(String, &'static str)> {
    forms(
        &Identifier {
            kind,
            value: value.to_owned(),
        },
        country,
    )
    .unwrap()
    .into_iter()
    .map(|form| (form.value, form.form))
    .collect()
}

fn values(kind: IdentifierKind, value: &str, country: Option<&str>) -> Vec<String> {
    asked(kind, value, country)
        .into_iter()
        .map(|(value, _)| value)
        .collect()
}

fn refused(kind: IdentifierKind, value: &str, country: Option<&str>) -> FormError {
    forms(
        &Identifier {
            kind,
            value: value.to_owned(),
        },
        country,
    )
    .unwrap_err()
}

use IdentifierKind::{Address, Email, ExternalId, Instagram, Name, Phone, Twitter, UserId, Whatsapp};

#[test]
fn phones_of_every_writing_are_one_number() {
    for typed in [
        "+49 30 23125014",
        "0049 30 23125014",
        "030 23125014",
        "(030) 23 12 50 14",
        "030/23125014",
        "+49 (0)30 23125014",
        "+49(0) 30-23125014",
        "tel:+49-30-23125014",
        "+49 30 23125014 ext. 12",
        "030 23125014 x12",
        "\u{202a}+49 30 23125014\u{202c}",
        "+49\u{a0}30\u{a0}23125014",
    ] {
        let forms = asked(Phone, typed, Some("DE"));
        assert_eq!(forms[0], ("+493023125014".to_owned(), "e164"), "{typed}");
    }
    let forms = asked(Phone, "030 23125014", Some("de"));
    assert_eq!(forms[1], ("030 23125014".to_owned(), "as_typed"));
    assert_eq!(
        asked(Phone, "+493023125014", None),
        [("+493023125014".to_owned(), "e164")]
    );
}

#[test]
fn phones_of_other_countries() {
    assert_eq!(values(Phone, "020 7946 0018", Some("GB"))[0], "+442079460018");
    assert_eq!(values(Phone, "(555) 010-0199", Some("US"))[0], "+15550100199");
    assert_eq!(values(Phone, "06 1234 5678", Some("IT"))[0], "+390612345678");
    assert_eq!(values(Phone, "+1 555 0100", None)[0], "+15550100");
    assert!(values(Phone, "+7 800 555 35 35", None).contains(&"+78005553535".to_owned()));
}

#[test]
fn a_malformed_phone_is_refused_by_rule_and_without_its_value() {
    for (value, country, rule) in [
        ("abc", Some("DE"), "letters"),
        ("0800 FLOWERS", Some("US"), "letters"),
        ("12", Some("DE"), "digits"),
        ("123456789012345678", Some("DE"), "digits"),
        ("030_23125014", Some("DE"), "only"),
        ("030 23125014", None, "country"),
        ("030 23125014", Some("XX"), "ISO 3166"),
        ("49+3023125014", Some("DE"), "beginning"),
        ("+999 12345678", None, "country"),
    ] {
        let error = refused(Phone, value, country);
        assert!(error.0.contains(rule), "{value}: {error}");
        assert!(!error.0.contains(value), "{error}");
    }
}

#[test]
fn emails_in_lower_case_and_with_either_domain() {
    assert_eq!(
        asked(Email, " Anna.Muster@Example.org", None),
        [
            ("anna.muster@example.org".to_owned(), "lower_case"),
            ("Anna.Muster@Example.org".to_owned(), "as_typed"),
        ]
    );
    assert!(values(Email, "anna@bücher.example", None).contains(&"anna@xn--bcher-kva.example".to_owned()));
    assert!(values(Email, "anna@xn--bcher-kva.example", None).contains(&"anna@bücher.example".to_owned()));
    assert_eq!(
        values(Email, "mailto:anna@example.org", None),
        ["anna@example.org"]
    );
    for bad in [
        "Anna Muster",
        "anna@",
        "@example.org",
        "a@b@example.org",
        "anna@localhost",
        "a b@example.org",
        "a@ex..org",
    ] {
        assert!(!is_email(bad), "{bad}");
        assert!(!refused(Email, bad, None).0.contains(bad));
    }
}

#[test]
fn german_names_both_ways() {
    for typed in ["Anna Müller", "Anna Mueller", "Anna Muller"] {
        let asked = values(Name, typed, Some("DE"));
        assert_eq!(asked[0], typed);
        for form in ["Anna Müller", "Mu\u{308}ller"] {
            assert!(asked.iter().any(|a| a.contains(form)), "{typed}: {asked:?}");
        }
    }
    for typed in ["Müller", "Mueller"] {
        let asked = values(Name, typed, None);
        for form in ["Müller", "Mueller", "Muller"] {
            assert!(asked.contains(&form.to_owned()), "{typed}: {asked:?}");
        }
    }
    assert!(values(Name, "Jurgen Muller", None).contains(&"Jürgen Müller".to_owned()));
    assert!(values(Name, "Weiß", None).contains(&"Weiss".to_owned()));
    assert!(values(Name, "Weiss", None).contains(&"Weiß".to_owned()));
    assert!(!values(Name, "Bauer", Some("DE")).contains(&"Baür".to_owned()));
}

#[test]
fn names_of_the_north_and_others() {
    let asked = values(Name, "Jørgen Ærø", Some("DK"));
    for form in ["Joergen Aeroe", "Jörgen Ärö"] {
        assert!(asked.contains(&form.to_owned()), "{asked:?}");
    }
    assert!(values(Name, "Haakon", Some("NO")).contains(&"Håkon".to_owned()));
    assert!(values(Name, "François Œuvre", Some("FR")).contains(&"Francois Oeuvre".to_owned()));
    assert!(values(Name, "Łukasz", Some("PL")).contains(&"Lukasz".to_owned()));
    assert!(values(Name, "Muster, Anna", Some("DE")).contains(&"Anna Muster".to_owned()));
    assert_eq!(values(Name, "王伟", None), ["王伟"]);
}

#[test]
fn composed_and_decomposed_are_asked_whatever_was_typed() {
    let composed = "Zoe\u{308}".replace("e\u{308}", "ë");
    for typed in [composed.clone(), "Zoe\u{308}".to_owned()] {
        let asked = values(Name, &typed, None);
        assert!(
            asked.contains(&composed) && asked.contains(&"Zoe\u{308}".to_owned()),
            "{asked:?}"
        );
    }
}

#[test]
fn handles_with_and_without_at() {
    assert_eq!(
        asked(Twitter, "@anna", None),
        [
            ("@anna".to_owned(), "as_typed"),
            ("anna".to_owned(), "without_at")
        ]
    );
    assert_eq!(
        values(Instagram, "Anna", None),
        ["Anna", "@Anna", "anna", "@anna"]
    );
    assert!(refused(Twitter, "anna muster", None).0.contains("one word"));
}

#[test]
fn whatsapp_numbers_as_whatsapp_writes_them() {
    assert_eq!(
        values(Whatsapp, "+49 30 23125014", None),
        ["493023125014", "+493023125014", "+49 30 23125014"]
    );
    assert!(values(Whatsapp, "493023125014", None).contains(&"+493023125014".to_owned()));
    assert_eq!(values(Whatsapp, "DE.Ab12", None), ["DE.Ab12"]);
}

#[test]
fn addresses_with_street_written_out_or_short() {
    let asked = values(Address, "Musterstraße 5,  10115 Berlin", None);
    for form in [
        "Musterstraße 5, 10115 Berlin",
        "Musterstr. 5, 10115 Berlin",
        "Musterstrasse 5, 10115 Berlin",
    ] {
        assert!(asked.contains(&form.to_owned()), "{asked:?}");
    }
}

#[test]
fn a_user_id_is_a_uuid() {
    assert_eq!(
        values(UserId, "7F3A1C22-0000-4000-8000-000000000001", None),
        ["7f3a1c22-0000-4000-8000-000000000001"]
    );
    assert!(refused(UserId, "agent1001", None).0.contains("UUID"));
}

#[test]
fn no_kind_takes_nothing_control_characters_or_a_book() {
    for kind in IdentifierKind::ALL {
        for bad in ["", "  ", "a\nb", "\u{1b}[31m", &"x".repeat(400)] {
            refused(kind, bad, Some("DE"));
        }
    }
    assert_eq!(values(ExternalId, " crm-1 ", None), ["crm-1"]);
}

proptest! {
    #[test]
    fn forms_are_few_distinct_and_never_panic(kind in 0..11usize, value in "\\PC{0,60}", country in proptest::option::of("[A-Z]{2}")) {
        let identifier = Identifier { kind: IdentifierKind::ALL[kind], value: value.clone() };
        match forms(&identifier, country.as_deref()) {
            Ok(forms) => {
                prop_assert!((1..=12).contains(&forms.len()));
                let mut distinct: Vec<_> = forms.iter().map(|f| &f.value).collect();
                distinct.sort();
                distinct.dedup();
                prop_assert_eq!(distinct.len(), forms.len());
            }
            Err(error) => prop_assert!(value.trim().chars().count() < 6 || !error.0.contains(value.trim())),
        }
    }

    #[test]
    fn any_german_number_is_found_in_e164(digits in "[2-9][0-9]{8}") {
        let national = format!("030 {digits}");
        let e164 = format!("+4930{digits}");
        prop_assert!(values(Phone, &national, Some("DE")).contains(&e164));
        prop_assert!(values(Phone, &e164, None).contains(&e164));
    }
}
