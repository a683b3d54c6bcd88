//! Service points: who opens and closes them, and who may know them.

use xuanhao_chassis::authz::Role;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;

use crate::counter::{Member, PERSON, enrolment, window_of};
use crate::house::{House, assert_refused, nil, uuid};
use crate::staff::by;

fn close(id: &str) -> pb::CloseServicePointRequest {
    pb::CloseServicePointRequest {
        request_id: uuid(),
        service_point_id: id.to_owned(),
        reason: "closes for good".to_owned(),
    }
}

/// R-ACC-02: people are enrolled at windows of vehicle offices and at traffic-police brigades, which
/// everybody may know.
#[tokio::test]
async fn windows_and_brigades_are_open_to_be_known() {
    let house = House::new().await;
    let operator = house.acting(&Member::of(Role::Operator, "gd-zhanjiang"));
    let mut client = house.enrolments();
    let brigade = pb::AddServicePointRequest {
        kind: pb::ServicePointKind::PoliceBrigade.into(),
        name: "赤坎交警大队".to_owned(),
        ..window_of("gd-zhanjiang")
    };
    client
        .add_service_point(by(&operator, brigade))
        .await
        .unwrap();
    house.window("gd-zhanjiang").await;
    house.window("gd-maoming").await;
    let list = pb::ListServicePointsRequest {
        province: "gd".to_owned(),
        office: String::new(),
    };
    let listed = client
        .list_service_points(list.clone())
        .await
        .unwrap()
        .into_inner()
        .service_points;
    let seen: Vec<_> = listed
        .iter()
        .map(|point| (point.office.as_str(), point.kind()))
        .collect();
    use pb::ServicePointKind::{OfficeWindow, PoliceBrigade};
    assert_eq!(
        seen,
        [
            ("gd-maoming", OfficeWindow),
            ("gd-zhanjiang", PoliceBrigade),
            ("gd-zhanjiang", OfficeWindow)
        ]
    );
    let one_office = pb::ListServicePointsRequest {
        office: "gd-maoming".to_owned(),
        ..list
    };
    let listed = client.list_service_points(one_office).await.unwrap();
    assert_eq!(listed.into_inner().service_points.len(), 1);
}

/// R-ACC-10: operators keep service points, in their own office only; officers do not.
#[tokio::test]
async fn operators_keep_the_service_points_of_their_office() {
    let house = House::new().await;
    let operator = house.acting(&Member::of(Role::Operator, "gd-zhanjiang"));
    let officer = house.acting(&Member::officer());
    let mut client = house.enrolments();
    let refused = client.add_service_point(by(&officer, window_of("gd-zhanjiang")));
    assert_refused(refused.await, Reason::PermissionDenied);
    let refused = client.add_service_point(by(&operator, window_of("gd-maoming")));
    assert_refused(refused.await, Reason::OutsideYourOffice);
    let refused = client.add_service_point(by(&operator, window_of("gd-nowhere")));
    assert_refused(refused.await, Reason::OfficeUnknown);
    let request = window_of("gd-zhanjiang");
    let added = client
        .add_service_point(by(&operator, request.clone()))
        .await
        .unwrap()
        .into_inner();
    let again = client.add_service_point(by(&operator, request)).await;
    assert_eq!(again.unwrap().into_inner(), added);
    let refused = client.add_service_point(by(&operator, window_of("gd-zhanjiang")));
    assert_refused(refused.await, Reason::AlreadyExists);
    let entries = "SELECT count(*) FROM audit_entries WHERE act = 'add_service_point'";
    assert_eq!(house.count(entries).await, 1);
}

/// Nothing is enrolled at a closed service point; its name is free again, and closing twice is one act.
#[tokio::test]
async fn a_closed_service_point_enrols_nobody() {
    let house = House::new().await;
    let (office, officer) = ("gd-zhanjiang", Member::officer());
    let window = house.window(office).await;
    let operator = house.acting(&Member::of(Role::Operator, office));
    let mut client = house.enrolments();
    let stranger = house.acting(&Member::of(Role::Operator, "gd-maoming"));
    let refused = client.close_service_point(by(&stranger, close(&window)));
    assert_refused(refused.await, Reason::OutsideYourOffice);
    let refused = client.close_service_point(by(&operator, close(&nil())));
    assert_refused(refused.await, Reason::ServicePointUnknown);
    for _ in 0..2 {
        let closed = client.close_service_point(by(&operator, close(&window)));
        closed.await.unwrap();
    }
    let papers = house.papers(&officer, &PERSON).await;
    for point in [&window, &nil()] {
        let request = enrolment(1, point, papers.clone());
        assert_refused(
            house.try_enrol(&officer, request).await,
            Reason::ServicePointUnknown,
        );
    }
    house.window(office).await;
    let entries = "SELECT count(*) FROM audit_entries WHERE act = 'close_service_point'";
    assert_eq!(house.count(entries).await, 1);
    assert_eq!(house.count("SELECT count(*) FROM accounts").await, 0);
}
