use sqlx::migrate::Migrator;
use xuanhao_testkit::TestDatabase;

use super::*;
use crate::domain::command::Command;
use crate::domain::hold::Basket;
use crate::store::fixture::{self, Draft, at, execute, office, plate, tables, text, who};

#[test]
fn an_id_tells_how_far_back_to_look_only_if_it_tells_a_time() {
    let at: Timestamp = "2026-11-22T01:00:00Z".parse().unwrap();
    let millis = u64::try_from(at.as_millisecond()).unwrap();
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &[7; 10]).into_uuid();
    assert_eq!(not_before(ApplicationId(id)), at - SKEW);
    assert_eq!(
        not_before(ApplicationId(Uuid::from_u128(7))),
        Timestamp::UNIX_EPOCH
    );
}

/// Batches of these sizes, a second apart, and with each one of another office.
async fn write(database: &TestDatabase, sizes: &[u64]) -> Vec<Entry> {
    let (mut seq, mut entries) = (1, Vec::new());
    for (second, rows) in (0..).zip(sizes) {
        let mut draft = Draft::new(seq, at(second));
        for number in 0..*rows {
            let held = plate(&format!("粤G{:05}", seq + number));
            draft.draw(who(u128::from(number % 3 + 1)), vec![held]);
        }
        seq += rows;
        entries.extend(draft.batch.entries.clone());
        let other = OfficeId::parse("gd-maoming").unwrap();
        let mut elsewhere = Draft::new(seq, at(second));
        elsewhere.batch.office = other;
        elsewhere.draw(who(99), vec![plate("粤K00001")]);
        for statement in [draft.statement(), elsewhere.statement()] {
            fixture::write(database.pool(), &statement).await.unwrap();
        }
    }
    entries
}

/// E6: pages of any size, one after the other, are the office's log; and after each row come all that
/// follow it.
#[tokio::test(flavor = "multi_thread")]
async fn e6_pages_of_any_size_are_the_log() {
    let database = tables().await;
    let pool = database.pool();
    let entries = write(&database, &[1, 4, 2, 7, 1, 1, 3]).await;
    for limit in [1, 2, 5, 19, i64::MAX] {
        let mut read: Vec<Entry> = Vec::new();
        loop {
            let after = read
                .last()
                .map_or((at(0), RowKey { epoch: 0, seq: 0 }), |last| {
                    (last.decided_at, last.key)
                });
            let before = at(6);
            let page = list(
                pool,
                office(),
                Span {
                    after,
                    before,
                    limit,
                },
            );
            let page = page.await.unwrap();
            if page.is_empty() {
                break;
            }
            read.extend(page);
        }
        assert_eq!(read, entries[..16], "pages of {limit}");
    }
    for (index, entry) in entries.iter().enumerate() {
        let rest = after(pool, office(), (entry.decided_at, entry.key)).await;
        assert_eq!(rest.unwrap(), entries[index + 1..]);
    }
    let from_the_first = (Timestamp::MIN, RowKey { epoch: 0, seq: 0 });
    assert_eq!(
        after(pool, office(), from_the_first).await.unwrap(),
        entries
    );
}

/// E7: of each application the latest row is found, and any row by its place.
#[tokio::test(flavor = "multi_thread")]
async fn e7_the_latest_row_of_an_application_is_where_it_stands() {
    let database = tables().await;
    let pool = database.pool();
    let entries = write(&database, &[3, 3, 2]).await;
    let told = histories(pool, &[who(1), who(3), who(4)]).await.unwrap();
    let last: Vec<_> = told.into_iter().map(|history| history.last).collect();
    assert_eq!(
        last,
        [Some(entries[6].clone()), Some(entries[5].clone()), None]
    );
    let (key, decided_at) = (entries[4].key, entries[4].decided_at);
    let found = row(pool, who(2), decided_at, key).await.unwrap();
    assert_eq!(found, Some(entries[4].clone()));
    assert_eq!(row(pool, who(1), decided_at, key).await.unwrap(), None);
}

