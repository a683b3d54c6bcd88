-- Numbers on their way back, or back but drawn only. The latest row of a number counts.
CREATE TABLE returns (
    office            text        NOT NULL,
    plate             bigint      NOT NULL,
    epoch             bigint      NOT NULL,
    seq               bigint      NOT NULL,
    province          text        NOT NULL,
    decided_at        timestamptz NOT NULL,
    available_at      timestamptz NOT NULL,
    random_only_until timestamptz NOT NULL,
    CONSTRAINT returns_pkey PRIMARY KEY (office, plate, epoch, seq)
);

COMMENT ON TABLE returns IS 'Numbers on their way back. Nobody is told when.';
COMMENT ON COLUMN returns.office IS 'Office id.';
COMMENT ON COLUMN returns.plate IS 'The number packed with its class.';
COMMENT ON COLUMN returns.epoch IS 'Epoch of its log row.';
COMMENT ON COLUMN returns.seq IS 'Number of that row within the epoch.';
COMMENT ON COLUMN returns.province IS 'Province id.';
COMMENT ON COLUMN returns.decided_at IS 'Instant of that row.';
COMMENT ON COLUMN returns.available_at IS 'When the number is free again: a random delay within policy.';
COMMENT ON COLUMN returns.random_only_until IS 'Until then it is drawn only, not composed.';
