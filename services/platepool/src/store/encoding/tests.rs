mod rows;

use jiff_sqlx::ToSqlx;
use rows::{WHO, at, commands, plate, sets};

use super::*;
use crate::domain::hold::{Basket, Column, HoldSet};

fn encoded(entry: &Entry) -> Encoded {
    let mut encoded = Encoded::default();
    encoded.add(entry);
    encoded
}

fn stored(entry: &Entry) -> LogRow {
    let encoded = encoded(entry);
    LogRow {
        decided_at: entry.decided_at.to_sqlx(),
        epoch: i32::try_from(entry.key.epoch).unwrap(),
        seq: i32::try_from(entry.key.seq).unwrap(),
        kind: encoded.kind[0].to_owned(),
        application: entry.owner().map(|application| application.0),
        op_no: entry.op_no.cast_signed(),
        outcome: encoded.outcome[0].to_owned(),
        input: encoded.input.slices()[0].to_vec(),
        result: encoded.result.slices()[0].to_vec(),
        held: encoded.held.slices()[0].to_vec(),
    }
}

/// What replicas pass on to one another needs no row beside it.
#[test]
fn every_command_outcome_and_set_is_read_by_itself() {
    let mut sets = sets();
    for (command, outcome) in commands() {
        let (application, op_no) = match &command {
            Command::Operate(operation) => (Some(operation.application), operation.op_no),
            Command::Resolve(resolve) => (Some(resolve.application), resolve.op_no),
            Command::Close(application) => (Some(*application), 0),
            _ => (None, 0),
        };
        let (kind, input) = command_bytes(&command);
        let read = command_from(kind, application, op_no, &input).unwrap();
        assert_eq!(read, command);
        let (word, result) = outcome_bytes(&outcome);
        assert_eq!(outcome_from(word, &result).unwrap(), outcome);
        sets.rotate_left(1);
        assert_eq!(set_from(&set_bytes(&sets[0])).unwrap(), sets[0]);
    }
    assert!(command_from("draw", None, 1, &[]).is_err());
    assert!(outcome_from("held", &[]).is_err());
    assert!(set_from(&[9]).is_err());
}

/// A set is told by few bytes, whichever numbers and instants it has.
#[test]
fn every_set_is_read_as_it_was_written() {
    let lengths: Vec<usize> = sets()
        .iter()
        .map(|set| {
            let mut bytes = Vec::new();
            set::write(set, at(0), &mut bytes);
            assert_eq!(set::read(&bytes, at(0)).unwrap(), *set);
            for cut in 1..bytes.len() {
                let part = set::read(&bytes[..cut], at(0));
                assert!(part.is_err() || part.unwrap().basket.is_none(), "{cut}");
            }
            bytes.len()
        })
        .collect();
    assert_eq!(lengths, [0, 51, 6, 57, 39]);
}

/// Rows of before their narrower form: instants stood by themselves, hashes in full length.
#[test]
fn rows_of_the_first_form_are_still_read() {
    let row = |kind: &str, input: &str, outcome: &str, result: &str| LogRow {
        decided_at: at(0).to_sqlx(),
        epoch: 1,
        seq: 1,
        kind: kind.to_owned(),
        application: Some(WHO.0),
        op_no: 3,
        outcome: outcome.to_owned(),
        input: hex::decode(input).unwrap(),
        result: hex::decode(result).unwrap(),
        held: Vec::new(),
    };
    let hash = "09".repeat(32);
    let draw = row(
        "draw",
        &format!("0894bac194b09198031220{hash}1a0e0834100a18012090bf0528a0fe0a"),
        "held",
        "08daf5f1b5b0919803",
    );
    let (command, outcome) = commands().swap_remove(0);
    let read = draw.entry().unwrap();
    assert_eq!((read.command, read.outcome), (command, outcome));
}

/// E6: a row holds the full input; what is read is what was written, for every kind of row.
#[test]
fn every_row_is_read_as_it_was_written() {
    let column = Column {
        plates: vec![plate("粤GB0001")],
        until: at(90),
        chosen: true,
    };
    let basket = Basket {
        plates: Vec::new(),
        until: at(91),
    };
    for (index, (command, outcome)) in commands().into_iter().enumerate() {
        let op_no = if command.application().is_some() {
            3
        } else {
            0
        };
        let key = RowKey {
            epoch: 4,
            seq: index as u64 + 1,
        };
        let set = HoldSet {
            column: Some(column.clone()),
            basket: Some(basket.clone()),
        };
        let set = if index % 2 == 0 {
            set
        } else {
            HoldSet::default()
        };
        let entry = Entry {
            key,
            decided_at: at(0),
            command,
            outcome,
            op_no,
            set,
        };
        assert_eq!(stored(&entry).entry().unwrap(), entry);
    }
}

fn entry(command: Command, outcome: Outcome) -> Entry {
    Entry {
        key: RowKey { epoch: 1, seq: 1 },
        decided_at: at(0),
        command,
        outcome,
        op_no: 3,
        set: HoldSet::default(),
    }
}

/// The encoding is for ever: rows are kept for years.
#[test]
fn the_encoding_never_changes() {
    let mut encoded: Vec<String> = commands()
        .into_iter()
        .map(|(command, outcome)| {
            let row = stored(&entry(command, outcome));
            let (input, result) = (hex::encode(row.input), hex::encode(row.result));
            format!("{} {input} {} {result}", row.kind, row.outcome)
        })
        .collect();
    encoded.extend(sets().into_iter().map(|set| {
        let mut bytes = Vec::new();
        set::write(&set, at(0), &mut bytes);
        format!("set {}", hex::encode(bytes))
    }));
    insta::assert_snapshot!(encoded.join("\n"));
}

/// The row of a draw stays small: what Postgres writes for it is what a draw costs.
#[test]
fn a_draw_takes_few_bytes() {
    let (command, _) = commands().swap_remove(0);
    let set = sets().swap_remove(1);
    let until = set.column.as_ref().unwrap().until;
    let row = stored(&Entry {
        set,
        ..entry(command, Outcome::Held { until })
    });
    assert!(row.input.len() <= 40, "{}", row.input.len());
    assert!(row.held.len() <= 51, "{}", row.held.len());
    assert!(row.result.is_empty(), "the set tells until when");
}

#[test]
fn what_the_program_does_not_write_is_refused() {
    let (command, outcome) = commands().swap_remove(0);
    let row = stored(&entry(command, outcome));
    assert!(
        LogRow {
            kind: "drawn".to_owned(),
            ..row.clone()
        }
        .entry()
        .is_err()
    );
    assert!(
        LogRow {
            outcome: "kept".to_owned(),
            ..row.clone()
        }
        .entry()
        .is_err()
    );
    assert!(
        LogRow {
            application: None,
            ..row.clone()
        }
        .entry()
        .is_err()
    );
    assert!(
        LogRow {
            input: vec![0xFF],
            ..row.clone()
        }
        .entry()
        .is_err()
    );
    // No number, a part twice, an unknown part, an end too early.
    for held in ["0100010000000000000000", "010000010000", "090000", "0100"] {
        let held = hex::decode(held).unwrap();
        let row = row.clone();
        assert!(LogRow { held, ..row }.entry().is_err());
    }
}
