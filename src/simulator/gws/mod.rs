//! GWS as its clients see it: sign-in with session cookie and CSRF token, roles, groups of settings,
//! an envelope around every answer, and the failures that were seen in the field.

mod exchange;
mod plan;
mod session;
mod settings;

pub(crate) use plan::{GwsPlan, SettingEntry};

use axum::Router;

use super::Simulator;

/// The router.
pub(crate) fn router(simulator: Simulator) -> Router {
    Router::new().fallback(move |request: axum::extract::Request| {
        let simulator = simulator.clone();
        async move { exchange::exchange(simulator, request).await }
    })
}
