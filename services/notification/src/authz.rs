//! Who may call notification, and for whom. What has no row here is refused.

use xuanhao_chassis::authz::{Caller, Requirement, Role, Rule, Table};

/// Services answered for, by full name.
pub const SERVICES: &[&str] = &["xuanhao.notification.v1.NotificationService"];

const CONSOLES: &[Caller] = &[Caller::Edge, Caller::Xuanctl];
const READERS: Requirement = Requirement::Staff(&[Role::Operator, Role::Auditor]);

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
    rule(
        "/xuanhao.notification.v1.NotificationService/ListTemplates",
        CONSOLES,
        READERS,
    ),
    rule(
        "/xuanhao.notification.v1.NotificationService/SetTemplateApproval",
        &[Caller::Xuanctl],
        Requirement::Staff(&[Role::Operator]),
    ),
    rule(
        "/xuanhao.notification.v1.NotificationService/ListProviders",
        CONSOLES,
        READERS,
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
