-- Facts of other services that were consumed here, written in the transaction of their effect.
CREATE TABLE inbox (
    consumer    text        NOT NULL,
    event_id    uuid        NOT NULL,
    consumed_at timestamptz NOT NULL,
    CONSTRAINT inbox_pkey PRIMARY KEY (consumer, event_id)
);

COMMENT ON TABLE inbox IS 'Facts consumed here; makes repeated deliveries harmless.';
COMMENT ON COLUMN inbox.consumer IS 'The durable consumer''s name.';
COMMENT ON COLUMN inbox.event_id IS 'The fact.';
COMMENT ON COLUMN inbox.consumed_at IS 'When its effect was committed.';

CREATE INDEX inbox_consumed_at_idx ON inbox (consumed_at);
