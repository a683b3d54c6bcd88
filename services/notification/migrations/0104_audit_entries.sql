-- What members of staff did; written in the transaction of the act.
CREATE TABLE audit_entries (
    entry_id uuid CONSTRAINT audit_entries_pkey PRIMARY KEY,
    province text NOT NULL,
    office text,
    act text NOT NULL,
    subject text NOT NULL,
    actor uuid NOT NULL,
    on_behalf_of uuid,
    reason text NOT NULL,
    approved_by uuid,
    details jsonb NOT NULL,
    occurred_at timestamptz NOT NULL
);

COMMENT ON TABLE audit_entries IS 'Acts of staff; append-only, kept for ever.';
COMMENT ON COLUMN audit_entries.entry_id IS 'Identity (UUIDv7).';
COMMENT ON COLUMN audit_entries.province IS 'Province id.';
COMMENT ON COLUMN audit_entries.office IS 'Office id, where one is concerned.';
COMMENT ON COLUMN audit_entries.act IS 'What was done, for example template.approved.';
COMMENT ON COLUMN audit_entries.subject IS 'To what: a template in a language at a provider.';
COMMENT ON COLUMN audit_entries.actor IS 'Member of staff who did it.';
COMMENT ON COLUMN audit_entries.on_behalf_of IS 'Account it was done for, if any.';
COMMENT ON COLUMN audit_entries.reason IS 'The reason given.';
COMMENT ON COLUMN audit_entries.approved_by IS 'Second member of staff, where the act needs one.';
COMMENT ON COLUMN audit_entries.details IS 'What changed; nothing personal.';
COMMENT ON COLUMN audit_entries.occurred_at IS 'When.';
