-- Proofs of challenges that were used, in the transaction that used them (C1).
CREATE TABLE consumed_proofs (
    proof_id       uuid        NOT NULL CONSTRAINT consumed_proofs_pkey PRIMARY KEY,
    province       text        NOT NULL,
    office         text        NOT NULL,
    application_id uuid        NOT NULL,
    purpose        text        NOT NULL,
    consumed_at    timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL
);

COMMENT ON TABLE consumed_proofs IS 'Used proofs; deleted a day after they have expired.';
COMMENT ON COLUMN consumed_proofs.proof_id IS 'The proof''s identity (jti).';
COMMENT ON COLUMN consumed_proofs.province IS 'Province id.';
COMMENT ON COLUMN consumed_proofs.office IS 'Office id.';
COMMENT ON COLUMN consumed_proofs.application_id IS 'What it was used for.';
COMMENT ON COLUMN consumed_proofs.purpose IS 'confirm_info or start_selecting.';
COMMENT ON COLUMN consumed_proofs.consumed_at IS 'When it was used.';
COMMENT ON COLUMN consumed_proofs.expires_at IS 'No longer good from then on.';

CREATE INDEX consumed_proofs_expires_at_idx ON consumed_proofs (expires_at);
