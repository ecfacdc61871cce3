//! Text from outside cannot steer a terminal, whatever it holds.

use dsr_console::domain::text::{clean, clean_block, fit, is_invisible, truncate, truncate_start, width};
use proptest::prelude::*;

#[test]
fn escape_sequences_go_whole() {
    for (raw, shown) in [
        ("\u{1b}[31mred\u{1b}[0m", "red"),
        ("\u{1b}]0;title\u{7}after", "after"),
        (
            "\u{1b}]8;;https://example.org\u{1b}\\link\u{1b}]8;;\u{1b}\\",
            "link",
        ),
        ("\u{1b}]52;c;c2VjcmV0\u{9c}x", "x"),
        ("\u{9b}2Jgone", "gone"),
        ("\u{90}1$r0m\u{9c}dcs", "dcs"),
        ("\u{1b}(Bcharset", "charset"),
        ("\u{1b}creset", "reset"),
        ("\u{1b}[?1049h\u{1b}[6nx", "x"),
        ("a\u{8}b\u{7f}c\0d", "abcd"),
        ("\u{1b}", ""),
    ] {
        assert_eq!(clean(raw), shown, "{raw:?}");
    }
}

#[test]
fn an_unfinished_sequence_hides_nothing_behind_it() {
    assert_eq!(clean("\u{1b}]0;Anna Muster"), "0;Anna Muster");
    assert_eq!(clean("\u{1b}[12Änna"), "12Änna");
}

#[test]
fn many_unfinished_sequences_are_read_in_one_pass() {
    // Searched from each of them to the end, this would be 10^10 steps.
    let text = "\u{1b}]".repeat(200_000);
    assert_eq!(clean(&text), "");
}

#[test]
fn direction_and_invisible_characters_go() {
    assert_eq!(clean("user\u{202e}gnp.exe"), "usergnp.exe");
    assert_eq!(
        clean("\u{2066}a\u{2069}\u{200b}b\u{feff}c\u{ad}d\u{e0041}e"),
        "abcde"
    );
    assert_eq!(clean("A\u{fe0f}\u{115f}B\u{3164}C"), "ABC");
}

#[test]
fn line_breaks_stay_visible_in_a_line_and_real_in_a_block() {
    assert_eq!(clean("a\nb\r\nc\rd\u{2028}e\u{85}f"), "a\\nb\\nc\\nd\\ne\\nf");
    assert_eq!(clean_block("a\nb\r\nc\rd\u{2029}e"), "a\nb\nc\nd\ne");
    assert_eq!(clean("a\tb\u{a0}c\u{3000}d"), "a b c d");
    assert_eq!(clean_block("a\tb"), "a    b");
}

#[test]
fn special_code_points_are_marked() {
    assert_eq!(clean("a\u{e000}b\u{fdd0}c\u{10ffff}d\u{fffc}"), "a?b?c?d?");
}

#[test]
fn marks_cannot_leave_their_character() {
    assert_eq!(clean("\u{301}a"), "?a");
    let zalgo = format!("a{}b", "\u{301}".repeat(50));
    assert_eq!(clean(&zalgo).chars().count(), 2 + 6);
    assert_eq!(clean("Mu\u{308}ller"), "Mu\u{308}ller");
    assert_eq!(clean_block("a\n\u{301}b"), "a\n?b");
}

#[test]
fn ordinary_names_stay_as_they_are() {
    for name in [
        "Müller-Lüdenscheidt",
        "Γιώργος",
        "王伟",
        "محمد",
        "O'Neil",
        "Žofia Ľ.",
    ] {
        assert_eq!(clean(name), name);
    }
}

#[test]
fn truncation_counts_columns_and_cuts_no_character() {
    assert_eq!(truncate("Anna Muster", 11, "…"), "Anna Muster");
    assert_eq!(truncate("Anna Muster", 6, "…"), "Anna …");
    assert_eq!(truncate("王伟王伟", 5, "…"), "王伟…");
    assert_eq!(truncate("王伟王伟", 4, "~"), "王~");
    assert_eq!(truncate("e\u{301}e\u{301}e\u{301}", 2, "~"), "e\u{301}~");
    assert_eq!(truncate("abc", 0, "…"), "");
    assert_eq!(fit("ab", 4, "…"), "ab  ");
    assert_eq!(truncate_start("/a/long/path", 6, "…"), "…/path");
}

fn is_harmless(c: char) -> bool {
    !c.is_control() && !is_invisible(c) && !('\u{202a}'..='\u{202e}').contains(&c)
}

/// Text in which what matters is frequent.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        Just("\u{1b}".to_owned()),
        Just("\u{1b}[".to_owned()),
        Just("\u{1b}]".to_owned()),
        Just("\u{9b}".to_owned()),
        Just("\u{7}".to_owned()),
        Just("\u{9c}".to_owned()),
        Just("\\".to_owned()),
        Just("31m".to_owned()),
        Just("\r".to_owned()),
        Just("\n".to_owned()),
        Just("\u{202e}".to_owned()),
        Just("\u{301}".to_owned()),
        "[a-z0-9;]{0,4}",
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_harmful_survives(text in hostile()) {
        prop_assert!(clean(&text).chars().all(is_harmless));
        prop_assert!(clean_block(&text).chars().all(|c| c == '\n' || is_harmless(c)));
    }

    #[test]
    fn cleaning_twice_is_cleaning_once(text in hostile()) {
        let once = clean(&text);
        prop_assert_eq!(clean(&once), once);
        let block = clean_block(&text);
        prop_assert_eq!(clean_block(&block), block);
    }

    #[test]
    fn truncation_never_exceeds(text in hostile(), columns in 0usize..30) {
        let line = clean(&text);
        prop_assert!(width(&truncate(&line, columns, "…")) <= columns);
        prop_assert!(width(&truncate_start(&line, columns, "…")) <= columns);
        prop_assert!(width(&fit(&line, columns, "~")) >= width(&truncate(&line, columns, "~")));
    }
}
