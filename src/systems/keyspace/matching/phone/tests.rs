//! Cases of `phone`.

use super::*;
use crate::domain::identifier::IdentifierKind;

fn phones(value: &str, country: Option<&str>) -> Phones {
    let mut phones = Phones::default();
    phones
        .add(0, &Identifier::new(IdentifierKind::Phone, value), country)
        .unwrap();
    phones
}

fn best(phones: &Phones, text: &str) -> Option<Strength> {
    let mut best = None;
    phones.find(text.as_bytes(), &mut |hit| best = best.max(Some(hit.strength)));
    best
}

#[test]
fn full_numbers_are_exact() {
    let berlin = phones("+49 30 23125014", None);
    for text in [
        "+493023125014",
        "+49 30 23125014",
        "0049 30 2312 5014",
        "030 23125014",
        "(030) 231 250-14",
        "+49 (0)30 23125014",
        "+49\u{a0}30\u{a0}23125014",
        "\u{202a}+49 30 23125014\u{202c}",
        "030/23125014",
        "tel:+49-30-23125014;ext=5",
        "493023125014",
        "٠٣٠ ٢٣١٢٥٠١٤",
    ] {
        assert_eq!(best(&berlin, text), Some(Strength::Exact), "{text}");
    }
}

#[test]
fn the_end_alone_is_possible() {
    let berlin = phones("+49 30 23125014", None);
    for text in [
        "23125014",
        "3125014",
        "3023125014",
        "9 030 23125014",
        "011493023125014",
        "23125014-12",
        "2026-11-03 030 23125014",
    ] {
        assert_eq!(best(&berlin, text), Some(Strength::Possible), "{text}");
    }
}

#[test]
fn neighbours_are_not_it() {
    let berlin = phones("+49 30 23125014", None);
    for text in [
        "+49 40 23125014",
        "040 23125014",
        "+1 302 312 5014",
        "+43 30 23125014",
        "0043 30 23125014",
        "125014",
        "030 23125015",
        "a3125014",
        "12.5014",
    ] {
        assert_eq!(best(&berlin, text), None, "{text}");
    }
    assert_eq!(best(&berlin, "99930231250149"), Some(Strength::Substring));
    assert_eq!(best(&berlin, "id4f3023125014"), Some(Strength::Substring));
}

#[test]
fn numbers_of_countries_without_a_leading_zero() {
    let american = phones("+1 212 555 0142", None);
    for text in [
        "(212) 555-0142",
        "1-212-555-0142",
        "+12125550142",
        "+1 (212) 555-0142",
    ] {
        assert_eq!(best(&american, text), Some(Strength::Exact), "{text}");
    }
    assert_eq!(best(&american, "5550142"), Some(Strength::Possible));
    assert_eq!(best(&american, "+1 213 555 0142"), None);
}

#[test]
fn a_number_without_a_country_is_known_by_its_digits() {
    let typed = phones("030 23125014", None);
    assert_eq!(best(&typed, "030/23125014"), Some(Strength::Exact));
    assert_eq!(best(&typed, "+49 30 23125014"), Some(Strength::Possible));
    assert_eq!(best(&typed, "23125014"), Some(Strength::Possible));
    let german = phones("030 23125014", Some("DE"));
    assert_eq!(best(&german, "+49 30 23125014"), Some(Strength::Exact));
}

#[test]
fn numbers_that_are_no_text() {
    let berlin = phones("+49 30 23125014", None);
    let mut found = Vec::new();
    for value in [493_023_125_014_u128, 3_023_125_014, 23_125_014, 23_125_015] {
        berlin.find_number(value, &mut |hit| found.push((value, hit.strength)));
    }
    assert_eq!(
        found,
        [
            (493_023_125_014, Strength::Exact),
            (3_023_125_014, Strength::Possible),
            (23_125_014, Strength::Possible)
        ]
    );
}
