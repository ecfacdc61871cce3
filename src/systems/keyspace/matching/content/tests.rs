//! Cases of `content`.

use std::io::Write;

use super::*;

fn pieces(cell_type: &CellType, bytes: &[u8]) -> (Vec<String>, u64) {
    let mut seen = Vec::new();
    let mut show = |content: Content<'_>, pointer: &mut String| {
        seen.push(match content {
            Content::Text(text) => format!("{pointer}={text}"),
            Content::Binary(bytes) => format!("{pointer}%{}", bytes.len()),
            Content::Number(value) => format!("{pointer}#{value}"),
        });
    };
    let mut opener = Opener {
        pointer: String::new(),
        show: &mut show,
        unopened: 0,
    };
    opener.open(cell_type, bytes);
    let unopened = opener.unopened;
    (seen, unopened)
}

fn sized_bytes(parts: &[&[u8]]) -> Vec<u8> {
    parts
        .iter()
        .flat_map(|part| {
            (part.len() as u32)
                .to_be_bytes()
                .into_iter()
                .chain(part.iter().copied())
        })
        .collect()
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(plain).unwrap();
    writer.finish().unwrap()
}

#[test]
fn collections_and_user_types_come_apart() {
    let mut list = 2u32.to_be_bytes().to_vec();
    list.extend(sized_bytes(&[b"a", b"b"]));
    let of_text = CellType::List(Box::new(CellType::Text));
    assert_eq!(pieces(&of_text, &list).0, ["/0=a", "/1=b"]);
    let mut map = 1u32.to_be_bytes().to_vec();
    map.extend(sized_bytes(&[b"k/1", &5u64.to_be_bytes()]));
    let of_map = CellType::Map(Box::new(CellType::Text), Box::new(CellType::Integer));
    assert_eq!(pieces(&of_map, &map).0, ["/k~11=k/1", "/k~11#5"]);
    let user = CellType::Tuple(vec![
        ("mail".to_owned(), CellType::Text),
        ("x".to_owned(), CellType::Text),
    ]);
    assert_eq!(pieces(&user, &sized_bytes(&[b"m"])).0, ["/mail=m"]);
    // What is not of its type is searched as it is.
    assert_eq!(pieces(&of_text, b"\0\0\0\x09abc").0, ["%7"]);
}

#[test]
fn composites_come_apart() {
    let bytes = b"\0\x02ab\0\0\x01c\0";
    let kind = CellType::Composite(vec![CellType::Text, CellType::Text]);
    assert_eq!(pieces(&kind, bytes).0, ["/0=ab", "/1=c"]);
    let bytes = b"\x80s\0\x02ab\0\0\x08UTF8Type\0\x01c\0";
    assert_eq!(pieces(&CellType::DynamicComposite, bytes).0, ["/0=ab", "/1=c"]);
}

#[test]
fn compressed_values_are_opened() {
    let once = gzip(b"hello");
    assert_eq!(pieces(&CellType::Blob, &once), (vec!["=hello".to_owned()], 0));
    assert_eq!(pieces(&CellType::Blob, &gzip(&once)).0, ["=hello"]);
    let mut two = once.clone();
    two.extend(gzip(b"again"));
    two.extend(b"tail");
    assert_eq!(pieces(&CellType::Blob, &two).0, ["=hello", "=again", "=tail"]);
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(b"hello").unwrap();
    assert_eq!(pieces(&CellType::Blob, &writer.finish().unwrap()).0, ["=hello"]);
    let cut = &once[..once.len() - 6];
    assert_eq!(pieces(&CellType::Blob, cut).1, 1);
    // Text that begins like zlib.
    assert!(is_compressed(b"x^ "));
    assert_eq!(
        pieces(&CellType::Blob, b"x^2 + y"),
        (vec!["=x^2 + y".to_owned()], 0)
    );
}

#[test]
fn numbers_of_all_kinds() {
    assert_eq!(pieces(&CellType::Integer, &(-5i64).to_be_bytes()).0, ["#5"]);
    assert_eq!(pieces(&CellType::Integer, &[0x01, 0x00]).0, ["#256"]);
    let mut value = 2i32.to_be_bytes().to_vec();
    value.extend([0x01, 0x2c]);
    assert_eq!(pieces(&CellType::Decimal, &value).0, ["#3"]);
    assert_eq!(pieces(&CellType::Float, &12345f64.to_be_bytes()).0, ["#12345"]);
    assert!(pieces(&CellType::Float, &1.5f64.to_be_bytes()).0.is_empty());
}
