-- What was asked of the pool, and what became of it (P1–P8).
CREATE TABLE operations (
    operation_id     uuid        NOT NULL CONSTRAINT operations_pkey PRIMARY KEY,
    application_id   uuid        NOT NULL
                                 CONSTRAINT operations_application_fkey REFERENCES applications,
    province         text        NOT NULL,
    office           text        NOT NULL,
    vin              text        NOT NULL,
    op_no            bigint      NOT NULL,
    kind             text        NOT NULL,
    request          jsonb       NOT NULL,
    scope            text        NOT NULL,
    request_id       uuid        NOT NULL,
    request_hash     bytea       NOT NULL,
    channel          text        NOT NULL,
    actor            uuid        NOT NULL,
    on_behalf_of     uuid,
    reserved_compose smallint    NOT NULL,
    reserved_draws   smallint    NOT NULL,
    charged_compose  smallint    NOT NULL DEFAULT 0,
    charged_draws    smallint    NOT NULL DEFAULT 0,
    not_after        timestamptz NOT NULL,
    reserved_at      timestamptz NOT NULL,
    state            text        NOT NULL,
    outcome          jsonb,
    bound            boolean     NOT NULL DEFAULT true,
    finished_at      timestamptz,
    CONSTRAINT operations_op_no_key UNIQUE (application_id, op_no),
    CONSTRAINT operations_kind_check CHECK (kind IN ('draw', 'keep', 'compose', 'confirm', 'give_up')),
    CONSTRAINT operations_channel_check CHECK (channel IN ('internet', 'window')),
    CONSTRAINT operations_state_check CHECK (state IN ('pending', 'settled', 'dropped')),
    CONSTRAINT operations_finished_check CHECK (
        (state = 'pending') = (finished_at IS NULL) AND (state = 'pending') = (outcome IS NULL)),
    CONSTRAINT operations_charge_check CHECK (
        charged_compose BETWEEN 0 AND reserved_compose AND charged_draws BETWEEN 0 AND reserved_draws),
    CONSTRAINT operations_dropped_check CHECK (
        state = 'settled' OR (charged_compose = 0 AND charged_draws = 0))
);

COMMENT ON TABLE operations IS 'Operations with the request ids they answer; kept as long as their application (P2).';
COMMENT ON COLUMN operations.operation_id IS 'Identity (UUIDv7).';
COMMENT ON COLUMN operations.application_id IS 'The application.';
COMMENT ON COLUMN operations.province IS 'Province id.';
COMMENT ON COLUMN operations.office IS 'Office id.';
COMMENT ON COLUMN operations.vin IS 'The vehicle whose counters it touches.';
COMMENT ON COLUMN operations.op_no IS 'Its number in the pool: the application''s next, never used again (P3).';
COMMENT ON COLUMN operations.kind IS 'draw, keep, compose, confirm or give_up.';
COMMENT ON COLUMN operations.request IS 'What is asked, as it was read.';
COMMENT ON COLUMN operations.scope IS 'Whose request id it is: account/… or staff/… (P2).';
COMMENT ON COLUMN operations.request_id IS 'The caller''s request id.';
COMMENT ON COLUMN operations.request_hash IS 'SHA-256 of the request, to tell another one under the same id.';
COMMENT ON COLUMN operations.channel IS 'Where the choice is made.';
COMMENT ON COLUMN operations.actor IS 'Account or member of staff who acts.';
COMMENT ON COLUMN operations.on_behalf_of IS 'Account acted for, when it is another.';
COMMENT ON COLUMN operations.reserved_compose IS 'Wishes set aside.';
COMMENT ON COLUMN operations.reserved_draws IS 'Rounds set aside.';
COMMENT ON COLUMN operations.charged_compose IS 'Wishes it cost.';
COMMENT ON COLUMN operations.charged_draws IS 'Rounds it cost.';
COMMENT ON COLUMN operations.not_after IS 'Past it the pool refuses (P3).';
COMMENT ON COLUMN operations.reserved_at IS 'When it was reserved.';
COMMENT ON COLUMN operations.state IS 'pending, settled or dropped.';
COMMENT ON COLUMN operations.outcome IS 'What became of it; null while pending.';
COMMENT ON COLUMN operations.bound IS 'Whether the request id is answered by this operation; false once it came to nothing and may be asked anew (P2).';
COMMENT ON COLUMN operations.finished_at IS 'When it was settled or dropped.';

-- P1: at most one pending operation per VIN.
CREATE UNIQUE INDEX operations_pending_key ON operations (vin) WHERE state = 'pending';
-- P2: a request id is answered by one operation.
CREATE UNIQUE INDEX operations_request_key ON operations (scope, kind, request_id) WHERE bound;
-- What recovery looks at (P6).
CREATE INDEX operations_pending_idx ON operations (reserved_at) WHERE state = 'pending';
