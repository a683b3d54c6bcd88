-- Whether outside answers have confirmed vehicle and purchase proof. What is not verified excludes
-- nobody: several unverified applications may stand for one VIN, one verified application only.
ALTER TABLE applications
    ADD COLUMN verification text NOT NULL DEFAULT 'verified'
        CONSTRAINT applications_verification_check
        CHECK (verification IN ('verified', 'pending', 'under_review')),
    ADD COLUMN review_id uuid,
    ADD COLUMN claim_check_at timestamptz,
    ADD CONSTRAINT applications_review_check CHECK (
        review_id IS NULL OR verification <> 'pending'),
    ADD CONSTRAINT applications_verified_check CHECK (
        verification = 'verified'
        OR state IN ('info_submitted', 'info_confirmed', 'voided'));

COMMENT ON COLUMN applications.verification IS 'verified, pending (an outside system has not answered) or under_review; only the verified may select.';
COMMENT ON COLUMN applications.review_id IS 'The vehicle service''s review that waits for evidence or a decision; null when there was none.';
COMMENT ON COLUMN applications.claim_check_at IS 'An unverified claim is asked about then; null a minute after the last change.';

DROP INDEX applications_vin_key;
-- One road per VIN from the lock until the pool has closed it (P9), of those that are verified.
CREATE UNIQUE INDEX applications_vin_key ON applications (vin)
    WHERE verification = 'verified'
      AND state IN ('info_confirmed', 'selecting', 'confirmed', 'registered', 'exhausted');
-- What the reconciler for unverified claims looks at.
CREATE INDEX applications_unverified_idx ON applications (claim_check_at)
    WHERE verification <> 'verified' AND state = 'info_confirmed';
