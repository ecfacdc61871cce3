//! Before work starts: does GWS answer, does it know the account, and may the account delete?

use crate::domain::failure::{Failure, FailureKind};
use crate::systems::gws::{Account, Gws, SYSTEM};

/// The account, if it may delete settings of agents.
///
/// # Errors
/// When GWS cannot be reached, does not accept the sign-in, or the account is no administrator's.
pub async fn may_delete(gws: &Gws) -> Result<Account, Failure> {
    if !gws.has_credentials() {
        return Err(Failure::new(
            FailureKind::Authentication,
            "No GWS user is known, so nothing can be deleted.",
        )
        .at(SYSTEM)
        .next(
            "Give --gws_username (the password is asked for), or set gws_username and gws_password_file.",
        ));
    }
    let account = gws.me().await?;
    if account.is_admin() {
        return Ok(account);
    }
    Err(Failure::new(
        FailureKind::Permission,
        format!(
            "The GWS user has no administrator's role ({}), so it cannot delete settings of agents.",
            if account.roles.is_empty() {
                "no roles at all".to_owned()
            } else {
                account.roles.join(", ")
            }
        ),
    )
    .at(SYSTEM)
    .next("Use a user with ROLE_ADMIN; see: dsr whoami gws"))
}
