//! Cases of `email`.

use super::*;
use crate::domain::identifier::IdentifierKind;

fn emails(value: &str) -> Emails {
    let mut emails = Emails::default();
    emails
        .add(0, &Identifier::new(IdentifierKind::Email, value))
        .unwrap();
    emails
}

fn best(emails: &Emails, text: &[u8], binary: bool) -> Option<Strength> {
    let mut best = None;
    emails.find(text, binary, &mut |hit| best = best.max(Some(hit.strength)));
    assert!(best.is_none() || emails.may_hold(text));
    best
}

#[test]
fn a_whole_address_and_no_neighbour() {
    let jane = emails("jane@example.org");
    for text in [
        "jane@example.org",
        "Jane@EXAMPLE.org",
        "<jane@example.org>",
        "mailto:jane@example.org?subject=x",
        "jane@example.org/000777",
        "mail jane@example.org. Thanks",
        "to=jane%40example.org&x",
    ] {
        assert_eq!(
            best(&jane, text.as_bytes(), false),
            Some(Strength::Exact),
            "{text}"
        );
    }
    for text in [
        "maryjane@example.org",
        "mary.jane@example.org",
        "jane@example.org.au",
        "jane@example.organic",
        "x+jane@example.org",
    ] {
        assert_eq!(
            best(&jane, text.as_bytes(), false),
            Some(Strength::Substring),
            "{text}"
        );
    }
    for text in [
        "jane@example.com",
        "jan@example.org",
        "jane at example.org",
        "jane@@example.org",
    ] {
        assert_eq!(best(&jane, text.as_bytes(), false), None, "{text}");
    }
}

#[test]
fn domains_in_both_spellings() {
    let form = emails("info@müller.example");
    for text in [
        "info@müller.example",
        "INFO@MÜLLER.example",
        "info@mu\u{308}ller.example",
        "info@xn--mller-kva.example",
    ] {
        assert_eq!(
            best(&form, text.as_bytes(), false),
            Some(Strength::Exact),
            "{text}"
        );
    }
    assert_eq!(best(&form, "info@muller.example".as_bytes(), false), None);
    let ascii = emails("info@xn--mller-kva.example");
    assert_eq!(
        best(&ascii, "info@müller.example".as_bytes(), false),
        Some(Strength::Exact)
    );
    let local = emails("jürgen@example.org");
    assert_eq!(
        best(&local, "JU\u{308}RGEN@example.org".as_bytes(), false),
        Some(Strength::Exact)
    );
    assert_eq!(
        best(&local, "xjürgen@example.org".as_bytes(), false),
        Some(Strength::Substring)
    );
}

#[test]
fn a_length_before_it_is_an_edge_in_binary_content() {
    let long = emails("a-rather-long-name-of-a-person-here@sub.example.org");
    let text = b"a-rather-long-name-of-a-person-here@sub.example.org";
    assert_eq!(text.len(), 51);
    let mut bytes = vec![0, 0, 0, 51];
    bytes.extend(text);
    bytes.push(b'2');
    // 51 is the digit 3.
    assert_eq!(best(&long, &bytes, true), Some(Strength::Possible));
    assert_eq!(best(&long, &bytes, false), Some(Strength::Substring));
    let jane = emails("jane@example.org");
    assert_eq!(
        best(&jane, b"\x10jane@example.org2\x05", true),
        Some(Strength::Exact)
    );
    assert_eq!(best(&jane, b"\xb0jane@example.orgx", true), Some(Strength::Exact));
}
