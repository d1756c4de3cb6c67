-- How often an event happened in its minute: failures that are alike share a row, so that guessing fills nothing.
ALTER TABLE audit ADD COLUMN count BIGINT NOT NULL DEFAULT 1;
