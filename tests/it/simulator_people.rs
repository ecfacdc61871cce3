//! The simulated directory, external contacts, roles, clients and signed-in persons.

use http::Method;
use serde_json::{Value, json};

use crate::simulator_bench::{Bench, contact_of, text};
use crate::simulator_person::{CALLBACK, VERIFIER, authorize, challenge, code_in, exchange_code, query};

#[tokio::test]
async fn a_person_signs_in_with_a_code_and_its_verifier() {
    let mut bench = Bench::new("default");
    let code = code_in(&authorize(&bench, CALLBACK, &challenge()).await);
    let reply = exchange_code(&bench, &code, VERIFIER).await;
    assert_eq!(reply.status, 200, "{}", reply.json());
    let again = exchange_code(&bench, &code, VERIFIER).await;
    assert_eq!(
        again.json()["error"],
        "invalid_grant",
        "a code is good for one use"
    );

    bench.use_token(&text(&reply.json()["access_token"]));
    let me = bench.get("/api/v2/users/me?expand=authorization").await.json();
    assert_eq!(me["name"], "Paula Probe");
    let permissions = me["authorization"]["permissions"].as_array().expect("a list");
    assert!(permissions.contains(&json!("gdpr:request:add")));
    let made = bench.submit("GDPR_EXPORT", json!({"userId": "nobody"})).await;
    assert_eq!(made["createdBy"]["id"], me["id"], "a person is the creator");

    let client = bench.access().pkce_client_id.expect("a PKCE client");
    let refresh = text(&reply.json()["refresh_token"]);
    let form = query(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh),
        ("client_id", &client),
    ]);
    let renewed = bench.form("/oauth/token", &form, None).await;
    assert_eq!(renewed.status, 200);
    assert_eq!(
        bench.form("/oauth/token", &form, None).await.status,
        400,
        "it was exchanged"
    );
}

#[tokio::test]
async fn a_code_is_worth_nothing_to_others() {
    let bench = Bench::new("default");
    let code = code_in(&authorize(&bench, CALLBACK, &challenge()).await);
    let reply = exchange_code(&bench, &code, "another-verifier-that-does-not-fit-the-challenge").await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json()["error"], "invalid_grant");
    let elsewhere = authorize(&bench, "https://evil.example.org/callback", &challenge()).await;
    assert_eq!(elsewhere.status, 400, "not sent anywhere that is not registered");
}

#[tokio::test]
async fn scopes_limit_persons_and_not_clients() {
    let mut bench = Bench::new("default");
    let code = code_in(&authorize(&bench, CALLBACK, &challenge()).await);
    let reply = exchange_code(&bench, &code, VERIFIER).await;
    bench.use_token(&text(&reply.json()["access_token"]));
    let token = bench.get("/api/v2/tokens/me").await.json();
    assert!(
        token["authorizedScope"]
            .as_array()
            .expect("a list")
            .contains(&json!("gdpr"))
    );
    bench.sign_in().await;
    let refused = bench.get("/api/v2/users/me").await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.code(), "not.a.user");
    assert_eq!(bench.get("/api/v2/gdpr/requests").await.status, 200);
}

#[tokio::test]
async fn an_ended_token_is_worth_nothing() {
    let bench = Bench::signed_in("default").await;
    assert_eq!(
        bench.call(Method::DELETE, "/api/v2/tokens/me", None).await.status,
        200
    );
    assert_eq!(bench.get("/api/v2/tokens/me").await.code(), "bad.credentials");
}

#[tokio::test]
async fn users_are_found_by_name_and_address() {
    let bench = Bench::signed_in("default").await;
    for (fields, kind, value) in [
        (json!(["email"]), "EXACT", "otto.beispiel@agents.example.org"),
        (json!(["name"]), "CONTAINS", "beispiel"),
        (json!(["name", "email"]), "STARTS_WITH", "otto"),
        (json!(["primaryContactInfo.address"]), "EXACT", "+493023125101"),
    ] {
        let body = json!({"query": [{"fields": fields, "value": value, "type": kind}]});
        let reply = bench.post("/api/v2/users/search", body).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        assert_eq!(reply.json()["total"], 1, "{value}");
        assert_eq!(reply.json()["results"][0]["name"], "Otto Beispiel");
    }
    let empty = bench.post("/api/v2/users/search", json!({"query": []})).await;
    assert_eq!(empty.status, 400);
}

