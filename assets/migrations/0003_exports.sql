-- Encrypted files fetched from the export service, and the certificates that were uploaded there: the
-- service tells little of either, and forgets its files after thirty days.
CREATE TABLE export_files (
    artifact_id      TEXT PRIMARY KEY,
    job_id           TEXT,
    name             TEXT NOT NULL,
    path             TEXT NOT NULL,
    bytes            INTEGER NOT NULL,
    sha256           TEXT NOT NULL,
    fetched_at       INTEGER NOT NULL,
    expires_at       INTEGER,
    recipient_serial TEXT,
    whole            TEXT,
    part             INTEGER,
    parts            INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE export_certificates (
    seq         INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    bytes       INTEGER NOT NULL,
    serial      TEXT NOT NULL,
    not_before  INTEGER NOT NULL,
    not_after   INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    uploaded_at INTEGER NOT NULL
) STRICT;
