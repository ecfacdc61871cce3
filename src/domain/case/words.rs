//! The words of cases: what was asked for, how it ended, on what ground something was refused.

use serde::{Deserialize, Serialize};

/// What a data subject asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// A copy of the data (GDPR Art. 15).
    Access,
    /// Deletion (Art. 17).
    Erasure,
    /// Correction (Art. 16).
    Rectification,
    /// Restriction of processing (Art. 18).
    Restriction,
    /// The data in a form for another controller (Art. 20).
    Portability,
    /// Objection (Art. 21).
    Objection,
}

impl CaseKind {
    /// All, in the order in which they are offered.
    pub const ALL: [CaseKind; 6] = [
        CaseKind::Access,
        CaseKind::Erasure,
        CaseKind::Rectification,
        CaseKind::Restriction,
        CaseKind::Portability,
        CaseKind::Objection,
    ];

    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            CaseKind::Access => "access",
            CaseKind::Erasure => "erasure",
            CaseKind::Rectification => "rectification",
            CaseKind::Restriction => "restriction",
            CaseKind::Portability => "portability",
            CaseKind::Objection => "objection",
        }
    }

    /// The inverse of [`CaseKind::as_str`].
    pub fn parse(text: &str) -> Option<CaseKind> {
        CaseKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// What was asked for was done, and the person told.
    Answered,
    /// Refused as a whole, and the person told.
    Refused,
    /// The person took it back.
    Withdrawn,
    /// It is another case already.
    Duplicate,
    /// Another is the controller.
    NotController,
}

impl Ending {
    /// All of them.
    pub const ALL: [Ending; 5] = [
        Ending::Answered,
        Ending::Refused,
        Ending::Withdrawn,
        Ending::Duplicate,
        Ending::NotController,
    ];

    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Ending::Answered => "answered",
            Ending::Refused => "refused",
            Ending::Withdrawn => "withdrawn",
            Ending::Duplicate => "duplicate",
            Ending::NotController => "not_controller",
        }
    }

    /// The inverse of [`Ending::as_str`]; a hyphen is accepted.
    pub fn parse(text: &str) -> Option<Ending> {
        let text = text.replace('-', "_");
        Ending::ALL.into_iter().find(|ending| ending.as_str() == text)
    }
}

/// Ground of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Manifestly unfounded.
    Unfounded,
    /// Excessive, above all by repetition.
    Excessive,
    /// The person cannot be identified.
    NotIdentifiable,
    /// Freedom of expression and information.
    Expression,
    /// A legal obligation or a public task.
    LegalObligation,
    /// Public health.
    PublicHealth,
    /// Archiving, research, statistics.
    Archiving,
    /// Legal claims.
    LegalClaims,
    /// Another is the controller.
    NotController,
    /// An exception of the Californian law.
    CaliforniaException,
}

impl Ground {
    /// All of them.
    pub const ALL: [Ground; 10] = [
        Ground::Unfounded,
        Ground::Excessive,
        Ground::NotIdentifiable,
        Ground::Expression,
        Ground::LegalObligation,
        Ground::PublicHealth,
        Ground::Archiving,
        Ground::LegalClaims,
        Ground::NotController,
        Ground::CaliforniaException,
    ];

    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Ground::Unfounded => "unfounded",
            Ground::Excessive => "excessive",
            Ground::NotIdentifiable => "not_identifiable",
            Ground::Expression => "expression",
            Ground::LegalObligation => "legal_obligation",
            Ground::PublicHealth => "public_health",
            Ground::Archiving => "archiving",
            Ground::LegalClaims => "legal_claims",
            Ground::NotController => "not_controller",
            Ground::CaliforniaException => "california_exception",
        }
    }

    /// The inverse of [`Ground::as_str`]; a hyphen is accepted.
    pub fn parse(text: &str) -> Option<Ground> {
        let text = text.replace('-', "_");
        Ground::ALL.into_iter().find(|ground| ground.as_str() == text)
    }

    /// Where it is written.
    pub fn source(self) -> &'static str {
        match self {
            Ground::Unfounded | Ground::Excessive => "GDPR Art. 12(5)",
            Ground::NotIdentifiable => "GDPR Art. 11, 12(2)",
            Ground::Expression => "GDPR Art. 17(3)(a)",
            Ground::LegalObligation => "GDPR Art. 17(3)(b)",
            Ground::PublicHealth => "GDPR Art. 17(3)(c)",
            Ground::Archiving => "GDPR Art. 17(3)(d)",
            Ground::LegalClaims => "GDPR Art. 17(3)(e)",
            Ground::NotController => "GDPR Art. 4(7)",
            Ground::CaliforniaException => "Cal. Civ. Code 1798.105(d), 1798.145",
        }
    }

    /// Whether it can stand against what was asked for under a regime: the grounds of Art. 17(3) speak
    /// of erasure alone.
    pub fn fits(self, kind: CaseKind, regime: &str) -> bool {
        match self {
            Ground::Expression
            | Ground::LegalObligation
            | Ground::PublicHealth
            | Ground::Archiving
            | Ground::LegalClaims => kind == CaseKind::Erasure && regime != "us-ca",
            Ground::CaliforniaException => regime == "us-ca",
            Ground::Unfounded | Ground::Excessive | Ground::NotIdentifiable | Ground::NotController => true,
        }
    }
}

/// What came of a check of identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityResult {
    /// It is the person.
    Proved,
    /// It could not be shown.
    Failed,
    /// There was no doubt.
    NotNeeded,
}

impl IdentityResult {
    /// All of them.
    pub const ALL: [IdentityResult; 3] = [
        IdentityResult::Proved,
        IdentityResult::Failed,
        IdentityResult::NotNeeded,
    ];

    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            IdentityResult::Proved => "proved",
            IdentityResult::Failed => "failed",
            IdentityResult::NotNeeded => "not_needed",
        }
    }

    /// The inverse of [`IdentityResult::as_str`]; a hyphen is accepted.
    pub fn parse(text: &str) -> Option<IdentityResult> {
        let text = text.replace('-', "_");
        IdentityResult::ALL
            .into_iter()
            .find(|result| result.as_str() == text)
    }
}
