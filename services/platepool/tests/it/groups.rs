//! Energy groups of new-energy numbers through the door.

use xuanhao_chassis::reason::Reason;
use xuanhao_proto::common::v1::PlateClass as WireClass;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminService;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationService;
use xuanhao_proto::platepool::v1::pool_service_server::PoolService;

use crate::house::{
    DAY, House, OFFICE, by_operator, by_selection, held, new_uuid, refused, segment,
};

async fn opened() -> House {
    let house = House::new().await;
    house.pool.open_day(DAY).await;
    let request = pb::AddBatchRequest {
        request_id: new_uuid(),
        office: OFFICE.to_owned(),
        name: "新能源".to_owned(),
        segments: vec![pb::NewSegment {
            plate_class: WireClass::NevSmall.into(),
            ..segment("[AF]0000D")
        }],
        reason: "新号段".to_owned(),
    };
    let added = house
        .pool
        .admin()
        .add_batch(by_operator(request))
        .await
        .unwrap();
    let batch = added.into_inner().batch.unwrap().batch_id;
    house.pool.close_import(&batch, 0).await.unwrap();
    house.pool.release_batch(&batch).await.unwrap();
    house
}

fn of_group(mut operation: pb::Operation, group: pb::EnergyGroup) -> Option<pb::Operation> {
    operation.plate_class = WireClass::NevSmall.into();
    operation.energy_group = group.into();
    Some(operation)
}

/// GA 36, E9: a vehicle draws and composes numbers of its group only; the group stands in the log,
/// so that the day can be derived again; it has to be said. The keyboard shows what is published.
#[tokio::test(flavor = "multi_thread")]
async fn a_vehicle_sees_its_group() {
    let mut house = opened().await;
    let draw = |house: &House, who, op_no, group| {
        let request = pb::DrawRequest {
            operation: of_group(house.pool.operation(who, op_no), group),
            ..house.pool.drawing(who, op_no, 20)
        };
        let operations = house.pool.operations();
        async move {
            let told = operations.draw(by_selection(request)).await;
            told.map(|told| told.into_inner().outcome.unwrap())
        }
    };
    let (one, two) = (house.application(), house.application());
    let unsaid = draw(&house, one, 1, pb::EnergyGroup::Unspecified).await;
    assert_eq!(refused(unsaid), Reason::FieldRequired);
    let battery = draw(&house, one, 1, pb::EnergyGroup::Battery)
        .await
        .unwrap();
    let battery = held(&battery).column.clone();
    assert_eq!(battery.len(), 10);
    assert!(battery.iter().all(|plate| plate.starts_with("粤GA")));
    house.restart().await;
    let none = draw(&house, two, 1, pb::EnergyGroup::Battery)
        .await
        .unwrap();
    assert!(matches!(none.result, Some(Became::NoneFree(_))));
    let others = draw(&house, two, 1, pb::EnergyGroup::NotPurelyBattery)
        .await
        .unwrap();
    assert!(
        held(&others)
            .column
            .iter()
            .all(|plate| plate.starts_with("粤GF"))
    );

    let three = house.application();
    let request = pb::ComposeRequest {
        operation: of_group(
            house.pool.operation(three, 1),
            pb::EnergyGroup::NotPurelyBattery,
        ),
        wishes: vec![battery[0].clone()],
        hold_ttl_s: 0,
    };
    let missed = house
        .pool
        .operations()
        .compose(by_selection(request))
        .await
        .unwrap();
    let missed = missed.into_inner().outcome.unwrap();
    assert!(matches!(missed.result, Some(Became::AllMissed(_))));
    let request = pb::KeepRequest {
        operation: of_group(
            house.pool.operation(one, 2),
            pb::EnergyGroup::NotPurelyBattery,
        ),
        plate: battery[0].clone(),
        basket_ttl_s: 60,
    };
    let foreign = house.pool.operations().keep(by_selection(request)).await;
    assert_eq!(refused(foreign), Reason::PlateNotHeld);

    let request = pb::GetKeyboardRequest {
        office: OFFICE.to_owned(),
        plate_class: WireClass::NevSmall.into(),
        issuing_code: "粤G".to_owned(),
        partial: String::new(),
    };
    let keys = house
        .pool
        .publication()
        .get_keyboard(tonic::Request::new(request))
        .await;
    assert_eq!(keys.unwrap().into_inner().characters[0], "AF");
    house.wait(16 * 3_600);
    house.pool.app.reveal_day_keys().await.unwrap();
    let request = pb::ListDrawLogRequest {
        office: OFFICE.to_owned(),
        day: DAY.to_owned(),
        page_size: 0,
        page_token: String::new(),
    };
    let log = house
        .pool
        .publication()
        .list_draw_log(tonic::Request::new(request))
        .await;
    let groups: Vec<_> = log
        .unwrap()
        .into_inner()
        .entries
        .into_iter()
        .filter(|entry| entry.kind == "draw" || entry.kind == "compose")
        .map(|entry| entry.content.contains(r#""energy_group":"battery""#))
        .collect();
    assert_eq!(groups, [true, false, false]);
}
