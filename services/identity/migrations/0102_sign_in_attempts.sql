-- Sign-ins that were admitted and have not succeeded. A row is written before the password is
-- looked at, so that guesses made at the same time count too.
CREATE TABLE sign_in_attempts (
    attempt_id uuid CONSTRAINT sign_in_attempts_pkey PRIMARY KEY,
    login_index bytea NOT NULL,
    address_index bytea NOT NULL,
    attempted_at timestamptz NOT NULL
);

COMMENT ON COLUMN sign_in_attempts.login_index IS 'Keyed hash of realm and login name, known or not.';
COMMENT ON COLUMN sign_in_attempts.address_index IS 'Keyed hash of the client''s address (IPv6: its /64).';
COMMENT ON COLUMN sign_in_attempts.attempted_at IS 'Counts as a failure from then on until it is removed by success.';

CREATE INDEX sign_in_attempts_by_login ON sign_in_attempts (login_index, attempted_at);
CREATE INDEX sign_in_attempts_by_address ON sign_in_attempts (address_index, attempted_at);
CREATE INDEX sign_in_attempts_by_time ON sign_in_attempts (attempted_at);
