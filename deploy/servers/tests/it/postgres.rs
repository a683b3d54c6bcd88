//! Postgres.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use xuanhao_servers::{Durability, Error, Postgres, PostgresOptions};

use crate::support::{ask, postgres_options, scratch, start_postgres, toolbox, wait_gone};

#[test]
fn it_serves_utf8_in_c_order_on_loopback_only_and_stops() {
    let scratch = scratch("pg-serves");
    let mut server = start_postgres(&scratch);
    let answer = ask(
        &server,
        "SELECT pg_encoding_to_char(encoding), datcollate, current_setting('listen_addresses'),
            current_setting('unix_socket_directories') FROM pg_database WHERE datname = 'postgres'",
    );
    assert_eq!(answer.unwrap(), "UTF8|C|127.0.0.1|");
    let (pid, port) = (server.pid(), server.port());
    server.stop().unwrap();
    assert!(!server.is_running());
    wait_gone(pid);
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
}

#[test]
fn a_wrong_password_is_refused_and_debug_output_hides_the_right_one() {
    let scratch = scratch("pg-password");
    let server = start_postgres(&scratch);
    let password = fs::read_to_string(scratch.path().join("pg/password")).unwrap();
    assert!(server.url().contains(&password));
    assert!(!format!("{server:?}").contains(&password));
    let psql = std::process::Command::new(server.tools().program("psql"))
        .args(["--command", "SELECT 1", "--dbname"])
        .arg(server.url().replace(&password, "guess"))
        .output()
        .unwrap();
    assert!(!psql.status.success());
}

#[test]
fn a_restart_keeps_data_and_port() {
    let scratch = scratch("pg-restart");
    let mut server = start_postgres(&scratch);
    let url = server.url();
    ask(&server, "CREATE TABLE kept AS SELECT 7 AS n").unwrap();
    server.restart().unwrap();
    assert_eq!(server.url(), url);
    assert_eq!(ask(&server, "SELECT n FROM kept").unwrap(), "7");
}

#[test]
fn a_killed_server_restarts_with_what_it_acknowledged() {
    let scratch = scratch("pg-kill9");
    let mut server = start_postgres(&scratch);
    ask(&server, "CREATE TABLE kept AS SELECT 7 AS n").unwrap();
    let pid = server.pid();
    server.kill9().unwrap();
    assert!(!server.is_running());
    wait_gone(pid);
    assert!(ask(&server, "SELECT 1").is_err());
    server.restart().unwrap();
    assert_eq!(ask(&server, "SELECT n FROM kept").unwrap(), "7");
}

#[test]
fn a_frozen_server_answers_nobody_until_it_goes_on() {
    let scratch = scratch("pg-freeze");
    let mut server = start_postgres(&scratch);
    server.sigstop().unwrap();
    assert!(server.is_running());
    assert!(ask(&server, "SELECT 1").unwrap_err().contains("timeout"));
    server.sigcont();
    assert_eq!(ask(&server, "SELECT 1").unwrap(), "1");
    server.sigstop().unwrap();
    // A frozen server can be stopped all the same.
    server.stop().unwrap();
    assert!(!server.is_running());
}

#[test]
fn two_servers_stand_beside_each_other() {
    let (first, second) = (scratch("pg-two-a"), scratch("pg-two-b"));
    let (first, second) = (start_postgres(&first), start_postgres(&second));
    assert_ne!(first.port(), second.port());
    ask(&first, "CREATE TABLE only_here()").unwrap();
    assert!(ask(&second, "SELECT * FROM only_here").is_err());
}

#[test]
fn a_folder_in_use_is_refused() {
    let scratch = scratch("pg-in-use");
    let server = start_postgres(&scratch);
    let again = Postgres::start(server.tools(), postgres_options(&scratch));
    assert!(matches!(again, Err(Error::InUse { .. })), "{again:?}");
}

#[test]
fn a_taken_port_is_an_error_when_fixed_and_harmless_otherwise() {
    let scratch = scratch("pg-taken");
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut options = postgres_options(&scratch);
    options.port = Some(taken.local_addr().unwrap().port());
    let tools = toolbox().postgres().unwrap();
    let error = Postgres::start(&tools, options).unwrap_err();
    assert!(
        error.to_string().contains("Address already in use"),
        "{error}"
    );
    // The standard port taken by somebody, as on a machine with its own Postgres.
    let _standard = TcpListener::bind((Ipv4Addr::LOCALHOST, 5432));
    let server = start_postgres(&scratch);
    assert_eq!(ask(&server, "SELECT 1").unwrap(), "1");
}

/// A pid file may name a process that is something else by now: here, this very test.
#[test]
fn a_stale_pid_file_does_not_stop_the_start() {
    let scratch = scratch("pg-stale");
    let mut server = start_postgres(&scratch);
    server.stop().unwrap();
    drop(server);
    let pid_file = scratch.path().join("pg/cluster/postmaster.pid");
    fs::write(&pid_file, format!("{}\n/elsewhere\n", std::process::id())).unwrap();
    let server = start_postgres(&scratch);
    assert_eq!(ask(&server, "SELECT 1").unwrap(), "1");
}

#[test]
fn full_durability_and_further_settings_reach_the_server() {
    let scratch = scratch("pg-full");
    let mut options = PostgresOptions::new(scratch.path().join("pg"));
    assert_eq!(options.durability, Durability::Full);
    options.max_connections = 17;
    options
        .settings
        .push(("statement_timeout".to_owned(), "12s".to_owned()));
    let server = Postgres::start(&toolbox().postgres().unwrap(), options).unwrap();
    let settings = "SELECT current_setting('fsync'), current_setting('synchronous_commit'),
        current_setting('full_page_writes'), current_setting('max_connections'),
        current_setting('statement_timeout')";
    assert_eq!(ask(&server, settings).unwrap(), "on|on|on|17|12s");
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let scratch = scratch("pg-bad");
    let mut options = postgres_options(&scratch);
    options
        .settings
        .push(("no_such_setting".to_owned(), "1".to_owned()));
    let start = Instant::now();
    let error = Postgres::start(&toolbox().postgres().unwrap(), options).unwrap_err();
    assert!(error.to_string().contains("no_such_setting"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(20));
}
