-- Pieces of a batch's list of used numbers, so that sending one again is harmless.
CREATE TABLE import_chunks (
    batch_id    uuid        NOT NULL CONSTRAINT import_chunks_batch_fkey REFERENCES batches (batch_id),
    chunk_no    bigint      NOT NULL CONSTRAINT import_chunks_no_check CHECK (chunk_no >= 0),
    province    text        NOT NULL,
    office      text        NOT NULL,
    content_hash bytea      NOT NULL CONSTRAINT import_chunks_hash_check CHECK (octet_length(content_hash) = 32),
    taken       bigint      NOT NULL,
    outside     bigint      NOT NULL,
    imported_at timestamptz NOT NULL,
    CONSTRAINT import_chunks_pkey PRIMARY KEY (batch_id, chunk_no)
);

COMMENT ON TABLE import_chunks IS 'Pieces of a batch''s list of used numbers. The numbers themselves are allocations.';
COMMENT ON COLUMN import_chunks.batch_id IS 'The batch.';
COMMENT ON COLUMN import_chunks.chunk_no IS 'The piece, from 0.';
COMMENT ON COLUMN import_chunks.province IS 'Province id.';
COMMENT ON COLUMN import_chunks.office IS 'Office id.';
COMMENT ON COLUMN import_chunks.content_hash IS 'SHA-256 of the piece; another one under the same number is refused.';
COMMENT ON COLUMN import_chunks.taken IS 'Numbers it took.';
COMMENT ON COLUMN import_chunks.outside IS 'Numbers outside the batch, which were left out.';
COMMENT ON COLUMN import_chunks.imported_at IS 'When.';
