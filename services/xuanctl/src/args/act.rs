//! What every write carries: why, and under which request id.

use clap::Args;
use uuid::Uuid;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::ids::{Ids, RequestId};
use xuanhao_chassis::random::SecureRandom;

/// A staff act.
#[derive(Debug, Args)]
pub(crate) struct Act {
    /// 办理理由，记入审计 · Why; kept with the audit entry
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) request: Request,
}

/// A write's request id.
#[derive(Debug, Default, Args)]
pub(crate) struct Request {
    /// 请求编号，重复同一操作时给出 · Request id, to repeat a write that got no answer
    #[arg(long, value_name = "UUID")]
    request_id: Option<Uuid>,
}

impl Request {
    /// The id to send: the given one, else one that nobody has used.
    pub(crate) fn id(&self) -> RequestId {
        self.given().unwrap_or_else(fresh)
    }

    /// The given id.
    pub(crate) fn given(&self) -> Option<RequestId> {
        self.request_id.map(RequestId::from_uuid)
    }
}

/// An id that nobody has used.
pub(crate) fn fresh() -> RequestId {
    Ids::new(Clock::system(), SecureRandom::system()).next()
}
