//! A pool of several replicas for one test.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{AssertSqlSafe, PgPool, Row};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Request;
use xuanhao_chassis::authz::{Caller, Role};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::{self, Db};
use xuanhao_chassis::grpc::{CallContext, Drained, Server, ServerConfig};
use xuanhao_chassis::ids::{ApplicationId, Ids};
use xuanhao_chassis::principal::{PrincipalKeys, Verifier};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::sealed::KeyRing;
use xuanhao_chassis::signed::SigningKey;
use xuanhao_chassis::tls::Identity;
use xuanhao_platepool::app::{App, Parts, Peers};
use xuanhao_platepool::config::Config;
use xuanhao_platepool::{MIGRATOR, authz, with_services};
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminService;
use xuanhao_testkit::{Certs, Scratch, TestDatabase, certs, temp_dir};

use crate::door::tls_files;
use crate::house::{DAY, OFFICE, Process, TRIAL, new_uuid, staff, start, write_key_ring};

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// Six offices of one province.
pub(crate) const SIX: [&str; 6] = [
    "gd-zhanjiang",
    "gd-maoming",
    "gd-foshan",
    "gd-dongguan",
    "gd-huizhou",
    "gd-zhuhai",
];

/// The database, the certificates and the clock that all replicas share. The clock is the test's
/// start and goes on as time does.
pub(crate) struct Town {
    pub(crate) database: TestDatabase,
    pub(crate) clock: Clock,
    certs: Certs,
    folder: Scratch,
    ids: Ids,
    offices: Vec<&'static str>,
}

/// One replica, which its peers reach.
pub(crate) struct Replica {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<Drained>,
}

impl Town {
    pub(crate) async fn new() -> Self {
        Self::of(&[OFFICE]).await
    }

    /// One that serves these offices, under the trial rules.
    pub(crate) async fn of(offices: &[&'static str]) -> Self {
        let database = TestDatabase::new(&db::migrations(&MIGRATOR)).await;
        let clock = Clock::manual(start());
        let ids = Ids::new(clock.clone(), SecureRandom::system());
        let ticking = clock.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(5)).await;
                ticking.advance(Duration::from_millis(5));
            }
        });
        let town = Self {
            database,
            clock,
            certs: certs(),
            folder: temp_dir(),
            ids,
            offices: offices.to_vec(),
        };
        for office in offices {
            town.execute(format!(
                "INSERT INTO pool_rules VALUES ('{office}', 1, 'gd', $yaml${TRIAL}$yaml$, '{}',
                                                '00000000-0000-0000-0000-000000000005')",
                start()
            ))
            .await;
        }
        town
    }

    fn config(&self) -> Config {
        let yaml = format!(
            "chassis: {{ tls: {{ certificate_file: /none, key_file: /none, authority_file: /none }} }}
serves: {{ offices: [{}] }}
day_keys: {{ kek_file: {} }}
lease: {{ ttl_ms: 1500, wait_ms: 5000, move_every_ms: 300 }}
",
            self.offices.join(", "),
            write_key_ring(self.folder.path()).display()
        );
        xuanhao_chassis::config::parse(&yaml).unwrap()
    }

    /// Starts a replica.
    pub(crate) async fn replica(&self) -> Replica {
        self.replica_over(self.database.pool_with(6).await).await
    }

    /// One that reaches the database in its own way.
    pub(crate) async fn replica_over(&self, pool: PgPool) -> Replica {
        let identity = Identity::load(&tls_files(&self.certs, "platepool")).unwrap();
        let config = self.config();
        let parts = Parts {
            db: Db::over(pool),
            clock: self.clock.clone(),
            random: SecureRandom::system(),
            kek: KeyRing::from_file(&config.day_keys.kek_file).unwrap(),
            peers: Peers::new(identity.clone()),
        };
        let app = Arc::new(App::new(&config, parts).unwrap());
        app.prepare().await.unwrap();
        let jwks_file = self.folder.path().join("jwks.json");
        std::fs::write(&jwks_file, SigningKey::generate().public_jwks().unwrap()).unwrap();
        let verifier = Verifier::load(&PrincipalKeys { jwks_file }, self.clock.clone()).unwrap();
        let server =
            Server::new(&ServerConfig::default(), identity, authz::table()).principals(verifier);
        let bound = with_services(server, Arc::clone(&app))
            .bind()
            .await
            .unwrap();
        let (address, stop) = (bound.address(), CancellationToken::new());
        let serving = tokio::spawn(bound.serve(stop.clone(), Duration::from_secs(2)));
        app.join(&address.to_string()).await.unwrap();
        let clock = self.clock.clone();
        Replica {
            process: Process { app, clock },
            address,
            stop,
            serving,
        }
    }

    pub(crate) fn certs(&self) -> &Certs {
        &self.certs
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

    pub(crate) async fn count(&self, from: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {from}");
        let row = sqlx::raw_sql(AssertSqlSafe(sql))
            .fetch_one(self.database.pool())
            .await;
        row.unwrap().get(0)
    }

    /// The epoch of the office, as the rows say.
    pub(crate) async fn epoch(&self) -> i64 {
        let sql = format!("SELECT epoch FROM office_leases WHERE office = '{OFFICE}'");
        let row = sqlx::raw_sql(AssertSqlSafe(sql))
            .fetch_one(self.database.pool())
            .await;
        row.unwrap().get(0)
    }

    /// Who writes for each office that has been written for.
    pub(crate) async fn writers(&self, by: &Replica) -> BTreeMap<String, String> {
        let told = by.list_writers(&[]).await;
        let writer = |one: pb::Writer| (one.office, one.replica);
        told.writers.into_iter().map(writer).collect()
    }

    /// The office has released numbers, the day is open, and this replica writes.
    pub(crate) async fn open(&self, by: &Replica, masks: &[&str]) {
        by.process.open_day(DAY).await;
        by.process.release(masks).await;
    }
}

