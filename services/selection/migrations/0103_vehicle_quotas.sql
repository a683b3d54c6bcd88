-- Chances belong to the vehicle (R-INF-09): this row outlives applications, accounts and offices.
-- The VIN stands in clear here and in the other vehicle-keyed tables: offices look selections up by
-- it, it names a car and no person, and nothing beside it in this database names the person.
CREATE TABLE vehicle_quotas (
    vin              text        NOT NULL CONSTRAINT vehicle_quotas_pkey PRIMARY KEY,
    province         text        NOT NULL,
    office           text        NOT NULL,
    compose_quota    smallint    NOT NULL,
    compose_used     smallint    NOT NULL DEFAULT 0,
    compose_reserved smallint    NOT NULL DEFAULT 0,
    draw_quota       smallint    NOT NULL,
    draw_used        smallint    NOT NULL DEFAULT 0,
    draw_reserved    smallint    NOT NULL DEFAULT 0,
    created_at       timestamptz NOT NULL,
    CONSTRAINT vehicle_quotas_compose_check CHECK (
        compose_used >= 0 AND compose_reserved >= 0
        AND compose_used + compose_reserved <= compose_quota),
    CONSTRAINT vehicle_quotas_draw_check CHECK (
        draw_used >= 0 AND draw_reserved >= 0 AND draw_used + draw_reserved <= draw_quota)
);

COMMENT ON TABLE vehicle_quotas IS 'What each vehicle may still try, from its first lock on. Kept for ever.';
COMMENT ON COLUMN vehicle_quotas.vin IS 'Vehicle identification number, 17 characters.';
COMMENT ON COLUMN vehicle_quotas.province IS 'Province of the first lock.';
COMMENT ON COLUMN vehicle_quotas.office IS 'Office of the first lock, whose policy gave the quotas.';
COMMENT ON COLUMN vehicle_quotas.compose_quota IS 'Wishes (自编) granted.';
COMMENT ON COLUMN vehicle_quotas.compose_used IS 'Wishes charged.';
COMMENT ON COLUMN vehicle_quotas.compose_reserved IS 'Wishes set aside for the pending operation.';
COMMENT ON COLUMN vehicle_quotas.draw_quota IS 'Rounds (随机) granted.';
COMMENT ON COLUMN vehicle_quotas.draw_used IS 'Rounds charged.';
COMMENT ON COLUMN vehicle_quotas.draw_reserved IS 'Rounds set aside for the pending operation.';
COMMENT ON COLUMN vehicle_quotas.created_at IS 'When the vehicle was locked for the first time.';
