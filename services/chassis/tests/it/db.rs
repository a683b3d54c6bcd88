//! Transactions, their retries, and migrations.

use std::time::Duration;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use tokio::sync::Barrier;
use tokio::time::timeout;
use xuanhao_chassis::db::{self, DatabaseConfig, Db, Error, Tx};
use xuanhao_testkit::{TestDatabase, temp_dir};

use crate::data::{Count, data, number, number_in, run, run_in};

#[tokio::test]
async fn a_transaction_commits_as_a_whole_or_not_at_all() {
    let data = data().await;
    let failed: Result<(), Error> = data
        .db
        .run_tx("test.fail", async |tx: &mut Tx| {
            run_in(tx, "INSERT INTO things VALUES ('a', 1)").await?;
            run_in(tx, "INSERT INTO nowhere VALUES (1)").await
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(data.things().await, 0);
    let committed: Result<i64, Error> = data
        .db
        .run_tx("test.commit", async |tx: &mut Tx| {
            run_in(tx, "INSERT INTO things VALUES ('a', 1)").await?;
            number_in(tx, "SELECT count(*) FROM things").await
        })
        .await;
    assert_eq!(committed.unwrap(), 1);
    assert_eq!(data.things().await, 1);
}

/// A connection that ended its work well is asked nothing and works again: with one transaction at a
/// time all of them come to the same server process.
#[tokio::test]
async fn the_connection_that_worked_last_works_next() {
    let data = data().await;
    // Others are there, and have rested longer.
    let others = [
        data.db.pool().acquire().await.unwrap(),
        data.db.pool().acquire().await.unwrap(),
    ];
    drop(others);
    let process = async || {
        let process: Result<i64, Error> = data
            .db
            .run_tx("test.process", async |tx: &mut Tx| {
                number_in(tx, "SELECT pg_backend_pid()::bigint").await
            })
            .await;
        process.unwrap()
    };
    let first = process().await;
    for _ in 0..9 {
        assert_eq!(process().await, first);
    }
}

#[tokio::test]
async fn a_cancelled_transaction_is_undone_and_keeps_no_locks() {
    let data = data().await;
    data.add_thing("a", 1).await;
    let hanging = data
        .db
        .run_tx("test.hang", async |tx: &mut Tx| -> Result<(), Error> {
            run_in(tx, "UPDATE things SET amount = 100 WHERE name = 'a'").await?;
            std::future::pending().await
        });
    let cancelled = timeout(Duration::from_millis(200), hanging).await;
    assert!(cancelled.is_err());
    for _ in 0..5 {
        let added: Result<(), Error> = data
            .db
            .run_tx("test.add", async |tx: &mut Tx| {
                run_in(tx, "UPDATE things SET amount = amount + 1 WHERE name = 'a'").await
            })
            .await;
        added.unwrap();
    }
    let amount: Result<i64, Error> = data
        .db
        .run_tx("test.see", async |tx: &mut Tx| {
            number_in(tx, "SELECT amount FROM things WHERE name = 'a'").await
        })
        .await;
    assert_eq!(amount.unwrap(), 6);
}

#[tokio::test]
async fn closing_does_not_wait_for_a_connection_at_hand() {
    let data = data().await;
    let seen: Result<i64, Error> = data
        .db
        .run_tx("test.see", async |tx: &mut Tx| {
            number_in(tx, "SELECT count(*) FROM things").await
        })
        .await;
    assert_eq!(seen.unwrap(), 0);
    let closed = timeout(Duration::from_secs(5), data.db.close()).await;
    assert!(closed.is_ok());
}

#[tokio::test]
async fn a_transaction_sees_one_moment() {
    let data = data().await;
    let seen: Result<(i64, i64), Error> = data
        .db
        .run_tx("test.see", async |tx: &mut Tx| {
            let before = number_in(tx, "SELECT count(*) FROM things").await?;
            run(data.db.pool(), "INSERT INTO things VALUES ('a', 1)").await;
            Ok((before, number_in(tx, "SELECT count(*) FROM things").await?))
        })
        .await;
    assert_eq!(seen.unwrap(), (0, 0));
}

/// R2: 40001 is retried, and the second run sees what was in the first one's way.
#[tokio::test]
async fn r2_a_serialisation_failure_is_retried() {
    let data = data().await;
    data.add_thing("a", 1).await;
    let (db, runs) = (&data.db, Count::default());
    let amount: Result<i64, Error> = db
        .run_tx("test.add", async |tx: &mut Tx| {
            let run_no = runs.next();
            let amount = number_in(tx, "SELECT amount FROM things WHERE name = 'a'").await?;
            if run_no == 1 {
                run(db.pool(), "UPDATE things SET amount = 10 WHERE name = 'a'").await;
            }
            run_in(
                tx,
                &format!("UPDATE things SET amount = {} WHERE name = 'a'", amount + 1),
            )
            .await?;
            Ok(amount + 1)
        })
        .await;
    assert_eq!(amount.unwrap(), 11);
    assert_eq!(runs.get(), 2);
}

/// R2: 40P01 is retried: of two transactions in each other's way both are done.
#[tokio::test]
async fn r2_a_deadlock_is_retried() {
    let data = data().await;
    data.add_thing("a", 0).await;
    data.add_thing("b", 0).await;
    let (both_hold_one, runs) = (Barrier::new(2), Count::default());
    let lock = async |first: &str, second: &str| -> Result<(), Error> {
        let waited = Count::default();
        data.db
            .run_tx("test.lock", async |tx: &mut Tx| {
                runs.next();
                let add = "UPDATE things SET amount = amount + 1 WHERE name";
                run_in(tx, &format!("{add} = '{first}'")).await?;
                if waited.next() == 1 {
                    both_hold_one.wait().await;
                }
                run_in(tx, &format!("{add} = '{second}'")).await
            })
            .await
    };
    let (one, other) = tokio::join!(lock("a", "b"), lock("b", "a"));
    one.unwrap();
    other.unwrap();
    assert_eq!(
        number(data.db.pool(), "SELECT sum(amount)::bigint FROM things").await,
        4
    );
    assert!(runs.get() > 2, "one of them was run again");
}

/// R2: 23505 of any key but the request id's is an answer, not a conflict.
#[tokio::test]
async fn r2_another_unique_violation_is_not_retried() {
    let data = data().await;
    data.add_thing("a", 1).await;
    let runs = Count::default();
    let failed: Result<(), Error> = data
        .db
        .run_tx("test.add", async |tx: &mut Tx| {
            runs.next();
            run_in(tx, "INSERT INTO things VALUES ('a', 2)").await
        })
        .await;
    let error = failed.unwrap_err();
    assert!(error.is_unique_violation("things_pkey"));
    assert!(!error.is_unique_violation("others_pkey"));
    assert!(!error.is_transient());
    assert_eq!(runs.get(), 1);
}

/// R2: retries end.
#[tokio::test]
async fn r2_a_conflict_that_does_not_pass_is_given_up() {
    let data = data().await;
    let runs = Count::default();
    let failed: Result<(), Error> = data
        .db
        .run_tx("test.conflict", async |tx: &mut Tx| {
            runs.next();
            run_in(
                tx,
                "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$",
            )
            .await
        })
        .await;
    assert!(failed.unwrap_err().is_transient());
    assert_eq!(runs.get(), 8);
}

#[tokio::test]
async fn errors_do_not_print_what_the_server_said() {
    let data = data().await;
    data.add_thing("secret", 1).await;
    let failed: Result<(), Error> = data
        .db
        .run_tx("test.add", async |tx: &mut Tx| {
            run_in(tx, "INSERT INTO things VALUES ('secret', 2)").await
        })
        .await;
    assert!(!failed.unwrap_err().to_string().contains("secret"));
}

#[tokio::test]
async fn a_statement_that_runs_too_long_is_cancelled_by_the_server() {
    let (database, folder) = (TestDatabase::new(&none()).await, temp_dir());
    let config = DatabaseConfig {
        statement_timeout_ms: 100,
        ..config(&database, folder.path())
    };
    let db = Db::connect(&config).await.unwrap();
    let slow: Result<(), Error> = db
        .run_tx("test.slow", async |tx: &mut Tx| {
            run_in(tx, "SELECT pg_sleep(30)").await
        })
        .await;
    assert!(slow.unwrap_err().is_transient());
    db.close().await;
}

fn none() -> Migrator {
    Migrator::with_migrations(Vec::new())
}

fn config(database: &TestDatabase, folder: &std::path::Path) -> DatabaseConfig {
    let file = folder.join("url");
    std::fs::write(&file, database.url()).unwrap();
    DatabaseConfig::at_file(file)
}

fn service(migrations: &[(i64, &'static str)]) -> Migrator {
    let one = |(version, sql): &(i64, &'static str)| {
        let kind = MigrationType::Simple;
        Migration::new(*version, "test".into(), kind, sql.into_sql_str(), false)
    };
    db::migrations(&Migrator::with_migrations(
        migrations.iter().map(one).collect(),
    ))
}

#[tokio::test]
async fn of_several_migrating_at_once_one_does_and_the_others_find_it_done() {
    let (database, folder) = (TestDatabase::new(&none()).await, temp_dir());
    let config = config(&database, folder.path());
    let migrator = service(&[
        (100, "SELECT pg_sleep(0.3)"),
        (101, "CREATE TABLE once (n integer)"),
    ]);
    let all = futures::future::join_all((0..4).map(|_| db::migrate(&config, &migrator))).await;
    for migrated in all {
        migrated.unwrap();
    }
    db::check_schema(database.pool(), &migrator).await.unwrap();
}

#[tokio::test]
async fn a_migration_waits_for_another_processs_lock() {
    let (database, folder) = (TestDatabase::new(&none()).await, temp_dir());
    let config = config(&database, folder.path());
    let mut other = database.pool().acquire().await.unwrap();
    let lock = "SELECT pg_advisory_lock(x'7875616e68616f'::bigint)";
    sqlx::raw_sql(lock).execute(&mut *other).await.unwrap();
    let migrator = service(&[]);
    let migrating = db::migrate(&config, &migrator);
    tokio::pin!(migrating);
    let early = tokio::time::timeout(Duration::from_millis(500), &mut migrating).await;
    assert!(early.is_err(), "it must wait");
    other.close().await.unwrap();
    migrating.await.unwrap();
}

#[tokio::test]
async fn an_older_schema_is_refused_and_a_newer_one_tolerated() {
    let (database, folder) = (TestDatabase::new(&none()).await, temp_dir());
    let config = config(&database, folder.path());
    let old = service(&[(100, "CREATE TABLE a (n integer)")]);
    let new = service(&[
        (100, "CREATE TABLE a (n integer)"),
        (101, "CREATE TABLE b (n integer)"),
    ]);
    let other = service(&[(100, "CREATE TABLE a (n bigint)")]);

    let empty = db::check_schema(database.pool(), &old).await;
    assert!(matches!(empty, Err(Error::SchemaOlder { missing: 1 })));
    db::migrate(&config, &old).await.unwrap();
    db::check_schema(database.pool(), &old).await.unwrap();
    let older = db::check_schema(database.pool(), &new).await;
    assert!(matches!(older, Err(Error::SchemaOlder { missing: 101 })));
    db::migrate(&config, &new).await.unwrap();
    db::check_schema(database.pool(), &old).await.unwrap();
    // An image that was rolled back migrates too, and changes nothing.
    db::migrate(&config, &old).await.unwrap();
    let differs = db::check_schema(database.pool(), &other).await;
    assert!(matches!(
        differs,
        Err(Error::SchemaDiffers { version: 100 })
    ));
}

#[test]
#[should_panic(expected = "start at 100")]
fn a_services_migration_never_takes_a_version_of_the_chassis() {
    service(&[(99, "SELECT 1")]);
}

#[tokio::test]
async fn every_column_of_the_base_tables_is_commented() {
    let data = data().await;
    let bare = "SELECT count(*) FROM pg_attribute AS a
        JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind = 'r'
        WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0
        AND c.relname NOT IN ('_sqlx_migrations', 'things')
        AND col_description(c.oid, a.attnum) IS NULL";
    assert_eq!(number(data.db.pool(), bare).await, 0);
}
