-- Answers by request id, written in the transaction of their effect: the same request is answered
-- the same, and never done twice.
CREATE TABLE idempotency_keys (
    scope        text        NOT NULL,
    method       text        NOT NULL,
    request_id   uuid        NOT NULL,
    request_hash bytea       NOT NULL,
    response     bytea,
    refusal      jsonb,
    created_at   timestamptz NOT NULL,
    kept_until   timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, method, request_id),
    CONSTRAINT idempotency_keys_answer_check CHECK (num_nonnulls(response, refusal) = 1)
);

COMMENT ON TABLE idempotency_keys IS 'Answers by request id (P2).';
COMMENT ON COLUMN idempotency_keys.scope IS 'Who asks: account, staff member, pre-session or service; never a session.';
COMMENT ON COLUMN idempotency_keys.method IS 'The RPC.';
COMMENT ON COLUMN idempotency_keys.request_id IS 'The caller''s id of the request.';
COMMENT ON COLUMN idempotency_keys.request_hash IS 'SHA-256 of the encoded request; another one is refused.';
COMMENT ON COLUMN idempotency_keys.response IS 'The encoded response, if the request was granted.';
COMMENT ON COLUMN idempotency_keys.refusal IS 'Reason, parameters and field, if it was refused for good.';
COMMENT ON COLUMN idempotency_keys.created_at IS 'When the answer was given.';
COMMENT ON COLUMN idempotency_keys.kept_until IS 'Until when it is given again.';

CREATE INDEX idempotency_keys_kept_until_idx ON idempotency_keys (kept_until);
