//! The client of GWS against the simulated one on a real socket: sign-in, session and CSRF token,
//! groups, and what becomes of a deletion whose answer is not what it should be.

use std::sync::Arc;

use dsr_console::domain::failure::{Changed, Failure, FailureKind};
use dsr_console::systems::gws::probe::{Body, ProbeGroup};
use dsr_console::systems::gws::{DeleteTemplate, GroupName, Gws, Removal, SettingKey};
use dsr_console::workflow::{World, gate};
use serde_json::json;

use crate::gws_bench::{ADMIN, Answer, Wire};
use crate::support::Home;

const FAVORITES: &str = "interaction-workspace-personal-favorites";

fn favorites() -> GroupName {
    GroupName::new(FAVORITES).unwrap()
}

fn removal(key: &str) -> Removal {
    let key = SettingKey::new("name", key).unwrap();
    Removal::of(&DeleteTemplate::published(), &favorites(), &key, None, None).unwrap()
}

async fn remove(world: &Arc<World>, gws: &Gws, key: &str) -> Result<(), Failure> {
    let (gws, removal) = (gws.clone(), removal(key));
    gate::change(world, "test", json!({}), |permit| async move {
        gws.remove(permit, removal).await
    })
    .await
}

fn default() -> dsr_console::simulator::Scenario {
    dsr_console::simulator::Scenario::BuiltIn("default".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_reads_version_roles_groups_and_settings() {
    let wire = Wire::new().await;
    let gws = wire.client();
    assert_eq!(gws.version().await.unwrap(), "8.5.202.96");
    let me = gws.me().await.unwrap();
    assert_eq!(me.username.as_deref(), Some(ADMIN.0));
    assert!(me.is_admin());
    let groups = gws.groups().await.unwrap();
    assert_eq!(groups.len(), 4);
    assert_eq!(groups[1].key, "id");
    assert!(groups[2].is_corporate());
    let content = gws.group(&favorites(), "name").await.unwrap().unwrap();
    assert_eq!(content.settings.len(), 7);
    assert_eq!(content.settings[0].owner.as_deref(), Some("agent1001"));
    let nowhere = GroupName::new("nowhere").unwrap();
    assert!(gws.group(&nowhere, "name").await.unwrap().is_none());
    // One session for all of it.
    let cookies: Vec<_> = wire
        .arrived("GET")
        .iter()
        .map(|get| get.header("cookie").map(str::to_owned))
        .collect();
    assert!(
        cookies[2..]
            .iter()
            .all(|cookie| *cookie == cookies[2] && cookie.is_some()),
        "{cookies:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_fetches_its_token_arrives_once_and_is_gone_from_the_keyspace_too() {
    let (home, wire) = (Home::new(), Wire::new().await);
    let world = home.world("default").await;
    let before = wire.stored("settings", FAVORITES);
    remove(&world, &wire.client(), "favorite-anna-1").await.unwrap();
    let deletes = wire.arrived("DELETE");
    assert_eq!(deletes.len(), 1);
    assert_eq!(deletes[0].body, r#"{"name":"favorite-anna-1"}"#);
    assert_eq!(deletes[0].target, format!("/api/v2/settings/{FAVORITES}"));
    assert!(deletes[0].header("x-csrf-token").is_some());
    assert!(deletes[0].header("authorization").unwrap().starts_with("Basic "));
    let after = wire.stored("settings", FAVORITES);
    assert_eq!(after.len() + 1, before.len());
    assert!(!after.contains(&"favorite-anna-1".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_by_hand_works_with_its_cookie_and_is_replaced_when_it_came_without() {
    let (home, wire) = (Home::new(), Wire::new().await);
    let world = home.world("default").await;
    // Without its cookie: refused, nothing changed, and from then on one is fetched.
    let alone = wire.client_with(
        Some(ADMIN),
        r#"{"X-CSRF-HEADER":"X-CSRF-TOKEN","X-CSRF-TOKEN":"1434429f-81a8-459a-9d6d-792d17644471"}"#,
    );
    let failure = remove(&world, &alone, "favorite-anna-1").await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.changed),
        (FailureKind::Permission, Changed::Nothing)
    );
    assert!(alone.by_hand_was_refused());
    remove(&world, &alone, "favorite-anna-1").await.unwrap();
    // With its cookie: exactly what was given is sent.
    let other = wire.client();
    other.me().await.unwrap();
    let cookie = {
        other.me().await.unwrap();
        wire.arrived("GET")
            .last()
            .unwrap()
            .header("cookie")
            .unwrap()
            .to_owned()
    };
    let token = {
        // What any GET answers stands in the answers, which the bench does not record: ask once more.
        let answer = reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .get(format!("{}/api/v2/me", wire.url))
            .header("cookie", &cookie)
            .send()
            .await
            .unwrap();
        answer.headers()["x-csrf-token"].to_str().unwrap().to_owned()
    };
    let by_hand = wire.client_with(
        Some(ADMIN),
        &json!({"X-CSRF-HEADER": "X-CSRF-TOKEN", "X-CSRF-TOKEN": token, "Cookie": cookie}).to_string(),
    );
    remove(&world, &by_hand, "favorite-4711").await.unwrap();
    assert!(!by_hand.by_hand_was_refused());
    wire.assert_no_bodiless_delete();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_success_says_what_is_known_and_nothing_is_sent_twice() {
    let json = "application/json";
    for (answer, changed, executed) in [
        (
            Answer::Instead(200, json, r#"{"statusCode":6,"statusMessage":"no"}"#.into()),
            Changed::Nothing,
            false,
        ),
        (
            Answer::Instead(403, json, r#"{"statusCode":14}"#.into()),
            Changed::Nothing,
            false,
        ),
        (
            Answer::Instead(401, json, r#"{"statusCode":20}"#.into()),
            Changed::Nothing,
            false,
        ),
        (
            Answer::After(500, json, r#"{"statusCode":0}"#.into()),
            Changed::Unknown,
            true,
        ),
        (Answer::After(200, json, String::new()), Changed::Unknown, true),
        (
            Answer::After(200, json, r#"{"statusCode":7}"#.into()),
            Changed::Unknown,
            true,
        ),
        (
            Answer::After(200, json, r#"{"statusCode":"x"}"#.into()),
            Changed::Unknown,
            true,
        ),
        (
            Answer::After(502, "text/html", "<html>gateway".into()),
            Changed::Unknown,
            true,
        ),
        (
            Answer::After(200, "text/html", "<html>sign in".into()),
            Changed::Unknown,
            true,
        ),
        (
            Answer::After(302, "text/html", String::new()),
            Changed::Unknown,
            true,
        ),
        (Answer::CutAfter, Changed::Unknown, true),
        (Answer::Cut, Changed::Unknown, false),
    ] {
        let (home, told) = (Home::new(), answer.clone());
        let world = home.world("default").await;
        let wire = Wire::spoiled(default(), move |arrival, _| {
            (arrival.method == "DELETE").then(|| answer.clone())
        })
        .await;
        let failure = remove(&world, &wire.client(), "favorite-anna-1")
            .await
            .unwrap_err();
        assert_eq!(failure.changed, changed, "{told:?}: {failure:?}");
        assert_eq!(wire.arrived("DELETE").len(), 1, "{told:?}");
        let there = wire
            .stored("settings", FAVORITES)
            .contains(&"favorite-anna-1".to_owned());
        assert_eq!(there, !executed, "{told:?}");
        assert!(!failure.message.contains("anna"), "{failure:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_sees_whether_bodies_arrive() {
    async fn probe(world: &Arc<World>, wire: &Wire, body: Body) -> dsr_console::systems::gws::probe::Seen {
        let gws = wire.client();
        let group = ProbeGroup::new().unwrap();
        gate::change(world, "probe", json!({}), move |permit| async move {
            gws.probe(permit, &group, &DeleteTemplate::published(), body)
                .await
        })
        .await
        .unwrap()
    }
    let home = Home::new();
    let world = home.world("default").await;
    let wire = Wire::new().await;
    let (well, malformed) = (
        probe(&world, &wire, Body::WellFormed).await,
        probe(&world, &wire, Body::Malformed).await,
    );
    assert_ne!(well, malformed);
    wire.assert_no_bodiless_delete();
    assert!(
        wire.arrived("DELETE")
            .iter()
            .all(|delete| delete.target.contains("/dsr-probe-"))
    );

    let wire = Wire::spoiled(default(), |arrival, _| {
        (arrival.method == "DELETE").then_some(Answer::WithoutBody)
    })
    .await;
    let (well, malformed) = (
        probe(&world, &wire, Body::WellFormed).await,
        probe(&world, &wire, Body::Malformed).await,
    );
    assert_eq!(well, malformed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_a_missing_role_and_a_foreign_server_say_what_to_do() {
    let wire = Wire::new().await;
    let wrong = wire
        .client_with(Some((ADMIN.0, "not-the-password")), "")
        .me()
        .await
        .unwrap_err();
    assert_eq!(wrong.exit_code(), 4);
    assert!(wrong.next.unwrap().contains("--gws_username"));
    let agent = wire.client_with(
        Some(("agent1001@example.org", "simulated-password-of-an-agent")),
        "",
    );
    assert!(!agent.me().await.unwrap().is_admin());
    let home = Home::new();
    let world = home.world("default").await;
    let refused = remove(&world, &agent, "favorite-anna-1").await.unwrap_err();
    assert_eq!((refused.exit_code(), refused.changed), (4, Changed::Nothing));
    let nothing = Wire::spoiled(default(), |_, _| {
        Some(Answer::Instead(200, "text/html", "<html>hello".into()))
    })
    .await;
    let foreign = nothing.client().version().await.unwrap_err();
    assert_eq!(foreign.kind, FailureKind::BadAnswer);
    assert!(foreign.message.contains("an HTML page"), "{foreign}");
}