#[tokio::test]
async fn contacts_are_looked_up_in_each_way() {
    let bench = Bench::signed_in("default").await;
    let anna = contact_of(&bench, "EMAIL", "anna.muster@example.org").await;
    let merged = contact_of(&bench, "PHONE", "+493023125016").await;
    assert_ne!(anna, merged);

    let contacts = "/api/v2/externalcontacts";
    let found = bench.get(&format!("{contacts}/contacts?q=muster")).await.json();
    let ids: Vec<&Value> = found["entities"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|contact| &contact["id"])
        .collect();
    assert!(
        ids.contains(&&json!(anna)) && !ids.contains(&&json!(merged)),
        "merged ones are hidden"
    );

    let reverse = bench
        .get(&format!(
            "{contacts}/reversewhitepageslookup?lookupVal=%2B493023125014"
        ))
        .await
        .json();
    assert_eq!(reverse["contacts"][0]["id"], anna);

    let lookup = format!("{contacts}/identifierlookup/contacts");
    let body = json!({"type": "Phone", "value": "+49 30 23125016"});
    let through = bench.post(&lookup, body).await.json();
    assert_eq!(through["id"], anna, "a merged contact answers through its set");
    let nobody = bench
        .post(&lookup, json!({"type": "Email", "value": "no@example.org"}))
        .await;
    assert_eq!(nobody.status, 404);

    let member = bench.get(&format!("{contacts}/contacts/{merged}")).await.json();
    assert_eq!(member["canonicalContact"]["id"], anna);
    assert_eq!(member["mergedTo"]["id"], anna);
    assert_eq!(member["mergeSet"].as_array().expect("a set").len(), 2);
    let identifiers = bench
        .get(&format!("{contacts}/contacts/{anna}/identifiers"))
        .await
        .json();
    assert!(identifiers["entities"].as_array().expect("a list").len() >= 6);
}

#[tokio::test]
async fn a_made_client_signs_in_with_what_its_role_grants() {
    let mut bench = Bench::signed_in("default").await;
    let role = json!({
        "name": "GDPR operator",
        "permissionPolicies": [
            {"domain": "gdpr", "entityName": "request", "actionSet": ["add", "view"]},
            {"domain": "gdpr", "entityName": "subject", "actionSet": ["view"]},
        ],
    });
    let made = bench.post("/api/v2/authorization/roles", role.clone()).await;
    assert_eq!(made.status, 200);
    assert_eq!(bench.post("/api/v2/authorization/roles", role).await.status, 409);
    let client = json!({
        "name": "dsr",
        "authorizedGrantType": "CLIENT-CREDENTIALS",
        "accessTokenValiditySeconds": 3600,
        "roleDivisions": [{"roleId": made.json()["id"], "divisionId": "*"}],
    });
    let client = bench.post("/api/v2/oauth/clients", client).await.json();
    let listed = bench.get("/api/v2/oauth/clients").await;
    let secret = text(&client["secret"]);
    assert!(!String::from_utf8_lossy(&listed.bytes).contains(&secret));

    let token = bench.token(&text(&client["id"]), &secret).await.json();
    assert_eq!(token["expires_in"], 3599);
    bench.use_token(&text(&token["access_token"]));
    assert_eq!(bench.get("/api/v2/gdpr/requests").await.status, 200);
    let denied = bench.get("/api/v2/externalcontacts/contacts?q=x").await;
    assert_eq!(denied.code(), "missing.permissions");
    let me = bench.get("/api/v2/authorization/subjects/me").await.json();
    assert_eq!(me["grants"][0]["role"]["name"], "GDPR operator");
    assert_eq!(me["grants"][0]["role"]["policies"][0]["domain"], "gdpr");
}

#[tokio::test]
async fn the_organisation_and_its_limits_can_be_read() {
    let bench = Bench::signed_in("default").await;
    let organization = bench.get("/api/v2/organizations/me").await.json();
    assert_eq!(organization["name"], bench.access().organization);
    let limits = bench
        .get("/api/v2/organizations/limits/namespaces/gdpr")
        .await
        .json();
    assert_eq!(limits["entities"][0]["namespace"], "gdpr");
    assert_eq!(limits["entities"][0]["value"], 300);
}
