//! The end of the program that runs the platform.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use xuanhao_local::{BIN_DIR_VARIABLE, Programs};
use xuanhao_servers::process::{children_of, signal};

use crate::support::await_end;

/// The program with a platform that is up, and that platform's processes.
fn demo() -> (Child, Vec<u32>) {
    let xuanhao = Programs::find().unwrap().xuanhao();
    let mut child = Command::new(env!("CARGO_BIN_EXE_xuanhao-local"))
        .arg("demo")
        .env(BIN_DIR_VARIABLE, xuanhao.parent().unwrap())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // Its simulators are named once everything is ready.
    let up = lines.any(|line| line.unwrap().contains("simulated"));
    assert!(up, "the demonstration ended early");
    let pids = children_of(child.id());
    assert!(pids.len() >= 8, "{pids:?}");
    // Nobody reads on; a closed pipe does not stop it.
    (child, pids)
}

#[test]
fn nothing_outlives_a_killed_program() {
    let (mut child, pids) = demo();
    child.kill().unwrap();
    child.wait().unwrap();
    await_end(&pids);
}

#[test]
fn a_signal_ends_everything_in_order() {
    let (mut child, pids) = demo();
    signal("INT", &[child.id()]);
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(1));
    await_end(&pids);
}
