-- A verified application is asked about only when a hint names it: an officer's review may end it.
DROP INDEX applications_unverified_idx;
CREATE INDEX applications_unverified_idx ON applications (updated_at)
    WHERE claim_check_at IS NULL AND verification <> 'verified' AND state = 'info_confirmed';
CREATE INDEX applications_claim_check_at_idx ON applications (claim_check_at)
    WHERE claim_check_at IS NOT NULL;

COMMENT ON COLUMN applications.claim_check_at IS 'Its claim is asked about then; null for an unverified one a minute after the last change, and for a verified one until a hint names it.';
