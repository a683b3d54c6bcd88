//! What the tests share.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use xuanhao_servers::process::is_alive;
use xuanhao_servers::{Durability, Home, Postgres, PostgresOptions, Scratch, Toolbox};

pub(crate) fn toolbox() -> Toolbox {
    Toolbox::new(Home::discover().unwrap())
}

pub(crate) fn scratch(name: &str) -> Scratch {
    Scratch::new(&Home::discover().unwrap(), name).unwrap()
}

pub(crate) fn postgres_options(scratch: &Scratch) -> PostgresOptions {
    let mut options = PostgresOptions::new(scratch.path().join("pg"));
    options.durability = Durability::TestOnlyFast;
    options.cache = Some(Home::discover().unwrap());
    options
}

pub(crate) fn start_postgres(scratch: &Scratch) -> Postgres {
    let tools = toolbox().postgres().unwrap();
    Postgres::start(&tools, postgres_options(scratch)).unwrap()
}

/// Runs one statement with psql and returns its answer, or what psql complained of.
pub(crate) fn ask(server: &Postgres, sql: &str) -> Result<String, String> {
    let mut psql = Command::new(server.tools().program("psql"));
    psql.args([
        "--no-psqlrc",
        "--tuples-only",
        "--no-align",
        "--quiet",
        "--command",
        sql,
    ]);
    psql.arg("--dbname")
        .arg(server.url())
        .env("PGCONNECT_TIMEOUT", "3");
    let output = psql.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

pub(crate) fn wait_gone(pid: u32) {
    let start = Instant::now();
    while is_alive(pid) {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "process {pid} is still there"
        );
        thread::sleep(Duration::from_millis(10));
    }
}
