-- Policies applied before some fields were there are completed with what the platform did then, so
-- that applications locked under them go on by the same rules. The document as it was applied (yaml)
-- stays as it was.
UPDATE policies
SET document = (document - 'registration') || jsonb_build_object(
    'appeal', jsonb_build_object('within_days', 60, 'decide_within_days', 10),
    'challenge', document -> 'challenge' || jsonb_build_object(
        'before_selecting', true, 'after_choosing', false, 'choice_ttl_s', 180),
    'compose', document -> 'compose' || jsonb_build_object(
        'captcha', false, 'charge_on_miss', 'per_wish', 'forfeit_on_lapse', false,
        'hold_ttl_s', 0),
    'draw', document -> 'draw' || jsonb_build_object('captcha', false),
    'eligible', document -> 'eligible' || jsonb_build_object(
        'events', jsonb_build_array('new_purchase')),
    'keyboard', jsonb_build_object('scramble', false),
    'permissions', jsonb_build_object(
        'preselect', document #> '{registration,min_level}', 'query', 'online',
        'appeal', 'online'),
    'purchase_proof', jsonb_build_object(
        'address', false, 'kinds', jsonb_build_array('paper_invoice', 'electronic_invoice')),
    'reminders', jsonb_build_object('days_before', jsonb_build_array()),
    'tab', jsonb_build_object('auto_jump', true),
    'undo', jsonb_build_object('within_min', 0),
    'window', jsonb_build_object(
        'wishes', 0, 'draw_quota', 0, 'draw_count', 50, 'draw_ttl_s', 180))
WHERE document ? 'registration';

ALTER TABLE policies ADD COLUMN reason text;
UPDATE policies p
SET reason = coalesce((
    SELECT a.reason FROM audit_entries a
    WHERE a.act = 'policy.applied' AND a.subject = p.office
      AND a.details ->> 'version' = p.version::text
    ORDER BY a.occurred_at LIMIT 1), '');
ALTER TABLE policies ALTER COLUMN reason SET NOT NULL;

COMMENT ON COLUMN policies.reason IS 'Why it was applied.';
