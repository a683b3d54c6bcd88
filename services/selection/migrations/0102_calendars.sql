-- Working days by province and year, where a province announced more than the national table knows.
CREATE TABLE calendars (
    province   text        NOT NULL,
    year       smallint    NOT NULL,
    off_days   date[]      NOT NULL,
    work_days  date[]      NOT NULL,
    applied_at timestamptz NOT NULL,
    applied_by uuid        NOT NULL,
    CONSTRAINT calendars_pkey PRIMARY KEY (province, year)
);

COMMENT ON TABLE calendars IS 'Working days of announced years; a row takes the place of the built-in national year. Never deleted: deadlines were counted by them.';
COMMENT ON COLUMN calendars.province IS 'Province id.';
COMMENT ON COLUMN calendars.year IS 'The year.';
COMMENT ON COLUMN calendars.off_days IS 'Public holidays and days off beside them.';
COMMENT ON COLUMN calendars.work_days IS 'Weekend days that are worked (调休).';
COMMENT ON COLUMN calendars.applied_at IS 'When it was applied.';
COMMENT ON COLUMN calendars.applied_by IS 'Member of staff who applied it.';
