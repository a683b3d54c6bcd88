-- Proofs of challenges that identity itself has used; each serves once (C1).
CREATE TABLE used_proofs (
    proof_id uuid CONSTRAINT used_proofs_pkey PRIMARY KEY,
    used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

COMMENT ON COLUMN used_proofs.proof_id IS 'jti of the proof.';
COMMENT ON COLUMN used_proofs.expires_at IS 'The proof is refused by its own time from then on; the row may go.';

CREATE INDEX used_proofs_by_expiry ON used_proofs (expires_at);
