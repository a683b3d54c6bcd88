-- Orders to send the number of a closed application back. The order is durable before the engine is
-- asked, so that what was begun is finished, and with the delay that was drawn once.
CREATE TABLE return_orders (
    allocation_id     uuid        NOT NULL CONSTRAINT return_orders_pkey PRIMARY KEY
                                  CONSTRAINT return_orders_allocation_fkey REFERENCES allocations (allocation_id),
    province          text        NOT NULL,
    office            text        NOT NULL,
    application       uuid        NOT NULL,
    plate             bigint      NOT NULL,
    reason            text        NOT NULL CONSTRAINT return_orders_reason_check CHECK (reason <> ''),
    available_at      timestamptz NOT NULL,
    random_only_until timestamptz NOT NULL,
    ordered_at        timestamptz NOT NULL,
    done_at           timestamptz,
    CONSTRAINT return_orders_order_check CHECK (available_at >= ordered_at AND random_only_until >= available_at)
);

COMMENT ON TABLE return_orders IS 'Orders to send the number of a closed application back.';
COMMENT ON COLUMN return_orders.allocation_id IS 'The allocation that is to end.';
COMMENT ON COLUMN return_orders.province IS 'Province id.';
COMMENT ON COLUMN return_orders.office IS 'Office id.';
COMMENT ON COLUMN return_orders.application IS 'Whose it is.';
COMMENT ON COLUMN return_orders.plate IS 'The number packed with its class.';
COMMENT ON COLUMN return_orders.reason IS 'Why, for the public record.';
COMMENT ON COLUMN return_orders.available_at IS 'When the number is to be free again, as drawn.';
COMMENT ON COLUMN return_orders.random_only_until IS 'Until when it is then drawn only.';
COMMENT ON COLUMN return_orders.ordered_at IS 'When it was ordered.';
COMMENT ON COLUMN return_orders.done_at IS 'When it was carried out, or found to be void; null before.';

CREATE INDEX return_orders_application_idx ON return_orders (application, ordered_at);
CREATE INDEX return_orders_open_idx ON return_orders (ordered_at) WHERE done_at IS NULL;
