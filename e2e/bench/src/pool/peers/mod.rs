//! What a user would run instead of the engine, behind the very same server: the contract, mutual
//! TLS, authorisation, deadlines, spans, metrics and log lines are the chassis's in all of them.
//!
//! The peers are given every advantage: they check no operation number, recognise no repeat, keep no
//! history, and let a former set lapse by itself instead of giving it up.

mod echo;
mod redis;
mod service;
mod skip_locked;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use xuanhao_chassis::authz::{Caller, Requirement, Rule, Table};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::config::{self, Args};
use xuanhao_chassis::lifecycle::{self, Boot, BoxError};
use xuanhao_proto::platepool::v1::pool_service_server::PoolServiceServer;

use service::{Draws, Peer};

/// How long a peer holds what it drew. Short, so that its pool stays nearly full: its best case.
const HOLD_MS: u64 = 1_000;

/// A peer, as a process of its own.
#[derive(Debug, Clone, Subcommand)]
pub enum Serve {
    /// Answers at once, with a message of the same size.
    Echo(Args),
    /// `FOR UPDATE SKIP LOCKED` over a table with a row per number.
    SkipLocked(Args),
    /// A Lua script in a Redis.
    Redis(Args),
}

/// What a peer has to be told.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Config {
    chassis: config::Config,
    /// Where the Redis is.
    #[serde(default)]
    redis_url: Option<String>,
}

/// Runs a peer until it is told to stop.
#[must_use]
pub fn serve(serve: &Serve) -> ExitCode {
    let (Serve::Echo(args) | Serve::SkipLocked(args) | Serve::Redis(args)) = serve;
    let config: Config = match config::for_program(args) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let (chassis, kind) = (config.chassis.clone(), serve.clone());
    let build = |boot| async move {
        match kind {
            Serve::Echo(_) => answer(&boot, echo::Echo::new()?).await,
            Serve::SkipLocked(_) => {
                let database = config.chassis.database.as_ref();
                let database = database.ok_or("`chassis.database` is missing")?;
                answer(&boot, skip_locked::SkipLocked::connect(database).await?).await
            }
            Serve::Redis(_) => {
                let url = config.redis_url.ok_or("`redis_url` is missing")?;
                answer(&boot, redis::Redis::connect(&url).await?).await
            }
        }
    };
    lifecycle::run("platepool", env!("CARGO_PKG_VERSION"), &chassis, build)
}

async fn answer<D: Draws>(boot: &Boot, draws: D) -> Result<(), BoxError> {
    let table = Table::new(&[Rule {
        rpc: "/xuanhao.platepool.v1.PoolService/Draw",
        callers: &[Caller::Selection],
        principal: Requirement::None,
    }]);
    let peer = Peer(Arc::new(draws));
    let server = boot.server(table, &Clock::system())?;
    boot.serve(server.add_service(PoolServiceServer::new(peer)))
        .await?;
    Ok(())
}

pub use redis::fill as fill_redis;
pub use skip_locked::fill as fill_skip_locked;
