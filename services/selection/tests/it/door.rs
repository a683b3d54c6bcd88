//! The door: who may call what, and what the schema refuses.

use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::selection::v1::selection_service_client::SelectionServiceClient;
use xuanhao_selection::authz;

use crate::house::{House, OFFICE, assert_refused};

#[test]
fn every_rpc_has_a_row_and_every_row_an_rpc() {
    let covered = authz::table().covers(xuanhao_proto::FILE_DESCRIPTOR_SET, authz::SERVICES);
    assert_eq!(covered, Ok(()));
}

/// Only the edge speaks for citizens, and only with a principal.
#[tokio::test]
async fn callers_are_told_apart_by_their_certificates() {
    let house = House::new().await;
    let request = pb::EnterOfficeRequest {
        office: OFFICE.to_owned(),
    };
    for caller in [
        "platepool",
        "vehicle",
        "identity",
        "notification",
        "xuanctl",
        "probe",
    ] {
        let mut client = SelectionServiceClient::new(house.channel(caller));
        let refused = client.enter_office(request.clone()).await;
        assert_refused(refused, Reason::PermissionDenied);
    }
    assert_refused(
        house.citizens().enter_office(request).await,
        Reason::Unauthenticated,
    );
}

/// The schema keeps what the rules say: counters within their quota, one pending operation per VIN, one
/// application per VIN.
#[tokio::test]
async fn the_schema_refuses_what_must_never_be() {
    let house = House::new().await;
    let (first, second) = (house.selecting(1).await, house.opened(2).await);
    second.submit(&first.vin).await.unwrap();
    first.draw().await.unwrap();
    for (sql, constraint) in [
        (
            "UPDATE vehicle_quotas SET draw_reserved = draw_quota",
            "vehicle_quotas_draw_check",
        ),
        (
            "UPDATE vehicle_quotas SET compose_used = 21",
            "vehicle_quotas_compose_check",
        ),
        (
            "UPDATE vehicle_quotas SET compose_used = -1",
            "vehicle_quotas_compose_check",
        ),
        (
            "UPDATE applications SET state = 'selecting', policy_version = 1",
            "applications_vin_key",
        ),
        (
            "UPDATE applications SET vin = NULL",
            "applications_vehicle_check",
        ),
        (
            "UPDATE operations SET charged_draws = 2",
            "operations_charge_check",
        ),
        (
            "INSERT INTO operations SELECT (jsonb_populate_record(o, jsonb_build_object(
                'operation_id', gen_random_uuid(), 'request_id', gen_random_uuid(), 'op_no', n,
                'state', 'pending', 'outcome', NULL, 'finished_at', NULL, 'charged_draws', 0))).*
             FROM operations o, generate_series(8, 9) AS n",
            "operations_pending_key",
        ),
    ] {
        let refused = sqlx::query(sql)
            .execute(house.database.pool())
            .await
            .unwrap_err();
        let database = refused
            .as_database_error()
            .unwrap_or_else(|| panic!("{sql}: {refused}"));
        assert_eq!(database.constraint(), Some(constraint), "{sql}");
    }
}
