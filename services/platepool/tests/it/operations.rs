//! Operations and what becomes of them (P3, P4, P6, P7, P9), as far as the rows have a say.

use std::time::Duration;

use prost::Message;
use sqlx::Row;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;
use xuanhao_proto::platepool::v1::pool_service_server::PoolService;

use crate::house::{House, allocated, by_selection, dropped, held, refused};

/// P3: past its `not_after` an operation is refused and leaves no row.
#[tokio::test(flavor = "multi_thread")]
async fn p3_a_late_operation_is_refused() {
    let house = House::opened("D000A").await;
    let request = house.pool.drawing(house.application(), 1, 2);
    house.wait(21);
    let told = house.pool.operations().draw(by_selection(request)).await;
    assert_eq!(refused(told), Reason::OperationTooLate);
    assert_eq!(house.count("pool_log WHERE kind = 'draw'").await, 0);
}

/// P3: numbers go up, also after a restart; the last one is answered from its row, and is not used
/// for another request.
#[tokio::test(flavor = "multi_thread")]
async fn p3_numbers_go_up_and_a_repeat_is_answered_from_its_row() {
    let mut house = House::opened("D000A").await;
    let who = house.application();
    let first = house.pool.drawing(who, 1, 2);
    let told = house
        .pool
        .operations()
        .draw(by_selection(first.clone()))
        .await
        .unwrap()
        .into_inner();
    house.restart().await;
    let mut repeat = first.clone();
    // A repeat has a deadline of its own.
    repeat
        .operation
        .as_mut()
        .unwrap()
        .not_after
        .as_mut()
        .unwrap()
        .seconds += 5;
    let again = house
        .pool
        .operations()
        .draw(by_selection(repeat))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again, told);
    let other = pb::DrawRequest {
        count: 3,
        ..first.clone()
    };
    let other = house.pool.operations().draw(by_selection(other)).await;
    assert_eq!(refused(other), Reason::OperationRefused);
    house.pool.draw(who, 3, 2).await.unwrap();
    assert_eq!(
        refused(house.pool.draw(who, 2, 2).await),
        Reason::OperationOutOfOrder
    );
    assert_eq!(house.pool.holding(who).await.unwrap().last_op_no, 3);
}

/// P4: what may be charged is a row with number, kind, input, hash and outcome, misses included; that
/// nothing was free is none.
#[tokio::test(flavor = "multi_thread")]
async fn p4_misses_are_rows_and_an_empty_pool_is_none() {
    let house = House::opened("000[AB]A").await;
    let (one, two, three) = (
        house.application(),
        house.application(),
        house.application(),
    );
    let column = held(&house.pool.draw(one, 1, 5).await.unwrap())
        .column
        .clone();
    assert_eq!(column.len(), 2, "as many as there are");
    let none = house.pool.draw(two, 1, 5).await.unwrap();
    assert!(matches!(none.result, Some(Became::NoneFree(_))));
    assert_eq!((none.epoch, none.seq, none.decided_at), (0, 0, None));
    assert_eq!(
        house
            .count(&format!("pool_log WHERE application = '{two}'"))
            .await,
        0
    );

    let missed = house
        .pool
        .compose(three, 1, &[&*column[0], "粤G12345"])
        .await
        .unwrap();
    let Some(Became::AllMissed(wishes)) = missed.result else {
        panic!("{missed:?}")
    };
    assert_eq!(wishes.wishes, [column[0].as_str(), "粤G12345"]);
    let row = house
        .rows(format!("SELECT kind, op_no, outcome, octet_length(input) FROM pool_log WHERE application = '{three}'"))
        .await;
    assert_eq!(row[0].get::<String, _>(0), "compose");
    assert_eq!(row[0].get::<i64, _>(1), 1);
    assert_eq!(row[0].get::<String, _>(2), "all_missed");
    assert!(
        row[0].get::<i32, _>(3) > 64,
        "wishes, vehicle and hash are in it"
    );
    let resolved = house.pool.resolve(three, 1).await.unwrap();
    assert!(matches!(resolved.result, Some(Became::AllMissed(told)) if told == wishes));
}

