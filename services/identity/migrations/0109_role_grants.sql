-- Roles that members of staff hold now. What was held before is told by the audit entries.
CREATE TABLE role_grants (
    staff_id uuid NOT NULL CONSTRAINT role_grants_staff_fkey REFERENCES staff,
    role text NOT NULL CONSTRAINT role_grants_role
        CHECK (role IN ('officer', 'reviewer', 'operator', 'administrator', 'auditor')),
    province text NOT NULL,
    office text,
    granted_at timestamptz NOT NULL,
    CONSTRAINT role_grants_key UNIQUE NULLS NOT DISTINCT (staff_id, role, province, office)
);

COMMENT ON COLUMN role_grants.office IS 'Office the role is limited to; none for the whole province.';

CREATE INDEX role_grants_by_province ON role_grants (province, role);
