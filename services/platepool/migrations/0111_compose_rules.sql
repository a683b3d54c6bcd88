-- The rules in force about which numbers of a class cannot be composed, only drawn. The log holds
-- their history.
CREATE TABLE compose_rules (
    office      text        NOT NULL,
    plate_class text        NOT NULL CONSTRAINT compose_rules_class_check CHECK (plate_class IN ('01', '02', '51', '52')),
    province    text        NOT NULL,
    input       bytea       NOT NULL,
    epoch       bigint      NOT NULL,
    seq         bigint      NOT NULL,
    decided_at  timestamptz NOT NULL,
    CONSTRAINT compose_rules_pkey PRIMARY KEY (office, plate_class)
);

COMMENT ON TABLE compose_rules IS 'The rules in force about which numbers cannot be composed.';
COMMENT ON COLUMN compose_rules.office IS 'Office id.';
COMMENT ON COLUMN compose_rules.plate_class IS 'GA 24.7 code of the class.';
COMMENT ON COLUMN compose_rules.province IS 'Province id.';
COMMENT ON COLUMN compose_rules.input IS 'The rules, as the log row''s input.';
COMMENT ON COLUMN compose_rules.epoch IS 'Epoch of the log row that put them in force.';
COMMENT ON COLUMN compose_rules.seq IS 'Number of that row within the epoch.';
COMMENT ON COLUMN compose_rules.decided_at IS 'Instant of that row.';
