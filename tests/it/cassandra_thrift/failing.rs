//! Servers that refuse, are silent, die, or are not what was expected.

use std::sync::Arc;
use std::time::Duration;

use dsr_console::domain::failure::Failure;
use dsr_console::systems::keyspace::thrift::{Access, Consistency, Limits, ThriftKeyspace};
use dsr_console::systems::keyspace::{Answering, Keyspace, KeyspaceError, NotRead, PageRequest};

use super::estate::{self, KEYSPACE};
use super::{keyspace, read, table};
use crate::support::old_cassandra::OldServer;

fn at(access: Access) -> ThriftKeyspace {
    ThriftKeyspace::new(access, KEYSPACE, Consistency::LocalQuorum)
}

#[tokio::test]
async fn a_cql_port_is_recognised_and_the_way_out_named() {
    let Some(server) = OldServer::start(&[]) else {
        return;
    };
    let error = at(Access::plain("127.0.0.1", server.cql))
        .describe()
        .await
        .unwrap_err();
    let KeyspaceError::WrongProtocol {
        found: Answering::OldCql(1),
        ..
    } = &error
    else {
        panic!("{error:?}");
    };
    let failure = Failure::from(error);
    assert_eq!(failure.exit_code(), 5);
    assert!(failure.next.unwrap().contains("9160"));
    // A keyspace that is not there is answered with those that are.
    let other = ThriftKeyspace::new(
        Access::plain("127.0.0.1", server.thrift),
        "sipf",
        Consistency::One,
    );
    let error = other.describe().await.unwrap_err();
    let KeyspaceError::NoSuchKeyspace { known, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(known.is_empty(), "system keyspaces are not offered: {known:?}");
}

#[tokio::test]
async fn a_server_with_users_asks_for_one() {
    let Some(server) = OldServer::start(&["--users", "reader=right"]) else {
        return;
    };
    let mut writer = server.writer();
    writer.login("reader", "right");
    estate::write(&mut writer, "SimpleStrategy");
    let with = |login: Option<(&str, &str)>| {
        let mut access = Access::plain("127.0.0.1", server.thrift);
        access.login = login.map(|(user, password)| (user.to_owned(), password.into()));
        at(access)
    };
    for login in [None, Some(("reader", "wrong")), Some(("nobody", "right"))] {
        let failure = Failure::from(with(login).describe().await.unwrap_err());
        assert_eq!(failure.exit_code(), 4, "{login:?}: {failure:?}");
        assert!(!failure.message.contains("wrong\""), "{failure:?}");
    }
    let signed_in = with(Some(("reader", "right")));
    let tables = signed_in.describe().await.unwrap().tables;
    let (all, _) = read(&signed_in, table(&tables, "settings"), 500).await.unwrap();
    assert!(all.len() > 900);
}

#[tokio::test]
async fn a_server_killed_in_the_middle_is_not_read_and_never_clean() {
    let Some(server) = OldServer::start(&[]) else {
        return;
    };
    estate::write(&mut server.writer(), "SimpleStrategy");
    let keyspace = keyspace(&server);
    let tables = keyspace.describe().await.unwrap().tables;
    let table = Arc::new(table(&tables, "wide").clone());
    let slice = keyspace.slices(&table, 1).await.unwrap().remove(0);
    let ask = |paging| {
        keyspace.page(PageRequest {
            table: table.clone(),
            slice: slice.clone(),
            paging,
            size: 100,
        })
    };
    let first = ask(None).await.unwrap();
    assert!(first.next.is_some());
    server.kill();
    for _ in 0..3 {
        let error = ask(first.next.clone()).await.unwrap_err();
        let why = error.as_not_read().unwrap_or_else(|| panic!("{error:?}"));
        assert!(matches!(why, NotRead::Broken | NotRead::Unavailable), "{why:?}");
        assert_eq!(Failure::from(error).exit_code(), 6);
    }
}

#[tokio::test]
async fn a_silent_server_is_given_up_and_comes_back() {
    let Some(server) = OldServer::start(&[]) else {
        return;
    };
    let stored = estate::write(&mut server.writer(), "SimpleStrategy");
    let mut access = Access::plain("127.0.0.1", server.thrift);
    access.limits = Limits {
        call: Duration::from_secs(2),
        ..Limits::default()
    };
    let keyspace = at(access);
    let tables = keyspace.describe().await.unwrap().tables;
    let favorites = table(&tables, "favorites");
    server.pause();
    let error = read(&keyspace, favorites, 50).await.unwrap_err();
    assert_eq!(error.as_not_read(), Some(NotRead::TimedOut), "{error:?}");
    server.resume();
    // The connection of the answer that never came is not used again: its answer may still come.
    let (all, _) = read(&keyspace, favorites, 50).await.unwrap();
    super::assert_whole("favorites", &all, &stored);
}
