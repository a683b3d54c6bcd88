-- Acts at the counter that made an account or raised its level (面签, R-ACC-05). Never changed.
CREATE TABLE enrolments (
    enrolment_id uuid CONSTRAINT enrolments_pkey PRIMARY KEY,
    account_id uuid NOT NULL CONSTRAINT enrolments_account REFERENCES accounts,
    service_point_id uuid NOT NULL CONSTRAINT enrolments_service_point REFERENCES service_points,
    province text NOT NULL,
    office text NOT NULL,
    officer uuid NOT NULL,
    enrolled_at timestamptz NOT NULL,
    document_ids uuid[] NOT NULL CONSTRAINT enrolments_documents CHECK (cardinality(document_ids) > 0),
    authorised_until date
);

COMMENT ON COLUMN enrolments.service_point_id IS 'Where.';
COMMENT ON COLUMN enrolments.office IS 'Office the service point belongs to.';
COMMENT ON COLUMN enrolments.officer IS 'Member of staff who enrolled.';
COMMENT ON COLUMN enrolments.document_ids IS 'What was scanned and photographed; ids stay when the documents'' time is over.';
COMMENT ON COLUMN enrolments.authorised_until IS 'Last civil day of an organisation''s power of attorney; none for persons.';

CREATE INDEX enrolments_by_account ON enrolments (account_id, enrolment_id);
