-- The portal: who may use it, links that invite, sessions, and forms that wait for a fresh sign-in.

-- `tenant` is empty for a right in all tenants.
CREATE TABLE administrators (
    object_id  TEXT   NOT NULL,
    tenant     TEXT   NOT NULL,
    role       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (object_id, tenant)
);

CREATE TABLE invitations (
    id_hash      TEXT   NOT NULL PRIMARY KEY,
    tenant       TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    browser_hash TEXT,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX invitations_by_expiry ON invitations (expires_at);

CREATE TABLE portal_sessions (
    id_hash    TEXT   NOT NULL PRIMARY KEY,
    object_id  TEXT   NOT NULL,
    csrf       TEXT   NOT NULL,
    auth_time  BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX portal_sessions_by_user ON portal_sessions (object_id);
CREATE INDEX portal_sessions_by_expiry ON portal_sessions (expires_at);

CREATE TABLE pending_forms (
    id_hash    TEXT   NOT NULL PRIMARY KEY,
    object_id  TEXT   NOT NULL,
    sealed     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX pending_forms_by_expiry ON pending_forms (expires_at);
