-- What a person settled of a search for somebody whose data was erased: exactly what was seen, so that
-- anything else is raised again. The case need not be in this store: it may stand in the register alone.
CREATE TABLE case_settlements (
    id       TEXT NOT NULL,
    system   TEXT NOT NULL,
    result   TEXT NOT NULL,
    found    INTEGER NOT NULL,
    complete INTEGER NOT NULL,
    -- Digest of the places under the salt; neither when the case has forgotten its person since.
    seen     TEXT,
    salt     BLOB,
    reason   TEXT,
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    PRIMARY KEY (id, system)
) STRICT;
