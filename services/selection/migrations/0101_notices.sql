-- What a citizen agrees to before entering anything (业务须知), by office.
CREATE TABLE notices (
    office       text        NOT NULL,
    version      integer     NOT NULL,
    province     text        NOT NULL,
    title_zh     text        NOT NULL,
    body_zh      text        NOT NULL,
    title_en     text        NOT NULL,
    body_en      text        NOT NULL,
    published_at timestamptz NOT NULL,
    published_by uuid        NOT NULL,
    CONSTRAINT notices_pkey PRIMARY KEY (office, version),
    CONSTRAINT notices_version_check CHECK (version > 0)
);

COMMENT ON TABLE notices IS 'Notices by office and version; the highest version is in force. Kept for ever: applications name the one agreed to.';
COMMENT ON COLUMN notices.office IS 'Office id.';
COMMENT ON COLUMN notices.version IS '1, 2, 3 … within the office.';
COMMENT ON COLUMN notices.province IS 'Province id.';
COMMENT ON COLUMN notices.title_zh IS 'Title, Chinese.';
COMMENT ON COLUMN notices.body_zh IS 'Text, Chinese.';
COMMENT ON COLUMN notices.title_en IS 'Title, English; may be empty.';
COMMENT ON COLUMN notices.body_en IS 'Text, English; may be empty.';
COMMENT ON COLUMN notices.published_at IS 'When it came into force.';
COMMENT ON COLUMN notices.published_by IS 'Member of staff who published it.';
