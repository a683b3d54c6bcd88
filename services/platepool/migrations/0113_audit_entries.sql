-- What staff did, written in the transaction of the act or of the order for it, and never changed.
CREATE TABLE audit_entries (
    entry_id     uuid        NOT NULL CONSTRAINT audit_entries_pkey PRIMARY KEY,
    province     text        NOT NULL,
    office       text        NOT NULL,
    acted_at     timestamptz NOT NULL,
    actor        uuid        NOT NULL,
    on_behalf_of uuid,
    approved_by  uuid,
    reason       text        NOT NULL CONSTRAINT audit_entries_reason_check CHECK (reason <> ''),
    act          text        NOT NULL,
    subject      text        NOT NULL,
    detail       text        NOT NULL
);

COMMENT ON TABLE audit_entries IS 'What staff did.';
COMMENT ON COLUMN audit_entries.entry_id IS 'Its id.';
COMMENT ON COLUMN audit_entries.province IS 'Province id.';
COMMENT ON COLUMN audit_entries.office IS 'Office id.';
COMMENT ON COLUMN audit_entries.acted_at IS 'When.';
COMMENT ON COLUMN audit_entries.actor IS 'Member of staff who acted.';
COMMENT ON COLUMN audit_entries.on_behalf_of IS 'Whose request it was, if another''s.';
COMMENT ON COLUMN audit_entries.approved_by IS 'Second person, where an act wants one.';
COMMENT ON COLUMN audit_entries.reason IS 'Why, in the actor''s words.';
COMMENT ON COLUMN audit_entries.act IS 'Stable word, such as release_batch.';
COMMENT ON COLUMN audit_entries.subject IS 'What it was about: a batch''s id or a day.';
COMMENT ON COLUMN audit_entries.detail IS 'Figures of the act; never personal data.';

CREATE INDEX audit_entries_office_idx ON audit_entries (office, acted_at);