impl Replica {
    pub(crate) async fn list_writers(&self, offices: &[&str]) -> pb::ListWritersResponse {
        let request = pb::ListWritersRequest {
            offices: offices.iter().map(|one| (*one).to_owned()).collect(),
        };
        let mut reader = staff(Role::Auditor, OFFICE);
        reader.offices.clear();
        let context = CallContext::new(Caller::Xuanctl, PATIENCE).with_principal(reader, "token");
        let told = self
            .process
            .admin()
            .list_writers(context.attach(Request::new(request)))
            .await;
        told.unwrap().into_inner()
    }

    /// By which the others know it.
    pub(crate) async fn name(&self) -> String {
        let address = self.address.to_string();
        let told = self.list_writers(&[]).await.replicas.into_iter();
        let mut own = told.filter(|one| one.address == address);
        own.next().unwrap().replica
    }

    /// As a killed one: nobody is answered any more, nothing is given back.
    pub(crate) fn cut_off(&self) {
        self.stop.cancel();
    }

    /// As one that was told to stop: it hands everything over, goes on answering, and ends.
    pub(crate) async fn drain(self) {
        self.process.app.leave().await;
        self.stop.cancel();
        self.serving.await.unwrap();
        self.process.app.stop().await.unwrap();
    }
}

/// Releases a batch in an office.
pub(crate) async fn release_in(replica: &Replica, office: &str, code: &str) {
    let context = || {
        CallContext::new(Caller::Xuanctl, PATIENCE)
            .with_principal(staff(Role::Operator, office), "token")
    };
    let admin = replica.process.admin();
    let segment = pb::NewSegment {
        issuing_code: code.to_owned(),
        ..crate::house::segment("D000A")
    };
    let request = pb::AddBatchRequest {
        request_id: new_uuid(),
        office: office.to_owned(),
        name: "第一批".to_owned(),
        segments: vec![segment],
        reason: "新号段".to_owned(),
    };
    let added = admin
        .add_batch(context().attach(Request::new(request)))
        .await;
    let batch_id = added.unwrap().into_inner().batch.unwrap().batch_id;
    let request = pb::CloseImportRequest {
        request_id: new_uuid(),
        batch_id: batch_id.clone(),
        expected: 0,
        reason: "已核对".to_owned(),
    };
    let closed = admin.close_import(context().attach(Request::new(request)));
    closed.await.unwrap();
    let request = pb::ReleaseBatchRequest {
        request_id: new_uuid(),
        batch_id,
        reason: "放号".to_owned(),
        opens_at: None,
    };
    let released = admin.release_batch(context().attach(Request::new(request)));
    released.await.unwrap();
}
