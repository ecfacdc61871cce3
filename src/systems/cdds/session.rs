//! The token: fetched when first needed, renewed before it ends, by one task for all.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tokio::sync::Mutex;

use super::exchange::Exchange;
use super::tokens::{self, Grant};
use super::{Credentials, SYSTEM};
use crate::domain::clock::Clock;
use crate::domain::failure::{Failure, FailureKind};

/// What is kept of a sign-in: no password.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// User name.
    pub username: String,
    /// Tenant.
    pub tenant: Option<String>,
    /// Access token.
    pub access: SecretString,
    /// Refresh token.
    pub refresh: Option<SecretString>,
    /// When the access token ends.
    pub expires_at: Option<Timestamp>,
}

/// Told about renewed tokens.
pub type Keeper = Arc<dyn Fn(&Tokens) + Send + Sync>;

/// A token for one call.
#[derive(Clone)]
pub(super) struct Bearer {
    pub value: SecretString,
    /// Counts the tokens of this session.
    pub generation: u64,
}

struct State {
    credentials: Credentials,
    token: Option<(SecretString, Option<Timestamp>)>,
    refresh: Option<SecretString>,
    generation: u64,
    refused: Option<Failure>,
    signed_out: bool,
}

/// The session of one client.
pub(super) struct Session {
    clock: Arc<dyn Clock>,
    keeper: Option<Keeper>,
    state: Mutex<State>,
}

impl Session {
    pub(super) fn new(credentials: Credentials, clock: Arc<dyn Clock>, keeper: Option<Keeper>) -> Session {
        let (token, refresh) = match &credentials {
            Credentials::Person {
                access,
                expires_at,
                refresh,
                ..
            } => (Some((access.clone(), *expires_at)), refresh.clone()),
            _ => (None, None),
        };
        Session {
            clock,
            keeper,
            state: Mutex::new(State {
                credentials,
                token,
                refresh,
                generation: 0,
                refused: None,
                signed_out: false,
            }),
        }
    }

    /// A token that lives long enough for a call.
    pub(super) async fn bearer(&self, exchange: &Exchange) -> Result<Bearer, Failure> {
        let mut state = self.state.lock().await;
        if let Some((value, ends)) = &state.token {
            let margin = SignedDuration::from_secs(30);
            let lives = ends.is_none_or(|ends| ends.duration_since(self.clock.now()) > margin);
            if lives || !can_renew(&state) {
                return Ok(Bearer {
                    value: value.clone(),
                    generation: state.generation,
                });
            }
        }
        self.fetch(&mut state, exchange).await
    }

    /// A new token after one was not accepted, unless another task has renewed it meanwhile. `None`
    /// when this sign-in cannot be renewed.
    pub(super) async fn renewed(
        &self,
        stale: &Bearer,
        exchange: &Exchange,
    ) -> Result<Option<Bearer>, Failure> {
        let mut state = self.state.lock().await;
        if state.generation != stale.generation
            && let Some((value, _)) = &state.token
        {
            return Ok(Some(Bearer {
                value: value.clone(),
                generation: state.generation,
            }));
        }
        if !can_renew(&state) {
            return Ok(None);
        }
        self.fetch(&mut state, exchange).await.map(Some)
    }

    /// Signs in, and gives what is to be kept.
    pub(super) async fn sign_in(&self, exchange: &Exchange) -> Result<Tokens, Failure> {
        let bearer = self.bearer(exchange).await?;
        let state = self.state.lock().await;
        let (username, tenant) = state.credentials.user().ok_or_else(nobody)?;
        Ok(Tokens {
            username: username.to_owned(),
            tenant: tenant.map(str::to_owned),
            access: bearer.value,
            refresh: state.refresh.clone(),
            expires_at: state.token.as_ref().and_then(|(_, ends)| *ends),
        })
    }

    /// Forgets the token for good, and gives it back to be ended at the server, if there was one.
    pub(super) async fn forget(&self) -> Option<Bearer> {
        let mut state = self.state.lock().await;
        state.credentials = Credentials::None;
        state.refresh = None;
        state.signed_out = true;
        let generation = state.generation;
        state.token.take().map(|(value, _)| Bearer { value, generation })
    }

    async fn fetch(&self, state: &mut State, exchange: &Exchange) -> Result<Bearer, Failure> {
        if state.signed_out {
            return Err(signed_out());
        }
        // A refused password is not presented again by the next of a dozen tasks.
        if let Some(failure) = &state.refused {
            return Err(failure.clone());
        }
        let (username, tenant, granted) = {
            let grant = match &state.credentials {
                Credentials::Password {
                    username,
                    tenant,
                    password,
                } => Grant::Password {
                    username,
                    tenant: tenant.as_deref(),
                    password,
                },
                Credentials::Person { .. } => match &state.refresh {
                    Some(token) => Grant::Refresh(token),
                    None => return Err(ended()),
                },
                Credentials::None => return Err(nobody()),
            };
            let granted = match tokens::ask(exchange, &grant).await {
                Ok(granted) => granted,
                Err(failure) => {
                    if failure.kind == FailureKind::Authentication {
                        state.refused = Some(failure.clone());
                    }
                    return Err(failure);
                }
            };
            let (username, tenant) = state.credentials.user().unwrap_or_default();
            (username.to_owned(), tenant.map(str::to_owned), granted)
        };
        let seconds = granted.expires_in.and_then(|seconds| i64::try_from(seconds).ok());
        let expires_at = seconds.and_then(|seconds| {
            self.clock
                .now()
                .checked_add(SignedDuration::from_secs(seconds))
                .ok()
        });
        state.generation += 1;
        state.token = Some((granted.access.clone(), expires_at));
        // A refresh token may change with each use, and an old one stays good when none came.
        if granted.refresh.is_some() {
            state.refresh = granted.refresh;
        }
        if matches!(state.credentials, Credentials::Person { .. })
            && let Some(keeper) = &self.keeper
        {
            keeper(&Tokens {
                username,
                tenant,
                access: granted.access.clone(),
                refresh: state.refresh.clone(),
                expires_at,
            });
        }
        Ok(Bearer {
            value: granted.access,
            generation: state.generation,
        })
    }
}

fn can_renew(state: &State) -> bool {
    match state.credentials {
        // Whoever has the password at hand signs in again with it.
        Credentials::Password { .. } => true,
        Credentials::Person { .. } => state.refresh.is_some(),
        Credentials::None => false,
    }
}

fn ended() -> Failure {
    Failure::new(
        FailureKind::Authentication,
        "The sign-in has ended and cannot be renewed.",
    )
    .next("Sign in again: dsr login cdds")
    .at(SYSTEM)
}

fn signed_out() -> Failure {
    Failure::new(
        FailureKind::Authentication,
        "Signed out of the Cloud Data Download Service.",
    )
    .next("Sign in again: dsr login cdds")
    .at(SYSTEM)
}

fn nobody() -> Failure {
    Failure::new(
        FailureKind::Authentication,
        "Nobody is signed in to the Cloud Data Download Service.",
    )
    .next("Run: dsr login cdds, or set username and a password source in [profiles.NAME.cdds].")
    .at(SYSTEM)
}
