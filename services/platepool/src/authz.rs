//! Who may call the pool, and for whom. What has no row here is refused.

use xuanhao_chassis::authz::{Caller, Requirement, Role, Rule, Table};

const SELECTION: &[Caller] = &[Caller::Selection];
const PEERS: &[Caller] = &[Caller::Platepool];
const XUANCTL: &[Caller] = &[Caller::Xuanctl];
const EVERYBODY: &[Caller] = &[Caller::Edge, Caller::Xuanctl];
const OPERATORS: Requirement = Requirement::Staff(&[Role::Operator]);
const READERS: Requirement = Requirement::Staff(&[Role::Operator, Role::Auditor]);

macro_rules! rpc {
    ($service:literal, $method:literal) => {
        concat!("/xuanhao.platepool.v1.", $service, "/", $method)
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
    // Selection asks under its own certificate, detached from the citizen's call (P1).
    rule(rpc!("PoolService", "Draw"), SELECTION, Requirement::None),
    rule(rpc!("PoolService", "Keep"), SELECTION, Requirement::None),
    rule(rpc!("PoolService", "Compose"), SELECTION, Requirement::None),
    rule(rpc!("PoolService", "Confirm"), SELECTION, Requirement::None),
    rule(rpc!("PoolService", "Choose"), SELECTION, Requirement::None),
    rule(rpc!("PoolService", "GiveUp"), SELECTION, Requirement::None),
    rule(rpc!("PoolService", "Resolve"), SELECTION, Requirement::None),
    rule(rpc!("PoolService", "Close"), SELECTION, Requirement::None),
    rule(
        rpc!("PoolService", "GetHolding"),
        SELECTION,
        Requirement::None,
    ),
    rule(
        rpc!("PoolService", "GetAllocation"),
        SELECTION,
        Requirement::None,
    ),
    rule(
        rpc!("PoolService", "MarkAllocationRegistered"),
        SELECTION,
        Requirement::None,
    ),
    rule(
        rpc!("PoolService", "ReturnAllocation"),
        SELECTION,
        Requirement::None,
    ),
    // Replicas of the pool alone, of which one writes for an office.
    rule(rpc!("PoolPeerService", "Ask"), PEERS, Requirement::None),
    rule(
        rpc!("PoolPeerService", "ViewEngine"),
        PEERS,
        Requirement::None,
    ),
    rule(rpc!("PoolPeerService", "OpenDay"), PEERS, Requirement::None),
    rule(
        rpc!("PoolPeerService", "PrepareOffice"),
        PEERS,
        Requirement::None,
    ),
    rule(
        rpc!("PoolPeerService", "TakeOffice"),
        PEERS,
        Requirement::None,
    ),
    rule(rpc!("PoolAdminService", "AddBatch"), XUANCTL, OPERATORS),
    rule(
        rpc!("PoolAdminService", "ImportUsedNumbers"),
        XUANCTL,
        OPERATORS,
    ),
    rule(rpc!("PoolAdminService", "CloseImport"), XUANCTL, OPERATORS),
    rule(rpc!("PoolAdminService", "ReleaseBatch"), XUANCTL, OPERATORS),
    rule(
        rpc!("PoolAdminService", "WithdrawRelease"),
        XUANCTL,
        OPERATORS,
    ),
    rule(
        rpc!("PoolAdminService", "WithholdNumbers"),
        XUANCTL,
        OPERATORS,
    ),
    rule(
        rpc!("PoolAdminService", "EndWithholding"),
        XUANCTL,
        OPERATORS,
    ),
    rule(
        rpc!("PoolAdminService", "ApplyPoolRules"),
        XUANCTL,
        OPERATORS,
    ),
    rule(rpc!("PoolAdminService", "GetPoolRules"), XUANCTL, READERS),
    rule(rpc!("PoolAdminService", "ListBatches"), XUANCTL, READERS),
    rule(
        rpc!("PoolAdminService", "FixPublicValue"),
        XUANCTL,
        OPERATORS,
    ),
    rule(rpc!("PoolAdminService", "GetPoolFigures"), XUANCTL, READERS),
    rule(rpc!("PoolAdminService", "ListWriters"), XUANCTL, READERS),
    rule(rpc!("PoolAdminService", "ReplayDay"), XUANCTL, READERS),
    rule(
        rpc!("PoolPublicationService", "GetPool"),
        EVERYBODY,
        Requirement::None,
    ),
    rule(
        rpc!("PoolPublicationService", "GetKeyboard"),
        &[Caller::Edge, Caller::Xuanctl, Caller::Selection],
        Requirement::None,
    ),
    rule(
        rpc!("PoolPublicationService", "GetDrawDay"),
        EVERYBODY,
        Requirement::None,
    ),
    rule(
        rpc!("PoolPublicationService", "ListDrawLog"),
        EVERYBODY,
        Requirement::None,
    ),
    rule(
        rpc!("PoolPublicationService", "ListPoolHistory"),
        EVERYBODY,
        Requirement::None,
    ),
];

/// Services answered for, by full name.
pub const SERVICES: &[&str] = &[
    "xuanhao.platepool.v1.PoolService",
    "xuanhao.platepool.v1.PoolAdminService",
    "xuanhao.platepool.v1.PoolPublicationService",
    "xuanhao.platepool.v1.PoolPeerService",
];

/// The table.
pub fn table() -> Table {
    Table::new(RULES)
}
