-- Processes that may write for offices. One row a process, renewed while it lives, so that four
-- hundred offices cost one renewal.
CREATE TABLE pool_owners (
    owner      text        NOT NULL CONSTRAINT pool_owners_pkey PRIMARY KEY,
    expires_at timestamptz NOT NULL
);

COMMENT ON TABLE pool_owners IS 'Processes that may write for offices. Belongs to no province: one process serves many.';
COMMENT ON COLUMN pool_owners.owner IS 'The process: an id made at its start.';
COMMENT ON COLUMN pool_owners.expires_at IS 'When others may take its offices over, unless it is renewed.';
