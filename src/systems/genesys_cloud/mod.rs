//! Genesys Cloud: the GDPR API and its neighbours.

pub(in crate::systems) mod answer;
mod call;
mod downloads;
mod errors;
mod exchange;
mod foreign;
mod gdpr;
mod identity;
pub(in crate::systems) mod json;
mod limits;
mod loopback;
mod merge_sets;
mod mutation;
mod oauth;
mod organization;
mod people;
mod people_wire;
mod pkce;
mod refusals;
pub mod regions;
mod roles;
mod server_clock;
mod session;
mod signed_link;
mod tuning;
mod types;
mod wire;

use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::domain::candidate::MergeMember;
use crate::domain::clock::Clock;
use crate::domain::failure::Failure;
use crate::domain::identifier::IdentifierKind;
use crate::domain::operation::{NewRequest, Sent};
use crate::domain::progress::Listener;
use crate::domain::request::Request;
use crate::domain::subject::Subject;
use crate::systems::permit::Permit;
use crate::systems::transport::Transport;

pub use super::fetch::Downloaded;
pub use limits::AllowanceState;
pub use loopback::LoopbackRedirect;
pub use organization::Probe;
pub use pkce::SignIn;
pub use refusals::who_can_give;
pub use roles::{ClientEntry, CreatedClient, Role};
pub use session::{PersonTokens, TokenKeeper};
pub use tuning::Tuning;
pub use types::{Credentials, Endpoints, Found, Identity, Person, RequestPage};

use exchange::Exchange;
use limits::Allowance;
use server_clock::ServerClock;
use session::Session;

/// The client. Cheap to clone; clones share token and allowance.
#[derive(Clone)]
pub struct GenesysCloud {
    exchange: Arc<Exchange>,
}

impl GenesysCloud {
    /// A client for one organisation.
    pub fn new(
        transport: Arc<dyn Transport>,
        endpoints: Endpoints,
        credentials: Credentials,
        clock: Arc<dyn Clock>,
    ) -> GenesysCloud {
        GenesysCloud::with(transport, endpoints, credentials, clock, Tuning::default(), None)
    }

    /// A client with its own patience, and with somebody who keeps the renewed tokens of a person.
    pub fn with(
        transport: Arc<dyn Transport>,
        endpoints: Endpoints,
        credentials: Credentials,
        clock: Arc<dyn Clock>,
        tuning: Tuning,
        keeper: Option<TokenKeeper>,
    ) -> GenesysCloud {
        let session = Session::new(
            transport.clone(),
            endpoints.clone(),
            credentials,
            clock,
            tuning,
            keeper,
        );
        GenesysCloud {
            exchange: Arc::new(Exchange {
                transport,
                endpoints,
                session,
                allowance: Arc::new(Allowance::default()),
                tuning,
                server_clock: ServerClock::default(),
            }),
        }
    }

    /// The time there now, as far as its answers told it.
    pub fn server_now(&self) -> Option<jiff::Timestamp> {
        self.exchange.server_clock.now()
    }

    /// Where the organisation answers.
    pub fn endpoints(&self) -> &Endpoints {
        &self.exchange.endpoints
    }

    /// Asks the GDPR API for subjects; `value` is asked as it is.
    pub async fn search_subjects(
        &self,
        kind: IdentifierKind,
        value: &str,
    ) -> Result<Found<Subject>, Failure> {
        gdpr::search_subjects(&self.exchange, kind, value).await
    }

    /// One page of requests, pages from 1.
    pub async fn list_requests(&self, page: u32, page_size: u32) -> Result<RequestPage, Failure> {
        gdpr::list_requests(&self.exchange, page, page_size).await
    }

    /// One request.
    pub async fn get_request(&self, id: &str) -> Result<Request, Failure> {
        gdpr::get_request(&self.exchange, id).await
    }

    /// Signs in and waits for room in the allowance. To be called before an intent is written, so
    /// that the submission that follows waits for neither.
    ///
    /// # Errors
    /// What keeps the sign-in from working.
    pub async fn make_ready(&self) -> Result<(), Failure> {
        organization::make_ready(&self.exchange).await
    }

