//! The token: fetched when first needed, renewed before it ends, by one task for all.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::errors::SYSTEM;
use super::oauth::{self, Grant, Granted, NoToken};
use super::{Credentials, Endpoints, Tuning};
use crate::domain::clock::Clock;
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::transport::Transport;

/// How long a refused sign-in is remembered, so that a dozen tasks do not ask a dozen times.
const REFUSAL_HOLDS: Duration = Duration::from_secs(3);

/// A person's tokens after a sign-in or a renewal, for whoever keeps them.
#[derive(Clone, Debug)]
pub struct PersonTokens {
    /// Client id of the PKCE client.
    pub client_id: String,
    /// Access token.
    pub access: SecretString,
    /// Refresh token, if one came.
    pub refresh: Option<SecretString>,
    /// When the access token ends.
    pub expires_at: Option<Timestamp>,
}

/// Told about renewed tokens of a person.
pub type TokenKeeper = Arc<dyn Fn(&PersonTokens) + Send + Sync>;

/// A token for one call.
#[derive(Clone)]
pub(super) struct Bearer {
    pub value: SecretString,
    /// Counts the tokens of this session.
    pub generation: u64,
}

/// How long a token lives, on two clocks: the host's, and the world's, which can be advanced.
#[derive(Clone, Copy)]
struct Life {
    since: Instant,
    since_world: Timestamp,
    seconds: u64,
}

impl Life {
    /// True when it ends so soon that a call could outlive it, or when the world's clock jumped.
    fn is_over(&self, now_world: Timestamp) -> bool {
        let margin = 60.min(self.seconds / 5);
        let good_for = self.seconds - margin;
        let passed_world = now_world.duration_since(self.since_world).as_secs();
        self.since.elapsed().as_secs() >= good_for
            || passed_world < -60
            || u64::try_from(passed_world).is_ok_and(|passed| passed >= good_for)
    }
}

struct State {
    credentials: Credentials,
    token: Option<(SecretString, Option<Life>)>,
    generation: u64,
    refused: Option<(Instant, Failure)>,
    signed_out: bool,
}

/// The session of one client.
pub(super) struct Session {
    transport: Arc<dyn Transport>,
    endpoints: Endpoints,
    clock: Arc<dyn Clock>,
    tuning: Tuning,
    keeper: Option<TokenKeeper>,
    state: Mutex<State>,
}

impl Session {
    pub(super) fn new(
        transport: Arc<dyn Transport>,
        endpoints: Endpoints,
        credentials: Credentials,
        clock: Arc<dyn Clock>,
        tuning: Tuning,
        keeper: Option<TokenKeeper>,
    ) -> Session {
        let token = match &credentials {
            Credentials::Token(token) => Some((token.clone(), None)),
            Credentials::Person {
                access, expires_at, ..
            } => {
                let now = clock.now();
                let life = expires_at.map(|ends| Life {
                    since: Instant::now(),
                    since_world: now,
                    seconds: u64::try_from(ends.duration_since(now).as_secs()).unwrap_or(0),
                });
                Some((access.clone(), life))
            }
            Credentials::Client { .. } | Credentials::None => None,
        };
        Session {
            transport,
            endpoints,
            clock,
            tuning,
            keeper,
            state: Mutex::new(State {
                credentials,
                token,
                generation: 0,
                refused: None,
                signed_out: false,
            }),
        }
    }

    /// A token that lives long enough for a call. Whoever comes while it is being renewed waits for
    /// the same one.
    pub(super) async fn bearer(&self) -> Result<Bearer, Failure> {
        let mut state = self.state.lock().await;
        if state.signed_out {
            return Err(signed_out());
        }
        if let Some((value, life)) = &state.token
            && !life.is_some_and(|life| life.is_over(self.clock.now()) && can_renew(&state.credentials))
        {
            return Ok(Bearer {
                value: value.clone(),
                generation: state.generation,
            });
        }
        self.fetch(&mut state).await
    }

    /// A new token after one was not accepted, unless another task has renewed it meanwhile. `None`
    /// when this sign-in cannot be renewed.
    pub(super) async fn renewed(&self, stale: &Bearer) -> Result<Option<Bearer>, Failure> {
        let mut state = self.state.lock().await;
        if state.signed_out {
            return Err(signed_out());
        }
        if state.generation != stale.generation
            && let Some((value, _)) = &state.token
        {
            return Ok(Some(Bearer {
                value: value.clone(),
                generation: state.generation,
            }));
        }
        if !can_renew(&state.credentials) {
            return Ok(None);
        }
        self.fetch(&mut state).await.map(Some)
    }

