-- Which providers did not take a message, so that the next attempt goes elsewhere.
ALTER TABLE messages
    ADD COLUMN tried_provider text,
    ADD COLUMN refused_by text[] NOT NULL DEFAULT '{}';

COMMENT ON COLUMN messages.tried_provider IS 'Provider that did not take it at the last attempt; another one is tried first.';
COMMENT ON COLUMN messages.refused_by IS 'Providers that cannot take it as they are set up; they are not asked again.';
