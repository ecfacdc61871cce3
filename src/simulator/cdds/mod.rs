//! The export service as its clients see it: CDDS, and its successor UDM. The certificate and the
//! lists are as published; jobs, files and downloads are **assumed**, as in the client.

mod artifacts;
mod auth;
mod cms;
mod contents;
mod der;
mod files;
mod jobs;
mod multipart;
mod plan;
mod preferences;
mod recipient;
mod runs;
mod state;

use http::Method;

pub(crate) use self::artifacts::told as artifacts_told;
pub(crate) use self::files::{Order, Shelf};
pub(crate) use self::plan::CddsPlan;
pub(crate) use self::state::CddsState;
use super::Simulator;
use super::cloud::answer::{Answer, Fail};
use super::cloud::call::Call;
use super::cloud::{Endpoint, routed};

/// How to sign in to the simulated export service.
#[derive(Clone, Debug, Default)]
pub struct CddsAccess {
    /// User name.
    pub username: String,
    /// Password (plainly fictional).
    pub password: String,
    /// Tenant.
    pub tenant: String,
    /// API key, if the scenario asks for one.
    pub api_key: Option<String>,
}

/// The estate's old certificate and the key that decrypts files of before.
#[derive(Clone, Debug)]
pub struct OldPair {
    /// Certificate, PEM.
    pub certificate: String,
    /// Private key, PKCS#8, PEM, not encrypted.
    pub key: String,
}

type Run = fn(&Call<'_>) -> Result<Answer, Fail>;

fn get(path: &'static str, run: Run) -> Endpoint {
    Endpoint::get(path, run).open()
}

fn post(path: &'static str, run: Run) -> Endpoint {
    Endpoint::post(path, run).open()
}

fn delete(path: &'static str, run: Run) -> Endpoint {
    Endpoint {
        method: Method::DELETE,
        ..post(path, run)
    }
}

fn endpoints() -> Vec<Endpoint> {
    vec![
        post("/auth/v3/oauth/token", auth::token),
        get("/auth/v3/userinfo", auth::userinfo),
        get("/auth/v3/sign-out", auth::sign_out).writing(),
        post("/auth/v3/sign-out", auth::sign_out),
        get("/data-download/v3/cipher", preferences::show),
        post("/data-download/v3/cipher/{name}", preferences::upload),
        get("/data-download/v3/data/sources", preferences::sources),
        get("/data-download/v3/data/sub-types", preferences::sub_types),
        get("/data-download/v3/data/job-statuses", preferences::job_statuses),
        get("/data-download/v3/data/jobs", jobs::list),
        post("/data-download/v3/data/jobs", jobs::create),
        get("/data-download/v3/data/jobs/{id}", jobs::show),
        delete("/data-download/v3/data/jobs/{id}", jobs::delete),
        get("/data-download/v3/data/artifacts", artifacts::list),
        delete("/data-download/v3/data/artifacts/{id}", artifacts::delete),
        get(
            "/data-download/v3/data/artifacts/{id}/content",
            artifacts::content,
        ),
        get("/udm/v10/cipher", preferences::show),
        post("/udm/v10/cipher/{name}", preferences::upload),
        get("/udm/v10/data/attributes", preferences::attributes),
        get("/udm/v10/data/job-statuses", preferences::job_statuses),
        get("/udm/v10/data/jobs", jobs::list),
        post("/udm/v10/data/jobs", jobs::create),
        get("/udm/v10/data/jobs/{id}", jobs::show),
        delete("/udm/v10/data/jobs/{id}", jobs::delete),
        get("/udm/v10/data/artifacts", artifacts::list),
        delete("/udm/v10/data/artifacts/{id}", artifacts::delete),
        get("/udm/v10/data/artifacts/{id}/content", artifacts::content),
    ]
}

/// The router of one address, without an answer of its own for other paths.
pub(crate) fn router(simulator: &Simulator, base: &str) -> axum::Router {
    routed(simulator, base, endpoints())
}

impl Simulator {
    /// The export service and its sign-in at one address.
    pub fn cdds(&self) -> axum::Router {
        router(self, "")
    }

    /// How to sign in to the export service; `None` when the scenario has none.
    pub fn cdds_access(&self) -> Option<CddsAccess> {
        let plan = self.inner.plan.cdds.as_ref()?;
        let user = plan.users.first()?;
        Some(CddsAccess {
            username: user.username.clone(),
            password: user.password.clone(),
            tenant: plan.tenant.clone(),
            api_key: plan.api_key.clone(),
        })
    }

    /// The certificate that stood in the preferences at the beginning, with its private key; `None`
    /// when the scenario has none.
    ///
    /// # Errors
    /// Storage failures.
    pub fn cdds_old_pair(&self) -> Result<Option<OldPair>, super::SimulatorError> {
        let cdds = self.inner.plan.cdds.as_ref();
        if cdds.is_none_or(|cdds| cdds.certificate == plan::FirstCertificate::None) {
            return Ok(None);
        }
        let (epoch, known) = self
            .transaction(false, |_, state| {
                Ok((state.head().epoch, state.cdds.old_key.clone()))
            })
            .map_err(|error| super::storage(&error))?;
        Ok(self.old_pair(epoch, known.as_deref()).map(|pair| OldPair {
            certificate: pair.certificate_pem,
            key: pair.key_pem,
        }))
    }
}
