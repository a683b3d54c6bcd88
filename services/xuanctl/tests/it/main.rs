//! `xuanctl` as its users meet it: the built binary.

mod check;
mod mask;

use std::process::{Command, Output};

/// What a run of the binary came to.
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn xuanctl(arguments: &[&str]) -> Run {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_xuanctl"))
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("cannot run the binary: {error}"));
    Run {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    for arguments in [
        &[][..],
        &["check"],
        &["check", "vin"],
        &["check", "horse", "1"],
        &["check", "vin", "--output", "xml", "1"],
        &["mask", "count", "DDDD"],
        &["mask", "contains", "DDDDD"],
    ] {
        let run = xuanctl(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}");
        assert!(
            run.stdout.is_empty() && !run.stderr.is_empty(),
            "{arguments:?}"
        );
    }
}

#[test]
fn help_is_chinese_first() {
    let run = xuanctl(&["--help"]);
    assert_eq!(run.code, Some(0));
    assert!(
        run.stdout
            .contains("选号平台运维命令 · Xuanhao operator's command line"),
        "{}",
        run.stdout
    );
}
