-- Vehicles and driving licences bound to an account by its holder (R-ACC-07).
CREATE TABLE bindings (
    binding_id uuid CONSTRAINT bindings_pkey PRIMARY KEY,
    province text NOT NULL,
    account_id uuid NOT NULL,
    person_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT bindings_kind CHECK (kind IN ('vehicle', 'licence')),
    plate_class text CONSTRAINT bindings_plate_class
        CHECK (plate_class IN ('small', 'large', 'nev_small', 'nev_large')),
    number bytea NOT NULL,
    number_key bytea NOT NULL CONSTRAINT bindings_number_key CHECK (octet_length(number_key) = 32),
    description text NOT NULL,
    bound_at timestamptz NOT NULL,
    unbound_at timestamptz,
    CONSTRAINT bindings_class CHECK ((kind = 'vehicle') = (plate_class IS NOT NULL)),
    CONSTRAINT bindings_order CHECK (unbound_at >= bound_at)
);

COMMENT ON TABLE bindings IS 'What holders bound to their accounts.';
COMMENT ON COLUMN bindings.binding_id IS 'The binding.';
COMMENT ON COLUMN bindings.province IS 'Province of the account.';
COMMENT ON COLUMN bindings.account_id IS 'Account it belongs to.';
COMMENT ON COLUMN bindings.person_id IS 'Key of the holder in the store of data keys.';
COMMENT ON COLUMN bindings.kind IS 'vehicle or licence.';
COMMENT ON COLUMN bindings.plate_class IS 'Class of the vehicle''s plate; null for a licence.';
COMMENT ON COLUMN bindings.number IS 'Sealed: plate number or file number.';
COMMENT ON COLUMN bindings.number_key IS 'Keyed hash of class and plate, or of the file number.';
COMMENT ON COLUMN bindings.description IS 'Make and model, or the classes a licence entitles to.';
COMMENT ON COLUMN bindings.bound_at IS 'When it was made.';
COMMENT ON COLUMN bindings.unbound_at IS 'When it was undone; null while it lives.';

CREATE UNIQUE INDEX bindings_live ON bindings (account_id, number_key) WHERE unbound_at IS NULL;
CREATE INDEX bindings_unbound_at ON bindings (unbound_at) WHERE unbound_at IS NOT NULL;

-- Attempts to bind, for their limit: a count per account and window.
CREATE TABLE binding_attempts (
    account_id uuid CONSTRAINT binding_attempts_pkey PRIMARY KEY,
    started_at timestamptz NOT NULL,
    attempts integer NOT NULL CONSTRAINT binding_attempts_attempts CHECK (attempts > 0)
);

COMMENT ON TABLE binding_attempts IS 'Attempts to bind; each counts, whatever came of it.';
COMMENT ON COLUMN binding_attempts.account_id IS 'Account that tries.';
COMMENT ON COLUMN binding_attempts.started_at IS 'When its window began.';
COMMENT ON COLUMN binding_attempts.attempts IS 'How many there were in it.';

CREATE INDEX binding_attempts_started_at ON binding_attempts (started_at);
