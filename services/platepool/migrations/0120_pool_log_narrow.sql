-- Narrow rows of the log. A draw is a row, so what Postgres writes for a row is what a draw costs:
--
-- * columns of fixed width first, none of them null in a citizen's row: no padding, no bitmap;
-- * the set's numbers as bytes: the half of a number that tells class and issuing code once for all
--   its neighbours, four bytes for each serial (column `held`; read it through pool_log_readable);
-- * instants in `input`, `result` and `held` counted from `decided_at`;
-- * no province: it follows from the office;
-- * one entry a batch in the index by office and instant, not one a row. The rows of a span lie
--   together, since rows are only ever appended, and a block range index finds them.
--
-- Rows of before are carried over. Their input and result stay as they were written: those are
-- protobuf, and programs read the old fields for ever.
ALTER TABLE pool_log RENAME TO pool_log_wide;
ALTER INDEX pool_log_pkey RENAME TO pool_log_wide_pkey;
ALTER INDEX pool_log_application_idx RENAME TO pool_log_wide_application_idx;

CREATE TABLE pool_log (
    decided_at  timestamptz NOT NULL,
    op_no       bigint      NOT NULL,
    epoch       integer     NOT NULL,
    seq         integer     NOT NULL,
    batch_rows  smallint    NOT NULL,
    application uuid,
    office      text        NOT NULL,
    kind        text        NOT NULL,
    outcome     text        NOT NULL,
    input       bytea       NOT NULL,
    result      bytea       NOT NULL,
    held        bytea       NOT NULL,
    CONSTRAINT pool_log_op_no_check CHECK (op_no >= 0),
    CONSTRAINT pool_log_batch_rows_check CHECK (batch_rows >= 0),
    CONSTRAINT pool_log_kind_check CHECK (kind IN ('draw', 'keep', 'compose', 'confirm', 'choose',
        'give_up', 'resolve', 'close', 'release', 'withdraw', 'import', 'rules', 'lapse', 'return',
        'withhold', 'end_withholding'))
) PARTITION BY RANGE (decided_at);

COMMENT ON TABLE pool_log IS 'The log of the pool: every row that changes the set of free numbers. For people: pool_log_readable.';
COMMENT ON COLUMN pool_log.decided_at IS 'When it was decided: one instant a batch, never running back (E5).';
COMMENT ON COLUMN pool_log.op_no IS 'The highest operation number recorded for the application, this row included; 0 where there is none.';
COMMENT ON COLUMN pool_log.epoch IS 'Epoch of the writer.';
COMMENT ON COLUMN pool_log.seq IS 'Number within the epoch, from 1. With the epoch it is the order of the log.';
COMMENT ON COLUMN pool_log.batch_rows IS 'In one row of each batch: how many rows the batch has. 0 in the others.';
COMMENT ON COLUMN pool_log.application IS 'The application whose history it belongs to; null for what operators do and for the end of an allocation.';
COMMENT ON COLUMN pool_log.office IS 'Office id.';
COMMENT ON COLUMN pool_log.kind IS 'What was asked.';
COMMENT ON COLUMN pool_log.outcome IS 'What came of it, in a word.';
COMMENT ON COLUMN pool_log.input IS 'The rest of the full input: protobuf, message Input of store/encoding.';
COMMENT ON COLUMN pool_log.result IS 'The rest of the outcome: protobuf, message Result of store/encoding.';
COMMENT ON COLUMN pool_log.held IS 'The application''s whole set after it (E7), as store/encoding/set describes; no bytes where nothing is held.';

-- The office's batches, in order. Two of one instant would be one statement sent twice (E4, E5).
CREATE UNIQUE INDEX pool_log_batch_key ON pool_log (office, decided_at) WHERE batch_rows > 0;
-- The rows of a span of time.
CREATE INDEX pool_log_span_idx ON pool_log USING brin (decided_at) WITH (pages_per_range = 16, autosummarize = on);
-- An application has few rows; its latest is where it stands.
CREATE INDEX pool_log_application_idx ON pool_log (application) WHERE application IS NOT NULL;

