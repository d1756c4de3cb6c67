-- Mail waits sealed: who reads the database cannot use the code in it. It has a time of its own for the next attempt, so
-- that a node of the version before, which cannot open it, leaves it to a node that can.

ALTER TABLE outbox ADD COLUMN sealed TEXT;
ALTER TABLE outbox ADD COLUMN due_at BIGINT;
CREATE INDEX outbox_by_due ON outbox (due_at) WHERE due_at IS NOT NULL;

-- What went out, or was given up, is emptied.
UPDATE outbox SET subject = '', text = '', html = '', code = NULL WHERE sent_at IS NOT NULL OR next_attempt_at IS NULL;
