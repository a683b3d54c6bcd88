//! The pair of servers that a whole test run shares, and the environment that hands it on.
//!
//! `cargo xtask` starts the pair and sets these variables for its children; the test support reads
//! them, or starts a pair for its own process when they are not set.

use crate::{
    Durability, Error, Nats, NatsAccess, NatsOptions, Postgres, PostgresOptions, Scratch, Toolbox,
    secret,
};

/// Superuser URL of the shared Postgres.
pub const PG_URL: &str = "XUANHAO_TEST_PG_URL";
/// URL of the shared nats-server with the user of its first account.
pub const NATS_URL: &str = "XUANHAO_TEST_NATS_URL";
/// Folder of the files by which tests take an account of the shared nats-server.
pub const NATS_LEASES: &str = "XUANHAO_TEST_NATS_LEASES";
/// How many accounts the shared nats-server has: more than tests run at once.
pub const NATS_ACCOUNTS: usize = 64;

/// Tests open many small pools side by side.
const MAX_CONNECTIONS: u16 = 400;

/// A Postgres and a nats-server for tests, with throw-away data. They stop when dropped.
#[derive(Debug)]
pub struct SharedServers {
    postgres: Postgres,
    nats: Nats,
    // Last: the servers stop before their data goes.
    scratch: Scratch,
}

impl SharedServers {
    /// Brings the programs when they are missing and starts both servers.
    ///
    /// # Errors
    /// When a program cannot be brought or a server does not come up.
    pub fn start(toolbox: &Toolbox) -> Result<Self, Error> {
        let scratch = Scratch::new(toolbox.home(), "shared")?;
        let postgres = start_postgres(toolbox, &scratch)?;
        let nats = start_nats(toolbox, &scratch)?;
        let leases = scratch.path().join("leases");
        let doing = || format!("making {}", leases.display());
        std::fs::create_dir(&leases).map_err(Error::io(doing()))?;
        Ok(Self {
            postgres,
            nats,
            scratch,
        })
    }

    /// The variables for child processes.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let nats = self
            .nats
            .url_of("t0")
            .expect("the accounts are numbered from 0");
        let leases = self.scratch.path().join("leases");
        vec![
            (PG_URL, self.postgres.url()),
            (NATS_URL, nats),
            (NATS_LEASES, leases.to_string_lossy().into_owned()),
        ]
    }
}

/// A Postgres for throw-away data in the folder.
///
/// # Errors
/// When the program cannot be brought or the server does not come up.
pub fn start_postgres(toolbox: &Toolbox, scratch: &Scratch) -> Result<Postgres, Error> {
    let mut options = PostgresOptions::new(scratch.path().join("postgres"));
    options.durability = Durability::TestOnlyFast;
    options.max_connections = MAX_CONNECTIONS;
    options.cache = Some(toolbox.home().clone());
    Postgres::start(&toolbox.postgres()?, options)
}

/// A nats-server with numbered accounts for throw-away data in the folder.
///
/// # Errors
/// When the program cannot be brought or the server does not come up.
pub fn start_nats(toolbox: &Toolbox, scratch: &Scratch) -> Result<Nats, Error> {
    let mut options = NatsOptions::new(scratch.path().join("nats"));
    options.durability = Durability::TestOnlyFast;
    options.access = NatsAccess::numbered_accounts(NATS_ACCOUNTS, &secret()?);
    Nats::start(&toolbox.nats()?, options)
}
