//! Servers end with the process that started them, however it ends.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use xuanhao_servers::{Nats, NatsOptions};

use crate::support::{scratch, start_postgres, toolbox, wait_gone};

const ROLE: &str = "XUANHAO_SERVERS_TEST_PARENT";

/// Not a test of its own: the process that the next test kills. It starts both servers from a
/// thread that ends, freezes one, and waits for its end.
#[test]
fn parent_role() {
    if std::env::var_os(ROLE).is_none() {
        return;
    }
    let servers = std::thread::spawn(|| {
        let scratch = scratch("parent");
        let mut postgres = start_postgres(&scratch);
        let store = scratch.path().join("nats");
        let nats = Nats::start(&toolbox().nats().unwrap(), NatsOptions::new(store)).unwrap();
        postgres.sigstop().unwrap();
        (scratch, postgres, nats)
    });
    let (_scratch, postgres, nats) = servers.join().unwrap();
    let mut out = std::io::stdout();
    writeln!(out, "\nservers {} {}", postgres.pid(), nats.pid()).unwrap();
    out.flush().unwrap();
    std::thread::park();
}

#[test]
fn a_killed_parent_leaves_no_server_not_even_a_frozen_one() {
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "parent::parent_role", "--nocapture"])
        .env(ROLE, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines();
    let pids: Vec<u32> = lines
        .map_while(Result::ok)
        .find_map(|line| Some(line.strip_prefix("servers ")?.to_owned()))
        .expect("the parent starts both servers")
        .split(' ')
        .map(|pid| pid.parse().unwrap())
        .collect();
    parent.kill().unwrap();
    parent.wait().unwrap();
    for pid in pids {
        wait_gone(pid);
    }
}
