//! The file out of an upload, read with a reader of its own.

/// The content of the field `wanted`.
pub(crate) fn field<'a>(content_type: &str, body: &'a [u8], wanted: &str) -> Option<&'a [u8]> {
    let boundary = content_type
        .strip_prefix("multipart/form-data")?
        .split(';')
        .find_map(|part| part.trim().strip_prefix("boundary="))?
        .trim_matches('"');
    let mark = format!("--{boundary}");
    let mut at = find(body, mark.as_bytes())? + mark.len();
    loop {
        let rest = body.get(at..)?;
        if rest.starts_with(b"--") {
            return None;
        }
        let head_end = find(rest, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&rest[..head_end]).into_owned();
        let content = &rest[head_end + 4..];
        let end = find(content, format!("\r\n{mark}").as_bytes())?;
        if head.contains(&format!("name=\"{wanted}\"")) {
            return Some(&content[..end]);
        }
        at += head_end + 4 + end + 2 + mark.len();
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_field_is_found_between_its_marks() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nthe\r\ncontent\r\n--x--\r\n";
        assert_eq!(
            field("multipart/form-data; boundary=x", body, "file"),
            Some(&b"the\r\ncontent"[..])
        );
        assert_eq!(field("multipart/form-data; boundary=x", body, "other"), None);
        assert_eq!(field("multipart/form-data; boundary=y", body, "file"), None);
        assert_eq!(field("application/json", body, "file"), None);
    }
}
