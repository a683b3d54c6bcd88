-- Rows to lock, so that requests that are counted together are decided one after the other. The
-- counts themselves are taken from what happened.
CREATE TABLE throttles (
    scope text NOT NULL,
    key bytea NOT NULL,
    touched_at timestamptz NOT NULL,
    CONSTRAINT throttles_pkey PRIMARY KEY (scope, key)
);

COMMENT ON COLUMN throttles.scope IS 'What is counted: sign_in, mobile, login or address.';
COMMENT ON COLUMN throttles.key IS 'Keyed hash of it.';
COMMENT ON COLUMN throttles.touched_at IS 'Last request; old rows are deleted.';

CREATE INDEX throttles_by_time ON throttles (touched_at);
