-- One row a message, from its acceptance until its retention ends.
CREATE TABLE messages (
    message_id uuid CONSTRAINT messages_pkey PRIMARY KEY,
    province text NOT NULL,
    office text,
    template text NOT NULL,
    locale text NOT NULL CONSTRAINT messages_locale CHECK (locale IN ('zh-CN', 'en')),
    person_id uuid NOT NULL,
    account_id uuid,
    mobile bytea,
    parameters jsonb NOT NULL,
    secret_parameters bytea,
    has_secrets boolean NOT NULL,
    status text NOT NULL CONSTRAINT messages_status CHECK (status IN ('queued', 'sent', 'delivered', 'failed')),
    attempts integer NOT NULL CONSTRAINT messages_attempts CHECK (attempts >= 0),
    due_at timestamptz,
    expires_at timestamptz NOT NULL,
    enqueued_at timestamptz NOT NULL,
    sent_at timestamptz,
    finished_at timestamptz,
    provider text,
    provider_reference text,
    failure text,
    version bigint NOT NULL CONSTRAINT messages_version CHECK (version > 0),
    -- A finished message keeps nothing that could be read again.
    CONSTRAINT messages_wiped CHECK (
        status NOT IN ('delivered', 'failed') OR (mobile IS NULL AND secret_parameters IS NULL)
    ),
    CONSTRAINT messages_finished CHECK ((status IN ('delivered', 'failed')) = (finished_at IS NOT NULL)),
    CONSTRAINT messages_failure CHECK ((status = 'failed') = (failure IS NOT NULL))
);

COMMENT ON COLUMN messages.province IS 'Province on whose behalf it is sent.';
COMMENT ON COLUMN messages.office IS 'Office on whose behalf it is sent, where there is one.';
COMMENT ON COLUMN messages.template IS 'Name of the template.';
COMMENT ON COLUMN messages.locale IS 'Language it is sent in.';
COMMENT ON COLUMN messages.person_id IS 'Whose data key seals it: the recipient''s, or for a stranger''s number a key of the message''s own.';
COMMENT ON COLUMN messages.account_id IS 'Account whose inbox shows it; none for a stranger''s number.';
COMMENT ON COLUMN messages.mobile IS 'Sealed: the stranger''s number in E.164; null for a contact point and once finished.';
COMMENT ON COLUMN messages.parameters IS 'Values shown as given.';
COMMENT ON COLUMN messages.secret_parameters IS 'Sealed: values that must not outlive sending; null once sent.';
COMMENT ON COLUMN messages.has_secrets IS 'Whether it ever held secret values: then no inbox shows it.';
COMMENT ON COLUMN messages.status IS 'Where it stands.';
COMMENT ON COLUMN messages.attempts IS 'Attempts to hand it to a provider; also what a claim is recognised by.';
COMMENT ON COLUMN messages.due_at IS 'When it is worked on next: sent while queued, asked about while sent; null when nothing is due.';
COMMENT ON COLUMN messages.expires_at IS 'No use in sending it later.';
COMMENT ON COLUMN messages.enqueued_at IS 'When it was accepted.';
COMMENT ON COLUMN messages.sent_at IS 'When a provider took it.';
COMMENT ON COLUMN messages.finished_at IS 'When it was delivered or given up.';
COMMENT ON COLUMN messages.provider IS 'Provider that took it or refused it.';
COMMENT ON COLUMN messages.provider_reference IS 'The provider''s own id of it.';
COMMENT ON COLUMN messages.failure IS 'Stable word for why it was given up.';
COMMENT ON COLUMN messages.version IS 'Grows with every change.';

CREATE INDEX messages_due ON messages (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX messages_inbox ON messages (account_id, enqueued_at DESC, message_id DESC)
    WHERE account_id IS NOT NULL AND NOT has_secrets;
CREATE INDEX messages_finished_at ON messages (finished_at) WHERE finished_at IS NOT NULL;
