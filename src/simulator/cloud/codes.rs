//! The error codes of the API with their statuses, for scenarios that want a certain one.

type Code = (&'static str, u16, &'static str);

/// What stands for everything else.
pub(crate) const UNEXPECTED: Code = (
    "internal.server.error",
    500,
    "The server encountered an unexpected condition which prevented it from fulfilling the request.",
);

/// The GDPR operations name these; placeholders are filled in as a server would.
const CODES: [Code; 29] = [
    UNEXPECTED,
    (
        "app.not.authorized.for.scope",
        403,
        "App not authorized to use scope [gdpr]",
    ),
    (
        "authentication.request.timeout",
        504,
        "Authentication request timeout.",
    ),
    (
        "authentication.required",
        401,
        "No authentication bearer token specified in authorization header.",
    ),
    (
        "authz.policy.denied",
        403,
        "Unable to perform the requested action. Your organization's security policies have denied access.",
    ),
    ("bad.credentials", 401, "Invalid login credentials."),
    ("bad.request", 400, "Invalid data"),
    (
        "client.failed.request",
        400,
        "The client did not produce a request with valid end of stream signaling.",
    ),
    (
        "client.timeout",
        408,
        "The client did not produce a request within the server timeout limit.",
    ),
    ("constraint.validation", 400, "A rule about a field was broken"),
    ("internal.error", 500, "An internal server error occurred."),
    (
        "invalid.date",
        400,
        "Dates must be specified as ISO-8601 strings.",
    ),
    (
        "invalid.property",
        400,
        "Value [x] is not a valid property for object [subject]",
    ),
    (
        "invalid.query.param.value",
        400,
        "Value [x] is not valid for parameter [searchType].",
    ),
    (
        "invalid.value",
        400,
        "Value [x] is not valid for field type [requestType].",
    ),
    (
        "ip.not.authorized",
        401,
        "Requests originating from this IP address are not authorized: [192.0.2.17]",
    ),
    (
        "missing.any.division.permissions",
        403,
        "Unable to perform the requested action. You must have at least one of the following permissions \
         assigned: [gdpr:request:view] in at least one of the following division(s): [Home]",
    ),
    (
        "missing.any.permissions",
        403,
        "Unable to perform the requested action. You must have at least one of the following permissions \
         assigned: [gdpr:request:view]",
    ),
    (
        "missing.division.permission",
        403,
        "Unable to perform the requested action. You are missing the following permission \
         'gdpr:request:view' in the provided division(s).",
    ),
    (
        "missing.permissions",
        403,
        "Unable to perform the requested action. You are missing the following permission(s): \
         [gdpr:request:view]",
    ),
    (
        "not.authorized",
        403,
        "You are not authorized to perform the requested action.",
    ),
    ("not.found", 404, "The requested resource was not found."),
    (
        "request.conflict",
        409,
        "The request conflicts with the current state of the target resource.",
    ),
    (
        "request.entity.too.large",
        413,
        "The request is over the size limit. Maximum bytes: 4194304",
    ),
    ("request.timeout", 504, "The request timed out."),
    (
        "response.entity.too.large",
        400,
        "The response is over the size limit.",
    ),
    (
        "service.unavailable",
        503,
        "Service Unavailable - The server is currently unavailable.",
    ),
    (
        "too.many.requests",
        429,
        "Rate limit exceeded the maximum [300] requests within [60] seconds",
    ),
    ("unsupported.media.type", 415, "Unsupported Media Type"),
];

/// The code with its status and message.
pub(crate) fn find(code: &str) -> Option<Code> {
    CODES.into_iter().find(|(known, _, _)| *known == code)
}

/// Whether the API knows the code.
pub(crate) fn is_error_code(code: &str) -> bool {
    find(code).is_some()
}
