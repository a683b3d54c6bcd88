-- Where the processes that write for offices reach one another: whoever does not write for an office
-- hands its requests on to the one who does.
ALTER TABLE pool_owners
    ADD COLUMN address    text        NOT NULL DEFAULT '',
    ADD COLUMN leaving    boolean     NOT NULL DEFAULT false,
    ADD COLUMN started_at timestamptz NOT NULL DEFAULT '1970-01-01T00:00:00Z';

COMMENT ON COLUMN pool_owners.address IS 'Where its peers reach it, host:port; empty if they do not. Fixed at its start.';
COMMENT ON COLUMN pool_owners.leaving IS 'Whether it is about to end: it takes no offices and hands its own over.';
COMMENT ON COLUMN pool_owners.started_at IS 'When it joined.';
