-- Numbers of an issuing code and a class, named by a mask. That segments of one code and class are
-- disjoint is checked by the engine at release (E1): no constraint understands masks.
CREATE TABLE segments (
    segment_id    uuid        NOT NULL CONSTRAINT segments_pkey PRIMARY KEY,
    batch_id      uuid        NOT NULL CONSTRAINT segments_batch_fkey REFERENCES batches (batch_id),
    province      text        NOT NULL,
    office        text        NOT NULL,
    issuing_code  text        NOT NULL,
    plate_class   text        NOT NULL CONSTRAINT segments_class_check CHECK (plate_class IN ('01', '02', '51', '52')),
    mask          text        NOT NULL,
    numbers       bigint      NOT NULL CONSTRAINT segments_numbers_check CHECK (numbers > 0),
    imported      bigint      CONSTRAINT segments_imported_check CHECK (imported BETWEEN 0 AND numbers),
    random_only_until timestamptz,
    released_at   timestamptz,
    epoch         bigint,
    seq           bigint,
    CONSTRAINT segments_released_check CHECK (num_nulls(released_at, epoch, seq) IN (0, 3)),
    CONSTRAINT segments_counted_check CHECK (released_at IS NULL OR imported IS NOT NULL)
);

COMMENT ON TABLE segments IS 'Numbers of an issuing code and a class, named by a mask.';
COMMENT ON COLUMN segments.segment_id IS 'Its id; fixes its place among the segments of its pool (E9).';
COMMENT ON COLUMN segments.batch_id IS 'The batch it is opened with.';
COMMENT ON COLUMN segments.province IS 'Province id.';
COMMENT ON COLUMN segments.office IS 'Office id.';
COMMENT ON COLUMN segments.issuing_code IS 'What stands before its serials, for example 粤G.';
COMMENT ON COLUMN segments.plate_class IS 'GA 24.7 code of the class.';
COMMENT ON COLUMN segments.mask IS 'Its serials, in the canonical spelling.';
COMMENT ON COLUMN segments.numbers IS 'How many numbers the mask holds.';
COMMENT ON COLUMN segments.imported IS 'How many of them were in use when the import was closed; null before.';
COMMENT ON COLUMN segments.random_only_until IS 'Until then its numbers are drawn only, not composed; null if not so.';
COMMENT ON COLUMN segments.released_at IS 'Instant of the log row that opened it; null before.';
COMMENT ON COLUMN segments.epoch IS 'Epoch of that row.';
COMMENT ON COLUMN segments.seq IS 'Number of that row within the epoch.';

CREATE INDEX segments_batch_idx ON segments (batch_id, segment_id);
CREATE INDEX segments_office_idx ON segments (office, segment_id);
