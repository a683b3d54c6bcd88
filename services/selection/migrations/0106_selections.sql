-- Confirmed numbers, with what was frozen when they were confirmed.
CREATE TABLE selections (
    application_id  uuid        NOT NULL CONSTRAINT selections_pkey PRIMARY KEY
                                CONSTRAINT selections_application_fkey REFERENCES applications,
    province        text        NOT NULL,
    office          text        NOT NULL,
    vin             text        NOT NULL,
    allocation_id   uuid        NOT NULL CONSTRAINT selections_allocation_key UNIQUE,
    plate_class     text        NOT NULL,
    plate           text        NOT NULL,
    decided_at      timestamptz NOT NULL,
    deadline        date        NOT NULL,
    voucher_number  text        NOT NULL CONSTRAINT selections_voucher_number_key UNIQUE,
    confirmed_at    timestamptz NOT NULL,
    announced_at    timestamptz,
    announced_event uuid,
    message_at      timestamptz,
    closed_at       timestamptz,
    registered_on   date,
    returned_at     timestamptz,
    next_check_at   timestamptz,
    CONSTRAINT selections_announced_check CHECK ((announced_at IS NULL) = (announced_event IS NULL)),
    CONSTRAINT selections_message_check CHECK (message_at IS NULL OR announced_at IS NOT NULL),
    CONSTRAINT selections_returned_check CHECK (returned_at IS NULL OR closed_at IS NOT NULL)
);

COMMENT ON TABLE selections IS 'Confirmed numbers; kept as long as their application.';
COMMENT ON COLUMN selections.application_id IS 'The application.';
COMMENT ON COLUMN selections.province IS 'Province id.';
COMMENT ON COLUMN selections.office IS 'Office id.';
COMMENT ON COLUMN selections.vin IS 'The vehicle.';
COMMENT ON COLUMN selections.allocation_id IS 'The pool''s allocation.';
COMMENT ON COLUMN selections.plate_class IS 'small, large, nev_small or nev_large.';
COMMENT ON COLUMN selections.plate IS 'The number, for example 粤GA1234.';
COMMENT ON COLUMN selections.decided_at IS 'When the pool decided: the commit point of the confirmation.';
COMMENT ON COLUMN selections.deadline IS 'Last civil day for registering, inclusive; frozen (R-DONE-01).';
COMMENT ON COLUMN selections.voucher_number IS 'Number people read out; its last place is a check character.';
COMMENT ON COLUMN selections.confirmed_at IS 'When this row was written.';
COMMENT ON COLUMN selections.announced_at IS 'When the allocation had been read again and the fact was written (P11).';
COMMENT ON COLUMN selections.announced_event IS 'Id of that fact; also the request id of the message.';
COMMENT ON COLUMN selections.message_at IS 'When notification had taken the message.';
COMMENT ON COLUMN selections.closed_at IS 'When the pool had closed the application (P9).';
COMMENT ON COLUMN selections.registered_on IS 'Civil day of the registration.';
COMMENT ON COLUMN selections.returned_at IS 'When the number had gone back to the pool.';
COMMENT ON COLUMN selections.next_check_at IS 'An ended one is looked at again then; null for at once.';

CREATE INDEX selections_vin_idx ON selections (vin);
CREATE INDEX selections_plate_idx ON selections (plate_class, plate);
CREATE INDEX selections_unannounced_idx ON selections (confirmed_at)
    WHERE announced_at IS NULL OR message_at IS NULL;
CREATE INDEX selections_deadline_idx ON selections (deadline)
    WHERE closed_at IS NULL AND registered_on IS NULL;
CREATE INDEX selections_return_idx ON selections (deadline)
    WHERE closed_at IS NOT NULL AND returned_at IS NULL AND registered_on IS NULL;
