-- Why a notice was published, beside who did and when.
ALTER TABLE notices ADD COLUMN reason text NOT NULL DEFAULT '';
COMMENT ON COLUMN notices.reason IS 'The reason given; empty for those published before reasons were kept.';
-- How many citizens agreed to each version.
CREATE INDEX applications_notice_idx ON applications (office, notice_version);
