-- Makes the partition of a civil day, unless it is there. Attached rather than created in place:
-- attaching does not wait for writers, nor they for it.
CREATE FUNCTION pool_log_add_day(day date, begins_at timestamptz, ends_at timestamptz) RETURNS boolean
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
    RETURN true;
END
$$;

COMMENT ON FUNCTION pool_log_add_day IS 'Makes the partition of a civil day, unless it is there.';
