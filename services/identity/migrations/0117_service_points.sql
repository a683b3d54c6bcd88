-- Where people are enrolled face to face (R-ACC-02).
CREATE TABLE service_points (
    service_point_id uuid CONSTRAINT service_points_pkey PRIMARY KEY,
    province text NOT NULL,
    office text NOT NULL,
    kind text NOT NULL CONSTRAINT service_points_kind CHECK (kind IN ('office_window', 'police_brigade')),
    name text NOT NULL CONSTRAINT service_points_name CHECK (name <> ''),
    address text NOT NULL CONSTRAINT service_points_address CHECK (address <> ''),
    added_at timestamptz NOT NULL,
    closed_at timestamptz
);

COMMENT ON COLUMN service_points.office IS 'Office it belongs to.';
COMMENT ON COLUMN service_points.kind IS 'A window of a vehicle office, or a traffic-police brigade.';
COMMENT ON COLUMN service_points.closed_at IS 'Nothing is enrolled there any more; none while it is open.';

CREATE UNIQUE INDEX service_points_open_key ON service_points (office, name) WHERE closed_at IS NULL;
CREATE INDEX service_points_by_province ON service_points (province, office, name);
