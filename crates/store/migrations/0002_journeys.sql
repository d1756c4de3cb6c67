-- Journeys under way: made by strangers, an hour long, and not worth a disk flush each. On SQLite they have a file of
-- their own, so that a flood of them touches nothing else.

CREATE TABLE journeys (
    id         TEXT   PRIMARY KEY,
    tenant     TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    claimed_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX journeys_by_expiry ON journeys (expires_at);
