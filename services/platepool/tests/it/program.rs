//! The whole service, from its configuration to its end.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use prost::Message;
use sqlx::Row;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::bus::{Bus, Envelope, StreamSpec};
use xuanhao_chassis::db;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::lifecycle::{Exit, ReadyFile, Signals, run_until};
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::signed::SigningKey;
use xuanhao_chassis::telemetry::Output;
use xuanhao_platepool::config::Config;
use xuanhao_platepool::{MIGRATOR, NAME, start};
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_admin_service_client::PoolAdminServiceClient;
use xuanhao_proto::platepool::v1::pool_publication_service_client::PoolPublicationServiceClient;
use xuanhao_testkit::{TestBus, TestDatabase, certs, temp_dir, wait_for};

use crate::door::{channel, tls_files};
use crate::house::{OFFICE, TRIAL, new_uuid, segment, staff, write_key_ring};

const PATIENCE: Duration = Duration::from_secs(20);

/// It starts from a configuration, answers, publishes its facts, tells its figures, and gives its
/// offices back when it is told to stop.
#[tokio::test(flavor = "multi_thread")]
async fn it_starts_answers_publishes_and_stops() {
    let (certs, folder) = (certs(), temp_dir());
    let (database, nats) = (
        TestDatabase::new(&db::migrations(&MIGRATOR)).await,
        TestBus::new().await,
    );
    let client = Box::pin(nats.client()).await;
    let mut facts = client.subscribe("xuanhao.platepool.>").await.unwrap();
    Bus::over(client)
        .apply_streams(&[StreamSpec::of_service(NAME, 1)])
        .await
        .unwrap();
    let signing_key = SigningKey::generate();
    let config = config(&certs, &folder, &database, &nats, &signing_key);
    let ready_file = config.chassis.ready_file.clone().unwrap();
    let (stop, signals) = Signals::manual();
    let log = Arc::new(Mutex::new(Vec::new()));
    let output = Output::Memory(Arc::clone(&log));
    let running = tokio::spawn(async move {
        let chassis = config.chassis.clone();
        let build = |boot| async move { start(boot, config).await };
        run_until(NAME, "0.0.0", &chassis, output, signals, build).await
    });
    let ready = wait_for(PATIENCE, || async { ReadyFile::read(&ready_file).unwrap() }).await;
    let address = ready.addresses["grpc"];

    let seconds = database_time(&database).await;
    let principal = staff(Role::Operator, OFFICE);
    let principal = Principal {
        iat: seconds,
        exp: seconds + 240,
        ..principal
    };
    let principal = principal.sign(&signing_key).unwrap();
    let mut admin = PoolAdminServiceClient::new(channel(&certs, "xuanctl", address));
    let rules = pb::ApplyPoolRulesRequest {
        request_id: new_uuid(),
        offices: vec![OFFICE.to_owned()],
        yaml: TRIAL.to_owned(),
        reason: "试运行".to_owned(),
        dry_run: false,
    };
    admin
        .apply_pool_rules(call(rules).principal(&principal))
        .await
        .unwrap();
    let request = pb::AddBatchRequest {
        request_id: new_uuid(),
        office: OFFICE.to_owned(),
        name: "第一批".to_owned(),
        segments: vec![segment("D000A")],
        reason: "新号段".to_owned(),
    };
    let added = admin
        .add_batch(call(request).principal(&principal))
        .await
        .unwrap()
        .into_inner();
    let batch_id = added.batch.unwrap().batch_id;
    let (request_id, reason, expected) = (new_uuid(), "已核对".to_owned(), 0);
    let close = pb::CloseImportRequest {
        request_id,
        batch_id: batch_id.clone(),
        expected,
        reason,
    };
    admin
        .close_import(call(close).principal(&principal))
        .await
        .unwrap();
    let (request_id, reason) = (new_uuid(), "放号".to_owned());
    let release = pb::ReleaseBatchRequest {
        request_id,
        batch_id: batch_id.clone(),
        reason,
        opens_at: None,
    };
    admin
        .release_batch(call(release).principal(&principal))
        .await
        .unwrap();

    use futures::StreamExt;
    let fact = tokio::time::timeout(PATIENCE, facts.next())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        fact.subject.as_str(),
        "xuanhao.platepool.v1.batch.released.gd.gd-zhanjiang"
    );
    let envelope = Envelope::decode(&*fact.payload).unwrap();
    let told = pb::BatchReleased::decode(&*envelope.data).unwrap();
    assert_eq!((told.batch_id, told.count), (batch_id, 10));

    let mut edge = PoolPublicationServiceClient::new(channel(&certs, "edge", address));
    let page = edge
        .get_pool(call(pb::GetPoolRequest {
            office: OFFICE.to_owned(),
        }))
        .await
        .unwrap();
    assert_eq!(page.into_inner().batches.len(), 1);
    let owners = "SELECT owner FROM pool_owners";
    assert_eq!(
        sqlx::raw_sql(owners)
            .fetch_all(database.pool())
            .await
            .unwrap()
            .len(),
        1
    );

    stop.send(()).await.unwrap();
    assert_eq!(running.await.unwrap(), Exit::Clean);
    let left = sqlx::raw_sql(owners)
        .fetch_all(database.pool())
        .await
        .unwrap();
    assert!(left.is_empty(), "the offices are given back");
    let text = String::from_utf8(log.lock().unwrap().clone()).unwrap();
    let offices: BTreeSet<_> = text
        .lines()
        .filter(|line| line.contains("the memory is ready"))
        .collect();
    assert_eq!(offices.len(), 1, "idle offices cost nothing");
}

async fn database_time(database: &TestDatabase) -> i64 {
    let now = "SELECT extract(epoch FROM clock_timestamp())::bigint";
    sqlx::raw_sql(now)
        .fetch_one(database.pool())
        .await
        .unwrap()
        .get(0)
}

fn config(
    certs: &xuanhao_testkit::Certs,
    folder: &xuanhao_testkit::Scratch,
    database: &TestDatabase,
    nats: &TestBus,
    signing_key: &SigningKey,
) -> Config {
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let tls = tls_files(certs, NAME);
    let (scheme_and_user, host) = nats.url().split_once('@').unwrap();
    let (user, password) = scheme_and_user
        .trim_start_matches("nats://")
        .split_once(':')
        .unwrap();
    let yaml = format!(
        "chassis:
  tls: {{ certificate_file: {}, key_file: {}, authority_file: {} }}
  database: {{ url_file: {} }}
  bus: {{ servers: ['nats://{host}'], user: {user}, password_file: {} }}
  principals: {{ jwks_file: {} }}
  lifecycle: {{ lameduck_ms: 10, rpc_drain_limit_ms: 2000, drain_limit_ms: 8000 }}
  ready_file: {}
day_keys: {{ kek_file: {} }}
",
        tls.certificate_file.display(),
        tls.key_file.display(),
        tls.authority_file.display(),
        write("database", &database.url()),
        write("password", password),
        write("jwks.json", &signing_key.public_jwks().unwrap()),
        folder.path().join("ready.json").display(),
        write_key_ring(folder.path()).display(),
    );
    xuanhao_chassis::config::parse(&yaml).unwrap()
}
