-- Who holds a vehicle and a purchase proof. A claim lives until it is released; of live ones there
-- is at most one per VIN, per proof and per application.
CREATE TABLE claims (
    claim_id uuid CONSTRAINT claims_pkey PRIMARY KEY,
    application_id uuid NOT NULL,
    assessment_id uuid NOT NULL
        CONSTRAINT claims_assessment REFERENCES assessments (assessment_id),
    province text NOT NULL,
    office text NOT NULL,
    vehicle_key bytea NOT NULL CONSTRAINT claims_vehicle_key CHECK (octet_length(vehicle_key) = 32),
    purchase_proof_key bytea NOT NULL
        CONSTRAINT claims_purchase_proof_key CHECK (octet_length(purchase_proof_key) = 32),
    claimed_at timestamptz NOT NULL,
    released_at timestamptz,
    CONSTRAINT claims_order CHECK (released_at >= claimed_at)
);

COMMENT ON COLUMN claims.claim_id IS 'The claim.';
COMMENT ON COLUMN claims.application_id IS 'Application that holds vehicle and proof.';
COMMENT ON COLUMN claims.assessment_id IS 'Decision it rests on.';
COMMENT ON COLUMN claims.province IS 'Province of the office.';
COMMENT ON COLUMN claims.office IS 'Office of the application.';
COMMENT ON COLUMN claims.vehicle_key IS 'Keyed hash of the VIN.';
COMMENT ON COLUMN claims.purchase_proof_key IS 'Keyed hash of the invoice''s number.';
COMMENT ON COLUMN claims.claimed_at IS 'When it was made.';
COMMENT ON COLUMN claims.released_at IS 'When it ended; null while it lives.';

CREATE UNIQUE INDEX claims_live_vehicle ON claims (vehicle_key) WHERE released_at IS NULL;
CREATE UNIQUE INDEX claims_live_purchase_proof ON claims (purchase_proof_key) WHERE released_at IS NULL;
CREATE UNIQUE INDEX claims_live_application ON claims (application_id) WHERE released_at IS NULL;
CREATE INDEX claims_assessment_id ON claims (assessment_id);
CREATE INDEX claims_released_at ON claims (released_at) WHERE released_at IS NOT NULL;
