-- Accounts of natural persons. Personal data is sealed under the person's own key (C4); what must be
-- found again stands beside it as a keyed blind index.
CREATE TABLE accounts (
    account_id uuid CONSTRAINT accounts_pkey PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT accounts_person_key UNIQUE,
    province text NOT NULL,
    office text,
    login_name text NOT NULL,
    login_key text NOT NULL CONSTRAINT accounts_login_key UNIQUE,
    full_name bytea NOT NULL,
    resident_id bytea NOT NULL,
    mobile bytea NOT NULL,
    resident_id_index bytea NOT NULL CONSTRAINT accounts_resident_id_key UNIQUE,
    mobile_index bytea NOT NULL CONSTRAINT accounts_mobile_key UNIQUE,
    level text NOT NULL CONSTRAINT accounts_level CHECK (level IN ('online', 'face_to_face', 'real_person')),
    password_hash text NOT NULL,
    password_changed_at timestamptz NOT NULL,
    version bigint NOT NULL CONSTRAINT accounts_version CHECK (version > 0),
    registered_at timestamptz NOT NULL,
    contact_request_id uuid NOT NULL,
    contact_locale text NOT NULL,
    contact_due_at timestamptz NOT NULL,
    contact_acknowledged_at timestamptz
);

COMMENT ON COLUMN accounts.person_id IS 'Key of the person in the store of data keys.';
COMMENT ON COLUMN accounts.province IS 'Province whose portal was used.';
COMMENT ON COLUMN accounts.office IS 'Office that enrolled the person; none for online registration.';
COMMENT ON COLUMN accounts.login_name IS 'As the person wrote it.';
COMMENT ON COLUMN accounts.login_key IS 'Login name in small letters; names that differ by case are the same.';
COMMENT ON COLUMN accounts.full_name IS 'Sealed: name as printed on the identity card.';
COMMENT ON COLUMN accounts.resident_id IS 'Sealed: resident identity number (GB 11643).';
COMMENT ON COLUMN accounts.mobile IS 'Sealed: mobile number in E.164.';
COMMENT ON COLUMN accounts.resident_id_index IS 'Keyed hash of the resident identity number: one account per person.';
COMMENT ON COLUMN accounts.mobile_index IS 'Keyed hash of the mobile number: one account per number.';
COMMENT ON COLUMN accounts.level IS 'How far the platform knows the person (R-ACC-04).';
COMMENT ON COLUMN accounts.password_hash IS 'PHC string, Argon2id.';
COMMENT ON COLUMN accounts.password_changed_at IS 'When the password was last replaced; a raised cost does not count.';
COMMENT ON COLUMN accounts.version IS 'Grows with every published fact of the account.';
COMMENT ON COLUMN accounts.contact_request_id IS 'Request id under which notification is told the contact point: the registration event''s id.';
COMMENT ON COLUMN accounts.contact_locale IS 'Language of messages to the person.';
COMMENT ON COLUMN accounts.contact_due_at IS 'When notification is told next, while it has not acknowledged.';
COMMENT ON COLUMN accounts.contact_acknowledged_at IS 'When notification acknowledged the contact point.';

CREATE INDEX accounts_contact_due ON accounts (contact_due_at) WHERE contact_acknowledged_at IS NULL;
