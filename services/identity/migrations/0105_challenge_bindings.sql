-- Failures per (account or pre-session, mobile, purpose, subject), whatever the number of codes (C2).
-- The row is the lock that puts guesses in a line.
CREATE TABLE challenge_bindings (
    binding bytea CONSTRAINT challenge_bindings_pkey PRIMARY KEY,
    failed_at timestamptz[] NOT NULL,
    touched_at timestamptz NOT NULL
);

COMMENT ON COLUMN challenge_bindings.binding IS 'Keyed hash of holder, mobile, purpose and subject.';
COMMENT ON COLUMN challenge_bindings.failed_at IS 'Wrong answers within the rolling window, oldest first.';
COMMENT ON COLUMN challenge_bindings.touched_at IS 'Last answer; old rows are deleted.';

CREATE INDEX challenge_bindings_by_time ON challenge_bindings (touched_at);
