-- The list of open cases is read from this index alone: a case's own row is many times as large, and
-- rows lie in the order in which cases came, not in that of their limits.
DROP INDEX cases_open;
CREATE INDEX cases_open ON cases (due, number, reference, kind, regime, received, target, awaited, next_step,
    assignee, ending, answered_on, operations) WHERE ending IS NULL;
