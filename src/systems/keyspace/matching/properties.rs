//! Whatever representation holds a person, it is found, and ruled out by nothing before; a neighbour
//! in the same representation is not found.

use std::io::Write;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const EMAIL: &str = "jane.doe@example.org";
const PHONE: &str = "+49 30 23125014";

fn needles() -> Needles {
    let searches = [
        Identifier::new(IdentifierKind::Email, EMAIL),
        Identifier::new(IdentifierKind::Phone, PHONE),
        Identifier::new(IdentifierKind::Email, "jürgen@bücher.example"),
        Identifier::new(IdentifierKind::Name, "Zoë Muster"),
    ];
    Needles::new(&searches, None, false).unwrap()
}

/// One way of wrapping text.
#[derive(Clone, Copy, Debug)]
enum Layer {
    Value,
    Key,
    Item,
    Sentence,
    /// JSON with every character of a string escaped.
    Escaped,
    Malformed,
}

/// The last wrapping, into a cell.
#[derive(Clone, Copy, Debug)]
enum Cell {
    Text,
    Blob,
    Gzip,
    Zlib,
    List,
    Map,
    User,
    Composite,
    Prefixed,
}

fn wrap(text: &str, layer: Layer) -> String {
    let json = |value: &str| serde_json::to_string(value).unwrap();
    match layer {
        Layer::Value => format!("{{\"id\": 7, \"v\": {}, \"w\": null}}", json(text)),
        Layer::Key => format!("{{{}: [1, \"é\"]}}", json(text)),
        Layer::Item => format!("[true, {}, {{\"a\": \"b\"}}]", json(text)),
        Layer::Sentence => format!("see ({text}), please"),
        Layer::Escaped => {
            let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
            format!("{{\"v\":\"{units}\"}}")
        }
        Layer::Malformed => format!("{{v: {}", json(text)),
    }
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    let mut out = (bytes.len() as u32).to_be_bytes().to_vec();
    out.extend(bytes);
    out
}

fn cell(text: &str, kind: Cell) -> (CellType, Vec<u8>) {
    let bytes = text.as_bytes();
    let text_box = || Box::new(CellType::Text);
    match kind {
        Cell::Text => (CellType::Text, bytes.to_vec()),
        Cell::Blob => (CellType::Blob, bytes.to_vec()),
        Cell::Gzip => {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            writer.write_all(bytes).unwrap();
            (CellType::Blob, writer.finish().unwrap())
        }
        Cell::Zlib => {
            let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            writer.write_all(bytes).unwrap();
            (CellType::Blob, writer.finish().unwrap())
        }
        Cell::List => {
            let all = [2u32.to_be_bytes().to_vec(), sized(b"first"), sized(bytes)].concat();
            (CellType::List(text_box()), all)
        }
        Cell::Map => {
            let all = [1u32.to_be_bytes().to_vec(), sized(b"key"), sized(bytes)].concat();
            (CellType::Map(text_box(), Box::new(CellType::Blob)), all)
        }
        Cell::User => {
            let fields = vec![
                ("n".to_owned(), CellType::Integer),
                ("mail".to_owned(), CellType::Text),
            ];
            (
                CellType::Tuple(fields),
                [sized(&7u64.to_be_bytes()), sized(bytes)].concat(),
            )
        }
        Cell::Composite => {
            let length = (bytes.len() as u16).to_be_bytes();
            let all = [&length, bytes, &[0], &1u16.to_be_bytes(), b"z", &[0]].concat();
            (CellType::Composite(vec![CellType::Text, CellType::Text]), all)
        }
        // Content of a serialiser: lengths and tags around strings.
        Cell::Prefixed => (
            CellType::Blob,
            [&[0, 1, 0x0a, 0x04], &b"name"[..], &[0x12], bytes, &[0x00, 0x18]].concat(),
        ),
    }
}

fn layers() -> impl Strategy<Value = Vec<Layer>> {
    let one = select(vec![
        Layer::Value,
        Layer::Key,
        Layer::Item,
        Layer::Sentence,
        Layer::Escaped,
        Layer::Malformed,
    ]);
    vec(one, 0..4)
}

