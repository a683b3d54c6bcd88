-- Where a person's messages go. The number is sealed under the person's own key (C4); a person
-- belongs to no province, so none stands here.
CREATE TABLE contact_points (
    person_id uuid CONSTRAINT contact_points_pkey PRIMARY KEY,
    account_id uuid NOT NULL,
    mobile bytea NOT NULL,
    locale text NOT NULL CONSTRAINT contact_points_locale CHECK (locale IN ('zh-CN', 'en')),
    set_at timestamptz NOT NULL
);

COMMENT ON COLUMN contact_points.person_id IS 'Key of the person in the store of data keys.';
COMMENT ON COLUMN contact_points.account_id IS 'Account whose inbox shows the person''s messages.';
COMMENT ON COLUMN contact_points.mobile IS 'Sealed: mobile number in E.164.';
COMMENT ON COLUMN contact_points.locale IS 'Language of messages to the person.';
COMMENT ON COLUMN contact_points.set_at IS 'When it was last set.';
