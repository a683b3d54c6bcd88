-- Papers and pictures of persons, sealed. What an officer added at the counter stands under a key of
-- its own until an act takes it for an account.
CREATE TABLE documents (
    document_id uuid CONSTRAINT documents_pkey PRIMARY KEY,
    account_id uuid CONSTRAINT documents_account REFERENCES accounts,
    officer uuid,
    key_id uuid NOT NULL,
    former_key_id uuid,
    province text NOT NULL,
    office text,
    kind text NOT NULL CONSTRAINT documents_kind CHECK (kind IN
        ('identity_card', 'application_form', 'portrait', 'code_certificate', 'power_of_attorney',
         'invoice', 'domestic_certificate', 'import_certificate', 'appeal_evidence')),
    media_type text NOT NULL CONSTRAINT documents_media_type CHECK
        (media_type IN ('image/jpeg', 'image/png', 'application/pdf')),
    size bigint NOT NULL CONSTRAINT documents_size CHECK (size > 0),
    content bytea NOT NULL,
    added_at timestamptz NOT NULL,
    CONSTRAINT documents_added_by CHECK (num_nonnulls(account_id, officer) >= 1)
);

COMMENT ON COLUMN documents.account_id IS 'Whose it is; none while an officer''s document waits for an act.';
COMMENT ON COLUMN documents.officer IS 'Member of staff who added it at the counter; none if its owner did.';
COMMENT ON COLUMN documents.key_id IS 'Key in the store of data keys: the account''s, or the document''s own.';
COMMENT ON COLUMN documents.former_key_id IS 'The document''s own key after it was sealed under the account''s: still to be erased.';
COMMENT ON COLUMN documents.province IS 'Province of the account, or of the officer.';
COMMENT ON COLUMN documents.office IS 'Office of the officer, if one.';
COMMENT ON COLUMN documents.kind IS 'Which paper; how long it is kept follows from it.';
COMMENT ON COLUMN documents.media_type IS 'By its first bytes.';
COMMENT ON COLUMN documents.size IS 'Bytes before sealing.';
COMMENT ON COLUMN documents.content IS 'Sealed: the file.';
COMMENT ON COLUMN documents.added_at IS 'Retention counts from then.';

ALTER TABLE documents ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX documents_by_account ON documents (account_id, added_at) WHERE account_id IS NOT NULL;
CREATE INDEX documents_by_officer ON documents (officer, added_at) WHERE officer IS NOT NULL;
CREATE INDEX documents_unused ON documents (added_at) WHERE account_id IS NULL;
CREATE INDEX documents_by_kind ON documents (kind, added_at);
CREATE INDEX documents_former_keys ON documents (former_key_id) WHERE former_key_id IS NOT NULL;
