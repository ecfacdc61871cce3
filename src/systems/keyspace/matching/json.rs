//! Walks over JSON as it stands, without building it: all members, also repeated ones, with the
//! pointer to each. JSON that stands in a string is walked as well.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// Strings in strings are opened this many times.
const MOST_NESTED: usize = 8;

/// What is shown of a document.
pub(super) trait Watch {
    /// A string value.
    fn text(&mut self, pointer: &str, value: &str);
    /// The name of a member.
    fn key(&mut self, pointer: &str, name: &str);
    /// A whole number.
    fn number(&mut self, pointer: &str, value: u128);
    /// An object ended; its own string values.
    fn object(&mut self, pointer: &str, values: &[String]);
}

/// True when it may be worth to read `text` as JSON.
pub(super) fn looks_like_json(text: &str) -> bool {
    matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'[' | b'"'))
}

/// Shows the parts of a document; `pointer` is where it stands. False when it is no JSON: what was
/// shown until then counts for nothing.
pub(super) fn walk(text: &str, pointer: &mut String, watch: &mut dyn Watch) -> bool {
    walk_at(text, pointer, watch, 0)
}

fn walk_at(text: &str, pointer: &mut String, watch: &mut dyn Watch, nested: usize) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let length = pointer.len();
    let mut reader = serde_json::Deserializer::from_str(text);
    let node = Node {
        pointer,
        watch,
        nested,
        values: None,
    };
    let read = node.deserialize(&mut reader).and_then(|()| reader.end());
    pointer.truncate(length);
    read.is_ok()
}

/// One value at its place.
struct Node<'a> {
    pointer: &'a mut String,
    watch: &'a mut dyn Watch,
    nested: usize,
    /// String values of the object it belongs to.
    values: Option<&'a mut Vec<String>>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.watch.number(self.pointer, value.into());
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.watch.number(self.pointer, value.unsigned_abs().into());
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        if let Some(values) = self.values {
            values.push(value.to_owned());
        }
        if self.nested < MOST_NESTED && value.len() > 1 && looks_like_json(value) {
            let length = self.pointer.len();
            self.pointer.push('#');
            let mut kept = Kept::default();
            let is_json = walk_at(value, self.pointer, &mut kept, self.nested + 1);
            self.pointer.truncate(length);
            if is_json {
                kept.show(self.watch);
                return Ok(());
            }
        }
        self.watch.text(self.pointer, value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let length = self.pointer.len();
        for index in 0_usize.. {
            self.pointer.push('/');
            self.pointer.push_str(&index.to_string());
            let node = Node {
                pointer: self.pointer,
                watch: self.watch,
                nested: self.nested,
                values: None,
            };
            let more = items.next_element_seed(node)?;
            self.pointer.truncate(length);
            if more.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let length = self.pointer.len();
        let mut values = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            push_member(self.pointer, &name);
            self.watch.key(self.pointer, &name);
            members.next_value_seed(Node {
                pointer: self.pointer,
                watch: self.watch,
                nested: self.nested,
                values: Some(&mut values),
            })?;
            self.pointer.truncate(length);
        }
        self.watch.object(self.pointer, &values);
        Ok(())
    }
}

/// Appends a member's name to a pointer (RFC 6901).
pub(super) fn push_member(pointer: &mut String, name: &str) {
    pointer.push('/');
    for c in name.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// What a nested document showed, kept until it is known to be one.
#[derive(Default)]
struct Kept(Vec<(String, Item)>);

enum Item {
    Text(String),
    Key(String),
    Number(u128),
    Object(Vec<String>),
}

impl Kept {
    fn show(self, watch: &mut dyn Watch) {
        for (pointer, item) in self.0 {
            match item {
                Item::Text(value) => watch.text(&pointer, &value),
                Item::Key(name) => watch.key(&pointer, &name),
                Item::Number(value) => watch.number(&pointer, value),
                Item::Object(values) => watch.object(&pointer, &values),
            }
        }
    }
}

impl Watch for Kept {
    fn text(&mut self, pointer: &str, value: &str) {
        self.0.push((pointer.to_owned(), Item::Text(value.to_owned())));
    }

    fn key(&mut self, pointer: &str, name: &str) {
        self.0.push((pointer.to_owned(), Item::Key(name.to_owned())));
    }

    fn number(&mut self, pointer: &str, value: u128) {
        self.0.push((pointer.to_owned(), Item::Number(value)));
    }

    fn object(&mut self, pointer: &str, values: &[String]) {
        self.0.push((pointer.to_owned(), Item::Object(values.to_vec())));
    }
}

/// `text` with the escapes of JSON strings opened, whatever stands around them; for text that only
/// resembles JSON. `None` when there are none.
pub(super) fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    memchr::memchr(b'\\', text)?;
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if text[at] != b'\\' {
            out.push(text[at]);
            at += 1;
            continue;
        }
        let next = text.get(at + 1).copied();
        at += 2;
        match next {
            Some(b'u') => match unit(text, at) {
                Some(first) => {
                    at += 4;
                    let (c, used) = character(text, at, first);
                    at += used;
                    let mut bytes = [0; 4];
                    out.extend_from_slice(c.encode_utf8(&mut bytes).as_bytes());
                }
                None => out.extend_from_slice(b"\\u"),
            },
            Some(b'n' | b'r' | b't' | b'b' | b'f') => out.push(b'\n'),
            Some(plain @ (b'"' | b'\\' | b'/')) => out.push(plain),
            // No escape of JSON: it stays, since a letter must not lose what stands between it and
            // the letter before.
            Some(other) => out.extend_from_slice(&[b'\\', other]),
            None => out.push(b'\\'),
        }
    }
    Some(out)
}

fn unit(text: &[u8], at: usize) -> Option<u32> {
    let digits = std::str::from_utf8(text.get(at..at + 4)?).ok()?;
    digits
        .bytes()
        .all(|b| b.is_ascii_hexdigit())
        .then(|| u32::from_str_radix(digits, 16).ok())?
}

/// The character of one or two units, and how many more bytes the second one took.
fn character(text: &[u8], at: usize, first: u32) -> (char, usize) {
    let second = match text.get(at..at + 2) {
        Some(b"\\u") if (0xd800..0xdc00).contains(&first) => unit(text, at + 2),
        _ => None,
    };
    if let Some(second @ 0xdc00..0xe000) = second {
        let value = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(value).unwrap_or('\u{fffd}'), 6);
    }
    (char::from_u32(first).unwrap_or('\u{fffd}'), 0)
}

#[cfg(test)]
mod tests;
