-- Segments that are opened together.
CREATE TABLE batches (
    batch_id        uuid        NOT NULL CONSTRAINT batches_pkey PRIMARY KEY,
    province        text        NOT NULL,
    office          text        NOT NULL,
    name            text        NOT NULL CONSTRAINT batches_name_check CHECK (char_length(name) BETWEEN 1 AND 80),
    added_at        timestamptz NOT NULL,
    import_closed_at timestamptz,
    release_request uuid,
    released_at     timestamptz,
    CONSTRAINT batches_closed_check CHECK (release_request IS NULL OR import_closed_at IS NOT NULL),
    CONSTRAINT batches_released_check CHECK (released_at IS NULL OR release_request IS NOT NULL)
);

COMMENT ON TABLE batches IS 'Segments that are opened together (放号).';
COMMENT ON COLUMN batches.batch_id IS 'Its id.';
COMMENT ON COLUMN batches.province IS 'Province id.';
COMMENT ON COLUMN batches.office IS 'Office id.';
COMMENT ON COLUMN batches.name IS 'Shown on the public pool page.';
COMMENT ON COLUMN batches.added_at IS 'When it was prepared.';
COMMENT ON COLUMN batches.import_closed_at IS 'When the import of its used numbers was closed; null before.';
COMMENT ON COLUMN batches.release_request IS 'The request that ordered its release, so that a repeat is recognised; null before.';
COMMENT ON COLUMN batches.released_at IS 'The instant of the log row that opened it; null before.';

CREATE INDEX batches_office_idx ON batches (office, batch_id);
