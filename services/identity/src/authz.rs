//! Who may call identity, and for whom: the roles of R-ACC-10 at the counter, at the console and behind
//! it. What has no row here is refused.

use xuanhao_chassis::authz::{Caller, Requirement, Role, Rule, Table};

const EDGE: &[Caller] = &[Caller::Edge];
const CONSOLES: &[Caller] = &[Caller::Edge, Caller::Xuanctl];
const SELECTION: &[Caller] = &[Caller::Selection];
/// Services that check what is a citizen's own against what identity knows.
const CHECKERS: &[Caller] = &[Caller::Selection, Caller::Vehicle];
const OFFICERS: Requirement = Requirement::Staff(&[Role::Officer]);
const OPERATORS: Requirement = Requirement::Staff(&[Role::Operator]);
const ADMINISTRATORS: Requirement = Requirement::Staff(&[Role::Administrator]);
const STAFF_READERS: Requirement = Requirement::Staff(&[Role::Administrator, Role::Auditor]);

macro_rules! rpc {
    ($service:literal, $method:literal) => {
        concat!("/xuanhao.identity.v1.", $service, "/", $method)
    };
}

const fn rule(rpc: &'static str, callers: &'static [Caller], principal: Requirement) -> Rule {
    Rule {
        rpc,
        callers,
        principal,
    }
}

const RULES: &[Rule] = &[
    rule(
        rpc!("IdentityService", "RegisterAccount"),
        EDGE,
        Requirement::None,
    ),
    rule(rpc!("IdentityService", "SignIn"), EDGE, Requirement::None),
    rule(rpc!("IdentityService", "SignOut"), EDGE, Requirement::None),
    rule(
        rpc!("IdentityService", "IssuePrincipal"),
        EDGE,
        Requirement::None,
    ),
    rule(
        rpc!("IdentityService", "GetAccount"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("IdentityService", "GetHolder"),
        CHECKERS,
        Requirement::None,
    ),
    rule(
        rpc!("IdentityService", "ChangePassword"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("IdentityService", "ResetPassword"),
        EDGE,
        Requirement::None,
    ),
    rule(
        rpc!("IdentityService", "ReplaceInitialPassword"),
        EDGE,
        Requirement::None,
    ),
    rule(
        rpc!("IdentityService", "ChangeMobile"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("IdentityService", "KeepResidence"),
        SELECTION,
        Requirement::None,
    ),
    rule(
        rpc!("ChallengeService", "IssueCaptcha"),
        EDGE,
        Requirement::CitizenIfSent,
    ),
    rule(
        rpc!("ChallengeService", "CheckCaptcha"),
        SELECTION,
        Requirement::None,
    ),
    rule(
        rpc!("ChallengeService", "IssueChallenge"),
        EDGE,
        Requirement::CitizenIfSent,
    ),
    rule(
        rpc!("ChallengeService", "VerifyChallenge"),
        EDGE,
        Requirement::CitizenIfSent,
    ),
    rule(
        rpc!("DocumentService", "AddDocument"),
        CONSOLES,
        Requirement::CitizenOrStaff(&[Role::Officer]),
    ),
    rule(
        rpc!("DocumentService", "GetDocument"),
        CONSOLES,
        Requirement::CitizenOrStaff(&[Role::Officer, Role::Reviewer]),
    ),
    rule(
        rpc!("DocumentService", "CheckDocuments"),
        CHECKERS,
        Requirement::None,
    ),
    rule(rpc!("EnrolmentService", "EnrolPerson"), CONSOLES, OFFICERS),
    rule(
        rpc!("EnrolmentService", "EnrolOrganisation"),
        CONSOLES,
        OFFICERS,
    ),
    rule(
        rpc!("EnrolmentService", "ReissueCredentials"),
        CONSOLES,
        OFFICERS,
    ),
    rule(
        rpc!("EnrolmentService", "ChangeMobileFaceToFace"),
        CONSOLES,
        OFFICERS,
    ),
    rule(rpc!("EnrolmentService", "FindAccount"), CONSOLES, OFFICERS),
    rule(
        rpc!("EnrolmentService", "ListEnrolments"),
        CONSOLES,
        OFFICERS,
    ),
    rule(
        rpc!("EnrolmentService", "AddServicePoint"),
        CONSOLES,
        OPERATORS,
    ),
    rule(
        rpc!("EnrolmentService", "CloseServicePoint"),
        CONSOLES,
        OPERATORS,
    ),
    rule(
        rpc!("EnrolmentService", "ListServicePoints"),
        CONSOLES,
        Requirement::None,
    ),
    rule(
        rpc!("StaffService", "SignInStaff"),
        CONSOLES,
        Requirement::None,
    ),
    rule(
        rpc!("StaffService", "SignOutStaff"),
        CONSOLES,
        Requirement::None,
    ),
    rule(
        rpc!("StaffService", "IssueStaffPrincipal"),
        CONSOLES,
        Requirement::None,
    ),
    rule(
        rpc!("StaffService", "ChangeStaffPassword"),
        CONSOLES,
        Requirement::None,
    ),
    rule(rpc!("StaffService", "AddStaff"), CONSOLES, ADMINISTRATORS),
    rule(rpc!("StaffService", "GrantRole"), CONSOLES, ADMINISTRATORS),
    rule(rpc!("StaffService", "RevokeRole"), CONSOLES, ADMINISTRATORS),
    rule(rpc!("StaffService", "ListStaff"), CONSOLES, STAFF_READERS),
];

/// Services answered for, by full name.
pub const SERVICES: &[&str] = &[
    "xuanhao.identity.v1.IdentityService",
    "xuanhao.identity.v1.ChallengeService",
    "xuanhao.identity.v1.DocumentService",
    "xuanhao.identity.v1.EnrolmentService",
    "xuanhao.identity.v1.StaffService",
];

/// The table.
pub fn table() -> Table {
    Table::new(RULES)
}
