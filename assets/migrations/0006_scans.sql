-- Where a scan of a keyspace is, so that it goes on after an interruption. What it found up to there
-- is personal data: a scan that was read whole leaves nothing here, and others are removed after a week.

CREATE TABLE scan_slices (
    -- Digest of where is searched and for whom.
    scope      TEXT NOT NULL,
    table_name TEXT NOT NULL,
    slice      TEXT NOT NULL,
    state      TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (scope, table_name, slice)
) STRICT, WITHOUT ROWID;
