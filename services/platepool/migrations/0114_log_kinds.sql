-- Rows of new kinds: a choice for the last check, an announcement taken back, numbers withheld, and
-- the end of that. Partitions inherit the constraint.
ALTER TABLE pool_log
    DROP CONSTRAINT pool_log_kind_check,
    ADD CONSTRAINT pool_log_kind_check CHECK (kind IN ('draw', 'keep', 'compose', 'confirm', 'choose',
        'give_up', 'resolve', 'close', 'release', 'withdraw', 'import', 'rules', 'lapse', 'return',
        'withhold', 'end_withholding'));
