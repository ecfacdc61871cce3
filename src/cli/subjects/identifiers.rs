//! The options that name a person. Values are personal data: each may come from a file (`@FILE`) or
//! standard input (`-`), none is ever repeated in an error, and clap is not let near their syntax,
//! because it would print what it refuses.

use clap::Args;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::forms;
use crate::domain::identifier::{Identifier, IdentifierKind};

/// Where a value comes from is decided by the caller: a plain value is itself, `@FILE` its lines,
/// `-` the lines of standard input.
pub type ReadValues<'a> = dyn FnMut(&str, &str) -> Result<Vec<String>, Failure> + 'a;

/// The head of these options in the help.
const WHO: &str = "Who (each repeatable; @FILE or - reads the values, one a line)";

/// Who is meant. Each option may be repeated; all of them are asked together.
#[derive(Args, Clone, Default)]
pub struct IdentifierArgs {
    /// E-mail address
    #[arg(long, help_heading = WHO, value_name = "V|@FILE|-")]
    pub email: Vec<String>,
    /// Phone number, with country code or in the organisation's national form
    #[arg(long, help_heading = WHO, value_name = "V|@FILE|-")]
    pub phone: Vec<String>,
    /// Name
    #[arg(long, help_heading = WHO, value_name = "V|@FILE|-")]
    pub name: Vec<String>,
    /// Postal address
    #[arg(long, help_heading = WHO, value_name = "V|@FILE|-")]
    pub address: Vec<String>,
    /// Handle on a network: twitter, instagram, facebook, apple-messages, whatsapp
    #[arg(long, help_heading = WHO, value_name = "NETWORK:HANDLE|@FILE|-")]
    pub social: Vec<String>,
    /// External id given by the organisation
    #[arg(long, help_heading = WHO, value_name = "V|@FILE|-")]
    pub external_id: Vec<String>,
    /// User id of the organisation
    #[arg(long, help_heading = WHO, value_name = "V|@FILE|-")]
    pub user_id: Vec<String>,
}

impl std::fmt::Debug for IdentifierArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let given = self.options();
        let given = given.iter().filter(|(_, _, values)| !values.is_empty());
        f.debug_map()
            .entries(given.map(|(option, _, values)| (option, values.len())))
            .finish()
    }
}

impl IdentifierArgs {
    /// True when no option was given.
    pub fn is_empty(&self) -> bool {
        self.options().iter().all(|(_, _, values)| values.is_empty())
    }

    /// Option, kind (`None` for `--social`, whose values carry it) and values.
    fn options(&self) -> [(&'static str, Option<IdentifierKind>, &[String]); 7] {
        [
            ("--email", Some(IdentifierKind::Email), &self.email),
            ("--phone", Some(IdentifierKind::Phone), &self.phone),
            ("--name", Some(IdentifierKind::Name), &self.name),
            ("--address", Some(IdentifierKind::Address), &self.address),
            ("--social", None, &self.social),
            (
                "--external-id",
                Some(IdentifierKind::ExternalId),
                &self.external_id,
            ),
            ("--user-id", Some(IdentifierKind::UserId), &self.user_id),
        ]
    }

    /// The identifiers, read, checked and without repeats. `country` helps with national phone
    /// numbers.
    ///
    /// # Errors
    /// A usage failure that names the option (and which of its values), never the value.
    pub fn collect(
        &self,
        country: Option<&str>,
        read: &mut ReadValues<'_>,
    ) -> Result<Vec<Identifier>, Failure> {
        let mut found: Vec<Identifier> = Vec::new();
        for (option, kind, sources) in self.options() {
            let mut values = Vec::new();
            for source in sources {
                values.extend(read(option, source)?);
            }
            let several = values.len() > 1;
            for (index, value) in values.iter().enumerate() {
                let which = if several {
                    format!("{option} (value {})", index + 1)
                } else {
                    option.to_owned()
                };
                let identifier = identifier(&which, kind, value)?;
                forms::forms(&identifier, country).map_err(|wrong| usage(&which, &wrong.to_string()))?;
                if !found.contains(&identifier) {
                    found.push(identifier);
                }
            }
        }
        Ok(found)
    }
}

/// One value as an identifier.
fn identifier(which: &str, kind: Option<IdentifierKind>, value: &str) -> Result<Identifier, Failure> {
    let (kind, value) = match kind {
        Some(kind) => (kind, value),
        None => social(which, value)?,
    };
    let identifier = Identifier::new(kind, value);
    if identifier.value.is_empty() {
        return Err(usage(which, "the value is empty"));
    }
    Ok(identifier)
}

fn social<'a>(which: &str, value: &'a str) -> Result<(IdentifierKind, &'a str), Failure> {
    let networks = "write NETWORK:HANDLE with one of twitter, instagram, facebook, apple-messages, whatsapp";
    let (network, handle) = value.split_once(':').ok_or_else(|| usage(which, networks))?;
    let network = if network.trim().eq_ignore_ascii_case("x") {
        "twitter"
    } else {
        network
    };
    match IdentifierKind::parse(network) {
        Some(kind) if kind.is_social() => Ok((kind, handle)),
        _ => Err(usage(which, networks)),
    }
}

fn usage(which: &str, wrong: &str) -> Failure {
    Failure::new(FailureKind::Usage, format!("{which}: {wrong}"))
        .next("Correct the value; nothing was asked and nothing was changed.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(_: &str, source: &str) -> Result<Vec<String>, Failure> {
        Ok(source.split('|').map(str::to_owned).collect())
    }

    fn collect(args: &IdentifierArgs) -> Result<Vec<Identifier>, Failure> {
        args.collect(None, &mut plain)
    }

    #[test]
    fn a_wrong_value_is_named_by_its_option_and_place_only() {
        let args = IdentifierArgs {
            social: vec!["twitter:@anna|myspace:secretvalue".into()],
            ..IdentifierArgs::default()
        };
        let failure = collect(&args).unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        assert!(
            failure.message.starts_with("--social (value 2):"),
            "{}",
            failure.message
        );
        assert!(!format!("{failure:?}").contains("secretvalue"));
    }

    #[test]
    fn all_options_are_read_in_one_order_without_repeats() {
        let args = IdentifierArgs {
            email: vec!["a@example.org|b@example.org|a@example.org".into()],
            social: vec!["Apple-Messages:x".into()],
            ..IdentifierArgs::default()
        };
        let kinds: Vec<_> = collect(&args).unwrap().iter().map(|i| i.kind).collect();
        assert_eq!(
            kinds,
            [
                IdentifierKind::Email,
                IdentifierKind::Email,
                IdentifierKind::AppleMessages
            ]
        );
        assert!(IdentifierArgs::default().is_empty());
        assert!(!args.is_empty());
    }
}
