//! A pool of one office for one test, with a clock that the test moves, and as many processes on its
//! database as the test wants.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgPool, Row};
use tonic::{Request, Status};
use xuanhao_chassis::authz::{Caller, Role};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::{self, Db};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::CallContext;
use xuanhao_chassis::ids::{ApplicationId, Ids};
use xuanhao_chassis::principal::{Kind, Principal};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::sealed::KeyRing;
use xuanhao_platepool::MIGRATOR;
use xuanhao_platepool::app::{App, Parts, Peers};
use xuanhao_platepool::config::Config;
use xuanhao_proto::common::v1::PlateClass as WireClass;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;
use xuanhao_testkit::{Scratch, TestDatabase, temp_dir, wait_for};
use xuanhao_vocabulary::{Office, OfficeId};

pub(crate) const OFFICE: &str = "gd-zhanjiang";
pub(crate) const DAY: &str = "2026-11-22";
/// 32 zero bytes, as a key ring.
const KEY_RING: &str =
    r#"{"current":"t","keys":{"t":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}"#;
const PATIENCE: Duration = Duration::from_secs(20);

/// Batches of any size open at once, and every number may be composed.
pub(crate) const TRIAL: &str = include_str!("../../presets/trial.yaml");

/// Nine in the morning of [`DAY`], in Shanghai.
pub(crate) fn start() -> Timestamp {
    "2026-11-22T01:00:00Z".parse().unwrap()
}

pub(crate) fn office() -> &'static Office {
    Office::by_id(OfficeId::parse(OFFICE).unwrap()).unwrap()
}

pub(crate) fn write_key_ring(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("kek.json");
    std::fs::write(&path, KEY_RING).unwrap();
    path
}

/// A configuration that serves one office.
pub(crate) fn config(kek_file: &Path) -> Config {
    let yaml = format!(
        "chassis: {{ tls: {{ certificate_file: /none, key_file: /none, authority_file: /none }} }}
serves: {{ offices: [{OFFICE}] }}
day_keys: {{ kek_file: {} }}
lease: {{ wait_ms: 1500 }}
publication: {{ step: 10 }}
",
        kek_file.display()
    );
    xuanhao_chassis::config::parse(&yaml).unwrap()
}

pub(crate) struct House {
    pub(crate) database: TestDatabase,
    pub(crate) clock: Clock,
    pub(crate) pool: Process,
    ids: Ids,
    folder: Scratch,
}

/// One process.
#[derive(Clone)]
pub(crate) struct Process {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Clock,
}

impl House {
    /// An empty pool under the trial rules.
    pub(crate) async fn new() -> Self {
        let house = Self::by_default().await;
        house
            .execute(format!(
                "INSERT INTO pool_rules VALUES ('{OFFICE}', 1, 'gd', $yaml${TRIAL}$yaml$, '{}',
                                                '00000000-0000-0000-0000-000000000005')",
                start()
            ))
            .await;
        house
    }

    /// An empty pool whose office has no rules of its own.
    pub(crate) async fn by_default() -> Self {
        let database = TestDatabase::new(&db::migrations(&MIGRATOR)).await;
        let (clock, folder) = (Clock::manual(start()), temp_dir());
        let pool = database.pool_with(8).await;
        let pool = process(pool, clock.clone(), folder.path()).await;
        let ids = Ids::new(clock.clone(), SecureRandom::system());
        Self {
            database,
            clock,
            pool,
            ids,
            folder,
        }
    }

    /// A pool that has released a mask of 粤G, on a day that is open for drawing.
    pub(crate) async fn opened(mask: &str) -> Self {
        let house = Self::new().await;
        house.pool.open_day(DAY).await;
        house.pool.release(&[mask]).await;
        house
    }

    /// Another process on the same database.
    pub(crate) async fn another(&self) -> Process {
        self.another_at(self.clock.clone()).await
    }

    pub(crate) async fn another_at(&self, clock: Clock) -> Process {
        process(self.database.pool_with(8).await, clock, self.folder.path()).await
    }

    /// Another process that reaches the database in its own way.
    pub(crate) async fn another_over(&self, pool: PgPool) -> Process {
        process(pool, self.clock.clone(), self.folder.path()).await
    }

    /// Ends the process and starts one anew.
    pub(crate) async fn restart(&mut self) {
        self.pool.app.stop().await.unwrap();
        self.pool = self.another().await;
    }

    pub(crate) fn application(&self) -> ApplicationId {
        self.ids.next()
    }

    pub(crate) async fn execute(&self, sql: impl Into<String>) {
        sqlx::raw_sql(AssertSqlSafe(sql.into()))
            .execute(self.database.pool())
            .await
            .unwrap();
    }

    pub(crate) async fn rows(&self, sql: impl Into<String>) -> Vec<PgRow> {
        sqlx::raw_sql(AssertSqlSafe(sql.into()))
            .fetch_all(self.database.pool())
            .await
            .unwrap()
    }

    pub(crate) async fn count(&self, from: &str) -> i64 {
        self.rows(format!("SELECT count(*) FROM {from}")).await[0].get(0)
    }

    pub(crate) fn in_seconds(&self, seconds: u64) -> Timestamp {
        self.clock.now() + Duration::from_secs(seconds)
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Makes another process, which does not exist, the owner of the office.
    pub(crate) async fn depose(&self) {
        self.execute(
            "INSERT INTO pool_owners VALUES ('somebody', '2100-01-01Z');
             UPDATE office_leases SET epoch = epoch + 1, owner = 'somebody'",
        )
        .await;
    }

    /// Locks the lease, so that statements wait where their fence is.
    pub(crate) async fn hold_up(&self) -> HeldUp {
        let mut connection = self.database.pool().acquire().await.unwrap().detach();
        let lock = "BEGIN; SELECT * FROM office_leases FOR UPDATE";
        sqlx::raw_sql(lock).execute(&mut connection).await.unwrap();
        HeldUp(connection)
    }

    /// Waits until a statement of the pool waits for a lock, and tells its server process.
    pub(crate) async fn held_up_statement(&self) -> i32 {
        wait_for(PATIENCE, || async {
            let waiting = self
                .rows(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                     AND wait_event_type = 'Lock' AND query LIKE '%platepool.%'",
                )
                .await;
            waiting.first().map(|row| row.get(0))
        })
        .await
    }
}

