-- Messages a consumer could not use. They are kept for a person to look at.
CREATE TABLE dead_letters (
    consumer   text        NOT NULL,
    stream     text        NOT NULL,
    sequence   bigint      NOT NULL,
    event_id   uuid,
    subject    text        NOT NULL,
    reason     text        NOT NULL,
    deliveries bigint      NOT NULL,
    message    bytea       NOT NULL,
    buried_at  timestamptz NOT NULL,
    CONSTRAINT dead_letters_pkey PRIMARY KEY (consumer, stream, sequence)
);

COMMENT ON TABLE dead_letters IS 'Messages a consumer could not use, kept for a person to look at.';
COMMENT ON COLUMN dead_letters.consumer IS 'The durable consumer''s name.';
COMMENT ON COLUMN dead_letters.stream IS 'The stream the message came from.';
COMMENT ON COLUMN dead_letters.sequence IS 'The message''s sequence in that stream.';
COMMENT ON COLUMN dead_letters.event_id IS 'The fact; null when the message is not even an envelope.';
COMMENT ON COLUMN dead_letters.subject IS 'The message''s subject.';
COMMENT ON COLUMN dead_letters.reason IS 'Why it could not be used; no personal data.';
COMMENT ON COLUMN dead_letters.deliveries IS 'How often it had been delivered.';
COMMENT ON COLUMN dead_letters.message IS 'The message as it came.';
COMMENT ON COLUMN dead_letters.buried_at IS 'When it was given up.';

CREATE INDEX dead_letters_buried_at_idx ON dead_letters (buried_at);
