-- The accounts that a browser signed in to.
CREATE INDEX known_devices_by_device ON known_devices (tenant, device_hash);
