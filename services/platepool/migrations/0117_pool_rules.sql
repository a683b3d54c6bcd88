-- The rules of an office's pool, as documents. The highest version is in force; an office without
-- one goes by the default preset.
CREATE TABLE pool_rules (
    office     text        NOT NULL,
    version    integer     NOT NULL CONSTRAINT pool_rules_version_check CHECK (version > 0),
    province   text        NOT NULL,
    yaml       text        NOT NULL,
    applied_at timestamptz NOT NULL,
    applied_by uuid        NOT NULL,
    CONSTRAINT pool_rules_pkey PRIMARY KEY (office, version)
);

COMMENT ON TABLE pool_rules IS 'The rules of an office''s pool, as documents.';
COMMENT ON COLUMN pool_rules.office IS 'Office id.';
COMMENT ON COLUMN pool_rules.version IS 'Counts from 1; the highest is in force.';
COMMENT ON COLUMN pool_rules.province IS 'Province id.';
COMMENT ON COLUMN pool_rules.yaml IS 'The document as applied.';
COMMENT ON COLUMN pool_rules.applied_at IS 'When it was applied.';
COMMENT ON COLUMN pool_rules.applied_by IS 'Member of staff who applied it.';
