-- Numbers withheld from selecting, each time for a reason that everybody reads. The order is durable
-- before the engine is asked; the numbers themselves are allocations of the channel `reserve`.
CREATE TABLE withholdings (
    withholding_id uuid        NOT NULL CONSTRAINT withholdings_pkey PRIMARY KEY,
    province       text        NOT NULL,
    office         text        NOT NULL,
    plate_class    text        NOT NULL CONSTRAINT withholdings_class_check CHECK (plate_class IN ('01', '02', '51', '52')),
    plates         bigint[]    NOT NULL CONSTRAINT withholdings_plates_check CHECK (cardinality(plates) > 0),
    public_reason  text        NOT NULL CONSTRAINT withholdings_reason_check CHECK (char_length(public_reason) BETWEEN 4 AND 200),
    ordered_at     timestamptz NOT NULL,
    withheld_at    timestamptz,
    end_ordered_at timestamptz,
    ended_at       timestamptz,
    CONSTRAINT withholdings_end_check CHECK (end_ordered_at IS NULL OR withheld_at IS NOT NULL),
    CONSTRAINT withholdings_ended_check CHECK (ended_at IS NULL OR end_ordered_at IS NOT NULL)
);

COMMENT ON TABLE withholdings IS 'Numbers withheld from selecting for a public reason.';
COMMENT ON COLUMN withholdings.withholding_id IS 'Its id.';
COMMENT ON COLUMN withholdings.province IS 'Province id.';
COMMENT ON COLUMN withholdings.office IS 'Office id.';
COMMENT ON COLUMN withholdings.plate_class IS 'GA 24.7 code of the class.';
COMMENT ON COLUMN withholdings.plates IS 'The numbers, packed with their class.';
COMMENT ON COLUMN withholdings.public_reason IS 'Why; shown on the public pool page.';
COMMENT ON COLUMN withholdings.ordered_at IS 'When it was ordered.';
COMMENT ON COLUMN withholdings.withheld_at IS 'Instant of the log row that took the numbers; null before.';
COMMENT ON COLUMN withholdings.end_ordered_at IS 'When its end was ordered; null before.';
COMMENT ON COLUMN withholdings.ended_at IS 'Instant of the log row that sent the numbers back; null before.';

CREATE INDEX withholdings_office_idx ON withholdings (office, withholding_id) WHERE ended_at IS NULL;
