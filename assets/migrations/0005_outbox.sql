-- What waits for the ledger is found at once, however much has arrived there.
CREATE INDEX outbox_waiting ON outbox (seq) WHERE published_at IS NULL;
