//! What the client is given and what it gives.

use secrecy::SecretString;

use crate::domain::candidate::MergeMember;
use crate::domain::request::Request;
use crate::domain::subject::Subject;

/// Where the organisation answers: `https://api.<domain>`, `https://login.<domain>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Base of the API, without a trailing slash.
    pub api: String,
    /// Base of the login host.
    pub login: String,
}

/// How to sign in.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// OAuth client credentials.
    Client {
        /// Client id.
        id: String,
        /// Client secret.
        secret: SecretString,
    },
    /// A token that somebody pasted; it cannot be renewed.
    Token(SecretString),
    /// A person's token from authorization code with PKCE, with its refresh token if one came.
    Person {
        /// Client id of the PKCE client.
        client_id: String,
        /// Access token.
        access: SecretString,
        /// Refresh token.
        refresh: Option<SecretString>,
        /// When the access token ends, if that was noted at the sign-in.
        expires_at: Option<jiff::Timestamp>,
    },
    /// None yet: the first call fails with what to do.
    None,
}

/// The organisation and the token as `GET /api/v2/tokens/me` and `/users/me` tell them.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Identity {
    /// Organisation id.
    pub organization_id: Option<String>,
    /// Organisation name.
    pub organization: Option<String>,
    /// OAuth client id.
    pub client_id: Option<String>,
    /// User id when a person is signed in.
    pub user_id: Option<String>,
    /// Scopes of the token.
    pub scopes: Vec<String>,
    /// Permissions known to be held, in the form `gdpr:request:add`.
    pub permissions: Vec<String>,
    /// True when `permissions` is the whole list; false when it was learned by harmless reads.
    pub permissions_complete: bool,
    /// Permissions that a harmless read was denied for.
    pub denied: Vec<String>,
}

/// What a question found. Used like the list of its items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// The answers that could be read.
    pub items: Vec<T>,
    /// What could not be read, or was held back by the API, with the reason; not empty means that
    /// the answer is incomplete. No personal data.
    pub unreadable: Vec<String>,
}

impl<T> Default for Found<T> {
    fn default() -> Found<T> {
        Found {
            items: Vec::new(),
            unreadable: Vec::new(),
        }
    }
}

impl<T> std::ops::Deref for Found<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> IntoIterator for Found<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> std::vec::IntoIter<T> {
        self.items.into_iter()
    }
}

/// One page of requests.
#[derive(Clone, Debug, Default)]
pub struct RequestPage {
    /// The requests of this page.
    pub requests: Vec<Request>,
    /// Number of all requests, if the API said so.
    pub total: Option<u64>,
    /// True when another page follows.
    pub more: bool,
    /// The server's `Date`, if it sent one.
    pub server_time: Option<jiff::Timestamp>,
    /// Entries that could not be read, with the reason; they make a list incomplete.
    pub unreadable: Vec<String>,
}

/// A record found beyond the GDPR search: a user or an external contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// As a subject of the GDPR API.
    pub subject: Subject,
    /// Ids of the other contacts of its merge set, the canonical one marked.
    pub merge_set: Vec<MergeMember>,
}
