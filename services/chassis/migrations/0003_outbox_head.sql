-- The last position given. It outlives the rows, so that retention never makes a position return.
CREATE TABLE outbox_head (
    single   boolean NOT NULL DEFAULT true CONSTRAINT outbox_head_pkey PRIMARY KEY
                     CONSTRAINT outbox_head_single_check CHECK (single),
    position bigint  NOT NULL
);

COMMENT ON TABLE outbox_head IS 'One row: the last position given to a fact.';
COMMENT ON COLUMN outbox_head.single IS 'Always true: there is one row.';
COMMENT ON COLUMN outbox_head.position IS 'The last position given; 0 before the first.';

INSERT INTO outbox_head (position) VALUES (0);
