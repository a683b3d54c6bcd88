-- Who acted on a subject may not decide an appeal about it.
CREATE INDEX audit_entries_subject_idx ON audit_entries (subject);