/// E6, E7: rows that were written before the log was narrowed are read as ever, and auditors see the
/// same sets.
#[tokio::test(flavor = "multi_thread")]
async fn e6_rows_of_the_wide_log_are_carried_over() {
    let all = db::migrations(&crate::MIGRATOR);
    let before = all.iter().filter(|one| one.version < 120).cloned();
    let database = TestDatabase::new(&Migrator::with_migrations(before.collect())).await;
    let pool = database.pool();
    let hash = "03".repeat(32);
    let (not_after, until) = (at(20).as_microsecond(), at(90).as_microsecond());
    let varint = |number: i64| {
        let mut bytes = Vec::new();
        prost::encoding::encode_varint(number.cast_unsigned(), &mut bytes);
        hex::encode(bytes)
    };
    let numbers = ["粤G00001", "粤G00002", "冀B00001", "粤G00003"].map(plate);
    let [one, two, foreign, three] = numbers.map(|plate| plate.get());
    let draw = format!(
        "'\\x08{}1220{hash}1a0c0802100a2090bf0528a0fe0a', '\\x08{}'",
        varint(not_after),
        varint(until)
    );
    execute(
        pool,
        format!(
            "SELECT pool_log_add_day('2026-11-21', '2026-11-20T16:00:00Z', '2026-11-21T16:00:00Z'),
                    pool_log_add_day('2026-11-22', '2026-11-21T16:00:00Z', '2026-11-22T16:00:00Z');
             INSERT INTO pool_log (office, decided_at, epoch, seq, province, kind, application, op_no, outcome,
                                   input, result, column_plates, column_until, column_chosen, basket_plates, basket_until)
             VALUES ('{office}', '{at}', 7, 1, 'gd', 'draw', '{who}', 1, 'held', {draw},
                     '{{{one},{two}}}', '{until}', false, NULL, NULL),
                    ('{office}', '{at}', 7, 2, 'gd', 'draw', '{other}', 2, 'held', {draw},
                     '{{}}', '{until}', true, '{{{one},{foreign},{two},{three}}}', '{at}'),
                    ('{office}', '2026-11-21T15:00:00Z', 6, 1, 'gd', 'give_up', '{who}', 3, 'given_up',
                     '\\x08{late}1220{hash}', '', NULL, NULL, NULL, NULL, NULL)",
            office = office(),
            at = at(0),
            who = who(1).0,
            other = who(2).0,
            until = at(90),
            late = varint(not_after),
        ),
    )
    .await;
    all.run(pool).await.unwrap();

    let mut draft = Draft::new(1, at(0));
    let [a, b, other, c] = numbers;
    draft.draw(who(1), vec![a, b]);
    draft.draw(who(2), Vec::new());
    let [first, second] = &mut draft.batch.entries[..] else {
        unreachable!("two were added");
    };
    if let Some(column) = &mut second.set.column {
        column.chosen = true;
    }
    second.op_no = 2;
    second.set.basket = Some(Basket {
        plates: vec![a, other, b, c],
        until: at(0),
    });
    if let Command::Operate(operation) = &mut second.command {
        operation.op_no = 2;
    }
    let midnight = "2026-11-21T16:00:00Z".parse().unwrap();
    let rows = after(pool, office(), (midnight, RowKey { epoch: 0, seq: 0 })).await;
    assert_eq!(rows.unwrap(), [first.clone(), second.clone()]);
    let last = histories(pool, &[who(2)])
        .await
        .unwrap()
        .swap_remove(0)
        .last;
    assert_eq!(last, Some(second.clone()));

    let days = "SELECT tableoid::regclass || ':' || batch_rows FROM pool_log ORDER BY epoch, seq";
    let day = "pool_log_20261121:1 pool_log_20261122:2 pool_log_20261122:0";
    assert_eq!(text(pool, days).await, day);
    let sets = "SELECT (column_plates, column_until = '2026-11-22T01:01:30Z', column_chosen, basket_plates,
                        basket_until = decided_at) FROM pool_log_readable ORDER BY epoch, seq";
    let readable = format!(
        "(,,,,) (\"{{{one},{two}}}\",t,f,,) ({{}},t,t,\"{{{one},{foreign},{two},{three}}}\",t)"
    );
    assert_eq!(text(pool, sets).await, readable);
}
