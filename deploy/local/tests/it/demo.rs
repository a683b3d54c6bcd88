//! The demonstration as people see it. It checks every step itself; here it has to come to its end.

use std::process::{Command, Stdio};

use xuanhao_local::{BIN_DIR_VARIABLE, Programs};
use xuanhao_servers::process::{DeathSignal, bound_command, spawn};

/// R-ACC-02, R-ACC-05, R-ACC-06, R-SEL-02, R-SEL-07, R-SEL-10, R-RND-11, R-CNF-01, R-DONE-04, R-DONE-05,
/// R-BLK-01: two lives under `hebei-2016`, from enrolment to registration, and past the deadline to an
/// appeal, on a moved clock.
#[test]
fn two_lives_of_2016_come_to_their_ends() {
    let xuanhao = Programs::find().unwrap().xuanhao();
    let program = env!("CARGO_BIN_EXE_xuanhao-local");
    let mut command: Command = bound_command(program.as_ref(), DeathSignal::Terminate);
    command
        .args(["demo", "--preset", "hebei-2016"])
        .env(BIN_DIR_VARIABLE, xuanhao.parent().unwrap())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = spawn(command).unwrap().wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{trouble}");
    assert!(told.contains("演示完成"), "{told}");
}
