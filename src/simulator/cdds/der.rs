//! Just enough DER and BER to write a certificate and an encrypted message, kept apart from the
//! program's own reader, so that a mistake in one does not hide in the other.

/// An element: tag, length, content.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        short @ 0..=127 => out.push(u8::try_from(short).unwrap_or(0)),
        long => {
            let bytes = (long as u64).to_be_bytes();
            let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(7);
            out.push(0x80 | u8::try_from(8 - first).unwrap_or(8));
            out.extend_from_slice(&bytes[first..]);
        }
    }
    out.extend_from_slice(content);
    out
}

/// A sequence of elements that are written already.
pub(crate) fn seq(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// A whole number out of its bytes, which is not negative.
pub(crate) fn int(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let mut content = bytes[first..].to_vec();
    if content.first().is_none_or(|byte| byte & 0x80 != 0) {
        content.insert(0, 0);
    }
    tlv(0x02, &content)
}

/// An object identifier out of its encoded content.
pub(crate) fn oid(content: &[u8]) -> Vec<u8> {
    tlv(0x06, content)
}

/// The start of an element whose end is marked.
pub(crate) fn open(out: &mut Vec<u8>, tag: u8) {
    out.extend_from_slice(&[tag, 0x80]);
}

/// The mark of an end.
pub(crate) fn close(out: &mut Vec<u8>) {
    out.extend_from_slice(&[0, 0]);
}

/// sha256WithRSAEncryption.
pub(crate) const SHA256_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
/// rsaEncryption.
pub(crate) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// envelopedData.
pub(crate) const ENVELOPED: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03];
/// data.
pub(crate) const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
/// aes256-CBC.
pub(crate) const AES256_CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_signs_are_right() {
        assert_eq!(tlv(4, &[0; 127])[..2], [4, 127]);
        assert_eq!(tlv(4, &[0; 128])[..3], [4, 0x81, 128]);
        assert_eq!(tlv(4, &[0; 1000])[..4], [4, 0x82, 3, 0xe8]);
        assert_eq!(int(&[0, 0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(int(&[0]), [2, 1, 0]);
    }
}
