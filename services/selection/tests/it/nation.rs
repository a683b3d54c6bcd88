//! What the national platform reads of selections.

use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::principal::Kind;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::selection::v1::outcome_service_client::OutcomeServiceClient;

use crate::house::{House, OFFICE, assert_refused, uuid};

/// The nation reads through the edge's gateway, across provinces and without a principal. Nobody else
/// comes without one, and what is no reading needs one even from the edge.
#[tokio::test]
async fn the_nation_reads_without_a_principal_through_the_edge_alone() {
    use pb::lookup_selection_request::By;
    let house = House::new().await;
    let (citizen, result) = house.confirmed(1).await;
    house.assign_positions().await;
    let lookup = || pb::LookupSelectionRequest {
        by: Some(By::Vin(citizen.vin.clone())),
    };
    let feed = || pb::ListOutcomesRequest {
        after: 0,
        page_size: 0,
    };
    let found = house.outcomes().lookup_selection(lookup()).await.unwrap();
    let found = found.into_inner().selection.unwrap();
    assert_eq!(
        (found.plate, found.office),
        (result.plate, OFFICE.to_owned())
    );
    let page = house.outcomes().list_outcomes(feed()).await.unwrap();
    let page = page.into_inner();
    let (of_staff, position) = house.feed(0).await;
    assert!(!of_staff.is_empty());
    assert_eq!((page.outcomes, page.position), (of_staff, position));

    let mut console = OutcomeServiceClient::new(house.channel("xuanctl"));
    let refused = console.lookup_selection(lookup()).await;
    assert_refused(refused, Reason::Unauthenticated);
    let refused = console.list_outcomes(feed()).await;
    assert_refused(refused, Reason::Unauthenticated);
    let someone = house.principal(Kind::Person, 0xC0, &[], "gd", &[]);
    let single = house.staff_of(Role::Operator, "gd", &[OFFICE]);
    for (token, reason) in [
        (&someone, Reason::PermissionDenied),
        (&single, Reason::OutsideYourOffice),
    ] {
        let request = call(feed()).principal(token);
        assert_refused(house.outcomes().list_outcomes(request).await, reason);
    }
    let request = call(lookup()).principal(&someone);
    let refused = house.outcomes().lookup_selection(request).await;
    assert_refused(refused, Reason::PermissionDenied);
    let void = pb::VoidApplicationRequest {
        request_id: uuid(),
        application_id: citizen.application.clone(),
        reason: "nobody's".to_owned(),
    };
    let refused = house.outcomes().void_application(void).await;
    assert_refused(refused, Reason::Unauthenticated);
}
