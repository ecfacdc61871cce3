//! Genesys Cloud as its clients see it: a table of endpoints, each with what it demands, and one
//! way through which every call goes.

mod admin;
pub(crate) mod answer;
pub(crate) mod call;
pub(crate) mod caller;
mod codes;
mod contact_form;
mod contacts;
mod downloads;
mod exchange;
mod gdpr;
mod oauth;
mod organization;
mod paging;
mod reply;
mod tokens;
mod users;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request};
use axum::routing::{MethodFilter, on};
use http::Method;

use self::answer::{Answer, Fail};
use self::call::Call;
pub(crate) use self::codes::is_error_code;
use super::Simulator;

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody: sign-in and signed addresses.
    Open,
    /// Whoever has a token.
    Token,
}

/// One operation.
pub(crate) struct Endpoint {
    /// Its method.
    pub method: Method,
    /// Its path, with placeholders.
    pub path: &'static str,
    /// Who may call.
    pub access: Access,
    /// A permission that the caller needs.
    pub permission: Option<&'static str>,
    /// Scopes of which a person's token needs one.
    pub scopes: &'static [&'static str],
    /// Whether it can change the log.
    pub writes: bool,
    /// What it does.
    pub run: fn(&Call<'_>) -> Result<Answer, Fail>,
}

impl Endpoint {
    /// `GET /api/v2/gdpr/requests/{id}`, as scenario files name it.
    pub(crate) fn route(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// A read.
    pub(crate) fn get(path: &'static str, run: fn(&Call<'_>) -> Result<Answer, Fail>) -> Endpoint {
        Endpoint {
            method: Method::GET,
            path,
            access: Access::Token,
            permission: None,
            scopes: &[],
            writes: false,
            run,
        }
    }

    /// A call that changes something.
    pub(crate) fn post(path: &'static str, run: fn(&Call<'_>) -> Result<Answer, Fail>) -> Endpoint {
        Endpoint {
            method: Method::POST,
            writes: true,
            ..Endpoint::get(path, run)
        }
    }

    /// For anybody.
    pub(crate) fn open(self) -> Endpoint {
        Endpoint {
            access: Access::Open,
            ..self
        }
    }

    /// Although it is a read, it can change the log.
    pub(crate) fn writing(self) -> Endpoint {
        Endpoint { writes: true, ..self }
    }

    fn needs(self, permission: &'static str, scopes: &'static [&'static str]) -> Endpoint {
        Endpoint {
            permission: Some(permission),
            scopes,
            ..self
        }
    }
}

const GDPR_READ: &[&str] = &["gdpr", "gdpr:readonly"];
const CONTACTS_READ: &[&str] = &["external-contacts", "external-contacts:readonly"];
const AUTHORIZATION_READ: &[&str] = &["authorization", "authorization:readonly"];
const OAUTH_READ: &[&str] = &["oauth", "oauth:readonly"];

fn endpoints() -> Vec<Endpoint> {
    let contact_view = "externalContacts:contact:view";
    vec![
        Endpoint::post("/oauth/token", oauth::token).open(),
        Endpoint::get("/oauth/authorize", oauth::authorize)
            .open()
            .writing(),
        Endpoint::get("/api/v2/tokens/me", tokens::show),
        Endpoint {
            method: Method::DELETE,
            ..Endpoint::post("/api/v2/tokens/me", tokens::end)
        },
        Endpoint::get("/api/v2/gdpr/subjects", gdpr::subjects).needs("gdpr:subject:view", GDPR_READ),
        Endpoint::get("/api/v2/gdpr/requests", gdpr::list).needs("gdpr:request:view", GDPR_READ),
        Endpoint::post("/api/v2/gdpr/requests", gdpr::submit).needs("gdpr:request:add", &["gdpr"]),
        Endpoint::get("/api/v2/gdpr/requests/{id}", gdpr::show).needs("gdpr:request:view", GDPR_READ),
        Endpoint::get("/api/v2/downloads/{id}", downloads::resolve),
        Endpoint::get("/platform/api/v2/downloads/{id}", downloads::resolve),
        Endpoint::get(downloads::SIGNED_PATH, downloads::fetch).open(),
        Endpoint::get("/api/v2/users/me", users::me),
        Endpoint::get("/api/v2/users/{id}", users::show),
        Endpoint {
            writes: false,
            ..Endpoint::post("/api/v2/users/search", users::search)
        },
        Endpoint::get("/api/v2/externalcontacts/contacts", contacts::list).needs(contact_view, CONTACTS_READ),
        Endpoint::get("/api/v2/externalcontacts/contacts/{id}", contacts::show)
            .needs(contact_view, CONTACTS_READ),
        Endpoint::get(
            "/api/v2/externalcontacts/contacts/{id}/identifiers",
            contacts::identifiers,
        )
        .needs(contact_view, CONTACTS_READ),
        Endpoint::get(
            "/api/v2/externalcontacts/reversewhitepageslookup",
            contacts::reverse,
        )
        .needs(contact_view, CONTACTS_READ),
        Endpoint {
            writes: false,
            ..Endpoint::post(
                "/api/v2/externalcontacts/identifierlookup/contacts",
                contacts::lookup,
            )
        }
        .needs(contact_view, CONTACTS_READ),
        Endpoint::get("/api/v2/authorization/subjects/me", admin::subject),
        Endpoint::get("/api/v2/authorization/divisions/home", admin::home_division),
        Endpoint::get("/api/v2/authorization/roles", admin::roles)
            .needs("authorization:role:view", AUTHORIZATION_READ),
        Endpoint::post("/api/v2/authorization/roles", admin::make_role)
            .needs("authorization:role:add", &["authorization"]),
        Endpoint::get("/api/v2/oauth/clients", admin::clients).needs("oauth:client:view", OAUTH_READ),
        Endpoint::post("/api/v2/oauth/clients", admin::make_client).needs("oauth:client:add", &["oauth"]),
        Endpoint::get("/api/v2/oauth/clients/{id}", admin::client).needs("oauth:client:view", OAUTH_READ),
        Endpoint::get("/api/v2/organizations/me", organization::me),
        Endpoint::get(
            "/api/v2/organizations/limits/namespaces/{name}",
            organization::limits,
        ),
    ]
}

/// Endpoints at one address, without an answer for other paths.
pub(crate) fn routed(simulator: &Simulator, base: &str, endpoints: Vec<Endpoint>) -> Router {
    let base: Arc<str> = base.trim_end_matches('/').into();
    let mut router = Router::new();
    for endpoint in endpoints {
        let endpoint = Arc::new(endpoint);
        let filter = match endpoint.method {
            Method::POST => MethodFilter::POST,
            Method::DELETE => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        let path = endpoint.path;
        let simulator = simulator.clone();
        let base = base.clone();
        let handler = move |Path(names): Path<HashMap<String, String>>, request: Request| {
            exchange::exchange(simulator, endpoint, base, names, request)
        };
        router = router.route(path, on(filter, handler));
    }
    router
}

/// The router of one address.
pub(crate) fn router(simulator: Simulator, base: &str) -> Router {
    let router = routed(&simulator, base, endpoints());
    let nowhere = simulator.clone();
    router
        .fallback(move || exchange::nowhere(nowhere, 404, "not.found"))
        .method_not_allowed_fallback(move || exchange::nowhere(simulator, 405, "method.not.allowed"))
}
