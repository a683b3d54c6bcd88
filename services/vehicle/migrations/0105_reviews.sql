-- Suspicions about an application's claim: the citizen's evidence and an officer's decision.
CREATE TABLE reviews (
    review_id uuid CONSTRAINT reviews_pkey PRIMARY KEY,
    claim_id uuid NOT NULL CONSTRAINT reviews_claim REFERENCES claims (claim_id) ON DELETE CASCADE,
    application_id uuid NOT NULL,
    assessment_id uuid NOT NULL
        CONSTRAINT reviews_assessment REFERENCES assessments (assessment_id) ON DELETE CASCADE,
    province text NOT NULL,
    office text NOT NULL,
    state text NOT NULL CONSTRAINT reviews_state CHECK (
        state IN ('evidence_wanted', 'waiting', 'cleared', 'confirmed', 'dropped')
    ),
    suspicions text[] NOT NULL CONSTRAINT reviews_suspicions CHECK (
        suspicions <> '{}'
        AND suspicions <@ ARRAY['many_vehicles', 'model_year', 'suspicious', 'officer']
    ),
    document_ids uuid[] NOT NULL DEFAULT '{}',
    opened_at timestamptz NOT NULL,
    opened_by uuid,
    due_at timestamptz,
    ended_at timestamptz,
    decided_by uuid,
    decision_reason text,
    CONSTRAINT reviews_ended
        CHECK ((state IN ('evidence_wanted', 'waiting')) = (ended_at IS NULL)),
    CONSTRAINT reviews_decided
        CHECK ((state IN ('cleared', 'confirmed')) = (decided_by IS NOT NULL AND decision_reason IS NOT NULL)),
    CONSTRAINT reviews_other_officer CHECK (decided_by IS DISTINCT FROM opened_by OR opened_by IS NULL)
);

COMMENT ON TABLE reviews IS 'Reviews of suspicious claims.';
COMMENT ON COLUMN reviews.review_id IS 'The review.';
COMMENT ON COLUMN reviews.claim_id IS 'Claim it is about.';
COMMENT ON COLUMN reviews.application_id IS 'Application that holds the claim.';
COMMENT ON COLUMN reviews.assessment_id IS 'Decision the claim rests on.';
COMMENT ON COLUMN reviews.province IS 'Province of the office.';
COMMENT ON COLUMN reviews.office IS 'Office of the application.';
COMMENT ON COLUMN reviews.state IS 'evidence_wanted, waiting, cleared, confirmed, or dropped (its claim ended first).';
COMMENT ON COLUMN reviews.suspicions IS 'Of what.';
COMMENT ON COLUMN reviews.document_ids IS 'Evidence, by id; the documents are kept by identity.';
COMMENT ON COLUMN reviews.opened_at IS 'When it began.';
COMMENT ON COLUMN reviews.opened_by IS 'Member of staff who opened it; null if a rule did.';
COMMENT ON COLUMN reviews.due_at IS 'When an officer has to have decided; null until there is evidence.';
COMMENT ON COLUMN reviews.ended_at IS 'When it was decided or dropped.';
COMMENT ON COLUMN reviews.decided_by IS 'Member of staff who decided; never who opened it.';
COMMENT ON COLUMN reviews.decision_reason IS 'What the citizen is told.';

CREATE UNIQUE INDEX reviews_open ON reviews (claim_id) WHERE ended_at IS NULL;
CREATE INDEX reviews_listed ON reviews (province, state, review_id);
CREATE INDEX reviews_application ON reviews (application_id);
CREATE INDEX reviews_assessment_id ON reviews (assessment_id);
