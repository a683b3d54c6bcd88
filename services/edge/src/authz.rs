//! Who may call the edge's gRPC, the national gateway. What has no row here is refused.
//!
//! People come by HTTP and are told apart there; no certificate but the national platform's opens this
//! door, and behind it is nothing of theirs.

use xuanhao_chassis::authz::{Caller, Requirement, Rule, Table};

const NATIONAL: &[Caller] = &[Caller::National];

macro_rules! rpc {
    ($service:literal, $method:literal) => {
        concat!("/xuanhao.national.v1.", $service, "/", $method)
    };
}

const fn rule(rpc: &'static str) -> Rule {
    Rule {
        rpc,
        callers: NATIONAL,
        principal: Requirement::None,
    }
}

const RULES: &[Rule] = &[
    rule(rpc!("NationalGatewayService", "LookupSelection")),
    rule(rpc!("NationalGatewayService", "ListOutcomes")),
];

/// Services answered for, by full name.
pub const SERVICES: &[&str] = &["xuanhao.national.v1.NationalGatewayService"];

/// The table.
pub fn table() -> Table {
    Table::new(RULES)
}
