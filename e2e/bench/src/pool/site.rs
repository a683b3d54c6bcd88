//! What the measured programs stand on: servers of their own, papers, configuration files.
//!
//! Two Postgres clusters, one for the engine and one for its peer, so that neither pays for the
//! other's log, vacuum and checkpoints. Both are as durable as production: `fsync` and
//! `synchronous_commit` are on.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use xuanhao_chassis::grpc::ClientChannel;
use xuanhao_local::Papers;
use xuanhao_operator::{CALLER, Operator, channel};
use xuanhao_servers::{
    Durability, Home, Nats, NatsAccess, NatsOptions, NatsUser, Postgres, PostgresOptions, Scratch,
    Toolbox, secret,
};

/// Redo after a crash reads about 120 MB a second: this much is read within fifteen seconds.
const MAX_WAL: &str = "1536MB";
/// So much of the log's files is kept for being written again.
const MIN_WAL: &str = "768MB";
/// What a run writes, in messages of four million bytes.
const WORN_IN_BY: u32 = 160;
const SHARED_BUFFERS: &str = "1GB";
const MAX_CONNECTIONS: u16 = 200;
/// The longest a call may take.
const CALL_LIMIT: Duration = Duration::from_secs(10);
/// The one user of the nats-server.
const NATS_USER: &str = "bench";

/// Servers and files of one run. All of it ends and goes when this value is dropped.
#[derive(Debug)]
pub struct Site {
    /// Under the engine.
    pub engine_postgres: Postgres,
    /// Under the SQL that a user would write instead, as long as that is measured.
    pub peer_postgres: Option<Postgres>,
    papers: Papers,
    nats: Nats,
    nats_password: PathBuf,
    toolbox: Toolbox,
    logs: Scratch,
    // Last: everything stops before its data goes.
    scratch: Scratch,
}

impl Site {
    /// Starts the servers. Blocks.
    ///
    /// # Errors
    /// When one does not come up.
    pub fn start(say: fn(&str)) -> Result<Self> {
        let home = Home::discover()?;
        let toolbox = Toolbox::new(home.clone()).reporting(say);
        let scratch = Scratch::new(&home, "bench-pool")?;
        let papers = Papers::make(scratch.path().join("papers"))?;
        let password = secret()?;
        let nats_password = scratch.path().join("nats-password");
        fs::write(&nats_password, &password)?;
        let mut nats = NatsOptions::new(scratch.path().join("nats"));
        nats.access = NatsAccess::Users(vec![NatsUser::with_all(NATS_USER, password)]);
        Ok(Self {
            engine_postgres: postgres(&toolbox, scratch.path().join("engine"))?,
            peer_postgres: Some(postgres(&toolbox, scratch.path().join("peer"))?),
            nats: Nats::start(&toolbox.nats()?, nats)?,
            papers,
            nats_password,
            toolbox,
            logs: Scratch::new(&home.in_memory(), "bench-pool-logs")?,
            scratch,
        })
    }

