//! Redis with a Lua script: a set of free numbers, a sorted set of expiries, a hash of holds.
//!
//! `appendfsync always` makes it durable. One multiplexed connection carries all calls, so Redis
//! appends and syncs once for all commands that it finds waiting: its own group commit.

use std::time::Duration;

use ::redis::AsyncConnectionConfig;
use ::redis::aio::MultiplexedConnection;
use anyhow::Result;
use tonic::Status;
use xuanhao_chassis::clock::Clock;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::PlateKey;

use super::HOLD_MS;
use super::service::{Draws, held, internal};

/// Frees what has lapsed (a little more than one draw lays up), then draws.
const SCRIPT: &str = "
    local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, 4)
    for _, hold in ipairs(due) do
        local numbers = redis.call('HGET', KEYS[3], hold)
        redis.call('ZREM', KEYS[2], hold)
        redis.call('HDEL', KEYS[3], hold)
        local back = {}
        for number in string.gmatch(numbers, '%d+') do back[#back + 1] = number end
        redis.call('SADD', KEYS[1], unpack(back))
    end
    local drawn = redis.call('SPOP', KEYS[1], ARGV[3])
    if #drawn > 0 then
        redis.call('ZADD', KEYS[2], ARGV[2], ARGV[4])
        redis.call('HSET', KEYS[3], ARGV[4], table.concat(drawn, ' '))
    end
    return drawn";
/// Numbers in one command while filling.
const PIECE: usize = 1_000;
/// The client's own limit is for caches.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection with the script's hash.
#[derive(Debug)]
pub(super) struct Redis {
    connection: MultiplexedConnection,
    script: String,
}

impl Redis {
    pub(super) async fn connect(url: &str) -> Result<Self, ::redis::RedisError> {
        let mut connection = open(url).await?;
        let script = ::redis::cmd("SCRIPT")
            .arg("LOAD")
            .arg(SCRIPT)
            .query_async(&mut connection)
            .await?;
        Ok(Self { connection, script })
    }
}

async fn open(url: &str) -> Result<MultiplexedConnection, ::redis::RedisError> {
    let client = ::redis::Client::open(url)?;
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
    client
        .get_multiplexed_async_connection_with_config(&config)
        .await
}

fn keys(office: &str) -> [String; 3] {
    ["free", "expiries", "holds"].map(|name| format!("{office}:{name}"))
}

impl Draws for Redis {
    async fn draw(&self, request: pb::DrawRequest) -> Result<pb::Outcome, Status> {
        let operation = request.operation.unwrap_or_default();
        let now = Clock::system().now().as_millisecond();
        let until = now.saturating_add_unsigned(HOLD_MS);
        let hold = format!("{}:{}", operation.application_id, operation.op_no);
        let mut connection = self.connection.clone();
        let drawn: Vec<i64> = ::redis::cmd("EVALSHA")
            .arg(&self.script)
            .arg(3)
            .arg(&keys(&operation.office))
            .arg(now)
            .arg(until)
            .arg(request.count)
            .arg(hold)
            .query_async(&mut connection)
            .await
            .map_err(internal)?;
        held(drawn.into_iter())
    }
}

/// Puts these numbers into an office's free set.
///
/// # Errors
/// When the server refuses.
pub async fn fill(url: &str, office: &str, numbers: impl Iterator<Item = PlateKey>) -> Result<()> {
    let mut connection = open(url).await?;
    let [free, ..] = keys(office);
    let all: Vec<i64> = numbers.map(PlateKey::get).collect();
    for pieces in all.chunks(PIECE * 100) {
        let mut pipe = ::redis::pipe();
        for piece in pieces.chunks(PIECE) {
            pipe.cmd("SADD").arg(&free).arg(piece).ignore();
        }
        let () = pipe.query_async(&mut connection).await?;
    }
    Ok(())
}
