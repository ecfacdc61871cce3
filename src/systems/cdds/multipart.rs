//! `multipart/form-data` with one file (RFC 7578). Ours above the transport, so that it exists in
//! simulation too.

use bytes::Bytes;

use crate::domain::failure::{Failure, FailureKind};

/// A body with one file field, and its content type.
pub(super) fn file(
    field: &str,
    file_name: &str,
    kind: &str,
    content: &[u8],
) -> Result<(Bytes, String), Failure> {
    let boundary = boundary(content)?;
    // A quote or a line break in the name would end the header.
    let name: String = file_name
        .chars()
        .map(|c| {
            if c.is_control() || matches!(c, '"' | '\\') {
                '_'
            } else {
                c
            }
        })
        .collect();
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Ok((
        Bytes::from(body),
        format!("multipart/form-data; boundary={boundary}"),
    ))
}

/// A line that does not occur in the content.
fn boundary(content: &[u8]) -> Result<String, Failure> {
    for _ in 0..16 {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random)
            .map_err(|_| Failure::new(FailureKind::Internal, "This host gives no random numbers."))?;
        let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let boundary = format!("dsr-{hex}");
        if memchr::memmem::find(content, boundary.as_bytes()).is_none() {
            return Ok(boundary);
        }
    }
    Err(Failure::new(
        FailureKind::Internal,
        "No boundary was found for the upload.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_header() {
        let (body, kind) = file("file", "a\"\r\nX: y.pem", "application/x-pem-file", b"content").unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let boundary = kind.split_once("boundary=").unwrap().1;
        assert!(text.starts_with(&format!("--{boundary}\r\n")));
        assert!(text.contains("filename=\"a___X: y.pem\"\r\n"));
        assert!(text.ends_with(&format!("\r\ncontent\r\n--{boundary}--\r\n")));
    }
}
