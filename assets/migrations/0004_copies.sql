-- Local copies of personal data: what was decrypted or downloaded from the export service, and what
-- was removed. Results of Genesys Cloud stand in downloads; they come here when they are removed.
CREATE TABLE copies (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('result', 'download', 'decrypted')),
    source TEXT,
    bytes INTEGER,
    since INTEGER NOT NULL,
    until INTEGER,
    removed_at INTEGER,
    removed_why TEXT
) STRICT;

CREATE UNIQUE INDEX copies_present ON copies (path) WHERE removed_at IS NULL;
