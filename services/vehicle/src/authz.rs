//! Who may call vehicle. What has no row here is refused.

use xuanhao_chassis::authz::{Caller, Requirement, Rule, Table};

/// Services answered for, by full name.
pub const SERVICES: &[&str] = &["xuanhao.vehicle.v1.VehicleService"];

const RULES: &[Rule] = &[
    rule("/xuanhao.vehicle.v1.VehicleService/AssessVehicle"),
    rule("/xuanhao.vehicle.v1.VehicleService/GetAssessment"),
    rule("/xuanhao.vehicle.v1.VehicleService/ClaimVehicle"),
    rule("/xuanhao.vehicle.v1.VehicleService/ReleaseVehicle"),
    rule("/xuanhao.vehicle.v1.VehicleService/LookupRegistration"),
];

/// Selection asks on its own behalf, jobs among them, so no principal is wanted.
const fn rule(rpc: &'static str) -> Rule {
    Rule {
        rpc,
        callers: &[Caller::Selection],
        principal: Requirement::None,
    }
}

/// The table.
pub fn table() -> Table {
    Table::new(RULES)
}
