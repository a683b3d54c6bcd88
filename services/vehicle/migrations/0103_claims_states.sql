-- Only a verified claim excludes others. Rows of the program before are verified ones, or ended.
ALTER TABLE claims
    ADD COLUMN state text NOT NULL DEFAULT 'verified' CONSTRAINT claims_state CHECK (
        state IN ('unverified', 'verified', 'evicted', 'lapsed', 'rejected', 'released')
    ),
    ADD COLUMN lapses_at timestamptz,
    ADD CONSTRAINT claims_ended
        CHECK (released_at IS NOT NULL OR state IN ('unverified', 'verified')),
    ADD CONSTRAINT claims_lapses CHECK (state = 'unverified' OR lapses_at IS NULL);

UPDATE claims SET state = 'released' WHERE released_at IS NOT NULL;

COMMENT ON COLUMN claims.state IS 'Where it stands; one that ended may still say verified if an older program released it.';
COMMENT ON COLUMN claims.lapses_at IS 'An unverified claim ends then; null while a review waits for an officer.';

DROP INDEX claims_live_vehicle;
DROP INDEX claims_live_purchase_proof;
CREATE UNIQUE INDEX claims_verified_vehicle ON claims (vehicle_key)
    WHERE released_at IS NULL AND state = 'verified';
CREATE UNIQUE INDEX claims_verified_purchase_proof ON claims (purchase_proof_key)
    WHERE released_at IS NULL AND state = 'verified';
CREATE INDEX claims_unverified_vehicle ON claims (vehicle_key)
    WHERE released_at IS NULL AND state = 'unverified';
CREATE INDEX claims_unverified_purchase_proof ON claims (purchase_proof_key)
    WHERE released_at IS NULL AND state = 'unverified';
CREATE INDEX claims_lapses_at ON claims (lapses_at) WHERE released_at IS NULL AND lapses_at IS NOT NULL;
CREATE INDEX claims_application ON claims (application_id, claimed_at);
