-- Sessions of members of staff, from the console or the command line.
CREATE TABLE staff_sessions (
    session_id uuid CONSTRAINT staff_sessions_pkey PRIMARY KEY,
    staff_id uuid NOT NULL CONSTRAINT staff_sessions_staff_fkey REFERENCES staff,
    province text NOT NULL,
    office text,
    token_hash bytea NOT NULL CONSTRAINT staff_sessions_token_key UNIQUE
        CONSTRAINT staff_sessions_token_hash CHECK (octet_length(token_hash) = 32),
    started_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CONSTRAINT staff_sessions_expires CHECK (expires_at > started_at),
    ended_at timestamptz
);

COMMENT ON COLUMN staff_sessions.province IS 'Province of the member.';
COMMENT ON COLUMN staff_sessions.office IS 'Office of the member, if limited to one.';
COMMENT ON COLUMN staff_sessions.token_hash IS 'SHA-256 of the 256-bit token.';
COMMENT ON COLUMN staff_sessions.used_at IS 'Last use, to the half minute; the session ends when it is too long ago.';
COMMENT ON COLUMN staff_sessions.ended_at IS 'Signed out, or ended with a replaced password or a revoked role.';

CREATE INDEX staff_sessions_live ON staff_sessions (staff_id) WHERE ended_at IS NULL;
CREATE INDEX staff_sessions_by_expiry ON staff_sessions (expires_at);
