-- Organisations beside persons, initial passwords, and residential addresses.
ALTER TABLE accounts
    ADD COLUMN kind text NOT NULL DEFAULT 'person'
        CONSTRAINT accounts_kind CHECK (kind IN ('person', 'organisation')),
    ADD COLUMN organisation_name bytea,
    ADD COLUMN credit_code bytea,
    ADD COLUMN credit_code_index bytea,
    ADD COLUMN authorised_until date,
    ADD COLUMN must_change_password boolean NOT NULL DEFAULT false,
    ADD COLUMN initial_password_until timestamptz,
    ADD COLUMN residence bytea,
    ADD CONSTRAINT accounts_organisation CHECK
        (num_nonnulls(organisation_name, credit_code, credit_code_index, authorised_until)
            = CASE kind WHEN 'organisation' THEN 4 ELSE 0 END),
    ADD CONSTRAINT accounts_initial_password CHECK
        (must_change_password = (initial_password_until IS NOT NULL)),
    DROP CONSTRAINT accounts_resident_id_key;

CREATE UNIQUE INDEX accounts_resident_id_key ON accounts (resident_id_index) WHERE kind = 'person';
CREATE UNIQUE INDEX accounts_credit_code_key ON accounts (credit_code_index) WHERE kind = 'organisation';

COMMENT ON TABLE accounts IS 'Accounts of natural persons and of organisations. Personal data is sealed under the account''s own key (C4); what must be found again stands beside it as a keyed blind index.';
COMMENT ON COLUMN accounts.kind IS 'Whose it is: a person''s, or an organisation''s, acting through its agent (R-ACC-09).';
COMMENT ON COLUMN accounts.full_name IS 'Sealed: name as printed on the identity card; of an organisation, its agent''s.';
COMMENT ON COLUMN accounts.resident_id IS 'Sealed: resident identity number (GB 11643); of an organisation, its agent''s.';
COMMENT ON COLUMN accounts.resident_id_index IS 'Keyed hash of the resident identity number: one account per person, and any number of organisations it is the agent of.';
COMMENT ON COLUMN accounts.contact_request_id IS 'Request id under which notification is told the contact point; another one for every number.';
COMMENT ON COLUMN accounts.organisation_name IS 'Sealed: name of the organisation.';
COMMENT ON COLUMN accounts.credit_code IS 'Sealed: unified social credit code (GB 32100).';
COMMENT ON COLUMN accounts.credit_code_index IS 'Keyed hash of the credit code: one account per organisation, and what its ban is kept under.';
COMMENT ON COLUMN accounts.authorised_until IS 'Last civil day of the agent''s power of attorney; afterwards the organisation may not transact.';
COMMENT ON COLUMN accounts.must_change_password IS 'The password is an initial one: nothing but its replacement is allowed (R-ACC-06).';
COMMENT ON COLUMN accounts.initial_password_until IS 'An initial password is of no use after that.';
COMMENT ON COLUMN accounts.residence IS 'Sealed: full residential address (R-INF-01); none until one was given.';
COMMENT ON COLUMN accounts.office IS 'Office that enrolled the holder last; none for online registration.';
