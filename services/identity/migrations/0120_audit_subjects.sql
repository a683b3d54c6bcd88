-- Acts at the counter are about accounts, documents and service points.
CREATE INDEX audit_entries_by_account ON audit_entries (on_behalf_of, acted_at) WHERE on_behalf_of IS NOT NULL;

COMMENT ON COLUMN audit_entries.subject IS 'Member of staff, account, document or service point the act was about; all zeroes where a look-up found nothing.';
COMMENT ON COLUMN audit_entries.on_behalf_of IS 'Account for whose holder the act was done, if for one.';
COMMENT ON COLUMN audit_entries.detail IS 'Role, kind or outcome; never personal data.';
COMMENT ON COLUMN throttles.scope IS 'What is counted: sign_in, mobile, login, address, document or enrolment.';
