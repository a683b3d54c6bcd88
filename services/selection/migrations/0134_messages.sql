-- What citizens are to be told, written in the transaction of what it tells of and handed to
-- notification afterwards. Nothing of a person stands here: who it goes to is asked of identity.
CREATE TABLE messages (
    message_id     uuid        NOT NULL CONSTRAINT messages_pkey PRIMARY KEY,
    application_id uuid        NOT NULL
                               CONSTRAINT messages_application_fkey REFERENCES applications,
    province       text        NOT NULL,
    office         text        NOT NULL,
    template       text        NOT NULL,
    parameters     jsonb       NOT NULL,
    day            date        NOT NULL,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    next_try_at    timestamptz NOT NULL,
    told_at        timestamptz
);

COMMENT ON TABLE messages IS 'Messages to citizens; deleted half a year after they were handed over.';
COMMENT ON COLUMN messages.message_id IS 'Identity, made from application, template and occasion: the same occasion is told once. Also the request id at notification.';
COMMENT ON COLUMN messages.application_id IS 'The application it is about.';
COMMENT ON COLUMN messages.province IS 'Province id.';
COMMENT ON COLUMN messages.office IS 'Office id.';
COMMENT ON COLUMN messages.template IS 'Name of the template at notification.';
COMMENT ON COLUMN messages.parameters IS 'Values of its places; nothing personal.';
COMMENT ON COLUMN messages.day IS 'Civil day it belongs to.';
COMMENT ON COLUMN messages.created_at IS 'When it was written.';
COMMENT ON COLUMN messages.expires_at IS 'No use in telling it later.';
COMMENT ON COLUMN messages.next_try_at IS 'It is handed over then.';
COMMENT ON COLUMN messages.told_at IS 'When notification had taken it, or it was of no use any more.';

CREATE INDEX messages_due_idx ON messages (next_try_at) WHERE told_at IS NULL;
CREATE INDEX messages_told_idx ON messages (told_at) WHERE told_at IS NOT NULL;
CREATE INDEX messages_application_idx ON messages (application_id, template, day);
