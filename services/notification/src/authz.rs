//! Who may call notification, and for whom. What has no row here is refused.

use xuanhao_chassis::authz::{Caller, Requirement, Rule, Table};

/// Services answered for, by full name.
pub const SERVICES: &[&str] = &["xuanhao.notification.v1.NotificationService"];

const RULES: &[Rule] = &[
    rule(
        "/xuanhao.notification.v1.NotificationService/EnqueueMessage",
        &[Caller::Identity, Caller::Selection],
        Requirement::None,
    ),
    rule(
        "/xuanhao.notification.v1.NotificationService/SetContactPoint",
        &[Caller::Identity],
        Requirement::None,
    ),
    rule(
        "/xuanhao.notification.v1.NotificationService/GetMessage",
        &[Caller::Identity, Caller::Selection],
        Requirement::None,
    ),
    rule(
        "/xuanhao.notification.v1.NotificationService/ListMessages",
        &[Caller::Edge],
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
