-- Facts of this database, appended in the transaction that makes them true. The relay gives each
-- its position and publishes it; feeds read them by position. The checks keep out what no subject
-- can carry, because one such row would stop the relay.
CREATE TABLE outbox (
    event_id       uuid        NOT NULL CONSTRAINT outbox_pkey PRIMARY KEY,
    appended_no    bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    position       bigint      CONSTRAINT outbox_position_key UNIQUE,
    kind           text        NOT NULL
                   CONSTRAINT outbox_kind_check CHECK (kind ~ '^[a-z0-9_-]+[.][a-z0-9_-]+$'),
    province       text        NOT NULL
                   CONSTRAINT outbox_province_check CHECK (province ~ '^[a-z0-9_-]+$'),
    office         text
                   CONSTRAINT outbox_office_check CHECK (office ~ '^[a-z0-9_-]+$' AND office <> '_'),
    aggregate_kind text        NOT NULL,
    aggregate_id   text        NOT NULL,
    version        bigint      NOT NULL,
    occurred_at    timestamptz NOT NULL,
    trace          text,
    payload        bytea       NOT NULL,
    published_at   timestamptz
);

COMMENT ON TABLE outbox IS 'Facts of this database, kept for days after they were published.';
COMMENT ON COLUMN outbox.event_id IS 'Identity of the fact and of its message (Nats-Msg-Id).';
COMMENT ON COLUMN outbox.appended_no IS 'Order of appending; gaps and late visibility are normal.';
COMMENT ON COLUMN outbox.position IS 'Order in which facts became visible (R1); null until the relay gives one.';
COMMENT ON COLUMN outbox.kind IS 'The fact, for example plate.allocated.';
COMMENT ON COLUMN outbox.province IS 'Province id, for example gd.';
COMMENT ON COLUMN outbox.office IS 'Office id, for example gd-zhanjiang; null where no office is concerned.';
COMMENT ON COLUMN outbox.aggregate_kind IS 'What the fact is about, for example application.';
COMMENT ON COLUMN outbox.aggregate_id IS 'The id of what the fact is about.';
COMMENT ON COLUMN outbox.version IS 'The aggregate''s version after the fact.';
COMMENT ON COLUMN outbox.occurred_at IS 'When the fact became true.';
COMMENT ON COLUMN outbox.trace IS 'W3C traceparent of the work that made the fact.';
COMMENT ON COLUMN outbox.payload IS 'The fact''s protobuf message; nothing secret or personal.';
COMMENT ON COLUMN outbox.published_at IS 'When JetStream had acknowledged it; null before.';

-- What the relay has still to do: few rows, whatever the table holds.
CREATE INDEX outbox_unpositioned_idx ON outbox (appended_no) WHERE position IS NULL;
CREATE INDEX outbox_unpublished_idx ON outbox (position) WHERE published_at IS NULL;
-- What retention looks for.
CREATE INDEX outbox_published_at_idx ON outbox (published_at) WHERE published_at IS NOT NULL;
