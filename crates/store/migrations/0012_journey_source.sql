-- Who began a journey: a keyed hash of the network, so that a flood makes room by its own journeys.
ALTER TABLE journeys ADD COLUMN source TEXT NOT NULL DEFAULT '';
