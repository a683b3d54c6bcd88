-- SMS codes. Counting rows is what the caps stand on, so rows outlive the codes by days.
CREATE TABLE challenges (
    challenge_id uuid CONSTRAINT challenges_pkey PRIMARY KEY,
    province text NOT NULL,
    office text,
    holder_kind text NOT NULL CONSTRAINT challenges_holder_kind CHECK (holder_kind IN ('account', 'pre_session')),
    holder_id uuid NOT NULL,
    purpose text NOT NULL CONSTRAINT challenges_purpose
        CHECK (purpose IN ('register', 'reset_password', 'confirm_info', 'start_selecting', 'confirm_plate')),
    subject text NOT NULL,
    mobile_index bytea NOT NULL,
    login_index bytea,
    address_index bytea NOT NULL,
    binding bytea NOT NULL,
    decoy boolean NOT NULL,
    code_hash bytea NOT NULL CONSTRAINT challenges_code_hash CHECK (octet_length(code_hash) = 32),
    request_id uuid NOT NULL,
    request_hash bytea NOT NULL,
    state text NOT NULL CONSTRAINT challenges_state CHECK (state IN ('issued', 'enqueued', 'verified', 'void')),
    issued_at timestamptz NOT NULL,
    settle_by timestamptz NOT NULL,
    resend_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CONSTRAINT challenges_expires CHECK (expires_at > issued_at),
    verified_at timestamptz,
    proof_id uuid CONSTRAINT challenges_proof_key UNIQUE,
    CONSTRAINT challenges_login CHECK ((login_index IS NOT NULL) = (purpose = 'reset_password')),
    CONSTRAINT challenges_verified CHECK
        ((state = 'verified') = (verified_at IS NOT NULL) AND (verified_at IS NULL) = (proof_id IS NULL))
);

COMMENT ON COLUMN challenges.province IS 'Province of the account, or of the portal before sign-in.';
COMMENT ON COLUMN challenges.office IS 'Office of the account, if one enrolled it.';
COMMENT ON COLUMN challenges.holder_id IS 'Account or pre-session that may answer.';
COMMENT ON COLUMN challenges.subject IS 'What the proof is bound to, such as an application id; empty before sign-in.';
COMMENT ON COLUMN challenges.mobile_index IS 'Keyed hash of the number; of the login name where nothing is sent.';
COMMENT ON COLUMN challenges.login_index IS 'Keyed hash of the login name whose password is to be replaced, known or not.';
COMMENT ON COLUMN challenges.address_index IS 'Keyed hash of the client''s address (IPv6: its /64).';
COMMENT ON COLUMN challenges.binding IS 'Keyed hash of holder, mobile, purpose and subject: what failures are counted by (C2).';
COMMENT ON COLUMN challenges.decoy IS 'Nothing is sent and no code matches: the login name is unknown.';
COMMENT ON COLUMN challenges.code_hash IS 'Keyed hash of the code and all it is bound to.';
COMMENT ON COLUMN challenges.request_id IS 'Caller''s request.';
COMMENT ON COLUMN challenges.request_hash IS 'SHA-256 of the request, to recognise a request id used for another.';
COMMENT ON COLUMN challenges.state IS 'issued: not yet acknowledged by notification; void: never will be (C1).';
COMMENT ON COLUMN challenges.settle_by IS 'A challenge still issued then is void (C1).';
COMMENT ON COLUMN challenges.resend_at IS 'Another code may be asked for from then on, as told to the caller.';
COMMENT ON COLUMN challenges.proof_id IS 'Identity (jti) of the proof; the same however often the code is verified.';

CREATE UNIQUE INDEX challenges_request_key ON challenges (holder_id, request_id) WHERE state <> 'void';
CREATE INDEX challenges_by_mobile ON challenges (mobile_index, issued_at);
CREATE INDEX challenges_by_login ON challenges (login_index, issued_at) WHERE login_index IS NOT NULL;
CREATE INDEX challenges_by_address ON challenges (address_index, issued_at);
CREATE INDEX challenges_by_time ON challenges (issued_at);
