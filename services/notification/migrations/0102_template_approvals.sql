-- Which texts a provider has approved. An approval is of one text: another text is another row.
CREATE TABLE template_approvals (
    provider text NOT NULL,
    template text NOT NULL,
    locale text NOT NULL CONSTRAINT template_approvals_locale CHECK (locale IN ('zh-CN', 'en')),
    text_hash text NOT NULL CONSTRAINT template_approvals_text_hash CHECK (text_hash ~ '^[0-9a-f]{64}$'),
    provider_template_id text NOT NULL,
    state text NOT NULL
        CONSTRAINT template_approvals_state CHECK (state IN ('waiting', 'approved', 'rejected')),
    decided_at timestamptz NOT NULL,
    CONSTRAINT template_approvals_pkey PRIMARY KEY (template, locale, text_hash, provider),
    CONSTRAINT template_approvals_id CHECK (state <> 'approved' OR provider_template_id <> '')
);

COMMENT ON TABLE template_approvals IS 'Texts as providers approved them; only those go out through that provider.';
COMMENT ON COLUMN template_approvals.provider IS 'Provider, by name.';
COMMENT ON COLUMN template_approvals.template IS 'Name of the template.';
COMMENT ON COLUMN template_approvals.locale IS 'Language of the text.';
COMMENT ON COLUMN template_approvals.text_hash IS 'SHA-256 of the text, places and all.';
COMMENT ON COLUMN template_approvals.provider_template_id IS 'The provider''s id of the text.';
COMMENT ON COLUMN template_approvals.state IS 'waiting, approved or rejected.';
COMMENT ON COLUMN template_approvals.decided_at IS 'When this was recorded.';