fn cells() -> impl Strategy<Value = Cell> {
    select(vec![
        Cell::Text,
        Cell::Blob,
        Cell::Gzip,
        Cell::Zlib,
        Cell::List,
        Cell::Map,
        Cell::User,
        Cell::Composite,
        Cell::Prefixed,
    ])
}

/// A sentence around a document makes it text, and text in it stays escaped as often as it was: that
/// is opened only so many times. No layer behind a broken one, for the same reason.
fn build(text: &str, layers: &[Layer], kind: Cell) -> (CellType, Vec<u8>) {
    let mut text = text.to_owned();
    let mut broken = false;
    for layer in layers {
        if broken {
            break;
        }
        broken = matches!(layer, Layer::Malformed | Layer::Sentence);
        text = wrap(&text, *layer);
    }
    cell(&text, kind)
}

fn emails() -> impl Strategy<Value = String> {
    vec(any::<bool>(), EMAIL.len()).prop_map(|upper| {
        let swap = |(c, up): (char, &bool)| if *up { c.to_ascii_uppercase() } else { c };
        EMAIL.chars().zip(&upper).map(swap).collect()
    })
}

fn phones() -> impl Strategy<Value = String> {
    let forms = select(vec!["+493023125014", "00493023125014", "03023125014"]);
    let separators = select(vec![
        " ", "-", ".", "/", "\u{a0}", "\u{202f}", "\u{2011}", "\u{200e}", "",
    ]);
    (forms, vec(separators, 16), any::<bool>()).prop_map(|(form, separators, marked)| {
        let mut out = String::new();
        for (index, c) in form.chars().enumerate() {
            out.push(c);
            if c != '+' && index + 1 < form.len() {
                out.push_str(separators[index]);
            }
        }
        if marked {
            format!("\u{202a}{out}\u{202c}")
        } else {
            out
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_person_is_found_in_every_representation(
        email in emails(),
        phone in phones(),
        by_phone in any::<bool>(),
        layers in layers(),
        kind in cells(),
    ) {
        let needles = needles();
        let (text, search) = if by_phone { (phone, 1) } else { (email, 0) };
        let (cell_type, bytes) = build(&text, &layers, kind);
        prop_assert!(needles.cell_may_hold(&cell_type, &bytes));
        let page = [&b"\0\0\0\x05other\0\0\0\x30"[..], &bytes, b"\0\0\0\x07another"].concat();
        prop_assert!(needles.needs_cells(&cell_type) || needles.may_hold(&page));
        prop_assert!(needles.may_hold(&page) || needles.cell_may_hide(&cell_type, &bytes));
        let findings = needles.search_cell(&cell_type, &bytes, "");
        prop_assert!(
            findings.found.iter().any(|f| f.search == search && f.certainty == Certainty::Exact),
            "{text:?} {:?}", String::from_utf8_lossy(&bytes)
        );
        prop_assert!(findings.found.iter().all(|f| f.search == search));
    }

    #[test]
    fn a_neighbour_is_not(
        neighbour in select(vec![
            "mary.jane.doe@example.org", "xjane.doe@example.org", "jane.doe@example.org.au",
            "jane.doe@example.organic", "jane.doe@example.com", "jane.do@example.org",
            "jane-doe@example.org", "+49 40 23125014", "+43 30 23125014", "040/23125014",
            "+49 30 23125015", "+49 30 2312501", "+1 302 312 5014", "jurgen@bucher.example",
            "Zoë Musterfrau", "Zo Muster", "Joëlle Muster",
        ]),
        layers in layers(),
        kind in cells(),
    ) {
        let needles = needles();
        let (cell_type, bytes) = build(neighbour, &layers, kind);
        let findings = needles.search_cell(&cell_type, &bytes, "");
        prop_assert!(findings.found.is_empty(), "{neighbour} {:?}", String::from_utf8_lossy(&bytes));
    }
}

/// Pieces out of which the matcher could make a person.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let known = select(
        [
            "jane",
            ".doe",
            "@",
            "example",
            ".org",
            "%40",
            "JANE.",
            "DOE@",
            "EXAMPLE.ORG",
            "\\u0040",
            "\\u006a",
            "\\\\u0040",
            "\\u005cu0040",
            "\\",
            "/",
            "\\/",
            "\"",
            "{\"a\":",
            "}",
            "[",
            "]",
            ",",
            "jürgen",
            "ju\u{308}rgen",
            "bücher",
            "xn--bcher-kva",
            ".example",
            "j\\u00fcrgen",
            "Ü",
            "\u{212a}",
            "zoë",
            "ZOË",
            "zo",
            "e\u{308}",
            "muster",
            "Muster",
            " ",
            "\\u00eb",
            "+49",
            "0049",
            "30",
            "231",
            "25",
            "014",
            "(0)",
            "-",
            ".",
            "\u{a0}",
            "\\u00a0",
            "\\u200b",
            "\u{200e}",
            "０１４",
            "٣٠",
            "\\u0032",
            "3023125014",
            "23125014",
            "x",
            "\n",
            "\\n",
            "e5",
            "-",
            "0",
            "\u{202a}",
            "jane.doe@example.org",
            "+49 30 23125014",
            "\\\"",
        ]
        .map(str::as_bytes)
        .map(<[u8]>::to_vec)
        .to_vec(),
    );
    prop_oneof![8 => known, 1 => vec(any::<u8>(), 1..3)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn nothing_is_ruled_out_that_would_be_found(
        pieces in vec(pieces(), 0..14),
        kind in select(vec![CellType::Text, CellType::Blob, CellType::List(Box::new(CellType::Text))]),
    ) {
        thread_local!(static NEEDLES: Needles = needles());
        let bytes = pieces.concat();
        NEEDLES.with(|needles| {
            let findings = needles.search_cell(&kind, &bytes, "");
            prop_assert!(
                findings.is_empty() || needles.cell_may_hold(&kind, &bytes),
                "{findings:?} {:?}", String::from_utf8_lossy(&bytes)
            );
            let mut raw = 0;
            needles.search_raw(&bytes, &mut |_| raw += 1);
            prop_assert!(raw == 0 || needles.may_hold(&bytes));
            Ok(())
        })?;
    }
}

#[test]
fn many_people_are_told_apart_in_one_pass() {
    let searches: Vec<Identifier> = (0..300)
        .map(|n| match n % 2 {
            0 => Identifier::new(IdentifierKind::Email, format!("user{n:03}@example.org")),
            _ => Identifier::new(IdentifierKind::Phone, format!("+1 212 555 {:04}", 100 + n)),
        })
        .collect();
    let needles = Needles::new(&searches, None, false).unwrap();
    for (index, search) in searches.iter().enumerate() {
        let cell = format!("{{\"v\": \"{}\"}}", search.value);
        assert!(needles.cell_may_hold(&CellType::Text, cell.as_bytes()));
        let found = needles.search_cell(&CellType::Text, cell.as_bytes(), "").found;
        assert_eq!(found.iter().map(|f| f.search).collect::<Vec<_>>(), [index]);
        assert_eq!(found[0].pointer, "/v");
    }
    assert!(!needles.cell_may_hold(&CellType::Text, b"user301@example.org and +1 212 555 7777"));
}

#[test]
fn substrings_are_counted_and_shown_when_asked_for() {
    let search = [Identifier::new(IdentifierKind::Email, "jane@example.org")];
    let text = br#"["maryjane@example.org", "jane@example.org.au", "jane@example.org"]"#;
    let findings = Needles::new(&search, None, false)
        .unwrap()
        .search_cell(&CellType::Text, text, "");
    assert_eq!(findings.substrings.get(&0), Some(&2));
    assert_eq!(findings.found.len(), 1);
    assert_eq!(findings.found[0].pointer, "/2");
    let findings = Needles::new(&search, None, true)
        .unwrap()
        .search_cell(&CellType::Text, text, "");
    assert_eq!(findings.found.len(), 3);
    assert_eq!(findings.found[0].certainty, Certainty::Possible);
}

#[test]
fn what_cannot_be_looked_for_is_refused_without_its_value() {
    let wrong = Identifier::new(IdentifierKind::Email, "no address");
    let Err(error) = Needles::new(&[wrong], None, false) else {
        panic!("accepted")
    };
    assert!(error.0.starts_with("search 1: ") && !error.0.contains("no address"));
    assert_eq!(identify("jane@example.org").kind, IdentifierKind::Email);
    assert_eq!(identify("030 23125014").kind, IdentifierKind::Phone);
    assert_eq!(identify("Anna Muster").kind, IdentifierKind::Name);
}
