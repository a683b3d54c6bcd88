-- Who writes for an office. The epoch is the fence of every statement (E2); it is raised in a
-- transaction of its own before anything is read (E3).
CREATE TABLE office_leases (
    office   text        NOT NULL CONSTRAINT office_leases_pkey PRIMARY KEY,
    province text        NOT NULL,
    epoch    bigint      NOT NULL CONSTRAINT office_leases_epoch_check CHECK (epoch > 0),
    owner    text        NOT NULL,
    taken_at timestamptz NOT NULL
);

COMMENT ON TABLE office_leases IS 'Who writes for an office.';
COMMENT ON COLUMN office_leases.office IS 'Office id, for example gd-zhanjiang.';
COMMENT ON COLUMN office_leases.province IS 'Province id.';
COMMENT ON COLUMN office_leases.epoch IS 'Grows with every take-over and every rebuild; never reused.';
COMMENT ON COLUMN office_leases.owner IS 'The process that writes; see pool_owners.';
COMMENT ON COLUMN office_leases.taken_at IS 'When this epoch began.';
