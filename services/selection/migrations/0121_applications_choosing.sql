-- What a vehicle is told by and driven by, a number that waits for being confirmed, the web session that
-- passed the identity check, and whether an officer took the application up at the window.
ALTER TABLE applications
    ADD COLUMN energy text
        CONSTRAINT applications_energy_check CHECK (energy IN ('battery', 'not_purely_battery')),
    ADD COLUMN vehicle_description text NOT NULL DEFAULT '',
    ADD COLUMN purchase_proof_masked text NOT NULL DEFAULT '',
    ADD COLUMN choice jsonb,
    ADD COLUMN choice_until timestamptz,
    ADD COLUMN checked_session_id uuid,
    ADD COLUMN at_counter boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT applications_choice_check CHECK ((choice IS NULL) = (choice_until IS NULL));

COMMENT ON COLUMN applications.energy IS 'battery or not_purely_battery: which letters a new-energy number may have; null for other classes.';
COMMENT ON COLUMN applications.vehicle_description IS 'Make and model, for people; may be empty.';
COMMENT ON COLUMN applications.purchase_proof_masked IS 'Kind and last digits of the purchase proof, for people.';
COMMENT ON COLUMN applications.choice IS 'A number that waits for being confirmed: a held hit (R-SEL-10) or a chosen one (R-CNF-01); null when none does.';
COMMENT ON COLUMN applications.choice_until IS 'The waiting number is free from then on; null when none waits.';
COMMENT ON COLUMN applications.checked_session_id IS 'Web session that passed the identity check; null after walking in again (R-ENT-05).';
COMMENT ON COLUMN applications.at_counter IS 'Whether it was opened or taken up at the window (R-SEL-12).';

-- Applications whose countdown is over.
CREATE INDEX applications_choice_until_idx ON applications (choice_until)
    WHERE choice_until IS NOT NULL;

-- One open road per person and office on the internet. The window serves a second vehicle beside it.
DROP INDEX applications_open_key;
CREATE UNIQUE INDEX applications_open_key ON applications (account_id, office)
    WHERE NOT at_counter
      AND state IN ('notice_agreed', 'info_submitted', 'info_confirmed', 'selecting', 'confirmed');
