-- Picture codes. The picture itself is not kept.
CREATE TABLE captchas (
    captcha_id uuid CONSTRAINT captchas_pkey PRIMARY KEY,
    pre_session_id uuid NOT NULL,
    answer_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    answered_at timestamptz,
    answered_for uuid
);

COMMENT ON COLUMN captchas.pre_session_id IS 'Who may answer.';
COMMENT ON COLUMN captchas.answer_hash IS 'Keyed hash of the answer in capitals, bound to captcha and pre-session.';
COMMENT ON COLUMN captchas.answered_at IS 'The one answer was given then.';
COMMENT ON COLUMN captchas.answered_for IS 'Request the right answer was given with, so that its repetition is not a second answer; none if the answer was wrong.';

CREATE INDEX captchas_by_expiry ON captchas (expires_at);
