-- Coarse counts of past civil days, for everybody. Written once the day is over, never changed.
CREATE TABLE pool_days (
    office             text        NOT NULL,
    day                date        NOT NULL,
    plate_class        text        NOT NULL CONSTRAINT pool_days_class_check CHECK (plate_class IN ('01', '02', '51', '52')),
    province           text        NOT NULL,
    released           bigint      NOT NULL,
    free_at_least      bigint      NOT NULL,
    allocated_at_least bigint      NOT NULL,
    returned_at_least  bigint      NOT NULL,
    step               bigint      NOT NULL CONSTRAINT pool_days_step_check CHECK (step > 0),
    counted_at         timestamptz NOT NULL,
    CONSTRAINT pool_days_pkey PRIMARY KEY (office, day, plate_class),
    CONSTRAINT pool_days_coarse_check CHECK (free_at_least % step = 0 AND allocated_at_least % step = 0
        AND returned_at_least % step = 0 AND free_at_least + allocated_at_least <= released)
);

COMMENT ON TABLE pool_days IS 'Coarse counts of past civil days.';
COMMENT ON COLUMN pool_days.office IS 'Office id.';
COMMENT ON COLUMN pool_days.day IS 'Civil day in Asia/Shanghai.';
COMMENT ON COLUMN pool_days.plate_class IS 'GA 24.7 code of the class.';
COMMENT ON COLUMN pool_days.province IS 'Province id.';
COMMENT ON COLUMN pool_days.released IS 'Numbers released by its end.';
COMMENT ON COLUMN pool_days.free_at_least IS 'Numbers that were nobody''s at its end, held ones among them, rounded down.';
COMMENT ON COLUMN pool_days.allocated_at_least IS 'Numbers that were somebody''s at its end, rounded down.';
COMMENT ON COLUMN pool_days.returned_at_least IS 'Numbers that came back on it, rounded down.';
COMMENT ON COLUMN pool_days.step IS 'How coarse the counts are.';
COMMENT ON COLUMN pool_days.counted_at IS 'When they were counted.';
