-- What happened at the office, as separate acts (R-DONE-04, R-DONE-05), and a number that its citizen
-- takes back.
ALTER TABLE selections
    ADD COLUMN arrived_on date,
    ADD COLUMN inspected_on date,
    ADD COLUMN inspection_passed boolean,
    ADD COLUMN collected_on date,
    ADD COLUMN undoing_at timestamptz,
    ADD CONSTRAINT selections_inspection_check CHECK (
        (inspected_on IS NULL) = (inspection_passed IS NULL)
        AND (inspected_on IS NULL OR (arrived_on IS NOT NULL AND inspected_on >= arrived_on))),
    ADD CONSTRAINT selections_collection_check CHECK (
        collected_on IS NULL OR (inspection_passed AND collected_on >= inspected_on)),
    ADD CONSTRAINT selections_undoing_check CHECK (undoing_at IS NULL OR arrived_on IS NULL);

COMMENT ON COLUMN selections.arrived_on IS 'Civil day the citizen came to the window: the deadline no longer runs out.';
COMMENT ON COLUMN selections.inspected_on IS 'Civil day of the latest inspection (查验).';
COMMENT ON COLUMN selections.inspection_passed IS 'Whether the latest inspection was passed; null until inspected.';
COMMENT ON COLUMN selections.collected_on IS 'Civil day the number plates were collected (号牌领取).';
COMMENT ON COLUMN selections.undoing_at IS 'When the citizen took the number back; what is left to do then is done by whoever finds it.';

-- Windows list those due first; reminders look at those due soon.
CREATE INDEX selections_office_deadline_idx ON selections (office, deadline, application_id);
-- Numbers taken back that the pool has not closed yet.
CREATE INDEX selections_undoing_idx ON selections (undoing_at)
    WHERE undoing_at IS NOT NULL AND closed_at IS NULL;
