-- Work that one process at a time may do. A lease gives availability; safety is the epoch, which
-- grows with every acquisition and is checked inside the transactions of its holder.
CREATE TABLE leases (
    name       text        NOT NULL CONSTRAINT leases_pkey PRIMARY KEY,
    owner      text        NOT NULL,
    epoch      bigint      NOT NULL,
    expires_at timestamptz NOT NULL
);

COMMENT ON TABLE leases IS 'Work that one process at a time may do.';
COMMENT ON COLUMN leases.name IS 'What is leased, for example relay.';
COMMENT ON COLUMN leases.owner IS 'The process that holds it: an id made at its start.';
COMMENT ON COLUMN leases.epoch IS 'Grows with every acquisition; never reused.';
COMMENT ON COLUMN leases.expires_at IS 'When anybody may take it; the past once it is given back.';
