-- Deletions of settings through GWS, so that a killed run resumes without deleting twice, and groups
-- as they were before, for restoring by PUT. Keys and contents are personal data: they stay here.

CREATE TABLE forget_runs (
    id          TEXT PRIMARY KEY,
    -- Digest of where was searched and for whom: a run is resumed by asking for the same again.
    scope       TEXT NOT NULL,
    plan_digest TEXT NOT NULL,
    actor       TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('open', 'done', 'stopped')),
    summary     TEXT,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX forget_runs_by_scope ON forget_runs (scope);

CREATE TABLE forget_steps (
    run         TEXT NOT NULL REFERENCES forget_runs (id),
    ordinal     INTEGER NOT NULL,
    group_name  TEXT NOT NULL,
    attribute   TEXT NOT NULL,
    key_value   TEXT NOT NULL,
    location    TEXT,
    owner       TEXT,
    -- JSON pointers of the entries that are taken out of a list; the whole setting goes when absent.
    entries     TEXT,
    -- Digest of the setting as it was shown.
    seen        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN
        ('planned', 'sending', 'deleted', 'refused', 'unknown', 'vanished')),
    detail      TEXT,
    at          INTEGER NOT NULL,
    PRIMARY KEY (run, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE forget_saves (
    run          TEXT NOT NULL REFERENCES forget_runs (id),
    group_name   TEXT NOT NULL,
    content      BLOB NOT NULL,
    sha256       TEXT NOT NULL,
    saved_at     INTEGER NOT NULL,
    remove_after INTEGER NOT NULL,
    PRIMARY KEY (run, group_name)
) STRICT, WITHOUT ROWID;
