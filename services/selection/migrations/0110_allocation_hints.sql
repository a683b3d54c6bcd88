-- Applications of which the pool said on the bus that they have a number. A hint makes nothing by
-- itself: the pool is asked again before anything is written (P11).
CREATE TABLE allocation_hints (
    application_id uuid        NOT NULL CONSTRAINT allocation_hints_pkey PRIMARY KEY
                               CONSTRAINT allocation_hints_application_fkey REFERENCES applications,
    province       text        NOT NULL,
    office         text        NOT NULL,
    received_at    timestamptz NOT NULL,
    next_try_at    timestamptz NOT NULL
);

COMMENT ON TABLE allocation_hints IS 'Applications to be compared with the pool; deleted once they were.';
COMMENT ON COLUMN allocation_hints.application_id IS 'The application.';
COMMENT ON COLUMN allocation_hints.province IS 'Province id.';
COMMENT ON COLUMN allocation_hints.office IS 'Office id.';
COMMENT ON COLUMN allocation_hints.received_at IS 'When the fact came.';
COMMENT ON COLUMN allocation_hints.next_try_at IS 'It is looked at then.';

CREATE INDEX allocation_hints_next_try_at_idx ON allocation_hints (next_try_at);