    /// Submits once. Never retried, at no layer; the token is renewed beforehand if it is about to
    /// end. An answer of any kind is an outcome, not an error.
    pub async fn submit(&self, permit: Permit, request: &NewRequest) -> Sent {
        gdpr::submit(&self.exchange, permit, request).await
    }

    /// The exact call as it would be sent: method, path with query, pretty JSON body. For previews.
    pub fn preview(&self, request: &NewRequest) -> (String, String, String) {
        let call = gdpr::submission(request);
        let body = call.body.as_ref().map(|body| format!("{body:#}"));
        (call.method.to_string(), call.target(), body.unwrap_or_default())
    }

    /// Users that fit the identifier (`POST /api/v2/users/search`, or by id).
    pub async fn find_users(&self, kind: IdentifierKind, value: &str) -> Result<Found<Person>, Failure> {
        people::find_users(&self.exchange, kind, value).await
    }

    /// External contacts that fit, with their merge sets.
    pub async fn find_contacts(&self, kind: IdentifierKind, value: &str) -> Result<Found<Person>, Failure> {
        people::find_contacts(&self.exchange, kind, value).await
    }

    /// The merge set of an external contact; empty when it is not merged.
    pub async fn merge_set(&self, contact_id: &str) -> Result<Vec<MergeMember>, Failure> {
        merge_sets::merge_set(&self.exchange, contact_id).await
    }

    /// Who we are and what we may.
    pub async fn identity(&self) -> Result<Identity, Failure> {
        identity::identity(&self.exchange).await
    }

    /// How much of the token's allowance is used, as far as answers have told.
    pub fn allowance(&self) -> AllowanceState {
        self.exchange.allowance.state()
    }

    /// The `gdpr` limits of the organisation, key and value.
    pub async fn limits(&self) -> Result<Vec<(String, i64)>, Failure> {
        organization::limits(&self.exchange, organization::NAMESPACE).await
    }

    /// Fetches one result (`resultsUrl`) into `dir` in the three steps; the token never goes to the
    /// signed address. Resumes a `.partial` of the same request where the far end allows ranges.
    pub async fn download(
        &self,
        result_url: &str,
        request_id: &str,
        dir: &Path,
        listener: &Listener,
        cancel: &CancellationToken,
    ) -> Result<Downloaded, Failure> {
        downloads::download(&self.exchange, result_url, request_id, dir, listener, cancel).await
    }

    /// Ends the token at the server and forgets it.
    pub async fn log_out(&self) -> Result<(), Failure> {
        organization::log_out(&self.exchange).await
    }

    /// Looks at the API without a token: whether it answers as the API does, and its clock.
    ///
    /// # Errors
    /// What keeps it from answering, or that something else answers in its place.
    pub async fn probe(&self) -> Result<Probe, Failure> {
        organization::probe(&self.exchange).await
    }

    /// Roles of exactly this name.
    pub async fn roles_named(&self, name: &str) -> Result<Vec<Role>, Failure> {
        roles::roles_named(&self.exchange, name).await
    }

    /// OAuth clients of exactly this name.
    pub async fn clients_named(&self, name: &str) -> Result<Vec<ClientEntry>, Failure> {
        roles::clients_named(&self.exchange, name).await
    }

    /// Creates a role with these permissions, once; gives its id. A failure's `changed` tells whether
    /// it may exist now.
    pub async fn create_role(
        &self,
        permit: Permit,
        name: &str,
        description: &str,
        permissions: &[String],
    ) -> Result<String, Failure> {
        roles::create_role(&self.exchange, permit, name, description, permissions).await
    }

    /// Creates an OAuth client for client credentials with one role in one division (`*` for all),
    /// once. A failure's `changed` tells whether it may exist now.
    pub async fn create_client(
        &self,
        permit: Permit,
        name: &str,
        description: &str,
        role_id: &str,
        division: &str,
    ) -> Result<CreatedClient, Failure> {
        roles::create_client(&self.exchange, permit, name, description, role_id, division).await
    }
}
