-- The data keys of persons. This table lives in a database of its own with its own, short-lived
-- backups: destroying a key destroys the person's data wherever copies of it lie (C4).
CREATE TABLE person_keys (
    person_id  uuid        NOT NULL CONSTRAINT person_keys_pkey PRIMARY KEY,
    key_id     uuid        NOT NULL CONSTRAINT person_keys_key_id_key UNIQUE,
    kek_id     text,
    wrapped    bytea,
    created_at timestamptz NOT NULL,
    erased_at  timestamptz,
    CONSTRAINT person_keys_erased_check CHECK (
        CASE WHEN erased_at IS NULL THEN num_nulls(kek_id, wrapped) = 0
             ELSE num_nonnulls(kek_id, wrapped) = 0 END
    )
);

COMMENT ON TABLE person_keys IS 'The data key of each person, wrapped.';
COMMENT ON COLUMN person_keys.person_id IS 'The person.';
COMMENT ON COLUMN person_keys.key_id IS 'The data key''s id, as it stands in sealed values.';
COMMENT ON COLUMN person_keys.kek_id IS 'The key that wraps it; null once erased.';
COMMENT ON COLUMN person_keys.wrapped IS 'The wrapped data key; null once erased.';
COMMENT ON COLUMN person_keys.created_at IS 'When the key was made.';
COMMENT ON COLUMN person_keys.erased_at IS 'When it was destroyed; the row stays, so that the person gets no second key.';

CREATE INDEX person_keys_kek_id_idx ON person_keys (kek_id);
