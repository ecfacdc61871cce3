//! `dsr man`: one page with all commands, generated from the same definition as the parser.

use clap::CommandFactory;
use clap_mangen::Man;

use super::{Cli, Context, Exit};
use crate::domain::failure::{Failure, FailureKind};

/// Prints the page in troff.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(ctx: &Context) -> Result<Exit, Failure> {
    let page =
        page().map_err(|_| Failure::new(FailureKind::Internal, "The manual page could not be rendered."))?;
    ctx.out.text(&page)?;
    Ok(Exit::OK)
}

/// The whole page.
///
/// # Errors
/// Never in practice: it is written to memory.
pub fn page() -> std::io::Result<String> {
    let mut page = Vec::new();
    let man = Man::new(Cli::command()).manual("Data subject requests");
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    for command in Cli::command().get_subcommands() {
        verbs("dsr", command, &mut page)?;
    }
    page.extend_from_slice(CLOSING.as_bytes());
    man.render_version_section(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// What holds for all commands.
const CLOSING: &str = r#".SH "EXIT STATUS"
.TP
0
done
.TP
1
failed, refused, or not found
.TP
2
the command line is wrong, or an answer was needed and nobody could be asked
.TP
3
the configuration is wrong
.TP
4
not signed in, or not allowed
.TP
5
not reachable
.TP
6
partial, incomplete, or the outcome is not known
.TP
130
interrupted
.SH ENVIRONMENT
.TP
DSR_MODE
live or simulation
.TP
DSR_CONFIG, DSR_PROFILE
configuration file and profile
.TP
GENESYSCLOUD_REGION, DSR_GENESYS_CLOUD_URL
where the organisation answers
.TP
GENESYSCLOUD_OAUTHCLIENT_ID, GENESYSCLOUD_OAUTHCLIENT_SECRET, GENESYSCLOUD_OAUTHCLIENT_SECRET_FILE
the OAuth client
.TP
GENESYSCLOUD_ACCESS_TOKEN, GENESYSCLOUD_ACCESS_TOKEN_FILE
an access token
.TP
DSR_CDDS_URL, DSR_CDDS_USERNAME, DSR_CDDS_TENANT, DSR_CDDS_PASSWORD, DSR_CDDS_PASSWORD_FILE
the Cloud Data Download Service and the sign-in there
.TP
DSR_CDDS_API_KEY, DSR_CDDS_API_KEY_FILE, DSR_CDDS_CLIENT_ID, DSR_CDDS_CLIENT_SECRET, DSR_CDDS_CLIENT_SECRET_FILE
its API key and OAuth client, where it wants them
.TP
XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME
where configuration, stores and logs lie
.TP
NO_COLOR
no colours
"#;

/// A section for each command that does something by itself.
fn verbs(above: &str, command: &clap::Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    if command.is_hide_set() {
        return Ok(());
    }
    let name = format!("{above} {}", command.get_name());
    if command.has_subcommands() {
        for verb in command.get_subcommands() {
            verbs(&name, verb, page)?;
        }
        if command.is_subcommand_required_set() {
            return Ok(());
        }
    }
    let mut section = Vec::new();
    // `name` carries the whole path, so that the synopsis can be copied.
    let man = Man::new(command.clone().name(name.clone()).bin_name(name.clone()));
    man.render_synopsis_section(&mut section)?;
    man.render_description_section(&mut section)?;
    man.render_options_section(&mut section)?;
    let section = String::from_utf8_lossy(&section).replace(".SH ", ".SS ");
    page.extend_from_slice(format!(".SH \"{}\"\n", name.to_uppercase()).as_bytes());
    page.extend_from_slice(section.as_bytes());
    Ok(())
}
