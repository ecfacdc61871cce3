//! The token of the caller: what it belongs to, and its end.

use rusqlite::params;
use serde_json::json;

use super::answer::{Answer, Fail};
use super::call::Call;
use super::organization;

/// `GET /api/v2/tokens/me`
pub(crate) fn show(call: &Call<'_>) -> Result<Answer, Fail> {
    let caller = call.caller()?;
    let organization = organization::reference(call.plan);
    Ok(Answer::ok(&json!({
        "organization": organization,
        "homeOrganization": organization,
        "authorizedScope": caller.client.scopes,
        "OAuthClient": {
            "id": caller.client.id,
            "name": caller.client.name,
            "organization": organization,
        },
    })))
}

/// `DELETE /api/v2/tokens/me`
pub(crate) fn end(call: &Call<'_>) -> Result<Answer, Fail> {
    let caller = call.caller()?;
    call.connection
        .prepare_cached("DELETE FROM token WHERE hash = ?1")?
        .execute(params![caller.token_hash])?;
    Ok(Answer::empty(200))
}
