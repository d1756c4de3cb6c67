-- A sweep finds what it looks at by an index, however much there is that it leaves.

-- When to look whether the grant is empty. 0: a node of the version before made it.
ALTER TABLE grants ADD COLUMN sweep_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX grants_by_sweep ON grants (sweep_at);
DROP INDEX grants_by_creation;

CREATE INDEX refresh_tokens_by_answer ON refresh_tokens (used_at) WHERE successor IS NOT NULL;

-- In the place of one on next_attempt_at alone.
CREATE INDEX outbox_by_end ON outbox (next_attempt_at, created_at);
DROP INDEX outbox_by_attempt;
