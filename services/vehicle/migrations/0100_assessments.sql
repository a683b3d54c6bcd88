-- One row a decision on a vehicle. The VIN is sealed under the buyer's key (C4); of the purchase
-- proof only a keyed hash is kept, of the buyer's identity number nothing.
CREATE TABLE assessments (
    assessment_id uuid CONSTRAINT assessments_pkey PRIMARY KEY,
    application_id uuid NOT NULL,
    province text NOT NULL,
    office text NOT NULL,
    person_id uuid NOT NULL,
    vin bytea NOT NULL,
    vehicle_key bytea NOT NULL CONSTRAINT assessments_vehicle_key CHECK (octet_length(vehicle_key) = 32),
    purchase_proof_key bytea NOT NULL
        CONSTRAINT assessments_purchase_proof_key CHECK (octet_length(purchase_proof_key) = 32),
    plate_class text
        CONSTRAINT assessments_plate_class CHECK (plate_class IN ('small', 'large', 'nev_small', 'nev_large')),
    description text NOT NULL,
    import_confirmed boolean NOT NULL,
    grounds text[] NOT NULL CONSTRAINT assessments_grounds CHECK (
        grounds <@ ARRAY['vehicle_unknown', 'proof_invalid', 'vehicle_mismatch', 'buyer_mismatch',
                         'already_registered', 'not_a_new_purchase', 'class_not_served', 'vin_in_use',
                         'proof_used']
    ),
    decided_at timestamptz NOT NULL,
    -- What is eligible takes a plate.
    CONSTRAINT assessments_eligible CHECK (grounds <> '{}' OR plate_class IS NOT NULL)
);

COMMENT ON COLUMN assessments.assessment_id IS 'The decision.';
COMMENT ON COLUMN assessments.application_id IS 'Application it was made for.';
COMMENT ON COLUMN assessments.province IS 'Province of the office.';
COMMENT ON COLUMN assessments.office IS 'Office that would register the vehicle.';
COMMENT ON COLUMN assessments.person_id IS 'Key of the buyer in the store of data keys.';
COMMENT ON COLUMN assessments.vin IS 'Sealed: the VIN.';
COMMENT ON COLUMN assessments.vehicle_key IS 'Keyed hash of the VIN: what the plate pool knows the vehicle by (E8).';
COMMENT ON COLUMN assessments.purchase_proof_key IS 'Keyed hash of the invoice''s number.';
COMMENT ON COLUMN assessments.plate_class IS 'Class of plate the vehicle takes; null if it takes none of ours or nobody knows.';
COMMENT ON COLUMN assessments.description IS 'Make and model as the registry names them; may be empty.';
COMMENT ON COLUMN assessments.import_confirmed IS 'Whether the citizen looked again at an odd VIN (R-INF-03).';
COMMENT ON COLUMN assessments.grounds IS 'Why it was refused, most telling first; empty if it is eligible.';
COMMENT ON COLUMN assessments.decided_at IS 'When it was made.';

CREATE INDEX assessments_application ON assessments (application_id);
CREATE INDEX assessments_decided_at ON assessments (decided_at);
