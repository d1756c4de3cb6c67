-- The successors of used refresh tokens, for as long as they are given again: in the order of time, so that rotating and
-- sweeping touch the ends of a small table and no page of the large one again. refresh_tokens.successor and used_by are
-- no longer written or read; they go when no node of a version before can run beside.

CREATE TABLE refresh_successors (
    used_at BIGINT NOT NULL,
    hash    TEXT   NOT NULL,
    sealed  TEXT   NOT NULL,
    PRIMARY KEY (used_at, hash)
);

UPDATE refresh_tokens SET successor = NULL WHERE successor IS NOT NULL;
DROP INDEX refresh_tokens_by_answer;
