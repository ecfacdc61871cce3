//! Whatever a peer sends, it is refused in time and nothing panics.

use std::time::Duration;

use bytes::Bytes;
use dsr_console::systems::keyspace::thrift::protocol::Reader;
use dsr_console::systems::keyspace::thrift::schema::{KeyspaceDef, RingRange};
use dsr_console::systems::keyspace::thrift::{Access, Consistency, Limits, ThriftKeyspace, rows};
use dsr_console::systems::keyspace::{Answering, Keyspace, KeyspaceError};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that answers every connection with `bytes` and then stays silent or closes.
async fn answering(bytes: &'static [u8], close: bool) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 64];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(bytes).await;
            if !close {
                kept.push(stream);
            }
        }
    });
    port
}

async fn describe(bytes: &'static [u8], close: bool) -> KeyspaceError {
    let mut access = Access::plain("127.0.0.1", answering(bytes, close).await);
    access.limits = Limits {
        call: Duration::from_millis(300),
        ..Limits::default()
    };
    let keyspace = ThriftKeyspace::new(access, "sipfs", Consistency::One);
    keyspace.describe().await.unwrap_err()
}

#[tokio::test]
async fn strangers_are_named() {
    for (bytes, found) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], Answering::Http),
        (
            b"\x84\x00\x00\x00\x00\x00\x00\x00\x00",
            Answering::Cql("native protocol 4".to_owned()),
        ),
        (b"\x15\x03\x01\x00\x02\x02\x46", Answering::Tls),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Answering::Unknown),
    ] {
        let error = describe(bytes, true).await;
        let KeyspaceError::WrongProtocol { found: named, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(*named, found);
    }
}

#[tokio::test]
async fn broken_answers_are_refused() {
    for (bytes, close) in [
        (&b""[..], true),
        (b"", false),
        // More than is ever accepted, half a frame, a frame of nothing, another call's answer.
        (b"\x0f\xff\xff\xff", false),
        (b"\x00\x00\x00\x40abc", true),
        (b"\x00\x00\x00\x00", false),
        (
            b"\x00\x00\x00\x12\x80\x01\x00\x02\x00\x00\x00\x05login\x00\x00\x00\x01\x00",
            false,
        ),
        // A text that claims two gigabytes.
        (
            b"\x00\x00\x00\x10\x80\x01\x00\x02\x7f\xff\xff\xff\x00\x00\x00\x01\x00\x00\x00\x00",
            false,
        ),
    ] {
        let error = describe(bytes, close).await;
        assert!(
            matches!(
                error,
                KeyspaceError::Unreachable { .. } | KeyspaceError::Malformed(_)
            ),
            "{bytes:?}: {error:?}"
        );
    }
}

/// An answer to `get_range_slices` without its head: one row with a column and a super column.
fn answer() -> Vec<u8> {
    let column = b"\x0c\x00\x01\x0b\x00\x01\x00\x00\x00\x01n\x0b\x00\x02\x00\x00\x00\x01v\x0a\x00\x03\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00";
    let mut bytes =
        b"\x0c\x00\x00\x00\x01\x0b\x00\x01\x00\x00\x00\x03key\x0f\x00\x02\x0c\x00\x00\x00\x02".to_vec();
    bytes.extend(column);
    bytes.extend(b"\x0c\x00\x02\x0b\x00\x01\x00\x00\x00\x01s\x0f\x00\x02\x0c\x00\x00\x00\x01");
    bytes.extend(&column[3..column.len() - 1]);
    bytes.extend(b"\x00\x00\x00");
    bytes
}

fn read(bytes: &[u8]) {
    let frame = Bytes::copy_from_slice(bytes);
    let _ = rows::of_range(&frame, Reader::new(&frame));
    let _ = rows::of_row(Reader::new(&frame), b"key", b"n");
    let _ = KeyspaceDef::read(&mut Reader::new(bytes));
    let _ = RingRange::read(&mut Reader::new(bytes));
    let _ = Reader::new(bytes).message();
}

#[test]
fn the_answer_that_is_broken_below_is_whole() {
    let frame = Bytes::from(answer());
    let rows = rows::of_range(&frame, Reader::new(&frame)).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].key(&frame), rows[0].count, rows[0].last(&frame)),
        (&b"key"[..], 2, &b"s"[..])
    );
    for length in 0..frame.len() {
        assert!(rows::of_range(&frame.slice(..length), Reader::new(&frame[..length])).is_err());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes);
    }

    #[test]
    fn no_change_of_a_whole_answer_makes_it_panic(at in 0usize..120, with in any::<u8>(), second in 0usize..120) {
        let mut bytes = answer();
        let length = bytes.len();
        bytes[at % length] = with;
        bytes[second % length] ^= 0x80;
        read(&bytes);
    }
}
