-- More time for people who say that they need it. Policies applied before give none.
UPDATE policies
SET document = document || jsonb_build_object('more_time', jsonb_build_object('factor', 1))
WHERE NOT document ? 'more_time';

ALTER TABLE applications ADD COLUMN more_time boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN applications.more_time IS 'Whether its citizen said that he needs more time; what that gives is the policy''s to say.';
