//! An office's tables for tests of the store, and batches built by hand.

use jiff::{SignedDuration, Timestamp};
use sqlx::{AssertSqlSafe, PgPool, Row};
use uuid::Uuid;
use xuanhao_chassis::db;
use xuanhao_testkit::TestDatabase;
use xuanhao_vocabulary::{OfficeId, PlateClass, PlateKey, PlateNumber};

use super::statement::{self, Statement, Told};
use crate::domain::command::{
    Channel, Command, Confirm, ConfirmFrom, Draw, DrawFrom, Input, Operation,
};
use crate::domain::engine::Settled;
use crate::domain::hold::{Column, HoldSet};
use crate::domain::ids::{ApplicationId, RequestHash, RowKey, VehicleKey};
use crate::domain::rows::{AllocationRow, Batch, EndingRow, Entry, Outcome, ReturnRow};

pub(crate) const EPOCH: u64 = 7;

pub(crate) fn office() -> OfficeId {
    OfficeId::parse("gd-zhanjiang").unwrap()
}

/// Within the one day that has a partition.
pub(crate) fn at(second: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-22T01:00:00Z".parse().unwrap();
    begin + SignedDuration::from_secs(second)
}

pub(crate) fn plate(text: &str) -> PlateKey {
    PlateKey::pack(PlateClass::Small, PlateNumber::parse(text).unwrap()).unwrap()
}

pub(crate) fn who(number: u128) -> ApplicationId {
    ApplicationId(Uuid::from_u128(number))
}

/// Tables with a day's partition, in which the office is written for in [`EPOCH`].
pub(crate) async fn tables() -> TestDatabase {
    let database = TestDatabase::new(&db::migrations(&crate::MIGRATOR)).await;
    execute(
        database.pool(),
        format!(
            "SELECT pool_log_add_day('2026-11-22', '2026-11-21T16:00:00Z', '2026-11-22T16:00:00Z');
             INSERT INTO office_leases (office, province, epoch, owner, taken_at)
             VALUES ('{}', 'gd', {EPOCH}, 'own', now()), ('gd-maoming', 'gd', {EPOCH}, 'own', now())",
            office()
        ),
    )
    .await;
    database
}

/// Runs a batch's statement.
pub(crate) async fn write(pool: &PgPool, statement: &Statement) -> Result<Settled, db::Error> {
    statement::run(&mut *pool.acquire().await?, statement).await
}

pub(crate) async fn execute(pool: &PgPool, sql: impl Into<String>) {
    sqlx::raw_sql(AssertSqlSafe(sql.into()))
        .execute(pool)
        .await
        .unwrap();
}

/// What a query tells, as text: one line.
pub(crate) async fn text(pool: &PgPool, sql: &str) -> String {
    let sql =
        format!("SELECT coalesce(string_agg(line::text, ' '), '') FROM ({sql}) AS told (line)");
    let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(pool).await;
    row.unwrap().get(0)
}

/// A batch as it grows.
pub(crate) struct Draft {
    pub(crate) batch: Batch,
    pub(crate) told: Vec<Told>,
    next: u64,
}

impl Draft {
    pub(crate) fn new(seq: u64, decided_at: Timestamp) -> Self {
        let batch = Batch {
            office: office(),
            epoch: EPOCH,
            decided_at,
            entries: Vec::new(),
            allocations: Vec::new(),
            endings: Vec::new(),
            returns: Vec::new(),
            segments: Vec::new(),
            facts: Vec::new(),
        };
        Self {
            batch,
            told: Vec::new(),
            next: seq,
        }
    }

    pub(crate) fn entry(&mut self, command: Command, outcome: Outcome, set: HoldSet) -> RowKey {
        let key = RowKey {
            epoch: EPOCH,
            seq: self.next,
        };
        self.next += 1;
        let op_no = u64::from(command.application().is_some());
        self.batch.entries.push(Entry {
            key,
            decided_at: self.batch.decided_at,
            command,
            outcome,
            op_no,
            set,
        });
        key
    }

    /// A draw that holds these numbers.
    pub(crate) fn draw(&mut self, application: ApplicationId, plates: Vec<PlateKey>) -> RowKey {
        let column_ttl = SignedDuration::from_secs(90);
        let input = Input::Draw(Draw {
            class: PlateClass::Small,
            count: 10,
            from: DrawFrom::Any,
            energy: None,
            column_ttl,
            basket_ttl: column_ttl * 2,
        });
        let until = self.batch.decided_at + column_ttl;
        let column = Some(Column {
            plates,
            until,
            chosen: false,
        });
        let set = HoldSet {
            column,
            basket: None,
        };
        let command = self.operation(application, input);
        self.entry(command, Outcome::Held { until }, set)
    }

    /// A number that an application takes for its vehicle, with its fact.
    pub(crate) fn claim(
        &mut self,
        application: ApplicationId,
        vehicle: u8,
        number: &str,
    ) -> RowKey {
        let (plate, vehicle) = (plate(number), VehicleKey([vehicle; 32]));
        let input = Input::Confirm(Confirm {
            plate,
            vehicle,
            from: ConfirmFrom::Basket,
        });
        let command = self.operation(application, input);
        let key = self.entry(command, Outcome::Allocated { plate }, HoldSet::default());
        self.batch.allocations.push(AllocationRow {
            key,
            plate,
            application: Some(application),
            vehicle: Some(vehicle),
            channel: Channel::Internet,
        });
        self.tell(key);
        key
    }

    /// Numbers that nobody applied for.
    pub(crate) fn take(&mut self, key: RowKey, plates: &[PlateKey]) {
        for plate in plates {
            self.batch.allocations.push(AllocationRow {
                key,
                plate: *plate,
                application: None,
                vehicle: None,
                channel: Channel::Reserve,
            });
        }
    }

    pub(crate) fn end(&mut self, key: RowKey, plate: PlateKey, application: Option<ApplicationId>) {
        self.batch.endings.push(EndingRow {
            key,
            plate,
            application,
        });
    }

    pub(crate) fn send_back(&mut self, key: RowKey, plate: PlateKey) {
        self.batch.returns.push(ReturnRow {
            key,
            plate,
            available_at: at(1_000),
            random_only_until: at(2_000),
        });
    }

    pub(crate) fn tell(&mut self, key: RowKey) {
        self.told.push(Told {
            seq: key.seq,
            event_id: Uuid::from_u128(u128::from(key.seq)),
            kind: "plate.told",
            aggregate_kind: "row",
            aggregate_id: Uuid::from_u128(u128::from(key.seq)),
            version: i64::try_from(key.seq).unwrap(),
            payload: vec![1],
        });
    }

    pub(crate) fn statement(self) -> Statement {
        let instant = u128::from(self.batch.decided_at.as_second().cast_unsigned()) << 64;
        let ids = 1..=self.batch.allocations.len() as u128;
        Statement {
            allocation_ids: ids.map(|id| Uuid::from_u128(instant | id)).collect(),
            batch: self.batch,
            told: self.told,
            trace: None,
        }
    }

    fn operation(&self, application: ApplicationId, input: Input) -> Command {
        Command::Operate(Operation {
            application,
            op_no: 1,
            not_after: self.batch.decided_at + SignedDuration::from_secs(20),
            request_hash: RequestHash([3; 16]),
            channel: Channel::Internet,
            input,
        })
    }
}
