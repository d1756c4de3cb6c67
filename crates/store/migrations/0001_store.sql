-- The tenant's durable data, in the SQL that SQLite and PostgreSQL share: TEXT, BIGINT (milliseconds since 1970)
-- and INTEGER (flags, 0 or 1). JSON is TEXT that no query looks into; bytes are base64url text.
-- Later migrations only add: a node of the version before must go on working beside a newer one.

CREATE TABLE tenants (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    domain       TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    body         TEXT NOT NULL
);

CREATE TABLE versions (
    tenant  TEXT   PRIMARY KEY,
    version BIGINT NOT NULL
);

CREATE TABLE applications (
    tenant     TEXT   NOT NULL,
    client_id  TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, client_id)
);

CREATE TABLE credentials (
    tenant      TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    client_id   TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    hash        TEXT   NOT NULL,
    hint        TEXT   NOT NULL,
    description TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, client_id) REFERENCES applications (tenant, client_id) ON DELETE CASCADE
);
CREATE INDEX credentials_by_application ON credentials (tenant, client_id);

CREATE TABLE scopes (
    tenant    TEXT    NOT NULL,
    client_id TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    enabled   INTEGER NOT NULL,
    PRIMARY KEY (tenant, client_id, name),
    FOREIGN KEY (tenant, client_id) REFERENCES applications (tenant, client_id) ON DELETE CASCADE
);

CREATE TABLE app_roles (
    tenant    TEXT NOT NULL,
    client_id TEXT NOT NULL,
    value     TEXT NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (tenant, client_id, value),
    FOREIGN KEY (tenant, client_id) REFERENCES applications (tenant, client_id) ON DELETE CASCADE
);

CREATE TABLE permissions (
    tenant       TEXT   NOT NULL,
    client_id    TEXT   NOT NULL,
    resource     TEXT   NOT NULL,
    value        TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    consented_at BIGINT,
    PRIMARY KEY (tenant, client_id, resource, value, kind),
    FOREIGN KEY (tenant, client_id) REFERENCES applications (tenant, client_id) ON DELETE CASCADE
);

CREATE TABLE flows (
    tenant     TEXT   NOT NULL,
    name_lower TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, name_lower)
);

CREATE TABLE custom_attributes (
    tenant TEXT NOT NULL,
    name   TEXT NOT NULL,
    body   TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE policies (
    tenant     TEXT   NOT NULL,
    id_lower   TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    xml        TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id_lower)
);

CREATE TABLE key_containers (
    tenant     TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE signing_keys (
    tenant      TEXT   NOT NULL,
    kid         TEXT   NOT NULL,
    container   TEXT   NOT NULL,
    private_key TEXT   NOT NULL,
    public_jwk  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    use_from    BIGINT NOT NULL,
    retire_at   BIGINT,
    PRIMARY KEY (tenant, kid)
);

CREATE TABLE users (
    tenant        TEXT    NOT NULL,
    object_id     TEXT    NOT NULL,
    body          TEXT    NOT NULL,
    password_hash TEXT,
    force_change  INTEGER NOT NULL,
    enabled       INTEGER NOT NULL,
    valid_from    BIGINT  NOT NULL,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    version       BIGINT  NOT NULL,
    PRIMARY KEY (tenant, object_id)
);

CREATE TABLE identities (
    tenant    TEXT NOT NULL,
    issuer    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    value_key TEXT NOT NULL,
    value     TEXT NOT NULL,
    object_id TEXT NOT NULL,
    PRIMARY KEY (tenant, issuer, kind, value_key),
    FOREIGN KEY (tenant, object_id) REFERENCES users (tenant, object_id) ON DELETE CASCADE
);
CREATE INDEX identities_by_user ON identities (tenant, object_id);

-- No reference to users: attempts at accounts that do not exist are counted the same way.
CREATE TABLE lockouts (
    tenant       TEXT    NOT NULL,
    object_id    TEXT    NOT NULL,
    familiar     INTEGER NOT NULL,
    failures     BIGINT  NOT NULL,
    lockouts     BIGINT  NOT NULL,
    locked_until BIGINT  NOT NULL,
    recent       TEXT    NOT NULL,
    version      BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    PRIMARY KEY (tenant, object_id, familiar)
);
CREATE INDEX lockouts_by_update ON lockouts (updated_at);

CREATE TABLE known_devices (
    tenant      TEXT   NOT NULL,
    object_id   TEXT   NOT NULL,
    device_hash TEXT   NOT NULL,
    last_seen   BIGINT NOT NULL,
    PRIMARY KEY (tenant, object_id, device_hash),
    FOREIGN KEY (tenant, object_id) REFERENCES users (tenant, object_id) ON DELETE CASCADE
);

CREATE TABLE sessions (
    id_hash    TEXT    PRIMARY KEY,
    tenant     TEXT    NOT NULL,
    scope_key  TEXT    NOT NULL,
    object_id  TEXT,
    body       TEXT    NOT NULL,
    auth_time  BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    used_at    BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL,
    persistent INTEGER NOT NULL,
    version    BIGINT  NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (tenant, object_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE grants (
    id         TEXT   PRIMARY KEY,
    tenant     TEXT   NOT NULL,
    client_id  TEXT   NOT NULL,
    object_id  TEXT   NOT NULL,
    policy     TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX grants_by_user ON grants (tenant, object_id);
CREATE INDEX grants_by_application ON grants (tenant, client_id);
CREATE INDEX grants_by_creation ON grants (created_at);

CREATE TABLE codes (
    hash       TEXT   PRIMARY KEY,
    tenant     TEXT   NOT NULL,
    grant_id   TEXT   NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    body       TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX codes_by_grant ON codes (grant_id);
CREATE INDEX codes_by_expiry ON codes (expires_at);

CREATE TABLE refresh_tokens (
    hash       TEXT   PRIMARY KEY,
    tenant     TEXT   NOT NULL,
    grant_id   TEXT   NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    issued_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT,
    successor  TEXT,
    used_by    TEXT
);
CREATE INDEX refresh_tokens_by_grant ON refresh_tokens (grant_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

CREATE TABLE outbox (
    id              TEXT   PRIMARY KEY,
    tenant          TEXT   NOT NULL,
    recipient       TEXT   NOT NULL,
    subject         TEXT   NOT NULL,
    text            TEXT   NOT NULL,
    html            TEXT   NOT NULL,
    code            TEXT,
    created_at      BIGINT NOT NULL,
    sent_at         BIGINT,
    attempts        BIGINT NOT NULL,
    next_attempt_at BIGINT,
    error           TEXT,
    dedupe          TEXT   NOT NULL,
    UNIQUE (tenant, dedupe)
);
CREATE INDEX outbox_by_attempt ON outbox (next_attempt_at);
CREATE INDEX outbox_by_creation ON outbox (tenant, created_at);

CREATE TABLE audit (
    id             TEXT   PRIMARY KEY,
    tenant         TEXT   NOT NULL,
    at             BIGINT NOT NULL,
    event          TEXT   NOT NULL,
    outcome        TEXT   NOT NULL,
    client_id      TEXT,
    object_id      TEXT,
    correlation_id TEXT,
    detail         TEXT   NOT NULL
);
CREATE INDEX audit_by_time ON audit (tenant, at);

CREATE TABLE budgets (
    tenant       TEXT   NOT NULL,
    key          TEXT   NOT NULL,
    window_start BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    count        BIGINT NOT NULL,
    PRIMARY KEY (tenant, key)
);
CREATE INDEX budgets_by_expiry ON budgets (expires_at);
