-- Who may not select on the internet, and until when (R-BLK-01). A row holds no more of the person
-- than the keyed blind index, and goes when the ban ends (C4).
CREATE TABLE blacklist_entries (
    entry_id       uuid        NOT NULL CONSTRAINT blacklist_entries_pkey PRIMARY KEY,
    province       text        NOT NULL,
    office         text        NOT NULL,
    person_key     bytea       NOT NULL,
    application_id uuid        NOT NULL CONSTRAINT blacklist_entries_application_key UNIQUE,
    from_on        date        NOT NULL,
    until_on       date        NOT NULL,
    added_at       timestamptz NOT NULL,
    CONSTRAINT blacklist_entries_days_check CHECK (until_on > from_on)
);

COMMENT ON TABLE blacklist_entries IS 'Bans in force; deleted when lifted or elapsed, the facts stay in the outbox.';
COMMENT ON COLUMN blacklist_entries.entry_id IS 'Identity (UUIDv7).';
COMMENT ON COLUMN blacklist_entries.province IS 'Province id.';
COMMENT ON COLUMN blacklist_entries.office IS 'Office id.';
COMMENT ON COLUMN blacklist_entries.person_key IS 'Keyed blind index of the resident id or credit code.';
COMMENT ON COLUMN blacklist_entries.application_id IS 'Application whose deadline was missed.';
COMMENT ON COLUMN blacklist_entries.from_on IS 'First civil day of the ban.';
COMMENT ON COLUMN blacklist_entries.until_on IS 'First civil day after it.';
COMMENT ON COLUMN blacklist_entries.added_at IS 'When it was written.';

CREATE INDEX blacklist_entries_person_idx ON blacklist_entries (person_key);
CREATE INDEX blacklist_entries_until_idx ON blacklist_entries (until_on);
