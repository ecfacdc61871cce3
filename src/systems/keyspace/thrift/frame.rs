//! Thrift's framed transport on an asynchronous stream: four bytes of length, then that many bytes.
//! The length is the peer's word: a larger one than agreed ends the connection, and room is made as
//! bytes arrive, not as they are announced.

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::error::{Foreign, ThriftError};
use crate::domain::text::clean;

/// Room made at once, in bytes.
const STEP: usize = 64 * 1024;

/// Sends one frame; its length already stands in front.
pub async fn send(stream: &mut (impl AsyncWrite + Unpin), frame: &[u8]) -> Result<(), ThriftError> {
    stream.write_all(frame).await.map_err(broken)?;
    stream.flush().await.map_err(broken)
}

/// Receives one frame of at most `limit` bytes.
pub async fn receive(stream: &mut (impl AsyncRead + Unpin), limit: usize) -> Result<Bytes, ThriftError> {
    let mut head = [0u8; 4];
    stream.read_exact(&mut head).await.map_err(broken)?;
    let length = u32::from_be_bytes(head);
    if let Some(foreign) = foreign(head) {
        return Err(ThriftError::Foreign(foreign));
    }
    let length = match usize::try_from(length) {
        Ok(length) if length <= limit => length,
        _ => return Err(ThriftError::TooLarge(u64::from(length))),
    };
    let mut body = BytesMut::new();
    while body.len() < length {
        let left = length - body.len();
        body.reserve(left.min(STEP.max(body.len())));
        let mut part = (&mut *stream).take(left as u64);
        if part.read_buf(&mut body).await.map_err(broken)? == 0 {
            return Err(ThriftError::Broken(
                "it ended in the middle of an answer".to_owned(),
            ));
        }
    }
    Ok(body.freeze())
}

/// Recognises other protocols by the first four bytes of an answer, where a length is expected.
pub fn foreign(head: [u8; 4]) -> Option<Foreign> {
    match head {
        // Answers of CQL's native protocol begin with their version and the sign bit.
        [version @ 0x81..=0x8f, ..] => Some(Foreign::Cql(version & 0x7f)),
        [b'H', b'T', b'T', b'P'] => Some(Foreign::Http),
        [0x15 | 0x16, 3, ..] => Some(Foreign::Tls),
        // No frame is that long; a text is.
        [0x20..=0xff, ..] => Some(Foreign::Other),
        _ => None,
    }
}

fn broken(error: std::io::Error) -> ThriftError {
    ThriftError::Broken(match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "the far end closed it".to_owned(),
        std::io::ErrorKind::ConnectionReset => "the far end reset it".to_owned(),
        _ => clean(&error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8], limit: usize) -> Result<Bytes, ThriftError> {
        receive(&mut &bytes[..], limit).await
    }

    #[tokio::test]
    async fn whole_frames_only_and_none_too_large() {
        assert_eq!(
            read(&[0, 0, 0, 2, 7, 8, 9], 10).await.unwrap(),
            Bytes::from_static(&[7, 8])
        );
        assert!(matches!(
            read(&[0, 0, 0, 9, 7], 10).await,
            Err(ThriftError::Broken(_))
        ));
        assert!(matches!(
            read(&[0, 0, 0, 9, 7], 8).await,
            Err(ThriftError::TooLarge(9))
        ));
        assert!(matches!(read(&[0, 0], 8).await, Err(ThriftError::Broken(_))));
    }

    #[tokio::test]
    async fn other_protocols_are_named() {
        for (bytes, foreign) in [
            ([0x81u8, 0, 0, 0], Foreign::Cql(1)),
            ([0x84, 0, 0, 0], Foreign::Cql(4)),
            (*b"HTTP", Foreign::Http),
            ([0x15, 3, 3, 0], Foreign::Tls),
            (*b"SSH-", Foreign::Other),
        ] {
            assert_eq!(read(&bytes, 100).await, Err(ThriftError::Foreign(foreign)));
        }
    }
}