    /// Where everything of this run lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.scratch.path()
    }

    /// Where programs log. Written back to the disk, their lines would stand in the way of commits;
    /// where containers run, a pipe takes them.
    #[must_use]
    pub fn logs(&self) -> &Path {
        self.logs.path()
    }

    /// Certificates and keys.
    #[must_use]
    pub fn papers(&self) -> &Papers {
        &self.papers
    }

    /// A channel to a program that calls itself the pool, as `caller`.
    ///
    /// # Errors
    /// When the papers cannot be read.
    pub fn channel(&self, caller: &str, address: SocketAddr) -> Result<ClientChannel> {
        channel(&self.papers, caller, address, CALL_LIMIT)
    }

    /// An operator at one process.
    ///
    /// # Errors
    /// When the papers cannot be read.
    pub fn operator(&self, address: SocketAddr) -> Result<Operator> {
        Operator::new(&self.papers, [self.channel(CALLER, address)?], "benchmark")
    }

    /// Where tools live.
    #[must_use]
    pub fn home(&self) -> &Home {
        self.toolbox.home()
    }

    /// Makes a database and tells its address.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn database(&self, of: &Postgres, name: &str) -> Result<String> {
        execute(&of.url(), &format!("CREATE DATABASE {name}")).await?;
        Ok(of.url_of(name))
    }

    /// The configuration of a pool process named `name` over a database, as JSON, which is YAML too.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn pool_config(&self, name: &str, port: u16, database: &str) -> Result<Value> {
        let mut chassis = self.chassis(name, port);
        let url_file = self.write(&format!("{name}.database"), database)?;
        chassis["database"] = json!({ "url_file": url_file });
        chassis["bus"] = self.bus();
        chassis["principals"] = json!({ "jwks_file": self.papers.principals_public_keys_file() });
        Ok(json!({
            "chassis": chassis,
            "day_keys": { "kek_file": self.papers.day_keys_ring_file() },
        }))
    }

    /// What every program here has in its configuration. They are all `platepool` to their callers.
    #[must_use]
    pub fn chassis(&self, name: &str, port: u16) -> Value {
        let files = self.papers.credentials("platepool");
        json!({
            "tls": {
                "certificate_file": files.certificate,
                "key_file": files.key,
                "authority_file": files.authority,
            },
            "server": { "listen": format!("127.0.0.1:{port}") },
            "ready_file": self.ready_file(name),
        })
    }

    /// The configuration by which streams are made.
    #[must_use]
    pub fn streams_config(&self) -> Value {
        json!({ "bus": self.bus(), "replicas": 1 })
    }

    fn bus(&self) -> Value {
        json!({
            "servers": [self.nats.url()],
            "user": NATS_USER,
            "password_file": self.nats_password,
        })
    }

    /// Where a program tells that it is ready.
    #[must_use]
    pub fn ready_file(&self, name: &str) -> PathBuf {
        self.folder().join(format!("{name}.ready"))
    }

    /// Writes a file and tells where.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.folder().join(name);
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        Ok(path)
    }
}

fn postgres(toolbox: &Toolbox, folder: PathBuf) -> Result<Postgres> {
    let mut options = PostgresOptions::new(folder);
    options.durability = Durability::Full;
    options.max_connections = MAX_CONNECTIONS;
    options.cache = Some(toolbox.home().clone());
    options.settings = [
        ("shared_buffers", SHARED_BUFFERS),
        ("max_wal_size", MAX_WAL),
        ("min_wal_size", MIN_WAL),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    Ok(Postgres::start(&toolbox.postgres()?, options)?)
}

/// Makes a server one that has run for a while. A new one makes a file for every 16 MiB of its log, and
/// no commit ends until that is on the disk, a tenth of a second each; later it writes the files of before
/// the last checkpoint again.
///
/// # Errors
/// When the server refuses.
pub async fn wear_in(url: &str) -> Result<()> {
    let log = format!(
        "SELECT pg_logical_emit_message(false, 'bench', repeat('x', 4000000)) \
         FROM generate_series(1, {WORN_IN_BY})"
    );
    for sql in [&log, "CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT"] {
        execute(url, sql).await?;
    }
    Ok(())
}

/// Runs SQL of ours on a connection of its own.
///
/// # Errors
/// When the server refuses.
pub async fn execute(url: &str, sql: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    let first = sql.lines().next().unwrap_or_default();
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await
        .with_context(|| format!("running `{first} …`"))?;
    connection.close().await?;
    Ok(())
}

/// One number that SQL of ours tells.
///
/// # Errors
/// When the server refuses, or tells no number.
pub async fn ask(connection: &mut PgConnection, sql: &str) -> Result<i64> {
    use sqlx::Row as _;
    let row = sqlx::raw_sql(AssertSqlSafe(sql))
        .fetch_one(connection)
        .await
        .with_context(|| format!("running `{sql}`"))?;
    Ok(row.try_get(0)?)
}
