-- Applications that prove themselves by certificates: the certificate (DER, base64url) beside its thumbprint, and the
-- assertions that may come only once and have come.

ALTER TABLE credentials ADD COLUMN certificate TEXT;

CREATE TABLE client_assertions (
    tenant     TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, hash)
);
CREATE INDEX client_assertions_by_expiry ON client_assertions (expires_at);