    /// Forgets the token for good, and gives it back to be ended at the server, if there was one.
    pub(super) async fn forget(&self) -> Option<Bearer> {
        let mut state = self.state.lock().await;
        let token = state.token.take();
        state.credentials = Credentials::None;
        state.signed_out = true;
        token.map(|(value, _)| Bearer {
            value,
            generation: state.generation,
        })
    }

    async fn fetch(&self, state: &mut State) -> Result<Bearer, Failure> {
        if let Some((at, failure)) = &state.refused
            && at.elapsed() < REFUSAL_HOLDS
        {
            return Err(failure.clone());
        }
        let granted = match self.ask(&state.credentials).await {
            Ok(granted) => granted,
            Err(failure) => {
                state.refused = Some((Instant::now(), failure.clone()));
                return Err(failure);
            }
        };
        state.refused = None;
        state.generation += 1;
        let life = granted.expires_in.map(|seconds| Life {
            since: Instant::now(),
            since_world: self.clock.now(),
            seconds,
        });
        state.token = Some((granted.access_token.clone(), life));
        self.keep(state, &granted);
        Ok(Bearer {
            value: granted.access_token,
            generation: state.generation,
        })
    }

    /// A person's refresh token may change with each use: the new one is kept, here and outside.
    fn keep(&self, state: &mut State, granted: &Granted) {
        let expires_at = expiry(self.clock.now(), granted.expires_in);
        if let Credentials::Person {
            client_id,
            access,
            refresh,
            expires_at: ends,
        } = &mut state.credentials
        {
            *access = granted.access_token.clone();
            if granted.refresh_token.is_some() {
                *refresh = granted.refresh_token.clone();
            }
            *ends = expires_at;
            if let Some(keeper) = &self.keeper {
                keeper(&PersonTokens {
                    client_id: client_id.clone(),
                    access: access.clone(),
                    refresh: refresh.clone(),
                    expires_at,
                });
            }
        }
    }

    async fn ask(&self, credentials: &Credentials) -> Result<Granted, Failure> {
        let (grant, attempts) = match credentials {
            Credentials::Client { id, secret } => (Grant::Client { id, secret }, self.tuning.read_attempts),
            Credentials::Person {
                client_id,
                refresh: Some(refresh),
                ..
            } => (Grant::Refresh { client_id, refresh }, 1),
            Credentials::Person { .. } | Credentials::Token(_) => return Err(ended()),
            Credentials::None => return Err(no_credentials()),
        };
        let mut attempt = 1;
        loop {
            let asked = oauth::request(
                self.transport.as_ref(),
                &self.endpoints.login,
                &grant,
                self.tuning.answer_limit,
            );
            match tokio::time::timeout(self.tuning.read_deadline, asked).await {
                Ok(Ok(granted)) => return Ok(granted),
                Ok(Err(NoToken { passing: true, .. })) if attempt < attempts => {}
                Ok(Err(refused)) => return Err(refused.failure),
                Err(_) => return Err(too_slow()),
            }
            tokio::time::sleep(self.tuning.delay(attempt)).await;
            attempt += 1;
        }
    }
}

/// When a token granted at `now` ends.
pub(super) fn expiry(now: Timestamp, seconds: Option<u64>) -> Option<Timestamp> {
    let seconds = i64::try_from(seconds?).ok()?;
    now.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()
}

fn can_renew(credentials: &Credentials) -> bool {
    matches!(
        credentials,
        Credentials::Client { .. } | Credentials::Person { refresh: Some(_), .. }
    )
}

fn ended() -> Failure {
    Failure::new(
        FailureKind::Authentication,
        "The sign-in has ended and cannot be renewed.",
    )
    .next("Sign in again with: dsr login cloud, or give a new access token.")
    .at(SYSTEM)
}

fn signed_out() -> Failure {
    Failure::new(FailureKind::Authentication, "Signed out of Genesys Cloud.")
        .next("Sign in again with: dsr login cloud")
        .at(SYSTEM)
}

fn no_credentials() -> Failure {
    Failure::new(FailureKind::Authentication, "No sign-in for Genesys Cloud is configured.")
        .next("Run: dsr setup, or sign in with: dsr --live login, or set GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET, or GENESYSCLOUD_ACCESS_TOKEN.")
        .at(SYSTEM)
}

fn too_slow() -> Failure {
    Failure::new(FailureKind::Unreachable, "No answer on the sign-in in time.")
        .next("Try again; dsr doctor cloud checks the way there.")
        .at(SYSTEM)
}
