-- A number is taken back once for a vehicle, whoever asks.
ALTER TABLE vehicle_quotas ADD COLUMN undone_at timestamptz;
COMMENT ON COLUMN vehicle_quotas.undone_at IS 'When a number of the vehicle was undone; null while none was.';
