mod rows;

use jiff_sqlx::ToSqlx;
use rows::{at, commands, plate};

use super::*;

fn stored(entry: &Entry) -> LogRow {
    let encoded = encode(entry);
    let plates = |plates: &Vec<PlateKey>| plates.iter().map(|plate| plate.get()).collect();
    let (column, basket) = (entry.set.column.as_ref(), entry.set.basket.as_ref());
    LogRow {
        decided_at: entry.decided_at.to_sqlx(),
        epoch: entry.key.epoch.cast_signed(),
        seq: entry.key.seq.cast_signed(),
        kind: encoded.kind.to_owned(),
        application: entry.owner().map(|application| application.0),
        op_no: entry.op_no.cast_signed(),
        outcome: encoded.outcome.to_owned(),
        input: encoded.input,
        result: encoded.result,
        column_plates: column.map(|column| plates(&column.plates)),
        column_until: column.map(|column| column.until.to_sqlx()),
        column_chosen: column.map(|column| column.chosen),
        basket_plates: basket.map(|basket| plates(&basket.plates)),
        basket_until: basket.map(|basket| basket.until.to_sqlx()),
    }
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

/// The encoding is for ever: rows are kept for years.
#[test]
fn the_encoding_never_changes() {
    let encoded: Vec<String> = commands()
        .into_iter()
        .map(|(command, outcome)| {
            let (key, set) = (RowKey { epoch: 1, seq: 1 }, HoldSet::default());
            let entry = Entry {
                key,
                decided_at: at(0),
                command,
                outcome,
                op_no: 3,
                set,
            };
            let encoded = encode(&entry);
            let (input, result) = (hex::encode(encoded.input), hex::encode(encoded.result));
            format!("{} {input} {} {result}", encoded.kind, encoded.outcome)
        })
        .collect();
    insta::assert_snapshot!(encoded.join("\n"));
}

/// The row of a draw stays small: what Postgres writes for it is what a draw costs.
#[test]
fn a_draw_takes_few_bytes() {
    let (command, outcome) = commands().swap_remove(0);
    let (key, set) = (RowKey { epoch: 1, seq: 1 }, HoldSet::default());
    let encoded = encode(&Entry {
        key,
        decided_at: at(0),
        command,
        outcome,
        op_no: 3,
        set,
    });
    assert!(encoded.input.len() <= 64, "{}", encoded.input.len());
    assert!(encoded.result.len() <= 12, "{}", encoded.result.len());
}

#[test]
fn what_the_program_does_not_write_is_refused() {
    let (command, outcome) = commands().swap_remove(0);
    let (key, set) = (RowKey { epoch: 1, seq: 1 }, HoldSet::default());
    let row = stored(&Entry {
        key,
        decided_at: at(0),
        command,
        outcome,
        op_no: 3,
        set,
    });
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
    assert!(
        LogRow {
            column_plates: Some(vec![1]),
            column_until: Some(at(0).to_sqlx()),
            column_chosen: Some(false),
            ..row
        }
        .entry()
        .is_err()
    );
}