/// P6: a resolve never executes: what is not recorded never will be; a hold with too little time left
/// is given up in the same row; what is recorded is told, also of older numbers.
#[tokio::test(flavor = "multi_thread")]
async fn p6_a_resolve_tells_or_forbids() {
    let mut house = House::opened("D000A").await;
    let (one, two) = (house.application(), house.application());
    let told = house.pool.resolve(one, 1).await.unwrap();
    assert_eq!(dropped(&told), pb::DroppedReason::NeverRecorded);
    house.restart().await;
    assert_eq!(
        refused(house.pool.draw(one, 1, 2).await),
        Reason::OperationRefused
    );

    let drawn = house.pool.draw(two, 1, 2).await.unwrap();
    let same = house.pool.resolve(two, 1).await.unwrap();
    assert_eq!(held(&same).column, held(&drawn).column);
    house.wait(61);
    let told = house.pool.resolve(two, 1).await.unwrap();
    assert_eq!(dropped(&told), pb::DroppedReason::TooLittleTime);
    assert!(
        house
            .pool
            .holding(two)
            .await
            .unwrap()
            .holding
            .unwrap()
            .column
            .is_empty()
    );
    let last = house
        .rows(format!("SELECT column_plates IS NULL, outcome FROM pool_log_readable WHERE application = '{two}' ORDER BY decided_at DESC LIMIT 1"))
        .await;
    assert!(last[0].get::<bool, _>(0));
    assert_eq!(last[0].get::<String, _>(1), "dropped");

    let missed = house.pool.compose(two, 2, &["粤G99999"]).await.unwrap();
    house.pool.draw(two, 3, 1).await.unwrap();
    let old = house.pool.resolve(two, 2).await.unwrap();
    assert_eq!(old, missed, "an older number is told from its own row");
    let told = house.pool.resolve(two, 1).await.unwrap();
    assert_eq!(dropped(&told), pb::DroppedReason::TooLittleTime);
}

/// P7: the allocation ends column and basket in its own row; the fact is written with it.
#[tokio::test(flavor = "multi_thread")]
async fn p7_an_allocation_ends_the_set_in_the_same_row() {
    let house = House::opened("D000A").await;
    let who = house.application();
    let column = held(&house.pool.draw(who, 1, 5).await.unwrap())
        .column
        .clone();
    let kept = house.pool.keep(who, 2, &column[0]).await.unwrap();
    assert_eq!(
        (
            held(&kept).column.len(),
            held(&kept).basket.len(),
            held(&kept).drawn
        ),
        (4, 1, 5)
    );
    let taken = house.pool.confirm(who, 3, &column[0]).await.unwrap();
    let taken = allocated(&taken);
    assert_eq!(taken.plate, column[0]);
    let row = house
        .rows(format!(
            "SELECT column_plates IS NULL, basket_plates IS NULL, outcome FROM pool_log_readable
                       WHERE application = '{who}' AND op_no = 3"
        ))
        .await;
    assert!(row[0].get::<bool, _>(0) && row[0].get::<bool, _>(1));
    assert_eq!(row[0].get::<String, _>(2), "allocated");

    let facts = house
        .rows("SELECT province, office, aggregate_kind, aggregate_id, encode(payload, 'hex') FROM outbox WHERE kind = 'plate.allocated'")
        .await;
    assert_eq!(facts.len(), 1);
    assert_eq!(facts[0].get::<String, _>(1), "gd-zhanjiang");
    assert_eq!(facts[0].get::<String, _>(3), taken.allocation_id);
    let payload = hex::decode(facts[0].get::<String, _>(4)).unwrap();
    let fact = pb::PlateAllocated::decode(&*payload).unwrap();
    assert_eq!(
        (fact.application_id, fact.plate, fact.op_no),
        (who.to_string(), column[0].clone(), 3)
    );
    assert_eq!(*taken, house.pool.allocation(who).await.unwrap());
    assert_eq!(
        refused(house.pool.draw(who, 4, 5).await),
        Reason::AlreadyConfirmed
    );
}

/// P7: a draw that finds fewer numbers than it asked for is a draw, and is held.
#[tokio::test(flavor = "multi_thread")]
async fn p7_a_short_draw_is_held() {
    let house = House::opened("000[ABC]A").await;
    let told = house.pool.draw(house.application(), 1, 10).await.unwrap();
    assert_eq!((held(&told).column.len(), held(&told).drawn), (3, 3));
}

