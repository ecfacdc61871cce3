-- Cases: what data subjects asked for, in law. `data` is the whole case as JSON; the other columns are
-- what lists are made and sorted by. Everything here is personal data, the salt included: without it the
-- commitments in the evidence tell nothing.

CREATE TABLE cases (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    reference   TEXT,
    kind        TEXT NOT NULL,
    regime      TEXT NOT NULL,
    received    TEXT NOT NULL,
    target      TEXT NOT NULL,
    due         TEXT NOT NULL,
    awaited     TEXT,
    next_step   TEXT NOT NULL,
    assignee    TEXT,
    ending      TEXT,
    answered_on TEXT,
    closed_at   INTEGER,
    operations  INTEGER NOT NULL,
    data        TEXT NOT NULL,
    salt        BLOB,
    rev         INTEGER NOT NULL
) STRICT;
CREATE INDEX cases_open ON cases (due, number) WHERE ending IS NULL;
CREATE INDEX cases_by_reference ON cases (reference) WHERE reference IS NOT NULL;
CREATE INDEX cases_closed ON cases (closed_at) WHERE closed_at IS NOT NULL;

-- What was seen and done in each system for a case, every mark of it.
CREATE TABLE case_cells (
    seq      INTEGER PRIMARY KEY,
    number   INTEGER NOT NULL REFERENCES cases (number) ON DELETE CASCADE,
    system   TEXT NOT NULL,
    step     TEXT NOT NULL,
    word     TEXT NOT NULL,
    count    INTEGER,
    complete INTEGER,
    detail   TEXT,
    evidence TEXT,
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL
) STRICT;
CREATE INDEX case_cells_by_case ON case_cells (number, seq);

-- What happened to a case, for people.
CREATE TABLE case_trail (
    seq    INTEGER PRIMARY KEY,
    number INTEGER NOT NULL REFERENCES cases (number) ON DELETE CASCADE,
    at     INTEGER NOT NULL,
    actor  TEXT NOT NULL,
    action TEXT NOT NULL,
    text   TEXT NOT NULL
) STRICT;
CREATE INDEX case_trail_by_case ON case_trail (number, seq);

-- Our operations that belong to a case.
CREATE TABLE case_operations (
    operation_id TEXT PRIMARY KEY,
    number       INTEGER NOT NULL REFERENCES cases (number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX case_operations_by_case ON case_operations (number);

-- Reasons why a person's data must not be erased now.
CREATE TABLE holds (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    case_number INTEGER,
    reason      TEXT NOT NULL,
    identifiers TEXT NOT NULL,
    keys        TEXT NOT NULL,
    until       TEXT,
    set_at      INTEGER NOT NULL,
    set_by      TEXT NOT NULL,
    lifted_at   INTEGER,
    lifted_by   TEXT,
    lifted_why  TEXT,
    salt        BLOB NOT NULL
) STRICT;
CREATE INDEX holds_standing ON holds (number) WHERE lifted_at IS NULL;
