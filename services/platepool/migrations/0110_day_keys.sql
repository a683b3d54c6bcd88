-- Keys and public values of the days on which an office draws (E10). A day draws only once its
-- public value is fixed, and that only after the hash of its key stood here for everybody.
CREATE TABLE day_keys (
    office              text        NOT NULL,
    day                 date        NOT NULL,
    province            text        NOT NULL,
    sealed              bytea       NOT NULL,
    key_hash            bytea       NOT NULL CONSTRAINT day_keys_hash_check CHECK (octet_length(key_hash) = 32),
    hash_published_at   timestamptz NOT NULL,
    public_value        text        CONSTRAINT day_keys_value_check CHECK (octet_length(public_value) BETWEEN 1 AND 256),
    public_value_source text,
    value_fixed_at      timestamptz,
    revealed_key        bytea       CONSTRAINT day_keys_revealed_check
                                    CHECK (octet_length(revealed_key) = 32 AND sha256(revealed_key) = key_hash),
    revealed_at         timestamptz,
    CONSTRAINT day_keys_pkey PRIMARY KEY (office, day),
    CONSTRAINT day_keys_fixed_check CHECK (num_nulls(public_value, public_value_source, value_fixed_at) IN (0, 3)),
    CONSTRAINT day_keys_order_check CHECK (value_fixed_at > hash_published_at),
    CONSTRAINT day_keys_reveal_check CHECK (num_nulls(revealed_key, revealed_at) IN (0, 2))
);

COMMENT ON TABLE day_keys IS 'Keys and public values of the days on which an office draws.';
COMMENT ON COLUMN day_keys.office IS 'Office id.';
COMMENT ON COLUMN day_keys.day IS 'Civil day in Asia/Shanghai.';
COMMENT ON COLUMN day_keys.province IS 'Province id.';
COMMENT ON COLUMN day_keys.sealed IS 'The key, sealed under the ring of the service''s own key file.';
COMMENT ON COLUMN day_keys.key_hash IS 'SHA-256 of the key.';
COMMENT ON COLUMN day_keys.hash_published_at IS 'Since when everybody can read the hash.';
COMMENT ON COLUMN day_keys.public_value IS 'What anybody can check; null until it is fixed, then never changed.';
COMMENT ON COLUMN day_keys.public_value_source IS 'Where it can be checked.';
COMMENT ON COLUMN day_keys.value_fixed_at IS 'When it was fixed.';
COMMENT ON COLUMN day_keys.revealed_key IS 'The key, once the day is over.';
COMMENT ON COLUMN day_keys.revealed_at IS 'Since when everybody can read the key.';

CREATE INDEX day_keys_sealed_idx ON day_keys (day) WHERE revealed_at IS NULL;
