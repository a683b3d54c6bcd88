-- Announced openings (R-POOL-04): one row an announcement, written with the order to release, and
-- kept when it is taken back.
CREATE TABLE openings (
    opening_id          uuid        NOT NULL CONSTRAINT openings_pkey PRIMARY KEY,
    batch_id            uuid        NOT NULL CONSTRAINT openings_batch_fkey REFERENCES batches (batch_id),
    province            text        NOT NULL,
    office              text        NOT NULL,
    request_id          uuid        NOT NULL,
    announced_at        timestamptz NOT NULL,
    opens_at            timestamptz NOT NULL,
    told_at             timestamptz,
    withdraw_ordered_at timestamptz,
    withdraw_reason     text        CONSTRAINT openings_reason_check CHECK (withdraw_reason <> ''),
    withdrawn_at        timestamptz,
    CONSTRAINT openings_withdraw_check CHECK (num_nulls(withdraw_ordered_at, withdraw_reason) IN (0, 2)),
    CONSTRAINT openings_withdrawn_check CHECK (withdrawn_at IS NULL OR withdraw_ordered_at IS NOT NULL),
    CONSTRAINT openings_told_check CHECK (told_at IS NULL OR withdrawn_at IS NULL)
);

COMMENT ON TABLE openings IS 'Announced openings of batches.';
COMMENT ON COLUMN openings.opening_id IS 'Its id.';
COMMENT ON COLUMN openings.batch_id IS 'The batch that opens.';
COMMENT ON COLUMN openings.province IS 'Province id.';
COMMENT ON COLUMN openings.office IS 'Office id.';
COMMENT ON COLUMN openings.request_id IS 'The request that announced it.';
COMMENT ON COLUMN openings.announced_at IS 'Since when everybody can read it.';
COMMENT ON COLUMN openings.opens_at IS 'From then on, and not before, its numbers can be selected.';
COMMENT ON COLUMN openings.told_at IS 'When the fact that it opened was published; null before.';
COMMENT ON COLUMN openings.withdraw_ordered_at IS 'When somebody ordered to take it back; null if nobody did.';
COMMENT ON COLUMN openings.withdraw_reason IS 'Why; public once it is taken back.';
COMMENT ON COLUMN openings.withdrawn_at IS 'Instant of the log row that took it back; null if it stands.';

-- A batch has one announcement that stands.
CREATE UNIQUE INDEX openings_standing_key ON openings (batch_id) WHERE withdrawn_at IS NULL;
CREATE INDEX openings_office_idx ON openings (office, opens_at);
CREATE INDEX openings_untold_idx ON openings (opens_at) WHERE told_at IS NULL AND withdrawn_at IS NULL;

ALTER TABLE segments ADD COLUMN opens_at timestamptz;

COMMENT ON COLUMN segments.opens_at IS 'From then on its numbers can be selected, if that was announced; null for at once.';
COMMENT ON COLUMN segments.released_at IS 'Instant of the log row that released it, at once or for its announced time; null before.';
COMMENT ON COLUMN segments.random_only_until IS 'Until then its numbers are drawn only, not composed; drawn by lot when the release is ordered; null if not so.';
COMMENT ON COLUMN batches.released_at IS 'From then on its numbers can be selected: the instant of the log row, or the announced one; null before it is released.';
