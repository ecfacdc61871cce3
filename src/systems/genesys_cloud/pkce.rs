//! Sign-in of a person: authorization code with PKCE. The code comes back to a loopback address, or,
//! for somebody whose browser runs elsewhere, in the address that they paste.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use url::Url;

use super::errors::{SYSTEM, shown};
use super::oauth::{self, Grant};
use super::session::expiry;
use super::{Endpoints, PersonTokens, Tuning};
use crate::domain::clock::Clock;
use crate::domain::failure::{Failure, FailureKind};
use crate::systems::transport::Transport;

/// A sign-in under way.
#[derive(Clone, Debug)]
pub struct SignIn {
    client_id: String,
    redirect_uri: String,
    state: String,
    verifier: SecretString,
    authorize_url: String,
    login: String,
}

impl SignIn {
    /// Begins a sign-in whose code will come to `redirect_uri`, which has to be among those of the
    /// OAuth client.
    ///
    /// # Errors
    /// Only when the system has no randomness to give or the address of the login host is none.
    pub fn begin(endpoints: &Endpoints, client_id: &str, redirect_uri: &str) -> Result<SignIn, Failure> {
        let verifier = random()?;
        let state = random()?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let mut url = Url::parse(&format!("{}/oauth/authorize", endpoints.login)).map_err(|_| {
            Failure::new(
                FailureKind::Configuration,
                "The address of the login host is not one.",
            )
            .next("Check the region of the profile.")
        })?;
        url.query_pairs_mut()
            .append_pair("client_id", client_id)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", &state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok(SignIn {
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            state,
            verifier: verifier.into(),
            authorize_url: url.into(),
            login: endpoints.login.clone(),
        })
    }

    /// The address for the browser.
    pub fn authorize_url(&self) -> &str {
        &self.authorize_url
    }

    /// Where the code will come to.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The code in the address that the browser was sent to, whole or from its `?` on.
    ///
    /// # Errors
    /// When the sign-in was refused, the address belongs to another sign-in, or holds no code.
    pub fn code_from(&self, redirected: &str) -> Result<SecretString, Failure> {
        let pasted = redirected.trim();
        let query = pasted.split_once('?').map_or(pasted, |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        let value = |wanted: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == wanted)
                .map(|(_, value)| value.into_owned())
        };
        // Checked before anything else is believed.
        if value("state").as_deref() != Some(self.state.as_str()) {
            return Err(not_ours(
                "The address belongs to another sign-in, or is cut short.",
            ));
        }
        if let Some(error) = value("error") {
            return Err(refused(&error, value("error_description").as_deref()));
        }
        match value("code").filter(|code| !code.is_empty()) {
            Some(code) => Ok(code.into()),
            None => Err(not_ours("The address holds no code.")),
        }
    }

    /// Exchanges the code in `redirected` for tokens. A code works once, so nothing is repeated.
    ///
    /// # Errors
    /// Those of [`SignIn::code_from`], and what the login host or the network say.
    pub async fn finish(
        &self,
        transport: &Arc<dyn Transport>,
        clock: &dyn Clock,
        redirected: &str,
    ) -> Result<PersonTokens, Failure> {
        let code = self.code_from(redirected)?;
        let grant = Grant::Code {
            client_id: &self.client_id,
            code: &code,
            verifier: &self.verifier,
            redirect_uri: &self.redirect_uri,
        };
        let tuning = Tuning::default();
        let asked = oauth::request(transport.as_ref(), &self.login, &grant, tuning.answer_limit);
        let granted = match tokio::time::timeout(tuning.read_deadline, asked).await {
            Ok(granted) => granted.map_err(|refused| refused.failure)?,
            Err(_) => {
                return Err(
                    Failure::new(FailureKind::Unreachable, "No answer on the sign-in in time.")
                        .next("Sign in again; dsr doctor cloud checks the way there.")
                        .at(SYSTEM),
                );
            }
        };
        Ok(PersonTokens {
            client_id: self.client_id.clone(),
            access: granted.access_token,
            refresh: granted.refresh_token,
            expires_at: expiry(clock.now(), granted.expires_in),
        })
    }

    /// True when `state` is the one of this sign-in.
    pub(super) fn is_state(&self, state: &str) -> bool {
        state == self.state
    }
}

/// 256 bits in 43 characters that need no encoding.
fn random() -> Result<String, Failure> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|_| Failure::new(FailureKind::Internal, "This host gives no randomness."))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn not_ours(message: &str) -> Failure {
    Failure::new(FailureKind::Authentication, message)
        .next("Start the sign-in again, and paste the whole address that the browser ends at.")
        .at(SYSTEM)
}

fn refused(error: &str, description: Option<&str>) -> Failure {
    let told = description.map_or_else(|| shown(error, 80), |description| shown(description, 200));
    let mut failure = Failure::new(
        FailureKind::Authentication,
        format!("The sign-in was refused: {told}"),
    )
    .next("Sign in again. The OAuth client needs the grant type Code Authorization with PKCE, and this redirect address.")
    .at(SYSTEM);
    failure.code = Some(shown(error, 80));
    failure
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn sign_in() -> SignIn {
        let endpoints = Endpoints {
            api: "https://api.mypurecloud.de".to_owned(),
            login: "https://login.mypurecloud.de".to_owned(),
        };
        SignIn::begin(&endpoints, "client-1", "http://127.0.0.1:8085/callback").unwrap()
    }

    #[test]
    fn the_challenge_is_the_digest_of_the_verifier() {
        let begun = sign_in();
        let url = Url::parse(begun.authorize_url()).unwrap();
        let value = |wanted: &str| {
            url.query_pairs()
                .find(|(key, _)| key == wanted)
                .map(|(_, value)| value.into_owned())
                .unwrap()
        };
        assert_eq!(url.host_str(), Some("login.mypurecloud.de"));
        assert_eq!(value("code_challenge_method"), "S256");
        assert_eq!(value("redirect_uri"), "http://127.0.0.1:8085/callback");
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(begun.verifier.expose_secret().as_bytes()));
        assert_eq!(value("code_challenge"), digest);
        assert!((43..=128).contains(&begun.verifier.expose_secret().len()));
        assert_ne!(sign_in().state, sign_in().state);
        assert!(!format!("{begun:?}").contains(begun.verifier.expose_secret()));
    }

    #[test]
    fn only_the_address_of_this_sign_in_is_taken() {
        let begun = sign_in();
        let state = begun.state.clone();
        for good in [
            format!("http://127.0.0.1:8085/callback?code=abc%2B1&state={state}"),
            format!(" code=abc%2B1&state={state}#frag "),
        ] {
            assert_eq!(begun.code_from(&good).unwrap().expose_secret(), "abc+1");
        }
        for (bad, word) in [
            (
                "http://127.0.0.1/callback?code=abc&state=other".to_owned(),
                "another sign-in",
            ),
            ("http://127.0.0.1/callback?code=abc".to_owned(), "another sign-in"),
            (format!("http://127.0.0.1/callback?state={state}"), "no code"),
            (
                format!(
                    "http://127.0.0.1/callback?error=access_denied&error_description=not%20today&state={state}"
                ),
                "not today",
            ),
            (String::new(), "another sign-in"),
        ] {
            let failure = begun.code_from(&bad).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Authentication);
            assert!(failure.message.contains(word), "{}", failure.message);
        }
    }
}
