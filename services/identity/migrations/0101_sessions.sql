-- Web sessions of citizens. The token is known to the browser only.
CREATE TABLE sessions (
    session_id uuid CONSTRAINT sessions_pkey PRIMARY KEY,
    account_id uuid NOT NULL CONSTRAINT sessions_account_fkey REFERENCES accounts,
    province text NOT NULL,
    office text,
    token_hash bytea NOT NULL CONSTRAINT sessions_token_key UNIQUE
        CONSTRAINT sessions_token_hash CHECK (octet_length(token_hash) = 32),
    started_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CONSTRAINT sessions_expires CHECK (expires_at > started_at),
    ended_at timestamptz
);

COMMENT ON COLUMN sessions.province IS 'Province of the account.';
COMMENT ON COLUMN sessions.office IS 'Office of the account, if one enrolled it.';
COMMENT ON COLUMN sessions.token_hash IS 'SHA-256 of the 256-bit token.';
COMMENT ON COLUMN sessions.used_at IS 'Last use, to the half minute; the session ends when it is too long ago.';
COMMENT ON COLUMN sessions.expires_at IS 'Ends then at the latest.';
COMMENT ON COLUMN sessions.ended_at IS 'Signed out, or ended with a replaced password.';

CREATE INDEX sessions_live ON sessions (account_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
