//! What an operator is given to find a person by.

use serde::{Deserialize, Serialize};

/// The kinds of identifier that the GDPR subject search knows, and the user id, which is looked up
/// beside it. Source: `searchType` of `GET /api/v2/gdpr/subjects`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// A person's name.
    Name,
    /// A postal address.
    Address,
    /// A phone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A handle on Twitter (X).
    Twitter,
    /// A handle on Instagram.
    Instagram,
    /// A Facebook id.
    Facebook,
    /// An Apple Messages for Business id.
    AppleMessages,
    /// A WhatsApp number or id; newer than the other kinds.
    Whatsapp,
    /// The external id that an organisation gave to a contact.
    ExternalId,
    /// The id of a user of the organisation; not a search type of the GDPR API.
    UserId,
}

impl IdentifierKind {
    /// All kinds, in the order in which they are offered.
    pub const ALL: [IdentifierKind; 11] = [
        IdentifierKind::Email,
        IdentifierKind::Phone,
        IdentifierKind::Name,
        IdentifierKind::Address,
        IdentifierKind::ExternalId,
        IdentifierKind::UserId,
        IdentifierKind::Twitter,
        IdentifierKind::Instagram,
        IdentifierKind::Facebook,
        IdentifierKind::AppleMessages,
        IdentifierKind::Whatsapp,
    ];

    /// Our word for it, as in JSON (`external_id`).
    pub fn as_str(self) -> &'static str {
        match self {
            IdentifierKind::Name => "name",
            IdentifierKind::Address => "address",
            IdentifierKind::Phone => "phone",
            IdentifierKind::Email => "email",
            IdentifierKind::Twitter => "twitter",
            IdentifierKind::Instagram => "instagram",
            IdentifierKind::Facebook => "facebook",
            IdentifierKind::AppleMessages => "apple_messages",
            IdentifierKind::Whatsapp => "whatsapp",
            IdentifierKind::ExternalId => "external_id",
            IdentifierKind::UserId => "user_id",
        }
    }

    /// The inverse of [`IdentifierKind::as_str`]; hyphens and upper case are accepted.
    pub fn parse(text: &str) -> Option<IdentifierKind> {
        let text = text.trim().to_ascii_lowercase().replace('-', "_");
        IdentifierKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The API's `searchType`, or `None` for a user id, which the GDPR API cannot be asked for.
    pub fn search_type(self) -> Option<&'static str> {
        match self {
            IdentifierKind::Name => Some("NAME"),
            IdentifierKind::Address => Some("ADDRESS"),
            IdentifierKind::Phone => Some("PHONE"),
            IdentifierKind::Email => Some("EMAIL"),
            IdentifierKind::Twitter => Some("TWITTER"),
            IdentifierKind::Instagram => Some("INSTAGRAM"),
            IdentifierKind::Facebook => Some("FACEBOOK"),
            IdentifierKind::AppleMessages => Some("APPLE_MESSAGES"),
            IdentifierKind::Whatsapp => Some("WHATSAPP"),
            IdentifierKind::ExternalId => Some("EXTERNAL_ID"),
            IdentifierKind::UserId => None,
        }
    }

    /// True for handles on social networks (`--social NETWORK:HANDLE`).
    pub fn is_social(self) -> bool {
        matches!(
            self,
            IdentifierKind::Twitter
                | IdentifierKind::Instagram
                | IdentifierKind::Facebook
                | IdentifierKind::AppleMessages
                | IdentifierKind::Whatsapp
        )
    }
}

/// One identifier as the operator was given it. Personal data: never in logs, titles or errors.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// The value as typed, trimmed.
    pub value: String,
}

impl Identifier {
    /// An identifier with its value trimmed.
    pub fn new(kind: IdentifierKind, value: impl AsRef<str>) -> Identifier {
        Identifier {
            kind,
            value: value.as_ref().trim().to_owned(),
        }
    }
}

impl std::fmt::Debug for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Identifier({}, <{} characters>)",
            self.kind.as_str(),
            self.value.chars().count()
        )
    }
}
