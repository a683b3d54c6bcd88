//! Servers of one test alone, for faults: kill, freeze, restart.

use std::ops::{Deref, DerefMut};

use sqlx::migrate::Migrator;
use xuanhao_servers::{
    Durability, Nats, NatsAccess, NatsOptions, Postgres, Scratch, shared::start_postgres,
};

use crate::{TestDatabase, home, must, toolbox};

/// A Postgres of one test, to be killed, frozen and restarted at will.
#[derive(Debug)]
pub struct OwnPostgres {
    server: Postgres,
    // Last: the server stops before its data goes.
    _scratch: Scratch,
}

impl OwnPostgres {
    /// A migrated database on this server.
    pub async fn database(&self, migrator: &Migrator) -> TestDatabase {
        TestDatabase::on(&self.server.url(), migrator).await
    }
}

/// Starts a Postgres for one test. It takes about a third of a second.
///
/// # Panics
/// When it cannot be started.
#[must_use]
pub fn own_postgres() -> OwnPostgres {
    let scratch = must(Scratch::new(&home(), "own-postgres"), "making a folder");
    let server = must(start_postgres(&toolbox(), &scratch), "starting Postgres");
    OwnPostgres {
        server,
        _scratch: scratch,
    }
}

/// A nats-server of one test, to be killed, frozen and restarted at will.
#[derive(Debug)]
pub struct OwnNats {
    server: Nats,
    // Last: the server stops before its data goes.
    _scratch: Scratch,
}

/// Starts a nats-server with JetStream for one test, open to every client.
///
/// # Panics
/// When it cannot be started.
#[must_use]
pub fn own_nats() -> OwnNats {
    own_nats_with(NatsAccess::Open)
}

/// Starts a nats-server with JetStream for one test, with these users.
///
/// # Panics
/// When it cannot be started.
#[must_use]
pub fn own_nats_with(access: NatsAccess) -> OwnNats {
    let scratch = must(Scratch::new(&home(), "own-nats"), "making a folder");
    let mut options = NatsOptions::new(scratch.path().join("nats"));
    options.durability = Durability::TestOnlyFast;
    options.access = access;
    let tools = must(toolbox().nats(), "finding nats-server");
    let server = must(Nats::start(&tools, options), "starting nats-server");
    OwnNats {
        server,
        _scratch: scratch,
    }
}

impl Deref for OwnPostgres {
    type Target = Postgres;

    fn deref(&self) -> &Postgres {
        &self.server
    }
}

impl DerefMut for OwnPostgres {
    fn deref_mut(&mut self) -> &mut Postgres {
        &mut self.server
    }
}

impl Deref for OwnNats {
    type Target = Nats;

    fn deref(&self) -> &Nats {
        &self.server
    }
}

impl DerefMut for OwnNats {
    fn deref_mut(&mut self) -> &mut Nats {
        &mut self.server
    }
}
