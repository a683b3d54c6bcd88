//! Who may call vehicle, and for whom. What has no row here is refused.

use xuanhao_chassis::authz::{Caller, Requirement, Role, Rule, Table};

/// Services answered for, by full name.
pub const SERVICES: &[&str] = &[
    "xuanhao.vehicle.v1.VehicleService",
    "xuanhao.vehicle.v1.ReviewService",
    "xuanhao.vehicle.v1.BindingService",
];

// Selection asks on its own behalf, jobs among them, so no principal is wanted.
const SELECTION: &[Caller] = &[Caller::Selection];
const EDGE: &[Caller] = &[Caller::Edge];
const CONSOLES: &[Caller] = &[Caller::Edge, Caller::Xuanctl];
const XUANCTL: &[Caller] = &[Caller::Xuanctl];
const DECIDERS: Requirement = Requirement::Staff(&[Role::Officer, Role::Reviewer]);
const READERS: Requirement =
    Requirement::Staff(&[Role::Officer, Role::Reviewer, Role::Operator, Role::Auditor]);
const OPERATORS: Requirement = Requirement::Staff(&[Role::Operator]);

macro_rules! rpc {
    ($service:literal, $method:literal) => {
        concat!("/xuanhao.vehicle.v1.", $service, "/", $method)
    };
}

const RULES: &[Rule] = &[
    rule(
        rpc!("VehicleService", "AssessVehicle"),
        SELECTION,
        Requirement::None,
    ),
    rule(
        rpc!("VehicleService", "GetAssessment"),
        SELECTION,
        Requirement::None,
    ),
    rule(
        rpc!("VehicleService", "ClaimVehicle"),
        SELECTION,
        Requirement::None,
    ),
    rule(
        rpc!("VehicleService", "ReleaseVehicle"),
        SELECTION,
        Requirement::None,
    ),
    rule(
        rpc!("VehicleService", "LookupRegistration"),
        SELECTION,
        Requirement::None,
    ),
    rule(
        rpc!("VehicleService", "GetClaim"),
        SELECTION,
        Requirement::None,
    ),
    rule(
        rpc!("ReviewService", "AddEvidence"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("ReviewService", "GetOwnReview"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(rpc!("ReviewService", "OpenReview"), CONSOLES, DECIDERS),
    rule(rpc!("ReviewService", "ListReviews"), CONSOLES, READERS),
    rule(rpc!("ReviewService", "DecideReview"), CONSOLES, DECIDERS),
    // Files come and go at the operator's own machine.
    rule(rpc!("ReviewService", "ImportAnswers"), XUANCTL, OPERATORS),
    rule(rpc!("ReviewService", "ExportQuestions"), XUANCTL, OPERATORS),
    rule(
        rpc!("BindingService", "BindVehicle"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("BindingService", "BindLicence"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(rpc!("BindingService", "Unbind"), EDGE, Requirement::Citizen),
    rule(
        rpc!("BindingService", "ListBindings"),
        EDGE,
        Requirement::Citizen,
    ),
];

const fn rule(rpc: &'static str, callers: &'static [Caller], principal: Requirement) -> Rule {
    Rule {
        rpc,
        callers,
        principal,
    }
}

/// The table.
pub fn table() -> Table {
    Table::new(RULES)
}
