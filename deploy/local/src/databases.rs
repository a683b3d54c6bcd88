//! A role and a database per service, and one apart for the keys of persons (C4).

use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use xuanhao_servers::process::{DeathSignal, bound_command, spawn};
use xuanhao_servers::{Postgres, secret};

use crate::folders::{Folders, kept, write_private};
use crate::{KEY_STORE, Service};

/// The database, and the role that owns it.
pub(crate) fn database_of(owner: &str) -> String {
    format!("xuanhao_{owner}")
}

/// The file with the address that its owner connects to.
pub(crate) fn url_file(folders: &Folders, owner: &str) -> std::path::PathBuf {
    folders.secret(&format!("{owner}.database-url"))
}

/// Every owner of a database.
pub(crate) fn owners() -> impl Iterator<Item = &'static str> {
    Service::ALL
        .into_iter()
        .filter(|service| service.has_database())
        .map(Service::name)
        .chain([KEY_STORE])
}

/// Makes roles and databases that are missing, and writes the addresses, whose port may be new.
/// Nobody but its owner may connect to a database.
pub(crate) fn make(folders: &Folders, postgres: &Postgres) -> Result<()> {
    let mut script = String::new();
    for owner in owners() {
        let (name, password) = (database_of(owner), password(folders, owner)?);
        script.push_str(&format!(
            "SELECT 'CREATE ROLE {name} LOGIN' WHERE NOT EXISTS \
                 (SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec\n\
             ALTER ROLE {name} PASSWORD '{password}';\n\
             SELECT 'CREATE DATABASE {name} OWNER {name}' WHERE NOT EXISTS \
                 (SELECT FROM pg_database WHERE datname = '{name}') \\gexec\n\
             REVOKE ALL ON DATABASE {name} FROM PUBLIC;\n"
        ));
        let port = postgres.port();
        let url = format!("postgres://{name}:{password}@127.0.0.1:{port}/{name}");
        write_private(&url_file(folders, owner), url.as_bytes())?;
    }
    run(postgres, &script).context("making the databases")
}

fn password(folders: &Folders, owner: &str) -> Result<String> {
    let path = folders.secret(&format!("{owner}.database-password"));
    kept(&path, || Ok(secret()?))
}

/// The script and the address hold passwords, so neither stands on a command line.
fn run(postgres: &Postgres, script: &str) -> Result<()> {
    let program = postgres.tools().program("psql");
    let mut command = bound_command(&program, DeathSignal::Terminate);
    command
        .args(["--no-psqlrc", "--quiet", "--tuples-only"])
        .args(["--set", "ON_ERROR_STOP=1", "--file", "-"])
        .envs(connection(postgres)?)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = spawn(command)?;
    let mut input = child.stdin.take().context("psql takes a script")?;
    input.write_all(script.as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "psql: {}", told.trim_end());
    Ok(())
}

/// The superuser's address in the variables that psql reads.
fn connection(postgres: &Postgres) -> Result<Vec<(&'static str, String)>> {
    let url = postgres.url();
    let rest = url.strip_prefix("postgres://");
    let (user, password) = rest
        .and_then(|rest| rest.split_once('@'))
        .and_then(|(user, _)| user.split_once(':'))
        .context("the superuser's address has a name and a password")?;
    Ok(vec![
        ("PGHOST", "127.0.0.1".to_owned()),
        ("PGPORT", postgres.port().to_string()),
        ("PGUSER", user.to_owned()),
        ("PGPASSWORD", password.to_owned()),
        ("PGDATABASE", "postgres".to_owned()),
    ])
}
