-- Choosing a number is an operation too; a proof that completes a confirmation is good again when the
-- confirmation came to nothing.
ALTER TABLE operations DROP CONSTRAINT operations_kind_check;
ALTER TABLE operations
    ADD COLUMN proof_id uuid,
    ADD CONSTRAINT operations_kind_check CHECK (
        kind IN ('draw', 'keep', 'compose', 'choose', 'confirm', 'give_up'));

COMMENT ON COLUMN operations.kind IS 'draw, keep, compose, choose, confirm or give_up.';
COMMENT ON COLUMN operations.proof_id IS 'Proof of a challenge used by it; null when none was needed.';
