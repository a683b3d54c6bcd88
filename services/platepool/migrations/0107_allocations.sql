-- Numbers that are somebody's. A life that ended stays as a row; a live one is unique by number, by
-- application and by vehicle (E8).
CREATE TABLE allocations (
    allocation_id uuid        NOT NULL CONSTRAINT allocations_pkey PRIMARY KEY,
    province      text        NOT NULL,
    office        text        NOT NULL,
    plate         bigint      NOT NULL,
    application   uuid,
    vehicle_key   bytea       CONSTRAINT allocations_vehicle_check CHECK (octet_length(vehicle_key) = 32),
    channel       text        NOT NULL CONSTRAINT allocations_channel_check
                              CHECK (channel IN ('internet', 'window', 'import', 'reserve')),
    op_no         bigint,
    epoch         bigint      NOT NULL,
    seq           bigint      NOT NULL,
    decided_at    timestamptz NOT NULL,
    registered_at timestamptz,
    ended_at      timestamptz,
    returned_at   timestamptz,
    CONSTRAINT allocations_owner_check CHECK (num_nulls(application, vehicle_key, op_no) IN (0, 3)),
    CONSTRAINT allocations_registered_check CHECK (registered_at IS NULL OR ended_at IS NULL),
    CONSTRAINT allocations_returned_check CHECK (returned_at IS NULL OR ended_at IS NOT NULL)
);

COMMENT ON TABLE allocations IS 'Numbers that are, or were, somebody''s.';
COMMENT ON COLUMN allocations.allocation_id IS 'Its id: UUIDv7 made from the log row and the number.';
COMMENT ON COLUMN allocations.province IS 'Province id.';
COMMENT ON COLUMN allocations.office IS 'Office id.';
COMMENT ON COLUMN allocations.plate IS 'The number packed with its class, so that it is unique over classes.';
COMMENT ON COLUMN allocations.application IS 'Whose it is; null for imports and reserves.';
COMMENT ON COLUMN allocations.vehicle_key IS 'Keyed hash of the VIN; null for imports and reserves.';
COMMENT ON COLUMN allocations.channel IS 'How it was given away.';
COMMENT ON COLUMN allocations.op_no IS 'Number of the operation that took it; null for imports and reserves.';
COMMENT ON COLUMN allocations.epoch IS 'Epoch of the log row that made it.';
COMMENT ON COLUMN allocations.seq IS 'Number of that row within the epoch.';
COMMENT ON COLUMN allocations.decided_at IS 'Instant of that row.';
COMMENT ON COLUMN allocations.registered_at IS 'When the vehicle was registered with it; then it never ends (P10).';
COMMENT ON COLUMN allocations.ended_at IS 'Instant of the log row that ended its life; null while it lives.';
COMMENT ON COLUMN allocations.returned_at IS 'Instant of the log row that sent the number back; null before.';

CREATE UNIQUE INDEX allocations_live_plate_key ON allocations (plate) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX allocations_live_application_key ON allocations (application)
    WHERE ended_at IS NULL AND application IS NOT NULL;
CREATE UNIQUE INDEX allocations_live_vehicle_key ON allocations (vehicle_key)
    WHERE ended_at IS NULL AND vehicle_key IS NOT NULL;
-- Lapsed numbers that are not on their way back: few.
CREATE INDEX allocations_away_idx ON allocations (office, plate) WHERE ended_at IS NOT NULL AND returned_at IS NULL;
