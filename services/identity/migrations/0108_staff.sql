-- Members of staff.
CREATE TABLE staff (
    staff_id uuid CONSTRAINT staff_pkey PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT staff_person_key UNIQUE,
    province text NOT NULL,
    office text,
    login_name text NOT NULL,
    login_key text NOT NULL CONSTRAINT staff_login_key UNIQUE,
    full_name bytea NOT NULL,
    password_hash text NOT NULL,
    must_change_password boolean NOT NULL,
    password_changed_at timestamptz NOT NULL,
    added_at timestamptz NOT NULL
);

COMMENT ON COLUMN staff.person_id IS 'Key of the person in the store of data keys.';
COMMENT ON COLUMN staff.province IS 'Province of the first grant.';
COMMENT ON COLUMN staff.office IS 'Office of the first grant, if it is limited to one.';
COMMENT ON COLUMN staff.login_key IS 'Login name in small letters.';
COMMENT ON COLUMN staff.full_name IS 'Sealed: the member''s name.';
COMMENT ON COLUMN staff.password_hash IS 'PHC string, Argon2id.';
COMMENT ON COLUMN staff.must_change_password IS 'The password is the initial one: it admits to nothing but its own replacement.';
