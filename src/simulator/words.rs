//! Words that the API and scenario files share: request types and search types.

use serde::{Deserialize, Serialize};

/// The three request types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum RequestKind {
    /// A copy.
    #[serde(rename = "GDPR_EXPORT", alias = "export")]
    Export,
    /// Deletion.
    #[serde(rename = "GDPR_DELETE", alias = "delete")]
    Delete,
    /// Correction.
    #[serde(rename = "GDPR_UPDATE", alias = "update")]
    Update,
}

/// What a subject is searched by, and what a replacement term replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs)]
pub(crate) enum SearchType {
    Name,
    Address,
    Phone,
    Email,
    Twitter,
    Instagram,
    Facebook,
    AppleMessages,
    Whatsapp,
    ExternalId,
}

impl SearchType {
    /// All words as the API writes them.
    pub(crate) const WORDS: [(&'static str, SearchType); 10] = [
        ("NAME", SearchType::Name),
        ("ADDRESS", SearchType::Address),
        ("PHONE", SearchType::Phone),
        ("EMAIL", SearchType::Email),
        ("TWITTER", SearchType::Twitter),
        ("INSTAGRAM", SearchType::Instagram),
        ("FACEBOOK", SearchType::Facebook),
        ("APPLE_MESSAGES", SearchType::AppleMessages),
        ("WHATSAPP", SearchType::Whatsapp),
        ("EXTERNAL_ID", SearchType::ExternalId),
    ];

    /// The type of an API word.
    pub(crate) fn parse(word: &str) -> Option<SearchType> {
        SearchType::WORDS
            .into_iter()
            .find(|(known, _)| *known == word)
            .map(|(_, search)| search)
    }

    /// The API word.
    pub(crate) fn word(self) -> &'static str {
        SearchType::WORDS
            .into_iter()
            .find(|(_, known)| *known == self)
            .map_or("", |(word, _)| word)
    }

    /// True for handles on a network.
    pub(crate) fn is_social(self) -> bool {
        matches!(
            self,
            SearchType::Twitter
                | SearchType::Instagram
                | SearchType::Facebook
                | SearchType::AppleMessages
                | SearchType::Whatsapp
        )
    }
}
