//! Who may call selection, and for whom. What has no row here is refused.

use xuanhao_chassis::authz::{Caller, Requirement, Role, Rule, Table};

const EDGE: &[Caller] = &[Caller::Edge];
const CONSOLES: &[Caller] = &[Caller::Edge, Caller::Xuanctl];
// The window works with its own tool, never through the citizens' door.
const COUNTERS: &[Caller] = &[Caller::Xuanctl];
const WINDOW_OFFICERS: Requirement = Requirement::Staff(&[Role::Officer]);
const OPERATORS: Requirement = Requirement::Staff(&[Role::Operator]);
const OFFICERS: Requirement = Requirement::Staff(&[Role::Officer, Role::Reviewer]);
const REVIEWERS: Requirement = Requirement::Staff(&[Role::Reviewer, Role::Operator]);
const DECIDERS: Requirement = Requirement::Staff(&[Role::Reviewer]);
const ALL_BUT_ADMINISTRATORS: &[Role] =
    &[Role::Officer, Role::Reviewer, Role::Operator, Role::Auditor];
const READERS: Requirement = Requirement::Staff(ALL_BUT_ADMINISTRATORS);
// The edge asks these two for the national platform, whom it knows by certificate and for whom it
// has no principal. It offers them to nobody else.
const READERS_OR_NATION: Requirement = Requirement::StaffOr(ALL_BUT_ADMINISTRATORS, EDGE);
const FEED_READERS_OR_NATION: Requirement =
    Requirement::StaffOr(&[Role::Operator, Role::Auditor], EDGE);

macro_rules! rpc {
    ($service:literal, $method:literal) => {
        concat!("/xuanhao.selection.v1.", $service, "/", $method)
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
        rpc!("SelectionService", "EnterOffice"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("SelectionService", "OpenApplication"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("SelectionService", "SubmitInfo"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("SelectionService", "ConfirmInfo"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("SelectionService", "StartSelecting"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(rpc!("SelectionService", "Draw"), EDGE, Requirement::Citizen),
    rule(rpc!("SelectionService", "Keep"), EDGE, Requirement::Citizen),
    rule(
        rpc!("SelectionService", "Compose"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("SelectionService", "ConfirmPlate"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("SelectionService", "GiveUp"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("SelectionService", "ChoosePlate"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("SelectionService", "UndoSelection"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("SelectionService", "GetSubmittedInfo"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("SelectionService", "GetKeyboard"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("SelectionService", "GetApplication"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("SelectionService", "ListApplications"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("SelectionService", "GetVoucher"),
        EDGE,
        Requirement::Citizen,
    ),
    // Shown to everybody before sign-in.
    rule(
        rpc!("PolicyService", "GetPolicy"),
        CONSOLES,
        Requirement::None,
    ),
    rule(
        rpc!("PolicyService", "GetNotice"),
        CONSOLES,
        Requirement::None,
    ),
    rule(
        rpc!("PolicyService", "DescribePolicy"),
        CONSOLES,
        Requirement::None,
    ),
    rule(
        rpc!("PolicyService", "ListPolicyVersions"),
        CONSOLES,
        READERS,
    ),
    rule(
        rpc!("PolicyService", "ListNoticeVersions"),
        CONSOLES,
        READERS,
    ),
    rule(rpc!("PolicyService", "ApplyPolicy"), CONSOLES, OPERATORS),
    rule(rpc!("PolicyService", "PublishNotice"), CONSOLES, OPERATORS),
    rule(rpc!("PolicyService", "ApplyCalendar"), CONSOLES, OPERATORS),
    rule(rpc!("PolicyService", "ListCalendars"), CONSOLES, READERS),
    rule(
        rpc!("CounterService", "OpenAtCounter"),
        COUNTERS,
        WINDOW_OFFICERS,
    ),
    rule(
        rpc!("CounterService", "DrawAtCounter"),
        COUNTERS,
        WINDOW_OFFICERS,
    ),
    rule(
        rpc!("CounterService", "ComposeAtCounter"),
        COUNTERS,
        WINDOW_OFFICERS,
    ),
    rule(
        rpc!("CounterService", "ConfirmAtCounter"),
        COUNTERS,
        WINDOW_OFFICERS,
    ),
    rule(
        rpc!("CounterService", "GetAtCounter"),
        COUNTERS,
        WINDOW_OFFICERS,
    ),
    rule(
        rpc!("OutcomeService", "LookupSelection"),
        CONSOLES,
        READERS_OR_NATION,
    ),
    rule(rpc!("OutcomeService", "RecordArrival"), CONSOLES, OFFICERS),
    rule(
        rpc!("OutcomeService", "RecordInspection"),
        CONSOLES,
        OFFICERS,
    ),
    rule(
        rpc!("OutcomeService", "RecordCollection"),
        CONSOLES,
        OFFICERS,
    ),
    rule(rpc!("OutcomeService", "ListSelections"), CONSOLES, READERS),
    rule(
        rpc!("AppealService", "FileAppeal"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(
        rpc!("AppealService", "GetAppeal"),
        EDGE,
        Requirement::Citizen,
    ),
    rule(rpc!("AppealService", "ListAppeals"), CONSOLES, READERS),
    rule(rpc!("AppealService", "DecideAppeal"), CONSOLES, DECIDERS),
    rule(rpc!("OutcomeService", "MarkRegistered"), CONSOLES, OFFICERS),
    rule(
        rpc!("OutcomeService", "VoidApplication"),
        CONSOLES,
        REVIEWERS,
    ),
    rule(rpc!("OutcomeService", "CreditChances"), CONSOLES, REVIEWERS),
    rule(
        rpc!("OutcomeService", "ListOutcomes"),
        CONSOLES,
        FEED_READERS_OR_NATION,
    ),
];

/// Services answered for, by full name.
pub const SERVICES: &[&str] = &[
    "xuanhao.selection.v1.SelectionService",
    "xuanhao.selection.v1.PolicyService",
    "xuanhao.selection.v1.OutcomeService",
    "xuanhao.selection.v1.AppealService",
    "xuanhao.selection.v1.CounterService",
];

/// The table.
pub fn table() -> Table {
    Table::new(RULES)
}
