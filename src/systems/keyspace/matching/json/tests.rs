//! Cases of `json`.

use super::*;

fn seen(text: &str) -> Option<Vec<String>> {
    let mut kept = Kept::default();
    walk(text, &mut String::new(), &mut kept).then(|| {
        kept.0
            .into_iter()
            .filter_map(|(pointer, item)| match item {
                Item::Text(value) => Some(format!("{pointer}={value}")),
                Item::Key(name) => Some(format!("{pointer}!{name}")),
                Item::Number(value) => Some(format!("{pointer}#{value}")),
                Item::Object(_) => None,
            })
            .collect()
    })
}

#[test]
fn every_member_is_shown_also_twice() {
    assert_eq!(
        seen(r#"{"a":"1","a":["x",-5],"c/d":"\u0040"}"#).unwrap(),
        ["/a!a", "/a=1", "/a!a", "/a/0=x", "/a/1#5", "/c~1d!c/d", "/c~1d=@"]
    );
    assert_eq!(seen("\u{feff}\"x\"").unwrap(), ["=x"]);
}

#[test]
fn documents_in_strings_are_opened() {
    assert_eq!(
        seen(r#"{"v":"{\"e\":\"a\\u0040b\"}"}"#).unwrap(),
        ["/v!v", "/v#/e!e", "/v#/e=a@b"]
    );
    // It only begins like one.
    assert_eq!(seen(r#"["[draft] x"]"#).unwrap(), ["/0=[draft] x"]);
}

#[test]
fn what_is_no_json_is_not_taken_for_it() {
    for text in ["{\"a\":1", "{a:1}", "{} x", "[1e999]", "\"\\ud800\"", ""] {
        assert!(seen(text).is_none(), "{text}");
    }
    assert!(seen(&"[".repeat(100_000)).is_none());
}

#[test]
fn escapes_are_opened_anywhere() {
    assert_eq!(
        unescape(b"{x:'jane\\u0040example.org\\n'").unwrap(),
        b"{x:'jane@example.org\n'"
    );
    assert_eq!(
        unescape(b"\\ud83d\\ude00\\/\\u00zz\\").unwrap(),
        "😀/\\u00zz\\".as_bytes()
    );
    assert_eq!(unescape(b"none"), None);
}
