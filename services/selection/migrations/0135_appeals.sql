-- Appeals (申诉) against a ban or against the voiding of an application. Attachments are identity's;
-- only their ids stand here.
CREATE TABLE appeals (
    appeal_id       uuid        NOT NULL CONSTRAINT appeals_pkey PRIMARY KEY,
    application_id  uuid        NOT NULL
                                CONSTRAINT appeals_application_fkey REFERENCES applications,
    province        text        NOT NULL,
    office          text        NOT NULL,
    account_id      uuid        NOT NULL,
    ground          text        NOT NULL,
    person_id       uuid        NOT NULL,
    statement       bytea       NOT NULL,
    document_ids    uuid[]      NOT NULL,
    state           text        NOT NULL,
    filed_at        timestamptz NOT NULL,
    due_on          date        NOT NULL,
    decided_at      timestamptz,
    decided_by      uuid,
    decision_reason text,
    wiped_at        timestamptz,
    CONSTRAINT appeals_ground_check CHECK (ground IN ('ban', 'void')),
    CONSTRAINT appeals_state_check CHECK (state IN ('waiting', 'upheld', 'dismissed')),
    CONSTRAINT appeals_documents_check CHECK (cardinality(document_ids) <= 5),
    CONSTRAINT appeals_decided_check CHECK (
        (state = 'waiting') = (decided_at IS NULL)
        AND (decided_at IS NULL) = (decided_by IS NULL)
        AND (decided_at IS NULL) = (decision_reason IS NULL)),
    CONSTRAINT appeals_wiped_check CHECK (wiped_at IS NULL OR (decided_at IS NOT NULL AND statement = ''::bytea))
);

COMMENT ON TABLE appeals IS 'Appeals; kept as long as their application, the citizen''s words a year after the decision.';
COMMENT ON COLUMN appeals.appeal_id IS 'Identity (UUIDv7).';
COMMENT ON COLUMN appeals.application_id IS 'The application whose ban or voiding is appealed against.';
COMMENT ON COLUMN appeals.province IS 'Province id.';
COMMENT ON COLUMN appeals.office IS 'Office id.';
COMMENT ON COLUMN appeals.account_id IS 'Account that appeals.';
COMMENT ON COLUMN appeals.ground IS 'ban or void.';
COMMENT ON COLUMN appeals.person_id IS 'Key of the person''s data, under which the words are sealed.';
COMMENT ON COLUMN appeals.statement IS 'The citizen''s words, sealed; emptied a year after the decision.';
COMMENT ON COLUMN appeals.document_ids IS 'Attachments, kept at identity.';
COMMENT ON COLUMN appeals.state IS 'waiting, upheld or dismissed.';
COMMENT ON COLUMN appeals.filed_at IS 'When it was filed.';
COMMENT ON COLUMN appeals.due_on IS 'Civil day by which it is to be decided, by the policy in force when it was filed.';
COMMENT ON COLUMN appeals.decided_at IS 'When it was decided.';
COMMENT ON COLUMN appeals.decided_by IS 'Member of staff who decided it.';
COMMENT ON COLUMN appeals.decision_reason IS 'What the citizen was told.';
COMMENT ON COLUMN appeals.wiped_at IS 'When the citizen''s words were emptied.';

-- One open appeal for an application.
CREATE UNIQUE INDEX appeals_open_key ON appeals (application_id) WHERE state = 'waiting';
CREATE INDEX appeals_application_idx ON appeals (application_id, filed_at DESC);
CREATE INDEX appeals_list_idx ON appeals (province, state, filed_at, appeal_id);
CREATE INDEX appeals_wipe_idx ON appeals (decided_at) WHERE wiped_at IS NULL AND decided_at IS NOT NULL;