/// P9: a closed application takes no operations any more, in any process; its allocation is named.
#[tokio::test(flavor = "multi_thread")]
async fn p9_close_refuses_all_later_operations_and_names_the_allocation() {
    let mut house = House::opened("D000A").await;
    let (one, two) = (house.application(), house.application());
    let column = held(&house.pool.draw(one, 1, 5).await.unwrap())
        .column
        .clone();
    assert_eq!(house.pool.close(one).await.unwrap(), None);
    // Its numbers are free at once.
    allocated(&house.pool.compose(two, 1, &[&*column[0]]).await.unwrap());
    let named = house.pool.close(two).await.unwrap().unwrap();
    assert_eq!(named.plate, column[0]);
    house.restart().await;
    for who in [one, two] {
        assert_eq!(
            refused(house.pool.draw(who, 9, 5).await),
            Reason::ApplicationClosed
        );
    }
    let told = house.pool.resolve(one, 9).await.unwrap();
    assert_eq!(dropped(&told), pb::DroppedReason::NeverRecorded);
    assert_eq!(
        house.pool.close(two).await.unwrap().unwrap(),
        named,
        "again changes nothing"
    );
    assert_eq!(house.count("pool_log WHERE kind = 'close'").await, 2);
}

/// R-RND-04, R-RND-07: column and basket end by their own times; a draw restarts a living basket.
#[tokio::test(flavor = "multi_thread")]
async fn column_and_basket_have_their_own_times() {
    let house = House::opened("DD00A").await;
    let who = house.application();
    let column = held(&house.pool.draw(who, 1, 5).await.unwrap())
        .column
        .clone();
    house.wait(60);
    house.pool.keep(who, 2, &column[1]).await.unwrap();
    house.wait(31);
    let now = house.pool.holding(who).await.unwrap().holding.unwrap();
    assert!(now.column.is_empty());
    assert_eq!(now.basket, [column[1].clone()]);
    assert_eq!(
        refused(house.pool.keep(who, 3, &column[2]).await),
        Reason::HoldExpired
    );
    house.wait(80);
    house.pool.draw(who, 4, 5).await.unwrap();
    house.wait(60);
    let now = house.pool.holding(who).await.unwrap().holding.unwrap();
    assert_eq!(
        now.basket,
        [column[1].clone()],
        "the draw restarted the basket"
    );
    house.wait(31);
    assert_eq!(
        refused(house.pool.confirm(who, 5, &column[1]).await),
        Reason::HoldExpired
    );
}

/// What cannot be meant is refused at the door and never reaches the engine.
#[tokio::test(flavor = "multi_thread")]
async fn malformed_operations_are_refused_at_the_door() {
    let house = House::opened("D000A").await;
    let (pool, who) = (&house.pool, house.application());
    assert_eq!(
        refused(pool.compose(who, 1, &["粤G1"]).await),
        Reason::PlateMalformed
    );
    assert_eq!(
        refused(pool.compose(who, 1, &["粤G1000A", "粤G1000A"]).await),
        Reason::WishDuplicate
    );
    assert_eq!(
        refused(pool.compose(who, 1, &[]).await),
        Reason::FieldRequired
    );
    assert_eq!(refused(pool.draw(who, 0, 5).await), Reason::FieldRequired);
    assert_eq!(refused(pool.draw(who, 1, 51).await), Reason::FieldInvalid);
    let change = |change: fn(&mut pb::Operation)| {
        let mut request = pool.drawing(who, 1, 5);
        change(request.operation.as_mut().unwrap());
        let operations = pool.operations();
        async move { refused(operations.draw(by_selection(request)).await) }
    };
    assert_eq!(
        change(|op| op.office = "gd-nowhere".to_owned()).await,
        Reason::OfficeUnknown
    );
    assert_eq!(
        change(|op| op.office = "gd-maoming".to_owned()).await,
        Reason::OfficeUnknown
    );
    assert_eq!(change(|op| op.plate_class = 0).await, Reason::FieldRequired);
    assert_eq!(
        change(|op| op.channel = pb::Channel::Import.into()).await,
        Reason::FieldInvalid
    );
    assert_eq!(
        change(|op| op.vehicle_key = vec![1; 31]).await,
        Reason::FieldInvalid
    );
    assert_eq!(
        change(|op| op.not_after = None).await,
        Reason::FieldRequired
    );
    assert_eq!(
        change(|op| op.not_after.as_mut().unwrap().seconds += 600).await,
        Reason::FieldInvalid
    );
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(house.count("pool_log WHERE kind <> 'release'").await, 0);
}
