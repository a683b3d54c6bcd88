//! Servers, papers and configuration of one run.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use xuanhao_chassis::grpc::ClientChannel;
use xuanhao_local::{Papers, Programs};
use xuanhao_operator::{Operator, channel};
use xuanhao_servers::{
    Durability, Home, Nats, NatsAccess, NatsOptions, NatsUser, Postgres, PostgresOptions, Scratch,
    Toolbox, secret,
};

const MAX_CONNECTIONS: u16 = 200;
const NATS_USER: &str = "chaos";
const DATABASE: &str = "xuanhao_platepool";
/// The longest a call may take.
const PATIENCE: Duration = Duration::from_secs(6);

/// Offices and what is released in each: from plenty to next to nothing. Together 20,000 numbers.
pub const OFFICES: [(&str, &str, &[&str]); 4] = [
    ("gd-guangzhou", "粤A", &["DDDDA"]),
    (
        "gd-zhanjiang",
        "粤G",
        &["DDD0A", "DDD1A", "DDD2A", "DDD3A", "DDD4A", "DDD5A"],
    ),
    ("he-tangshan", "冀B", &["DDD0A", "DDD1A", "DDD2A"]),
    ("he-handan", "冀D", &["DDD0A"]),
];

/// Servers and files. All of it ends and goes when this value is dropped.
#[derive(Debug)]
pub struct Site {
    /// Under all replicas.
    pub postgres: Postgres,
    /// Where facts go.
    pub nats: Nats,
    papers: Papers,
    password: String,
    programs: Programs,
    // Last: everything stops before its data goes.
    scratch: Scratch,
}

impl Site {
    /// Starts the servers. Blocks.
    ///
    /// # Errors
    /// When one does not come up, or the programs are not built.
    pub fn start(durability: Durability, say: fn(&str)) -> Result<Self> {
        let programs = Programs::find()?;
        let home = Home::discover()?;
        let toolbox = Toolbox::new(home.clone()).reporting(say);
        let scratch = Scratch::new(&home, "chaos")?;
        let papers = Papers::make(scratch.path().join("papers"))?;
        let mut postgres = PostgresOptions::new(scratch.path().join("postgres"));
        postgres.durability = durability;
        postgres.max_connections = MAX_CONNECTIONS;
        postgres.cache = Some(home);
        let password = secret()?;
        let mut nats = NatsOptions::new(scratch.path().join("nats"));
        nats.durability = durability;
        nats.access = NatsAccess::Users(vec![NatsUser::with_all(NATS_USER, password.clone())]);
        fs::write(scratch.path().join("nats-password"), &password)?;
        Ok(Self {
            postgres: Postgres::start(&toolbox.postgres()?, postgres)?,
            nats: Nats::start(&toolbox.nats()?, nats)?,
            papers,
            password,
            programs,
            scratch,
        })
    }

    /// Makes database, tables and streams.
    ///
    /// # Errors
    /// When the server or a program refuses.
    pub async fn prepare(&self) -> Result<()> {
        let mut connection = PgConnection::connect(&self.postgres.url()).await?;
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {DATABASE}")))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        let config = self.pool_config("prepare", 0, self.postgres.port())?;
        let config = self.write("prepare.yaml", &config.to_string())?;
        self.run(&["migrate", "platepool"], &config)?;
        let streams = json!({ "bus": self.bus(), "replicas": 1 }).to_string();
        let config = self.write("streams.yaml", &streams)?;
        self.run(&["streams", "apply"], &config)
    }

    fn run(&self, words: &[&str], config: &Path) -> Result<()> {
        let output = self.command(words, config).output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "{}: {told}", words.join(" "));
        Ok(())
    }

    /// `xuanhao WORDS… --config FILE`, bound to our life.
    #[must_use]
    pub fn command(&self, words: &[&str], config: &Path) -> std::process::Command {
        use xuanhao_servers::process::{DeathSignal, bound_command};
        let mut command = bound_command(&self.programs.xuanhao(), DeathSignal::Terminate);
        command.args(words).arg("--config").arg(config);
        command.env_remove("XUANHAO_CONFIG").current_dir("/");
        command
    }

    /// The superuser's address of the pool's database.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.postgres.url_of(DATABASE)
    }

    /// Where Postgres answers, without any wire between.
    #[must_use]
    pub fn postgres_address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.postgres.port()).into()
    }

    /// The nats-server's address and the password of its one user.
    #[must_use]
    pub fn nats_access(&self) -> (String, &str, &str) {
        (self.nats.url(), NATS_USER, &self.password)
    }

    /// The configuration of a replica that finds its database at a port, as JSON, which is YAML too.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn pool_config(&self, name: &str, port: u16, database: u16) -> Result<Value> {
        let direct = format!("127.0.0.1:{}/", self.postgres.port());
        let url = self
            .database_url()
            .replace(&direct, &format!("127.0.0.1:{database}/"));
        let files = self.papers.credentials("platepool");
        let offices: Vec<_> = OFFICES.iter().map(|(office, ..)| *office).collect();
        Ok(json!({
            "chassis": {
                "tls": {
                    "certificate_file": files.certificate,
                    "key_file": files.key,
                    "authority_file": files.authority,
                },
                "server": { "listen": format!("127.0.0.1:{port}") },
                "database": { "url_file": self.write(&format!("{name}.database"), &url)? },
                "bus": self.bus(),
                "principals": { "jwks_file": self.papers.principals_public_keys_file() },
                "lifecycle": { "lameduck_ms": 50, "rpc_drain_limit_ms": 3_000, "drain_limit_ms": 8_000 },
                "ready_file": self.ready_file(name),
            },
            "serves": { "offices": offices },
            "day_keys": { "kek_file": self.papers.day_keys_ring_file() },
            "lease": { "ttl_ms": 3_000 },
        }))
    }

    fn bus(&self) -> Value {
        json!({
            "servers": [self.nats.url()],
            "user": NATS_USER,
            "password_file": self.folder().join("nats-password"),
        })
    }

    /// A channel to a replica, as `caller`.
    ///
    /// # Errors
    /// When the certificates cannot be read.
    pub fn channel(&self, caller: &str, port: u16) -> Result<ClientChannel> {
        let address = (Ipv4Addr::LOCALHOST, port).into();
        channel(&self.papers, caller, address, PATIENCE)
    }

    /// An operator at these replicas.
    ///
    /// # Errors
    /// When the key that signs principals cannot be read.
    pub fn operator(&self, replicas: impl IntoIterator<Item = ClientChannel>) -> Result<Operator> {
        Operator::new(&self.papers, replicas, "chaos")
    }

    /// Where everything of this run lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.scratch.path()
    }

    /// Where a replica tells that it is ready.
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
