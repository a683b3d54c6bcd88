-- The rules of each office. A version is never changed: applications are locked under one.
CREATE TABLE policies (
    office     text        NOT NULL,
    version    integer     NOT NULL,
    province   text        NOT NULL,
    name       text        NOT NULL,
    yaml       text        NOT NULL,
    document   jsonb       NOT NULL,
    applied_at timestamptz NOT NULL,
    applied_by uuid        NOT NULL,
    CONSTRAINT policies_pkey PRIMARY KEY (office, version),
    CONSTRAINT policies_version_check CHECK (version > 0)
);

COMMENT ON TABLE policies IS 'Policies by office and version; the highest version is in force. Kept for ever.';
COMMENT ON COLUMN policies.office IS 'Office id, for example gd-zhanjiang.';
COMMENT ON COLUMN policies.version IS '1, 2, 3 … within the office.';
COMMENT ON COLUMN policies.province IS 'Province id, for example gd.';
COMMENT ON COLUMN policies.name IS 'Name the document gives itself, for example guangdong-2023.';
COMMENT ON COLUMN policies.yaml IS 'The document as it was applied.';
COMMENT ON COLUMN policies.document IS 'The same document as the program read it.';
COMMENT ON COLUMN policies.applied_at IS 'When it came into force.';
COMMENT ON COLUMN policies.applied_by IS 'Member of staff who applied it.';