-- Makes the partition of a civil day, unless it is there. Attached rather than created in place:
-- attaching does not wait for writers, nor they for it. What the block ranges of the days before
-- have not taken in yet is taken in by the way.
CREATE OR REPLACE FUNCTION pool_log_add_day(day date, begins_at timestamptz, ends_at timestamptz) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    partition text := 'pool_log_' || to_char(day, 'YYYYMMDD');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('pool_log_add_day'));
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE pool_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
    EXECUTE format('ALTER TABLE pool_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   partition, begins_at, ends_at);
    PERFORM brin_summarize_new_values(inhrelid) FROM pg_inherits
    WHERE inhparent = 'pool_log_span_idx'::regclass;
    RETURN true;
END
$$;

-- A number of protobuf's: seven bits a byte, the lowest first, the eighth bit set if more follow.
CREATE FUNCTION pg_temp.varint(number bigint) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    packed bytea := '';
BEGIN
    -- Below zero are the 64 bits of its two's complement.
    WHILE number >= 128 OR number < 0 LOOP
        packed := packed || set_byte('\x00', 0, (number & 127)::int | 128);
        number := (number >> 7) & 144115188075855871;
    END LOOP;
    RETURN packed || set_byte('\x00', 0, number::int);
END
$$;

-- A part of a set, as store/encoding/set writes it.
CREATE FUNCTION pg_temp.part(head int, plates bigint[], until timestamptz, decided_at timestamptz) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    packed bytea := set_byte('\x00', 0, head)
        || pg_temp.varint((extract(epoch FROM until - decided_at) * 1000000)::bigint);
    serials bytea := '';
    length int := 0;
    high bigint;
    plate bigint;
BEGIN
    FOREACH plate IN ARRAY plates LOOP
        IF length > 0 AND plate >> 32 <> high THEN
            packed := packed || pg_temp.varint(length) || substring(int8send(high) FROM 5) || serials;
            serials := '';
            length := 0;
        END IF;
        high := plate >> 32;
        serials := serials || substring(int8send(plate) FROM 5);
        length := length + 1;
    END LOOP;
    IF length > 0 THEN
        packed := packed || pg_temp.varint(length) || substring(int8send(high) FROM 5) || serials;
    END IF;
    RETURN packed || '\x00'::bytea;
END
$$;

DO $$
DECLARE
    day record;
BEGIN
    FOR day IN
        SELECT child.relname AS name, pg_get_expr(child.relpartbound, child.oid) AS bounds
        FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
        WHERE inhparent = 'pool_log_wide'::regclass
        ORDER BY child.relname
    LOOP
        EXECUTE format('ALTER TABLE %I RENAME TO %I', day.name, day.name || '_wide');
        EXECUTE format('CREATE TABLE %I PARTITION OF pool_log %s', day.name, day.bounds);
        EXECUTE format(
            'INSERT INTO %I (decided_at, op_no, epoch, seq, batch_rows, application, office, kind,
                             outcome, input, result, held)
             SELECT decided_at, op_no, epoch, seq,
                    CASE WHEN row_number() OVER batch = 1
                         THEN count(*) OVER (PARTITION BY office, decided_at) ELSE 0 END,
                    application, office, kind, outcome, input, result,
                    coalesce(pg_temp.part(CASE WHEN column_chosen THEN 2 ELSE 1 END, column_plates,
                                          column_until, decided_at), '''')
                    || coalesce(pg_temp.part(3, basket_plates, basket_until, decided_at), '''')
             FROM %I
             WINDOW batch AS (PARTITION BY office, decided_at ORDER BY epoch, seq)
             ORDER BY decided_at, office, epoch, seq',
            day.name, day.name || '_wide');
        EXECUTE format('DROP TABLE %I', day.name || '_wide');
    END LOOP;
END
$$;
DROP TABLE pool_log_wide;
DROP FUNCTION pg_temp.part(int, bigint[], timestamptz, timestamptz);
DROP FUNCTION pg_temp.varint(bigint);

-- The number of protobuf's at a place, counted from 0, and the place after it.
CREATE FUNCTION pool_log_varint(held bytea, place int, OUT number bigint, OUT next int)
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    shift int := 0;
BEGIN
    number := 0;
    next := place;
    LOOP
        number := number | ((get_byte(held, next) & 127)::bigint << shift);
        shift := shift + 7;
        next := next + 1;
        EXIT WHEN get_byte(held, next - 1) < 128;
    END LOOP;
END
$$;

COMMENT ON FUNCTION pool_log_varint IS 'The number of protobuf''s at a place, and the place after it.';

-- The set that a row of the log holds.
CREATE FUNCTION pool_log_set(held bytea, decided_at timestamptz,
                             OUT column_plates bigint[], OUT column_until timestamptz,
                             OUT column_chosen boolean, OUT basket_plates bigint[],
                             OUT basket_until timestamptz)
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    place int := 0;
    head int;
    length bigint;
    high bigint;
    until timestamptz;
    plates bigint[];
BEGIN
    WHILE place < octet_length(held) LOOP
        head := get_byte(held, place);
        SELECT decided_at + number * interval '1 microsecond', next INTO until, place
        FROM pool_log_varint(held, place + 1);
        plates := '{}';
        LOOP
            SELECT number, next INTO length, place FROM pool_log_varint(held, place);
            EXIT WHEN length = 0;
            high := ('x' || encode(substring(held FROM place + 1 FOR 4), 'hex'))::bit(32)::bigint << 32;
            FOR i IN 1 .. length LOOP
                plates := plates
                    || (high | ('x' || encode(substring(held FROM (place + 4 * i + 1)::int FOR 4), 'hex'))::bit(32)::bigint);
            END LOOP;
            place := place + 4 * (length + 1);
        END LOOP;
        IF head = 3 THEN
            basket_plates := plates;
            basket_until := until;
        ELSE
            column_plates := plates;
            column_until := until;
            column_chosen := head = 2;
        END IF;
    END LOOP;
END
$$;

COMMENT ON FUNCTION pool_log_set IS 'The set that a row of the log holds, from its bytes.';

CREATE VIEW pool_log_readable AS
SELECT office, decided_at, epoch, seq, kind, application, op_no, outcome,
       column_plates, column_until, column_chosen, basket_plates, basket_until
FROM pool_log CROSS JOIN LATERAL pool_log_set(held, decided_at);

COMMENT ON VIEW pool_log_readable IS 'The log with its sets spelled out, for auditors.';
COMMENT ON COLUMN pool_log_readable.column_plates IS 'The numbers of the column, packed with their class.';
COMMENT ON COLUMN pool_log_readable.column_until IS 'Until when the column is held.';
COMMENT ON COLUMN pool_log_readable.column_chosen IS 'Whether its one candidate went into the basket.';
COMMENT ON COLUMN pool_log_readable.basket_plates IS 'The basket''s numbers.';
COMMENT ON COLUMN pool_log_readable.basket_until IS 'Until when the basket is held.';
