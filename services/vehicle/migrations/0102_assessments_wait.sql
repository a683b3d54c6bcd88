-- Decisions may wait for answers or for a review. Rows of the program before stay right: it writes
-- decided ones only, and whether those are eligible still follows from their grounds.
ALTER TABLE assessments
    ADD COLUMN state text NOT NULL DEFAULT 'decided'
        CONSTRAINT assessments_state CHECK (state IN ('decided', 'pending', 'under_review')),
    ADD COLUMN energy text
        CONSTRAINT assessments_energy CHECK (energy IN ('battery', 'not_purely_battery')),
    ADD COLUMN proof_kind text NOT NULL DEFAULT 'paper_invoice'
        CONSTRAINT assessments_proof_kind CHECK (proof_kind IN ('paper_invoice', 'electronic_invoice')),
    ADD COLUMN proof_tail text NOT NULL DEFAULT ''
        CONSTRAINT assessments_proof_tail CHECK (octet_length(proof_tail) <= 4),
    ADD COLUMN organisation boolean NOT NULL DEFAULT false,
    ADD COLUMN suspicions text[] NOT NULL DEFAULT '{}' CONSTRAINT assessments_suspicions CHECK (
        suspicions <@ ARRAY['many_vehicles', 'model_year', 'suspicious', 'officer']
    ),
    ADD COLUMN cleared_at timestamptz,
    ADD COLUMN answers_until timestamptz,
    ADD COLUMN version bigint NOT NULL DEFAULT 1 CONSTRAINT assessments_version CHECK (version > 0),
    DROP CONSTRAINT assessments_eligible,
    ADD CONSTRAINT assessments_eligible
        CHECK (state = 'pending' OR grounds <> '{}' OR plate_class IS NOT NULL),
    DROP CONSTRAINT assessments_grounds,
    ADD CONSTRAINT assessments_grounds CHECK (
        grounds <@ ARRAY['vehicle_unknown', 'proof_invalid', 'vehicle_mismatch', 'buyer_mismatch',
                         'already_registered', 'not_a_new_purchase', 'class_not_served', 'vin_in_use',
                         'proof_used', 'review_confirmed']
    ),
    ADD CONSTRAINT assessments_pending
        CHECK ((state = 'pending') = (answers_until IS NOT NULL));

COMMENT ON COLUMN assessments.state IS 'decided (eligible if there are no grounds), pending (answers are missing) or under_review.';
COMMENT ON COLUMN assessments.energy IS 'What drives a new-energy vehicle; null for others.';
COMMENT ON COLUMN assessments.proof_kind IS 'Kind of the purchase proof.';
COMMENT ON COLUMN assessments.proof_tail IS 'Last four digits of the purchase proof, for people.';
COMMENT ON COLUMN assessments.organisation IS 'Whether the buyer is an organisation.';
COMMENT ON COLUMN assessments.suspicions IS 'What looks wrong without being proven so.';
COMMENT ON COLUMN assessments.cleared_at IS 'When a review found the suspicions unfounded; null if none did.';
COMMENT ON COLUMN assessments.answers_until IS 'Outside systems are asked until then; null unless pending.';
COMMENT ON COLUMN assessments.version IS 'Grows with every change.';

CREATE INDEX assessments_person ON assessments (person_id);
