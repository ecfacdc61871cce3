//! Cases of `error`.

use super::*;
use crate::domain::failure::Changed;

#[test]
fn an_old_cluster_is_sent_to_its_thrift_port() {
    let failure = Failure::from(KeyspaceError::WrongProtocol {
        address: "127.0.0.1:9042".to_owned(),
        found: Answering::OldCql(1),
        expected: "CQL",
    });
    assert_eq!(failure.exit_code(), 5);
    assert!(failure.next.unwrap().contains("9160"));
    assert_eq!(failure.changed, Changed::Nothing);
    assert_eq!(
        failure.message,
        "127.0.0.1:9042 answers with CQL version 1 only, not with CQL."
    );
}

#[test]
fn what_was_not_read_is_incomplete() {
    let error = KeyspaceError::not_read(NotRead::TimedOut, "Operation timed out\u{1b}[31m");
    assert_eq!(error.as_not_read(), Some(NotRead::TimedOut));
    let failure = Failure::from(error);
    assert_eq!(failure.exit_code(), 6);
    assert_eq!(
        failure.message,
        "Not read: the read timed out (Operation timed out)."
    );
}

#[test]
fn a_wrong_name_is_answered_with_the_right_ones() {
    let failure = Failure::from(KeyspaceError::NoSuchKeyspace {
        name: "sipf".to_owned(),
        known: vec!["sipfs".to_owned()],
    });
    assert_eq!(failure.next.as_deref(), Some("Keyspaces there: sipfs."));
    assert_eq!(failure.exit_code(), 1);
}
