//! A mask helps a colleague to recognise a person and never shows the whole value.

use dsr_console::domain::mask::{mask, mask_ascii};
use proptest::prelude::*;

#[test]
fn masks_as_on_the_screens() {
    for (value, shown) in [
        ("anna.muster@example.org", "a•••@example.org"),
        ("+49 30 23121820", "+49 •• •••• 1820"),
        ("+4930 2312-1820", "+49 •• •••• 1820"),
        ("030 23121820", "•• •••• 1820"),
        ("+15550100199", "+1 •• •••• 0199"),
        ("Anna Muster", "A••• M•••••"),
        ("Anna-Maria O'Neil", "A•••-••••• O'••••"),
        ("Musterstraße 12", "M••••••••••• ••"),
        ("@annam", "@a••••"),
        ("7f3a1c22-0000-4000-8000-000000000001", "7f3a••••"),
        ("王伟", "王•"),
    ] {
        assert_eq!(mask(value), shown);
    }
    assert_eq!(mask_ascii("Anna Muster"), "A*** M*****");
    assert!(mask_ascii("Anna Muster").is_ascii());
}

#[test]
fn short_values_are_hidden_whole() {
    for (value, shown) in [
        ("J", "•"),
        ("a@example.org", "•••@example.org"),
        ("12345", "•• •••• 5"),
        ("1234", "••••"),
        ("...", "•••"),
        ("", ""),
        (" \u{202e} ", ""),
    ] {
        assert_eq!(mask(value), shown, "{value:?}");
    }
}

#[test]
fn a_mask_cannot_steer_the_terminal() {
    assert_eq!(mask("\u{1b}[31mAnna"), "A•••");
}

proptest! {
    #[test]
    fn the_value_never_stands_in_its_mask(value in "\\PC{1,40}") {
        prop_assume!(value.trim().chars().any(char::is_alphanumeric));
        let shown = mask_ascii(&value);
        prop_assert!(!shown.contains(value.trim()), "{shown:?}");
    }

    #[test]
    fn numbers_keep_at_least_four_digits_back(value in "\\+?[0-9][0-9 ()/-]{3,20}") {
        let digits = value.chars().filter(char::is_ascii_digit).count();
        let shown = mask(&value).chars().filter(char::is_ascii_digit).count();
        prop_assert!(shown + 4 <= digits || shown == 0);
    }

    #[test]
    fn a_name_shows_one_letter_a_word(words in proptest::collection::vec("[A-Za-zÄÖÜäöüß]{1,12}", 1..4)) {
        let shown = mask(&words.join(" "));
        let letters = shown.chars().filter(|c| c.is_alphabetic()).count();
        prop_assert!(letters <= words.len());
    }
}
