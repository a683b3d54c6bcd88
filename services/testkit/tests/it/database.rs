//! Databases per test.

use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Row, SqlSafeStr};
use xuanhao_testkit::{TestDatabase, own_postgres, wait_until};

static MIGRATOR: Migrator = sqlx::migrate!("./tests/it/migrations");

async fn number(pool: &PgPool, sql: &'static str) -> Result<i64, sqlx::Error> {
    Ok(sqlx::raw_sql(sql).fetch_one(pool).await?.get(0))
}

async fn plates(pool: &PgPool) -> i64 {
    number(pool, "SELECT count(*) FROM plates").await.unwrap()
}

async fn add(database: &TestDatabase, plate: &str) {
    let sql = format!("INSERT INTO plates VALUES ('{plate}')");
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(database.pool())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_database_is_migrated_and_nobody_elses() {
    let (first, second) = (
        TestDatabase::new(&MIGRATOR).await,
        TestDatabase::new(&MIGRATOR).await,
    );
    assert_ne!(first.url(), second.url());
    add(&first, "second").await;
    assert_eq!(plates(first.pool()).await, 2);
    assert_eq!(plates(second.pool()).await, 1);
    assert_eq!(plates(&first.pool_with(2).await).await, 2);
}

#[tokio::test]
async fn many_at_once_share_one_template() {
    let server = own_postgres();
    let mut all = Vec::new();
    for _ in 0..8 {
        let url = server.url();
        let task = async move { TestDatabase::on(&url, &MIGRATOR).await };
        all.push(task);
    }
    let databases = futures::future::join_all(all).await;
    for database in &databases {
        assert_eq!(plates(database.pool()).await, 1);
    }
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    let templates = "SELECT count(*) FROM pg_database WHERE datname LIKE 'template\\_%'";
    let row = sqlx::raw_sql(templates)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.get::<i64, _>(0), 1);
    // Migrating again would have doubled the row; a second template would have another name.
    let other = Migrator::with_migrations(vec![Migration::new(
        1,
        "other".into(),
        MigrationType::Simple,
        "CREATE TABLE plates AS SELECT generate_series(1, 3)".into_sql_str(),
        false,
    )]);
    let database = server.database(&other).await;
    assert_eq!(plates(database.pool()).await, 3);
    let row = sqlx::raw_sql(templates)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.get::<i64, _>(0), 2);
}

#[tokio::test]
async fn a_database_goes_with_its_value_and_those_of_dead_processes_are_swept() {
    let server = own_postgres();
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    let database = server.database(&MIGRATOR).await;
    drop(database);
    let mine = "SELECT 1 FROM pg_database WHERE datname LIKE 't\\_%'";
    wait_until(Duration::from_secs(10), async || {
        let mut connection = PgConnection::connect(&server.url()).await.unwrap();
        sqlx::raw_sql(mine)
            .fetch_optional(&mut connection)
            .await
            .unwrap()
            .is_none()
    })
    .await;
    // No process has an id above the kernel's limit of 2^22.
    for number in 0..32 {
        let sql = format!("CREATE DATABASE t_9999999_{number}");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let kept = server.database(&MIGRATOR).await;
    let row = sqlx::raw_sql("SELECT count(*) FROM pg_database WHERE datname LIKE 't\\_%'");
    let row = row.fetch_one(&mut connection).await.unwrap();
    assert_eq!(row.get::<i64, _>(0), 1);
    assert_eq!(plates(kept.pool()).await, 1);
}

#[tokio::test]
async fn a_killed_server_comes_back_with_what_was_committed() {
    let mut server = own_postgres();
    let database = server.database(&MIGRATOR).await;
    add(&database, "kept").await;
    server.kill9().unwrap();
    assert!(number(database.pool(), "SELECT 1::bigint").await.is_err());
    server.restart().unwrap();
    assert_eq!(plates(&database.pool_with(1).await).await, 2);
}
