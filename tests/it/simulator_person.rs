//! How a person signs in at the simulator: authorization code with PKCE.

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use sha2::{Digest as _, Sha256};

use crate::simulator_bench::{Bench, Reply, text};

pub(crate) const CALLBACK: &str = "http://127.0.0.1:49152/callback";
pub(crate) const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-0123456789";

pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

pub(crate) async fn authorize(bench: &Bench, redirect: &str, challenge: &str) -> Reply {
    let client = bench.access().pkce_client_id.expect("a PKCE client");
    let query = query(&[
        ("response_type", "code"),
        ("client_id", &client),
        ("redirect_uri", redirect),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
        ("state", "st-1"),
    ]);
    let path = format!("http://simulator.invalid/oauth/authorize?{query}");
    bench
        .send(Request::get(path).body(Body::empty()).expect("a request"))
        .await
}

pub(crate) fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

pub(crate) fn code_in(reply: &Reply) -> String {
    assert_eq!(reply.status, 302);
    let back = url::Url::parse(reply.header("location").expect("a location")).expect("an address");
    let value = |name: &str| {
        back.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, v)| v.into_owned())
    };
    assert_eq!(value("state").as_deref(), Some("st-1"));
    value("code").expect("a code")
}

pub(crate) async fn exchange_code(bench: &Bench, code: &str, verifier: &str) -> Reply {
    let client = bench.access().pkce_client_id.expect("a PKCE client");
    let form = query(&[
        ("grant_type", "authorization_code"),
        ("code", code),
        ("code_verifier", verifier),
        ("client_id", &client),
        ("redirect_uri", CALLBACK),
    ]);
    bench.form("/oauth/token", &form, None).await
}

impl Bench {
    /// Signs the scenario's person in and goes on as them.
    pub async fn sign_in_as_person(&mut self) {
        let code = code_in(&authorize(self, CALLBACK, &challenge()).await);
        let reply = exchange_code(self, &code, VERIFIER).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        self.use_token(&text(&reply.json()["access_token"]));
    }
}
