//! Permissions, the role and the OAuth client, and the checks of the doctor.

use std::sync::{Arc, Mutex};

use dsr_console::domain::failure::{Changed, FailureKind};
use dsr_console::workflow::doctor::{self, Verdict};
use dsr_console::workflow::{World, access, setup};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::server::{Arrival, Reply, Server};
use super::{client, client_with, credentials, world};

const ALL: [&str; 4] = [
    "externalContacts:contact:view",
    "gdpr:request:add",
    "gdpr:request:view",
    "gdpr:subject:view",
];

fn about_token(arrival: &Arrival) -> Reply {
    match arrival.header("authorization") {
        Some(_) => Reply::json(
            200,
            json!({"organization": {"id": "o1", "name": "Example"}, "OAuthClient": {"id": "client-1"}, "authorizedScope": []}),
        ),
        None => Reply::error(401, "authentication.required", "No token").with("date", &http_now()),
    }
}

fn http_now() -> String {
    jiff::Timestamp::now()
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

fn not_a_user() -> Reply {
    Reply::error(400, "not.a.user", "This request requires a user context")
}

fn grants(policies: &Value) -> Reply {
    Reply::json(
        200,
        json!({"id": "client-1", "grants": [{"role": {"id": "r1", "policies": policies}}]}),
    )
}

#[tokio::test]
async fn permissions_of_a_person_come_from_their_record() {
    let server = Server::start(|arrival| match arrival.path() {
        "/api/v2/tokens/me" => about_token(arrival),
        _ => Reply::json(
            200,
            json!({"id": "u1", "authorization": {"permissions": ["gdpr:request:view", "gdpr:subject:view"]}}),
        ),
    })
    .await;
    let (world, _dir) = world(client(&server.base));
    let access = access::check(&world).await.unwrap();
    assert_eq!(access.identity.user_id.as_deref(), Some("u1"));
    assert_eq!(access.identity.organization.as_deref(), Some("Example"));
    assert_eq!(access.missing(), ["gdpr:request:add"]);
    let denied = access.denied().unwrap();
    assert_eq!((denied.kind, denied.exit_code()), (FailureKind::Permission, 4));
    assert!(denied.message.contains("gdpr:request:add"));
    assert!(world.identity.get().is_some());
}

#[tokio::test]
async fn permissions_of_a_client_come_from_its_grants() {
    let server = Server::start(|arrival| match arrival.path() {
        "/api/v2/tokens/me" => about_token(arrival),
        "/api/v2/users/me" => not_a_user(),
        _ => grants(&json!([{"domain": "gdpr", "entityName": "*", "actions": ["*"]}])),
    })
    .await;
    let (world, _dir) = world(client(&server.base));
    let access = access::check(&world).await.unwrap();
    assert!(access.denied().is_none());
    assert!(access.identity.permissions_complete);
    assert_eq!(access.identity.client_id.as_deref(), Some("client-1"));
}

#[tokio::test]
async fn where_nobody_tells_harmless_reads_do_and_nothing_is_submitted() {
    let server = Server::start(|arrival| match arrival.path() {
        "/api/v2/tokens/me" => about_token(arrival),
        "/api/v2/users/me" => not_a_user(),
        "/api/v2/gdpr/requests" => Reply::json(200, json!({"entities": []})),
        _ => Reply::error(
            403,
            "missing.permissions",
            "You are missing the following permission(s): x:y:z",
        ),
    })
    .await;
    let (world, _dir) = world(client(&server.base));
    let access = access::check(&world).await.unwrap();
    let held: Vec<(&str, Option<bool>)> = access.needed.iter().map(|n| (n.permission, n.held)).collect();
    assert_eq!(
        held[..3],
        [
            ("gdpr:subject:view", Some(false)),
            ("gdpr:request:view", Some(true)),
            ("gdpr:request:add", None)
        ]
    );
    assert!(access.needed[0].remedy().unwrap().contains("administrator"));
    assert_eq!(server.count("POST"), 0);
}

/// An organisation that remembers the roles and clients made in it.
#[derive(Default)]
struct Organization {
    roles: Vec<Value>,
    clients: Vec<Value>,
}

fn administrate(organization: &Mutex<Organization>, arrival: &Arrival) -> Reply {
    let mut organization = organization.lock().unwrap();
    let page = |entries: &Vec<Value>| Reply::json(200, json!({"entities": entries, "pageCount": 1}));
    match (arrival.method.as_str(), arrival.path()) {
        ("GET", "/api/v2/authorization/roles") => page(&organization.roles),
        ("GET", "/api/v2/oauth/clients") => page(&organization.clients),
        ("POST", "/api/v2/authorization/roles") => {
            let mut role = arrival.json();
            role["id"] = json!("role-1");
            organization.roles.push(role.clone());
            Reply::json(200, role)
        }
        ("POST", "/api/v2/oauth/clients") => {
            let mut client = arrival.json();
            client["id"] = json!("client-9");
            client["secret"] = json!("made-up-secret-9");
            organization.clients.push(client.clone());
            Reply::json(200, client)
        }
        _ => Reply::error(404, "not.found", "x"),
    }
}

async fn organization(start: Organization) -> (Server, Arc<Mutex<Organization>>) {
    let shared = Arc::new(Mutex::new(start));
    let state = shared.clone();
    (
        Server::start(move |arrival| administrate(&state, arrival)).await,
        shared,
    )
}

#[tokio::test]
async fn role_and_client_are_made_once_after_they_were_shown() {
    let (server, _) = organization(Organization::default()).await;
    let (world, _dir) = world(client(&server.base));
    let plan = setup::plan_oauth_client(&world, "dsr", "GDPR operator")
        .await
        .unwrap();
    assert_eq!(plan.permissions, ALL);
    assert_eq!(plan.existing_role, None);
    assert_eq!(server.count("POST"), 0);
    let made = setup::create_oauth_client(&world, &plan, &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!((made.id.as_str(), made.role_id.as_str()), ("client-9", "role-1"));
    assert_eq!(made.secret.expose_secret(), "made-up-secret-9");
    assert!(!format!("{made:?}").contains("made-up-secret-9"));
    let posts: Vec<Arrival> = server
        .arrivals()
        .into_iter()
        .filter(|a| a.method == "POST")
        .collect();
    assert_eq!(posts.len(), 2);
    assert_eq!(
        posts[0].json()["permissionPolicies"],
        json!([
            {"domain": "externalContacts", "entityName": "contact", "actionSet": ["view"]},
            {"domain": "gdpr", "entityName": "request", "actionSet": ["add", "view"]},
            {"domain": "gdpr", "entityName": "subject", "actionSet": ["view"]},
        ])
    );
    let body = posts[1].json();
    assert_eq!(body["authorizedGrantType"], "CLIENT-CREDENTIALS");
    assert_eq!(body["accessTokenValiditySeconds"], 3600);
    assert_eq!(
        body["roleDivisions"],
        json!([{"roleId": "role-1", "divisionId": "*"}])
    );
    // Neither a second one of the name nor the same plan once more.
    let again = setup::plan_oauth_client(&world, "dsr", "GDPR operator")
        .await
        .unwrap_err();
    assert_eq!(again.kind, FailureKind::Conflict);
    assert!(again.message.contains("client-9"));
    assert!(
        setup::create_oauth_client(&world, &plan, &CancellationToken::new())
            .await
            .is_err()
    );
    assert_eq!(server.count("POST"), 2);
    // What was changed stands in the evidence, without the secret.
    let evidence = evidence(&world).await;
    assert!(evidence.contains("create_role") && evidence.contains("create_oauth_client"));
    assert!(!evidence.contains("made-up-secret-9"));
}

async fn evidence(world: &World) -> String {
    let waiting = world.store.evidence(0).await.unwrap();
    let texts = waiting
        .iter()
        .map(|one| String::from_utf8_lossy(&one.bytes).into_owned());
    texts.collect::<Vec<String>>().join("\n")
}

fn role(actions: &Value) -> Value {
    json!({"id": "role-7", "name": "GDPR operator", "permissionPolicies": [
        {"domain": "gdpr", "entityName": "request", "actionSet": actions},
        {"domain": "gdpr", "entityName": "subject", "actionSet": ["view"]},
        {"domain": "externalContacts", "entityName": "contact", "actionSet": ["view"]},
    ]})
}

#[tokio::test]
async fn an_identical_role_is_used_again_and_another_one_is_left_alone() {
    let start = Organization {
        roles: vec![role(&json!(["view", "add"]))],
        ..Organization::default()
    };
    let (server, _) = organization(start).await;
    let (one, _dir) = world(client(&server.base));
    let plan = setup::plan_oauth_client(&one, "dsr", "GDPR operator")
        .await
        .unwrap();
    assert_eq!(plan.existing_role.as_deref(), Some("role-7"));
    let made = setup::create_oauth_client(&one, &plan, &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!((made.role_id.as_str(), server.count("POST")), ("role-7", 1));
    let start = Organization {
        roles: vec![role(&json!(["view", "add", "delete"]))],
        ..Organization::default()
    };
    let (server, _) = organization(start).await;
    let (other, _dir) = world(client(&server.base));
    let failure = setup::plan_oauth_client(&other, "dsr", "GDPR operator")
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert_eq!(server.count("POST"), 0);
}

#[tokio::test]
async fn an_organisation_that_changed_since_the_preview_is_not_touched() {
    let (server, shared) = organization(Organization::default()).await;
    let (world, _dir) = world(client(&server.base));
    let plan = setup::plan_oauth_client(&world, "dsr", "GDPR operator")
        .await
        .unwrap();
    shared.lock().unwrap().roles.push(role(&json!(["add", "view"])));
    let failure = setup::create_oauth_client(&world, &plan, &CancellationToken::new())
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert_eq!(server.count("POST"), 0);
}

#[tokio::test]
async fn what_was_made_before_a_failure_is_told() {
    for (reply, changed) in [
        (
            Reply::error(
                403,
                "missing.permissions",
                "You are missing the following permission(s): oauth:client:add",
            ),
            Changed::Something,
        ),
        (Reply::Cut, Changed::Unknown),
    ] {
        let shared = Mutex::new(Organization::default());
        let answer = reply.clone();
        let server = Server::start(move |arrival| match (arrival.method.as_str(), arrival.path()) {
            ("POST", "/api/v2/oauth/clients") => answer.clone(),
            _ => administrate(&shared, arrival),
        })
        .await;
        let (world, _dir) = world(client(&server.base));
        let plan = setup::plan_oauth_client(&world, "dsr", "GDPR operator")
            .await
            .unwrap();
        let failure = setup::create_oauth_client(&world, &plan, &CancellationToken::new())
            .await
            .unwrap_err();
        assert_eq!(failure.changed, changed, "{failure:?}");
        assert!(failure.next.is_some());
        assert_eq!(server.count("POST"), 2);
    }
}

#[tokio::test]
async fn after_an_interruption_nothing_more_is_begun() {
    let cancel = CancellationToken::new();
    let (shared, at_the_role) = (Mutex::new(Organization::default()), cancel.clone());
    let server = Server::start(move |arrival| {
        if (arrival.method.as_str(), arrival.path()) == ("POST", "/api/v2/authorization/roles") {
            at_the_role.cancel();
        }
        administrate(&shared, arrival)
    })
    .await;
    let (world, _dir) = world(client(&server.base));
    let plan = setup::plan_oauth_client(&world, "dsr", "GDPR operator")
        .await
        .unwrap();
    let failure = setup::create_oauth_client(&world, &plan, &cancel)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Interrupted);
    assert_eq!(failure.changed, Changed::Something, "the role stands: {failure}");
    assert_eq!(server.count("POST"), 1);
    // Run once more under the same cancellation, not even a client is begun.
    let again = setup::plan_oauth_client(&world, "dsr", "GDPR operator")
        .await
        .unwrap();
    let failure = setup::create_oauth_client(&world, &again, &cancel)
        .await
        .unwrap_err();
    assert_eq!(failure.changed, Changed::Nothing, "{failure}");
    assert_eq!(server.count("POST"), 1);
}

fn verdicts(checks: &[doctor::Check]) -> Vec<(&str, Verdict)> {
    checks
        .iter()
        .map(|check| (check.name.as_str(), check.verdict))
        .collect()
}

#[tokio::test]
async fn the_doctor_finds_everything_well() {
    let server = Server::start(|arrival| match arrival.path() {
        "/api/v2/tokens/me" => about_token(arrival),
        "/api/v2/users/me" => not_a_user(),
        "/api/v2/authorization/subjects/me" => grants(&json!([
            {"domain": "gdpr", "entityName": "request", "actions": ["add", "view"]},
            {"domain": "gdpr", "entityName": "subject", "actions": ["view"]},
        ])),
        "/api/v2/organizations/limits/namespaces/gdpr" => Reply::json(
            200,
            json!({"entities": [{"key": "requests.per.day", "namespace": "gdpr", "value": 500}]}),
        )
        .with("inin-ratelimit-count", "4")
        .with("inin-ratelimit-allowed", "300")
        .with("inin-ratelimit-reset", "60"),
        _ => Reply::error(404, "not.found", "x"),
    })
    .await;
    let (world, _dir) = world(client(&server.base));
    let checks = doctor::cloud(&world).await;
    assert_eq!(
        verdicts(&checks),
        [
            ("store", Verdict::Ok),
            ("address", Verdict::Ok),
            ("sign-in", Verdict::Ok),
            ("permission gdpr:subject:view", Verdict::Ok),
            ("permission gdpr:request:view", Verdict::Ok),
            ("permission gdpr:request:add", Verdict::Ok),
            ("permission externalContacts:contact:view", Verdict::Warning),
            ("limits", Verdict::Ok),
            ("clock", Verdict::Ok),
        ]
    );
    let limits = &checks[7].seen;
    assert!(
        limits.contains("of 300 calls") && limits.contains("requests.per.day 500"),
        "{limits}"
    );
    assert_eq!(server.count("POST"), 0);
}

#[tokio::test]
async fn the_doctor_names_what_is_wrong_with_its_remedy() {
    let server = Server::start(|arrival| match arrival.path() {
        "/api/v2/tokens/me" => Reply::error(401, "authentication.required", "x").with("date", "Tue, 03 Nov 2020 10:00:00 GMT"),
        _ => Reply::json(400, json!({"error": "invalid_client", "description": "client not found", "error_description": "client not found"})),
    })
    .await;
    let (ill, _dir) = world(client_with(&server.base, credentials()));
    let checks = doctor::cloud(&ill).await;
    assert_eq!(
        verdicts(&checks),
        [
            ("store", Verdict::Ok),
            ("address", Verdict::Ok),
            ("sign-in", Verdict::Failed),
            ("permissions", Verdict::Skipped),
            ("limits", Verdict::Skipped),
            ("clock", Verdict::Warning),
        ]
    );
    assert!(checks[2].seen.contains("id is known"), "{}", checks[2].seen);
    assert!(
        checks
            .iter()
            .filter(|c| c.verdict != Verdict::Ok && c.verdict != Verdict::Skipped)
            .all(|c| c.remedy.is_some())
    );
    let portal = Server::start(|_| Reply::html(200)).await;
    let (lost, _dir) = world(client(&portal.base));
    let checks = doctor::cloud(&lost).await;
    assert_eq!(verdicts(&checks)[1], ("address", Verdict::Failed));
    assert_eq!(verdicts(&checks)[2], ("sign-in", Verdict::Skipped));
    assert!(checks[1].seen.contains("HTML page"), "{}", checks[1].seen);
}

#[tokio::test]
async fn a_reveal_is_recorded_by_place() {
    let server = Server::start(|_| Reply::Cut).await;
    let (world, _dir) = world(client(&server.base));
    access::record_reveal(&world, "guide").await.unwrap();
    let evidence = evidence(&world).await;
    assert!(
        evidence.contains("reveal") && evidence.contains("guide"),
        "{evidence}"
    );
}
