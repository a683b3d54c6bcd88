-- Why an application was ended: told to its citizen, and what an appeal is about.
ALTER TABLE applications
    ADD COLUMN void_cause text
        CONSTRAINT applications_void_cause_check
        CHECK (void_cause IN ('officer', 'undone', 'evicted', 'lapsed', 'rejected')),
    ADD COLUMN void_reason text,
    ADD CONSTRAINT applications_void_check CHECK (
        (void_cause IS NULL) = (void_reason IS NULL)
        AND (void_cause IS NULL OR state = 'voided'));

COMMENT ON COLUMN applications.void_cause IS 'officer, undone (by the citizen), evicted (a verified claim took the vehicle), lapsed (never verified in its time) or rejected; null unless voided.';
COMMENT ON COLUMN applications.void_reason IS 'What the citizen is told; null unless voided.';
