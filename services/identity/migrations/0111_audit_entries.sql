-- What staff did, written in the transaction of the act and never changed.
CREATE TABLE audit_entries (
    entry_id uuid CONSTRAINT audit_entries_pkey PRIMARY KEY,
    province text NOT NULL,
    office text,
    acted_at timestamptz NOT NULL,
    actor uuid,
    on_behalf_of uuid,
    approved_by uuid,
    reason text NOT NULL CONSTRAINT audit_entries_reason CHECK (reason <> ''),
    act text NOT NULL,
    subject uuid NOT NULL,
    detail text NOT NULL
);

COMMENT ON COLUMN audit_entries.actor IS 'Member of staff who acted; none for the operator at the server.';
COMMENT ON COLUMN audit_entries.on_behalf_of IS 'Whose request it was, if another''s.';
COMMENT ON COLUMN audit_entries.approved_by IS 'Second person, where an act wants one.';
COMMENT ON COLUMN audit_entries.reason IS 'Why, in the actor''s words.';
COMMENT ON COLUMN audit_entries.act IS 'Stable word, such as add_staff.';
COMMENT ON COLUMN audit_entries.subject IS 'Member of staff the act was about.';
COMMENT ON COLUMN audit_entries.detail IS 'Role and scope; never personal data.';

CREATE INDEX audit_entries_by_subject ON audit_entries (subject, acted_at);
