-- Messages notification has not acknowledged yet. The row goes with the acknowledgement, and with it
-- what was secret.
CREATE TABLE pending_messages (
    message_id uuid CONSTRAINT pending_messages_pkey PRIMARY KEY,
    account_id uuid NOT NULL CONSTRAINT pending_messages_account REFERENCES accounts,
    person_id uuid NOT NULL,
    province text NOT NULL,
    office text,
    template text NOT NULL,
    message bytea NOT NULL,
    written_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CONSTRAINT pending_messages_expires CHECK (expires_at > written_at)
);

COMMENT ON COLUMN pending_messages.message_id IS 'Also the request id at notification.';
COMMENT ON COLUMN pending_messages.account_id IS 'Whose account it is about.';
COMMENT ON COLUMN pending_messages.person_id IS 'Key in the store of data keys under which the message is sealed.';
COMMENT ON COLUMN pending_messages.province IS 'Province of the account.';
COMMENT ON COLUMN pending_messages.office IS 'Office whose act it tells of, if one''s.';
COMMENT ON COLUMN pending_messages.template IS 'Template at notification.';
COMMENT ON COLUMN pending_messages.message IS 'Sealed: the request to notification, encoded.';
COMMENT ON COLUMN pending_messages.written_at IS 'When the act it tells of was committed.';
COMMENT ON COLUMN pending_messages.due_at IS 'When notification is told next.';
COMMENT ON COLUMN pending_messages.expires_at IS 'Deleted untold then: of no use any more.';

CREATE INDEX pending_messages_due ON pending_messages (due_at);
CREATE INDEX pending_messages_by_account ON pending_messages (account_id);
