-- One row at most: the first administrator was made. Two operators at once cannot both make one.
CREATE TABLE staff_bootstrap (
    single boolean CONSTRAINT staff_bootstrap_pkey PRIMARY KEY CONSTRAINT staff_bootstrap_only CHECK (single),
    made_at timestamptz NOT NULL
);

COMMENT ON COLUMN staff_bootstrap.made_at IS 'When the first administrator was made.';
