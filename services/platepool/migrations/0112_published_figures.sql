-- What the public pool page tells of the counts: coarse, and of some time ago.
CREATE TABLE published_figures (
    office        text        NOT NULL,
    plate_class   text        NOT NULL CONSTRAINT published_figures_class_check CHECK (plate_class IN ('01', '02', '51', '52')),
    province      text        NOT NULL,
    released      bigint      NOT NULL,
    free_at_least bigint      NOT NULL,
    step          bigint      NOT NULL CONSTRAINT published_figures_step_check CHECK (step > 0),
    counted_at    timestamptz NOT NULL,
    CONSTRAINT published_figures_pkey PRIMARY KEY (office, plate_class),
    CONSTRAINT published_figures_coarse_check CHECK (free_at_least % step = 0 AND free_at_least <= released)
);

COMMENT ON TABLE published_figures IS 'Coarse and delayed counts for everybody.';
COMMENT ON COLUMN published_figures.office IS 'Office id.';
COMMENT ON COLUMN published_figures.plate_class IS 'GA 24.7 code of the class.';
COMMENT ON COLUMN published_figures.province IS 'Province id.';
COMMENT ON COLUMN published_figures.released IS 'Numbers released.';
COMMENT ON COLUMN published_figures.free_at_least IS 'Free numbers, rounded down to a multiple of step.';
COMMENT ON COLUMN published_figures.step IS 'How coarse the count is.';
COMMENT ON COLUMN published_figures.counted_at IS 'When it was counted.';
