//! How a scenario file writes misbehaviour down.

use serde::Deserialize;

/// One kind of misbehaviour.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// `GET /api/v2/gdpr/requests/{id}` as it is routed; a trailing `*` stands for any rest, each
    /// route counted for itself, and `*` alone for every call, counted together.
    pub route: String,
    /// Which calls of that route: `[1, 3]`. All if neither this nor `every` is given.
    #[serde(default)]
    pub calls: Vec<u64>,
    /// Every n-th call of that route.
    pub every: Option<u64>,
    /// What happens.
    #[serde(rename = "does")]
    pub kind: FaultKind,
    /// HTTP status of `does = "status"`.
    pub status: Option<u16>,
    /// The API's error code, instead of a status.
    pub code: Option<String>,
    /// `Retry-After`: seconds, or `date` for an HTTP date ten seconds ahead.
    pub retry_after: Option<String>,
    /// Milliseconds of `does = "wait"`.
    pub millis: Option<u64>,
    /// `statusCode` of `does = "envelope"`.
    pub status_code: Option<i64>,
}

/// What a fault does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FaultKind {
    /// A 429.
    RateLimit,
    /// A status of the fault's own, nothing executed.
    Status,
    /// A status of the fault's own, although it was executed.
    StatusAfter,
    /// The connection is refused.
    Refuse,
    /// The connection ends before anything is executed.
    CutBefore,
    /// It is executed, and the connection ends without an answer.
    CutAfter,
    /// It is executed; the answer breaks off in the middle of its body.
    CutInside,
    /// Executed, but slowly.
    Wait,
    /// Executed; the answer is the first half of its JSON.
    HalfJson,
    /// Executed; the answer is a page of HTML.
    Html,
    /// Executed; numbers and texts have changed places.
    WrongTypes,
    /// Executed; the answer has no body.
    Empty,
    /// GWS: HTTP 200 with a `statusCode` of the fault's own, nothing executed.
    Envelope,
    /// GWS: something in between drops the body of the call.
    StripBody,
    /// GWS: a second setting goes along with the one that is deleted.
    TakesNeighbour,
}
