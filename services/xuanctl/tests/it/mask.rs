//! `xuanctl mask`.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::xuanctl;

#[test]
fn counts_stand_alone_on_their_lines() {
    let run = xuanctl(&["mask", "count", "DD[AB]LD"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "48000\n"));
    let run = xuanctl(&["mask", "count", "[PQ]LDDD", "0001..9999 [WX]", "LLDDD"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), "48000\n19998\n576000\n")
    );
}

#[test]
fn counts_can_ask_for_a_class() {
    let run = xuanctl(&["mask", "count", "--class", "nev_small", "[D]DDDDD"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "100000\n"));
    let run = xuanctl(&["mask", "count", "--class", "small", "[D]DDDDD"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(
        run.stderr
            .contains("plates of class small have 5 positions, not 6"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_bad_mask_is_a_wrong_command_line() {
    let run = xuanctl(&["mask", "count", "LLLDD"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("普通号牌序号最多两个字母 · position 3"),
        "{}",
        run.stderr
    );
}

#[test]
fn lists_are_limited_and_say_so() {
    let run = xuanctl(&["mask", "list", "0001..9999 [WX]", "--limit", "3"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), "0001W\n0001X\n0002W\n")
    );
    assert!(run.stderr.contains("19995 more follow"), "{}", run.stderr);

    let run = xuanctl(&["mask", "list", "0001..9999 [WX]", "--from", "19997"]);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("9999X\n", ""));

    let run = xuanctl(&["mask", "list", "1234[AB] -{1234A}", "--output", "json"]);
    assert_eq!(
        serde_json::from_str::<Value>(&run.stdout).unwrap(),
        json!(["1234B"])
    );
}

#[test]
fn numbers_are_looked_up_with_or_without_their_issuing_code() {
    let run = xuanctl(&["mask", "contains", "DD[AB]LD", "12AB3", "冀B·12BC3"]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    let run = xuanctl(&[
        "mask",
        "contains",
        "DD[AB]LD",
        "12AB3",
        "12CB3",
        "1I",
        "冀BI2345",
    ]);
    assert_eq!(run.code, Some(1));
    let verdicts: Vec<_> = run
        .stdout
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    assert_eq!(verdicts, ["yes", "no", "invalid", "invalid"]);

    let run = xuanctl(&[
        "mask",
        "contains",
        "0001..9999 [WX]",
        "0002W",
        "--output",
        "json",
    ]);
    let answers: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&answers[0]["verdict"], &answers[0]["rank"]),
        (&json!("yes"), &json!(2))
    );
}

/// A reader that goes away early, as `head` does, is no failure.
#[test]
fn a_closed_pipe_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_xuanctl"))
        .args(["mask", "list", "LLDDD", "--limit", "576000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert_eq!(first, "AA000\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
