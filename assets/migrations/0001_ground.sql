-- Times are microseconds since 1970 in UTC, of the world's clock. Words are stored as the domain
-- writes them. Subjects, labels, terms, references and reasons are personal data: they stay here.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY
) STRICT, WITHOUT ROWID;

-- One row for each process that changes something; its lock file is held for as long as it lives.
CREATE TABLE sessions (
    id            TEXT PRIMARY KEY,
    pid           INTEGER NOT NULL,
    boot_id       TEXT NOT NULL,
    process_start TEXT NOT NULL,
    host          TEXT NOT NULL,
    lock_file     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Our calls, from plan to outcome. A remote request belongs to one operation, ever.
CREATE TABLE operations (
    id                TEXT PRIMARY KEY,
    kind              TEXT NOT NULL,
    subject           TEXT NOT NULL,
    subject_key       TEXT NOT NULL,
    replacement_terms TEXT NOT NULL,
    label             TEXT NOT NULL,
    merge_set         TEXT NOT NULL,
    state             TEXT NOT NULL CHECK (state IN
        ('planned', 'sending', 'accepted', 'refused', 'not_sent', 'unknown', 'withdrawn')),
    plan_digest       TEXT NOT NULL,
    again             INTEGER NOT NULL,
    actor             TEXT NOT NULL,
    actor_uid         INTEGER NOT NULL,
    reference         TEXT,
    reason            TEXT,
    received          TEXT,
    waits_for         TEXT,
    session           TEXT NOT NULL,
    salt              BLOB NOT NULL,
    creator           TEXT,
    planned_at        INTEGER NOT NULL,
    intent_at         INTEGER,
    outcome_at        INTEGER,
    server_time       INTEGER,
    http_status       INTEGER,
    correlation_id    TEXT,
    detail            TEXT,
    remote_id         TEXT UNIQUE,
    rev               INTEGER NOT NULL,
    CHECK ((state = 'accepted') = (remote_id IS NOT NULL))
) STRICT;
CREATE INDEX operations_by_subject ON operations (subject_key);
CREATE INDEX operations_by_state ON operations (state) WHERE state IN ('planned', 'sending', 'unknown');
CREATE INDEX operations_by_rev ON operations (rev);

-- Who has laid hand on which subject: what is planned, under way or unsettled.
CREATE VIEW claims AS
    SELECT kind, subject_key, actor, coalesce(intent_at, planned_at) AS at, id AS operation_id
    FROM operations WHERE state IN ('planned', 'sending', 'unknown');

-- Changes that are not requests: roles, OAuth clients.
CREATE TABLE changes (
    id         TEXT PRIMARY KEY,
    action     TEXT NOT NULL,
    facts      TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('sending', 'accepted', 'refused', 'unknown')),
    actor      TEXT NOT NULL,
    session    TEXT NOT NULL,
    intent_at  INTEGER NOT NULL,
    outcome_at INTEGER,
    detail     TEXT
) STRICT;

-- Evidence on its way to the ledger: written in the transaction of what it proves.
CREATE TABLE outbox (
    seq          INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    action       TEXT NOT NULL,
    operation_id TEXT,
    bytes        BLOB NOT NULL,
    published_at INTEGER
) STRICT;

-- Requests as Genesys Cloud tells of them.
CREATE TABLE requests (
    id                TEXT PRIMARY KEY,
    kind              TEXT,
    api_type          TEXT NOT NULL,
    status            TEXT NOT NULL,
    subject           TEXT NOT NULL,
    subject_key       TEXT NOT NULL,
    label             TEXT NOT NULL,
    replacement_terms TEXT,
    created_at        INTEGER,
    created_by        TEXT,
    results           TEXT,
    result_count      INTEGER NOT NULL,
    first_status      TEXT NOT NULL,
    first_seen_at     INTEGER NOT NULL,
    last_seen_at      INTEGER NOT NULL,
    gone_at           INTEGER,
    merge_of          TEXT,
    rev               INTEGER NOT NULL
) STRICT;
CREATE INDEX requests_by_subject ON requests (subject_key);
CREATE INDEX requests_by_rev ON requests (rev);
CREATE INDEX requests_by_merge ON requests (merge_of) WHERE merge_of IS NOT NULL;

-- Changes of status: each happened between not_before and at.
CREATE TABLE observations (
    seq         INTEGER PRIMARY KEY,
    request_id  TEXT NOT NULL,
    from_status TEXT NOT NULL,
    to_status   TEXT NOT NULL,
    not_before  INTEGER,
    at          INTEGER NOT NULL
) STRICT;
CREATE INDEX observations_by_request ON observations (request_id);

-- Results fetched, checked, or found to be gone.
CREATE TABLE downloads (
    request_id TEXT NOT NULL,
    url        TEXT NOT NULL,
    path       TEXT,
    bytes      INTEGER,
    sha256     TEXT,
    at         INTEGER NOT NULL,
    checked_at INTEGER,
    trouble    TEXT,
    expired_at INTEGER,
    PRIMARY KEY (request_id, url)
) STRICT, WITHOUT ROWID;

-- Rows of batch files that have become operations.
CREATE TABLE batches (
    batch        TEXT NOT NULL,
    row          INTEGER NOT NULL,
    operation_id TEXT NOT NULL,
    PRIMARY KEY (batch, row)
) STRICT, WITHOUT ROWID;

-- Remarks in the life of an operation or request: adopted, decided, withdrawn.
CREATE TABLE notes (
    seq  INTEGER PRIMARY KEY,
    id   TEXT NOT NULL,
    at   INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX notes_by_id ON notes (id);
