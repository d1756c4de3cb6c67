-- Every object that is managed has a version, and each change of a tenant names the objects that it touched.
-- A node of the version before leaves the new columns at their defaults and writes no changes: whoever reads a gap there
-- reloads the tenant.

ALTER TABLE tenants ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE applications ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE flows ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE custom_attributes ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE policies ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE key_containers ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- The objects that changed with each version of a tenant, numbered under the lock of its row in versions, so that the
-- numbers become visible in order.
CREATE TABLE changes (
    tenant  TEXT   NOT NULL,
    version BIGINT NOT NULL,
    kind    TEXT   NOT NULL,
    id      TEXT   NOT NULL,
    PRIMARY KEY (tenant, version, kind, id)
);

-- Who did it and from where, JSON.
ALTER TABLE audit ADD COLUMN actor TEXT;

-- The configuration files that were applied to a tenant, in order.
CREATE TABLE applied_files (
    tenant     TEXT   NOT NULL,
    position   BIGINT NOT NULL,
    hash       TEXT   NOT NULL,
    applied_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, position),
    UNIQUE (tenant, hash)
);
