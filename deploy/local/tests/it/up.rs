//! `up`, `down` and `reset` as people use them.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use xuanhao_local::{BIN_DIR_VARIABLE, Programs};
use xuanhao_servers::process::children_of;
use xuanhao_servers::{Home, Scratch};

use crate::support::await_end;

fn command(data: &Path, verb: &str) -> Command {
    let xuanhao = Programs::find().unwrap().xuanhao();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xuanhao-local"));
    command
        .arg("--data")
        .arg(data)
        .arg(verb)
        .env(BIN_DIR_VARIABLE, xuanhao.parent().unwrap())
        .stdin(Stdio::null());
    command
}

fn run(data: &Path, verb: &str) -> Output {
    command(data, verb).output().unwrap()
}

/// A platform that serves.
fn up(data: &Path) -> Child {
    let mut child = command(data, "up").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let serves = lines.any(|line| line.unwrap().contains("Ctrl-C"));
    assert!(serves, "it ended early");
    child
}

#[test]
fn one_runs_at_a_time_and_its_data_stays_until_reset() {
    let scratch = Scratch::new(&Home::discover().unwrap(), "up").unwrap();
    let data = scratch.path().join("platform");
    let nothing = run(&data, "down");
    assert!(nothing.status.success());
    assert!(String::from_utf8_lossy(&nothing.stdout).contains("none runs"));

    let mut first = up(&data);
    let second = run(&data, "up");
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("one runs already"));
    let pids = children_of(first.id());
    assert!(run(&data, "down").status.success());
    assert!(first.wait().unwrap().success());
    await_end(&pids);

    // Killed, it leaves nothing that would stand in the way of the next.
    let mut killed = up(&data);
    let pids = children_of(killed.id());
    killed.kill().unwrap();
    killed.wait().unwrap();
    await_end(&pids);

    let mut third = up(&data);
    assert!(run(&data, "reset").status.success());
    assert!(third.wait().unwrap().success());
    assert!(!data.exists());
}
