-- Chances at the window beside those of the internet (R-SEL-12), and chances to compose that a held hit
-- took with it (R-SEL-10).
ALTER TABLE vehicle_quotas
    ADD COLUMN window_compose_quota    smallint NOT NULL DEFAULT 0,
    ADD COLUMN window_compose_used     smallint NOT NULL DEFAULT 0,
    ADD COLUMN window_compose_reserved smallint NOT NULL DEFAULT 0,
    ADD COLUMN window_draw_quota       smallint NOT NULL DEFAULT 0,
    ADD COLUMN window_draw_used        smallint NOT NULL DEFAULT 0,
    ADD COLUMN window_draw_reserved    smallint NOT NULL DEFAULT 0,
    ADD COLUMN compose_forfeited       boolean  NOT NULL DEFAULT false,
    ADD CONSTRAINT vehicle_quotas_window_compose_check CHECK (
        window_compose_used >= 0 AND window_compose_reserved >= 0
        AND window_compose_used + window_compose_reserved <= window_compose_quota),
    ADD CONSTRAINT vehicle_quotas_window_draw_check CHECK (
        window_draw_used >= 0 AND window_draw_reserved >= 0
        AND window_draw_used + window_draw_reserved <= window_draw_quota);

COMMENT ON COLUMN vehicle_quotas.window_compose_quota IS 'Wishes granted at the window by the policy in force when one was last asked for.';
COMMENT ON COLUMN vehicle_quotas.window_compose_used IS 'Wishes charged at the window.';
COMMENT ON COLUMN vehicle_quotas.window_compose_reserved IS 'Wishes set aside for the pending operation at the window.';
COMMENT ON COLUMN vehicle_quotas.window_draw_quota IS 'Rounds granted at the window by the policy in force when one was last asked for.';
COMMENT ON COLUMN vehicle_quotas.window_draw_used IS 'Rounds charged at the window.';
COMMENT ON COLUMN vehicle_quotas.window_draw_reserved IS 'Rounds set aside for the pending operation at the window.';
COMMENT ON COLUMN vehicle_quotas.compose_forfeited IS 'A held hit that was not confirmed took the chances to compose with it.';
