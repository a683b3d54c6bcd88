-- One row is one road of one VIN, from an office's notice to a number.
CREATE TABLE applications (
    application_id      uuid        NOT NULL CONSTRAINT applications_pkey PRIMARY KEY,
    province            text        NOT NULL,
    office              text        NOT NULL,
    account_id          uuid        NOT NULL,
    person_key          bytea       NOT NULL,
    state               text        NOT NULL,
    version             bigint      NOT NULL,
    notice_version      integer     NOT NULL,
    vin                 text,
    plate_class         text,
    assessment_id       uuid,
    vehicle_key         bytea,
    policy_version      integer,
    last_op_no          bigint      NOT NULL DEFAULT 0,
    compose_from        timestamptz,
    confirm_from        timestamptz,
    holding             jsonb       NOT NULL,
    held_until          timestamptz,
    claiming_until      timestamptz,
    opened_at           timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    ended_at            timestamptz,
    vehicle_released_at timestamptz,
    CONSTRAINT applications_state_check CHECK (state IN (
        'notice_agreed', 'info_submitted', 'info_confirmed', 'selecting', 'confirmed',
        'registered', 'exhausted', 'expired', 'voided')),
    CONSTRAINT applications_vehicle_check CHECK (
        (vin IS NULL) = (plate_class IS NULL) AND (vin IS NULL) = (assessment_id IS NULL)
        AND (vin IS NULL) = (vehicle_key IS NULL)
        AND (vin IS NOT NULL OR state IN ('notice_agreed', 'voided'))),
    CONSTRAINT applications_policy_check CHECK (
        policy_version IS NOT NULL
        OR state IN ('notice_agreed', 'info_submitted', 'voided')),
    CONSTRAINT applications_policy_fkey FOREIGN KEY (office, policy_version)
        REFERENCES policies (office, version),
    CONSTRAINT applications_notice_fkey FOREIGN KEY (office, notice_version)
        REFERENCES notices (office, version)
);

COMMENT ON TABLE applications IS 'Applications. Kept as long as the outcome may be asked for.';
COMMENT ON COLUMN applications.application_id IS 'Identity (UUIDv7).';
COMMENT ON COLUMN applications.province IS 'Province id.';
COMMENT ON COLUMN applications.office IS 'Office id.';
COMMENT ON COLUMN applications.account_id IS 'Account of the citizen; the name behind it is identity''s.';
COMMENT ON COLUMN applications.person_key IS 'Keyed blind index of the person: what a ban is kept under.';
COMMENT ON COLUMN applications.state IS 'Where it stands; the README has the table of states.';
COMMENT ON COLUMN applications.version IS 'Rises with every change.';
COMMENT ON COLUMN applications.notice_version IS 'Version of the notice agreed to (R-ENT-04).';
COMMENT ON COLUMN applications.vin IS 'The vehicle; null until submitted.';
COMMENT ON COLUMN applications.plate_class IS 'small, large, nev_small or nev_large.';
COMMENT ON COLUMN applications.assessment_id IS 'Vehicle''s decision that found it eligible.';
COMMENT ON COLUMN applications.vehicle_key IS 'Keyed hash of the VIN: what the pool knows the vehicle by (E8).';
COMMENT ON COLUMN applications.policy_version IS 'Policy in force at the lock: frozen fields are its.';
COMMENT ON COLUMN applications.last_op_no IS 'Number of the last operation; the next has the next (P3).';
COMMENT ON COLUMN applications.compose_from IS 'The next compose round may be sent from then on (R-SEL-05).';
COMMENT ON COLUMN applications.confirm_from IS 'When the last identity check could be sent in (R-AUTH-02).';
COMMENT ON COLUMN applications.holding IS 'Column and basket as the pool last told them, with their ends.';
COMMENT ON COLUMN applications.held_until IS 'Nothing is held from then on; null when nothing is.';
COMMENT ON COLUMN applications.claiming_until IS 'A claim of the vehicle may be under way until then; null when none was begun.';
COMMENT ON COLUMN applications.opened_at IS 'When the notice was first agreed to.';
COMMENT ON COLUMN applications.updated_at IS 'Last change.';
COMMENT ON COLUMN applications.ended_at IS 'When it was registered, exhausted, expired or voided.';
COMMENT ON COLUMN applications.vehicle_released_at IS 'When the vehicle of an ended application was freed at the vehicle service.';

-- One open road per person and office: coming back leads to it (R-ENT-05, R-ENT-06).
CREATE UNIQUE INDEX applications_open_key ON applications (account_id, office)
    WHERE state IN ('notice_agreed', 'info_submitted', 'info_confirmed', 'selecting', 'confirmed');
-- One road per VIN from the lock until the pool has closed it (P9). An exhausted vehicle stays taken:
-- its chances are gone everywhere.
CREATE UNIQUE INDEX applications_vin_key ON applications (vin)
    WHERE state IN ('info_confirmed', 'selecting', 'confirmed', 'registered', 'exhausted');
CREATE INDEX applications_account_idx ON applications (account_id, opened_at DESC, application_id DESC);
CREATE INDEX applications_vin_idx ON applications (vin);
-- What the reconciler for used-up chances looks at (P8).
CREATE INDEX applications_held_until_idx ON applications (held_until) WHERE state = 'selecting';
-- Vehicles still to be freed.
CREATE INDEX applications_release_idx ON applications (ended_at)
    WHERE state IN ('voided', 'expired') AND vehicle_released_at IS NULL;
