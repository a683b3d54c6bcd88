//! Through the door: mutual TLS, certificates, principals.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic::Status;
use xuanhao_chassis::authz::{Caller, Role};
use xuanhao_chassis::grpc::{
    CallExt, ClientChannel, ClientConfig, Server, ServerConfig, call, connect,
};
use xuanhao_chassis::principal::{Principal, PrincipalKeys, Verifier};
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::signed::SigningKey;
use xuanhao_chassis::tls::{self, Identity};
use xuanhao_platepool::{authz, with_services};
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_admin_service_client::PoolAdminServiceClient;
use xuanhao_proto::platepool::v1::pool_publication_service_client::PoolPublicationServiceClient;
use xuanhao_proto::platepool::v1::pool_service_client::PoolServiceClient;
use xuanhao_testkit::{Certs, certs, temp_dir};

use crate::house::{DAY, House, OFFICE, allocated, held, new_uuid, refused, staff};

pub(crate) fn tls_files(certs: &Certs, service: &str) -> tls::Files {
    let files = certs.files(service);
    tls::Files {
        certificate_file: files.cert,
        key_file: files.key,
        authority_file: files.ca,
    }
}

pub(crate) fn channel(certs: &Certs, caller: &str, address: std::net::SocketAddr) -> ClientChannel {
    let identity = Identity::load(&tls_files(certs, caller)).unwrap();
    let config = ClientConfig::at(format!("https://{address}"));
    connect(&config, Caller::Platepool, &identity).unwrap()
}

/// Every RPC has a row of callers and roles, and every row an RPC.
#[test]
fn the_table_covers_every_rpc() {
    let covered = authz::table().covers(xuanhao_proto::FILE_DESCRIPTOR_SET, authz::SERVICES);
    assert_eq!(covered, Ok(()));
}

fn token(key: &SigningKey, house: &House, principal: Principal) -> String {
    let iat = house.clock.now().as_second();
    Principal {
        iat,
        exp: iat + 240,
        ..principal
    }
    .sign(key)
    .unwrap()
}

/// A draw, a candidate and its confirmation through the real server; and who is kept out.
#[tokio::test(flavor = "multi_thread")]
async fn selection_draws_and_confirms_and_others_are_kept_out() {
    let house = House::opened("D000A").await;
    let (certs, folder, stop) = (certs(), temp_dir(), CancellationToken::new());
    let signing_key = SigningKey::generate();
    let jwks_file = folder.path().join("jwks.json");
    std::fs::write(&jwks_file, signing_key.public_jwks().unwrap()).unwrap();
    let verifier = Verifier::load(&PrincipalKeys { jwks_file }, house.clock.clone()).unwrap();
    let identity = Identity::load(&tls_files(&certs, "platepool")).unwrap();
    let server =
        Server::new(&ServerConfig::default(), identity, authz::table()).principals(verifier);
    let bound = with_services(server, house.pool.app.clone())
        .bind()
        .await
        .unwrap();
    let address = bound.address();
    tokio::spawn(bound.serve(stop.clone(), Duration::from_secs(1)));

    let who = house.application();
    let mut selection = PoolServiceClient::new(channel(&certs, "selection", address));
    let drawn = selection
        .draw(call(house.pool.drawing(who, 1, 5)))
        .await
        .unwrap();
    let drawn = drawn.into_inner().outcome.unwrap();
    let plate = held(&drawn).column[0].clone();
    let request = pb::KeepRequest {
        operation: Some(house.pool.operation(who, 2)),
        plate: plate.clone(),
        basket_ttl_s: 90,
    };
    selection.keep(call(request)).await.unwrap();
    let request = pb::ConfirmRequest {
        operation: Some(house.pool.operation(who, 3)),
        plate: plate.clone(),
        from_column: false,
    };
    let taken = selection
        .confirm(call(request))
        .await
        .unwrap()
        .into_inner()
        .outcome
        .unwrap();
    assert_eq!(allocated(&taken).plate, plate);

    // Neither the edge nor the command line operates on a pool, and selection does not release.
    for caller in ["edge", "xuanctl", "identity"] {
        let mut other = PoolServiceClient::new(channel(&certs, caller, address));
        let told = other.draw(call(house.pool.drawing(who, 4, 5))).await;
        assert_eq!(refused(told), Reason::PermissionDenied, "{caller}");
    }
    let list = || pb::ListBatchesRequest {
        office: OFFICE.to_owned(),
        page_size: 0,
        page_token: String::new(),
    };
    let mut wrong = PoolAdminServiceClient::new(channel(&certs, "selection", address));
    assert_eq!(
        refused(wrong.list_batches(call(list())).await),
        Reason::PermissionDenied
    );

    let mut xuanctl = PoolAdminServiceClient::new(channel(&certs, "xuanctl", address));
    assert_eq!(
        refused(xuanctl.list_batches(call(list())).await),
        Reason::Unauthenticated
    );
    let told = |role, office: &str| {
        let principal = token(&signing_key, &house, staff(role, office));
        let mut xuanctl = xuanctl.clone();
        async move {
            xuanctl
                .list_batches(call(list()).principal(&principal))
                .await
                .map(drop)
        }
    };
    let none: Result<(), Status> = told(Role::Officer, OFFICE).await;
    assert_eq!(refused(none), Reason::PermissionDenied);
    assert_eq!(
        refused(told(Role::Operator, "gd-maoming").await),
        Reason::OutsideYourOffice
    );
    told(Role::Operator, OFFICE).await.unwrap();
    told(Role::Auditor, OFFICE).await.unwrap();
    // An auditor reads everything and changes nothing.
    let principal = token(&signing_key, &house, staff(Role::Auditor, OFFICE));
    let request = pb::FixPublicValueRequest {
        request_id: new_uuid(),
        office: OFFICE.to_owned(),
        day: DAY.to_owned(),
        value: "1".to_owned(),
        source: "x".to_owned(),
    };
    let fixed = xuanctl
        .fix_public_value(call(request).principal(&principal))
        .await;
    assert_eq!(refused(fixed), Reason::PermissionDenied);

    let mut edge = PoolPublicationServiceClient::new(channel(&certs, "edge", address));
    let page = edge
        .get_pool(call(pb::GetPoolRequest {
            office: OFFICE.to_owned(),
        }))
        .await
        .unwrap();
    assert_eq!(page.into_inner().batches.len(), 1);
    stop.cancel();
}
