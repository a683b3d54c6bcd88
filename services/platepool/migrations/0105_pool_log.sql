-- The log of the pool: everything that changes the set of free numbers, with its full input (E6).
-- Partitioned by the civil day of decided_at; kept for years as the audit trail.
--
-- The primary key is also the order of the log: within an office no two batches have one instant,
-- and instants never run back (E5).
CREATE TABLE pool_log (
    office        text        NOT NULL,
    decided_at    timestamptz NOT NULL,
    epoch         bigint      NOT NULL,
    seq           bigint      NOT NULL,
    province      text        NOT NULL,
    kind          text        NOT NULL,
    application   uuid,
    op_no         bigint      NOT NULL,
    outcome       text        NOT NULL,
    input         bytea       NOT NULL,
    result        bytea       NOT NULL,
    column_plates bigint[],
    column_until  timestamptz,
    column_chosen boolean,
    basket_plates bigint[],
    basket_until  timestamptz,
    CONSTRAINT pool_log_pkey PRIMARY KEY (office, decided_at, epoch, seq),
    CONSTRAINT pool_log_kind_check CHECK (kind IN ('draw', 'keep', 'compose', 'confirm', 'give_up',
        'resolve', 'close', 'release', 'import', 'rules', 'lapse', 'return')),
    CONSTRAINT pool_log_op_no_check CHECK (op_no >= 0),
    CONSTRAINT pool_log_column_check CHECK (num_nulls(column_plates, column_until, column_chosen) IN (0, 3)),
    CONSTRAINT pool_log_basket_check CHECK (num_nulls(basket_plates, basket_until) IN (0, 2))
) PARTITION BY RANGE (decided_at);

COMMENT ON TABLE pool_log IS 'The log of the pool: every row that changes the set of free numbers.';
COMMENT ON COLUMN pool_log.office IS 'Office id.';
COMMENT ON COLUMN pool_log.decided_at IS 'When it was decided: one instant a batch, never running back (E5).';
COMMENT ON COLUMN pool_log.epoch IS 'Epoch of the writer.';
COMMENT ON COLUMN pool_log.seq IS 'Number within the epoch, from 1.';
COMMENT ON COLUMN pool_log.province IS 'Province id.';
COMMENT ON COLUMN pool_log.kind IS 'What was asked.';
COMMENT ON COLUMN pool_log.application IS 'The application whose history it belongs to; null for what operators do and for the end of an allocation.';
COMMENT ON COLUMN pool_log.op_no IS 'The highest operation number recorded for the application, this row included; 0 where there is none.';
COMMENT ON COLUMN pool_log.outcome IS 'What came of it, in a word.';
COMMENT ON COLUMN pool_log.input IS 'The rest of the full input: protobuf, message Input of store/encoding.';
COMMENT ON COLUMN pool_log.result IS 'The rest of the outcome: protobuf, message Result of store/encoding.';
COMMENT ON COLUMN pool_log.column_plates IS 'The application''s whole set after it (E7): the column''s numbers.';
COMMENT ON COLUMN pool_log.column_until IS 'Until when the column is held.';
COMMENT ON COLUMN pool_log.column_chosen IS 'Whether its one candidate went into the basket.';
COMMENT ON COLUMN pool_log.basket_plates IS 'The basket''s numbers.';
COMMENT ON COLUMN pool_log.basket_until IS 'Until when the basket is held.';

-- Where an application stands is its latest row.
CREATE INDEX pool_log_application_idx ON pool_log (application, decided_at) WHERE application IS NOT NULL;
