//! `xuanctl` as its users meet it: the built binary, and for the server commands services that answer
//! behind real mutual TLS and check the principal they are sent.

#![cfg(test)]

mod answers;
mod batch;
mod cases;
mod check;
mod counter;
mod door;
mod enrolment;
mod fake_counter;
mod fake_enrolment;
mod fake_identity;
mod fake_notification;
mod fake_platepool;
mod fake_selection;
mod fake_vehicle;
mod house;
mod mask;
mod messages;
mod outcome;
mod rules;
mod staff;
mod voucher;

use std::process::{Command, Output};

/// What a run of the binary came to.
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Run {
    /// Its JSON.
    #[track_caller]
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.stdout, self.stderr))
    }

    /// A run that went well.
    #[track_caller]
    fn fine(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }
}

fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xuanctl"));
    command.env_remove("XUANCTL_CONFIG");
    command
}

fn xuanctl(arguments: &[&str]) -> Run {
    let output = binary().args(arguments).output();
    output
        .unwrap_or_else(|error| panic!("cannot run the binary: {error}"))
        .into()
}