/// The lease's row is locked while this is there.
pub(crate) struct HeldUp(sqlx::PgConnection);

impl HeldUp {
    pub(crate) async fn let_go(mut self) {
        sqlx::raw_sql("COMMIT").execute(&mut self.0).await.unwrap();
    }
}

async fn process(pool: PgPool, clock: Clock, folder: &Path) -> Process {
    let kek_file = write_key_ring(folder);
    let parts = Parts {
        db: Db::over(pool),
        clock: clock.clone(),
        random: SecureRandom::system(),
        kek: KeyRing::from_file(&kek_file).unwrap(),
        peers: Peers::none(),
    };
    let app = Arc::new(App::new(&config(&kek_file), parts).unwrap());
    app.prepare().await.unwrap();
    app.join("").await.unwrap();
    Process { app, clock }
}

/// A member of staff of an office.
pub(crate) fn staff(role: Role, office: &str) -> Principal {
    Principal {
        sub: uuid::Uuid::from_u128(5),
        kind: Kind::Staff,
        session: uuid::Uuid::from_u128(6).into(),
        level: None,
        roles: vec![role],
        province: office.split('-').next().unwrap().to_owned(),
        offices: vec![office.to_owned()],
        iat: 0,
        exp: i64::MAX,
    }
}

pub(crate) fn by_selection<T>(message: T) -> Request<T> {
    CallContext::new(Caller::Selection, PATIENCE).attach(Request::new(message))
}

pub(crate) fn by_operator<T>(message: T) -> Request<T> {
    let context = CallContext::new(Caller::Xuanctl, PATIENCE);
    context
        .with_principal(staff(Role::Operator, OFFICE), "token")
        .attach(Request::new(message))
}

pub(crate) fn new_uuid() -> String {
    let bytes: [u8; 16] = SecureRandom::system().bytes();
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

pub(crate) fn segment(mask: &str) -> pb::NewSegment {
    pb::NewSegment {
        issuing_code: "粤G".to_owned(),
        plate_class: WireClass::Small.into(),
        mask: mask.to_owned(),
    }
}

pub(crate) fn held(outcome: &pb::Outcome) -> &pb::Holding {
    match outcome.result.as_ref().unwrap() {
        Became::Held(holding) => holding,
        other => panic!("held, not {other:?}"),
    }
}

pub(crate) fn allocated(outcome: &pb::Outcome) -> &pb::Allocation {
    match outcome.result.as_ref().unwrap() {
        Became::Allocated(allocation) => allocation,
        other => panic!("allocated, not {other:?}"),
    }
}

pub(crate) fn dropped(outcome: &pb::Outcome) -> pb::DroppedReason {
    match outcome.result.as_ref().unwrap() {
        Became::Dropped(dropped) => dropped.reason(),
        other => panic!("dropped, not {other:?}"),
    }
}

#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(answer: Result<T, Status>) -> Reason {
    let status = answer.expect_err("it should be refused");
    Refusal::from_status(&status)
        .unwrap_or_else(|| panic!("no refusal of ours: {status:?}"))
        .reason()
}

/// A refusal that says when to come back.
#[track_caller]
pub(crate) fn refused_for_now<T: std::fmt::Debug>(answer: Result<T, Status>) -> Reason {
    let status = answer.expect_err("it should be refused");
    let refusal = Refusal::from_status(&status).unwrap();
    assert!(refusal.retry_delay().is_some(), "{status:?}");
    refusal.reason()
}
