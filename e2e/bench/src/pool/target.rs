//! The four programs that answer the same draws.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use sqlx::{Connection as _, PgConnection};
use tonic::Status;
use xuanhao_servers::{Postgres, ports};

use super::client::{Application, Applications, DRAWN, Desk};
use super::load::Caller;
use super::numbers::{self, MILLION};
use super::program::{Program, Programs};
use super::redis_server::RedisServer;
use super::site::{Site, ask, wear_in};
use super::{peers, streams};
use crate::measure::{Process, Ticks};

/// Applications that draw again and again. Each gives up its former column by that, so 320,000 of a
/// million numbers are held at any time.
const APPLICATIONS: usize = 32_768;
/// The most connections of a load.
pub const CONNECTIONS: usize = 4;

/// Somebody who draws ten numbers and is not content.
#[derive(Debug)]
pub struct Drawer(pub Application);

impl Caller for Drawer {
    async fn step(&mut self, desk: &mut Desk) -> Result<u64, Status> {
        let drawn = self.0.draw(desk, DRAWN).await?;
        if drawn.len() == DRAWN {
            Ok(1)
        } else {
            Err(Status::internal(format!("{} numbers drawn", drawn.len())))
        }
    }
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// No work.
    Echo,
    /// `FOR UPDATE SKIP LOCKED`.
    SkipLocked,
    /// Lua, `appendfsync always`.
    Redis,
    /// `xuanhao platepool`, as it ships.
    Engine,
}

impl Name {
    /// In tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::SkipLocked => "skip-locked",
            Self::Redis => "redis",
            Self::Engine => "engine",
        }
    }
}

/// Where a program keeps what it answers.
#[derive(Debug)]
enum Store {
    None,
    Postgres {
        process: Process,
        connection: PgConnection,
    },
    Redis(RedisServer),
}

/// A program with those who call it.
#[derive(Debug)]
pub struct Target {
    /// Which.
    pub name: Name,
    /// Its process.
    pub program: Program,
    /// Where it answers.
    pub address: SocketAddr,
    /// Connections to it.
    pub desks: Vec<Desk>,
    /// Who draws.
    pub drawers: Vec<Drawer>,
    store: Store,
}

/// What a store has written since it began.
#[derive(Debug, Clone, Copy, Default)]
pub struct Written {
    /// Bytes of write-ahead log.
    pub wal: i64,
    /// Of them, images of whole pages.
    pub page_images: i64,
    /// Transactions.
    pub commits: i64,
}

impl Target {
    fn new(
        site: &Site,
        name: Name,
        (program, address): (Program, SocketAddr),
        store: Store,
    ) -> Result<Self> {
        let applications = Applications::default().several(MILLION.office, APPLICATIONS);
        Ok(Self {
            name,
            program,
            address,
            desks: Desk::several(site, address, CONNECTIONS)?,
            drawers: applications.into_iter().map(Drawer).collect(),
            store,
        })
    }

    /// Answers at once.
    ///
    /// # Errors
    /// When it does not start.
    pub fn echo(site: &Site, programs: &Programs) -> Result<Self> {
        let config = serde_json::json!({ "chassis": site.chassis("echo", 0) });
        let program = Program::ready(site, "echo", &config, |file| programs.peer("echo", file))?;
        Self::new(site, Name::Echo, program, Store::None)
    }

    /// A table with a row per number.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn skip_locked(site: &Site, programs: &Programs) -> Result<Self> {
        let postgres = site.peer_postgres.as_ref().context("it was ended")?;
        let url = site.database(postgres, "skip_locked").await?;
        peers::fill_skip_locked(&url, MILLION.office, numbers::all(&MILLION)?).await?;
        let mut chassis = site.chassis("skip-locked", 0);
        let url_file = site.write("skip-locked.database", &url)?;
        chassis["database"] = serde_json::json!({ "url_file": url_file });
        let config = serde_json::json!({ "chassis": chassis });
        let command = |file: &std::path::Path| programs.peer("skip-locked", file);
        let program = Program::ready(site, "skip-locked", &config, command)?;
        let store = store(postgres, &url).await?;
        wear_in(&url).await?;
        Self::new(site, Name::SkipLocked, program, store)
    }

    /// A Redis; an error says why there is none.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn redis(site: &Site, programs: &Programs) -> Result<Self> {
        let server = RedisServer::start(site)?;
        peers::fill_redis(&server.url(), MILLION.office, numbers::all(&MILLION)?).await?;
        let config = serde_json::json!({
            "chassis": site.chassis("redis", 0),
            "redis_url": server.url(),
        });
        let program = Program::ready(site, "redis", &config, |file| programs.peer("redis", file))?;
        Self::new(site, Name::Redis, program, Store::Redis(server))
    }

    /// The engine as it ships, with a million numbers.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn engine(site: &Site, programs: &Programs) -> Result<Self> {
        let url = site.database(&site.engine_postgres, "engine").await?;
        let config = site.pool_config("engine", ports::free()?, &url)?;
        streams::prepare(site, programs, &config)?;
        let command = |file: &std::path::Path| programs.xuanhao(&["platepool"], file);
        let program = Program::ready(site, "engine", &config, command)?;
        let store = store(&site.engine_postgres, &url).await?;
        let operator = site.operator(program.1)?;
        operator
            .open(MILLION.office)
            .await
            .context("opening an office")?;
        operator
            .release(&MILLION.release(&[]))
            .await
            .context("releasing a million numbers")?;
        wear_in(&url).await?;
        Self::new(site, Name::Engine, program, store)
    }

    /// Processor time of the program and of its store.
    ///
    /// # Errors
    /// When one does not run any more.
    pub fn ticks(&self) -> Result<[Ticks; 2]> {
        let store = match &self.store {
            Store::None => Ticks::default(),
            Store::Postgres { process, .. } => process.ticks()?,
            Store::Redis(server) => server.process().ticks()?,
        };
        Ok([self.program.process().ticks()?, store])
    }

    /// What its Postgres has written. Sessions tell of their commits when they commit again after a
    /// second or more.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn written(&mut self) -> Result<Written> {
        let Store::Postgres { connection, .. } = &mut self.store else {
            return Ok(Written::default());
        };
        Ok(Written {
            wal: ask(
                connection,
                "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint",
            )
            .await?,
            page_images: ask(connection, "SELECT wal_fpi FROM pg_stat_wal").await?,
            commits: ask(
                connection,
                "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()",
            )
            .await?,
        })
    }
}

async fn store(postgres: &Postgres, url: &str) -> Result<Store> {
    Ok(Store::Postgres {
        process: Process::Tree(postgres.pid()),
        connection: PgConnection::connect(url).await?,
    })
}
