//! Held hits, choices for the last check, and the window (R-SEL-10, R-CNF-01, R-CNF-02).

use sqlx::Row;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationService;
use xuanhao_proto::platepool::v1::pool_service_server::PoolService;

use crate::house::{DAY, House, OFFICE, allocated, by_selection, dropped, held, refused};

/// R-SEL-10: a hit is held as the whole set for the time asked, and confirmed from the column.
#[tokio::test(flavor = "multi_thread")]
async fn a_hit_is_held_and_confirmed() {
    let house = House::opened("D000A").await;
    let (pool, who) = (&house.pool, house.application());
    let column = held(&pool.draw(who, 1, 3).await.unwrap()).column.clone();
    pool.keep(who, 2, &column[0]).await.unwrap();
    let wish = (0..10).map(|digit| format!("粤G{digit}000A"));
    let wish = wish
        .into_iter()
        .find(|wish| !column.contains(wish))
        .unwrap();
    let hold = |op_no, hold_ttl_s| {
        let mut request = pool.composing(who, op_no, &[&wish]);
        request.hold_ttl_s = hold_ttl_s;
        let operations = pool.operations();
        async move { operations.compose(by_selection(request)).await }
    };
    for ttl in [-1, 9, 601] {
        assert_eq!(refused(hold(3, ttl).await), Reason::FieldInvalid, "{ttl}");
    }
    let mut request = pool.composing(who, 3, &[&wish]);
    request.hold_ttl_s = 60;
    let ask = || pool.operations();
    let told = ask().compose(by_selection(request.clone())).await.unwrap();
    let told = told.into_inner().outcome.unwrap();
    let set = held(&told);
    assert_eq!(
        (&set.column[..], &set.basket[..]),
        (&[wish.clone()][..], &[][..])
    );
    let left = set.column_until.unwrap().seconds - told.decided_at.unwrap().seconds;
    assert_eq!(left, 60);
    assert_eq!(pool.holding(who).await.unwrap().holding.as_ref(), Some(set));
    let again = ask().compose(by_selection(request)).await.unwrap();
    assert_eq!(
        again.into_inner().outcome.unwrap(),
        told,
        "a repeat is answered from the row"
    );
    let taken = pool.confirm(who, 4, &wish).await.unwrap();
    assert_eq!(allocated(&taken).plate, wish);
}

/// R-POOL-06: of many who compose one number at once one gets it, and the others are told that it is
/// missed; what somebody holds is missed too.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_gets_a_number() {
    let house = House::opened("D000A").await;
    let asked = (0..30).map(|_| {
        let (pool, who) = (house.pool.clone(), house.application());
        tokio::spawn(async move { pool.compose(who, 1, &["粤G1000A"]).await.unwrap() })
    });
    let (mut won, mut missed) = (0, 0);
    for told in futures::future::join_all(asked).await {
        match told.unwrap().result.unwrap() {
            Became::Allocated(taken) => {
                assert_eq!(taken.plate, "粤G1000A");
                won += 1;
            }
            Became::AllMissed(_) => missed += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((won, missed), (1, 29));
    assert_eq!(house.count("allocations").await, 1);
    let holder = house.pool.draw(house.application(), 1, 1).await.unwrap();
    let held = held(&holder).column[0].clone();
    let told = house
        .pool
        .compose(house.application(), 1, &[&held])
        .await
        .unwrap();
    assert!(matches!(told.result, Some(Became::AllMissed(_))));
}

/// R-CNF-01, R-CNF-02, P6: everything but the chosen number is given up; it is free again at the end
/// of the countdown, and resolved with less than 30 s left it is dropped. A restart changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_choice_ends_with_its_countdown() {
    let mut house = House::opened("D000A").await;
    let (one, two) = (house.application(), house.application());
    let column = held(&house.pool.draw(one, 1, 10).await.unwrap())
        .column
        .clone();
    house.pool.keep(one, 2, &column[0]).await.unwrap();
    assert_eq!(
        refused(house.pool.choose(one, 3, &column[0], 9).await),
        Reason::FieldInvalid
    );
    let not_mine = refused(house.pool.choose(two, 1, &column[0], 60).await);
    assert_eq!(not_mine, Reason::HoldExpired);
    let request = pb::ChooseRequest {
        operation: Some(house.pool.operation(one, 3)),
        plate: column[0].clone(),
        ttl_s: 60,
    };
    let told = house
        .pool
        .operations()
        .choose(by_selection(request.clone()))
        .await
        .unwrap();
    let told = told.into_inner().outcome.unwrap();
    assert_eq!(held(&told).column, [column[0].clone()]);
    assert!(held(&told).basket.is_empty());
    let other = refused(house.pool.choose(one, 4, &column[1], 60).await);
    assert_eq!(other, Reason::PlateNotHeld);
    house.restart().await;
    let again = house
        .pool
        .operations()
        .choose(by_selection(request))
        .await
        .unwrap();
    assert_eq!(again.into_inner().outcome.unwrap(), told, "a repeat");
    let all = house.pool.draw(two, 1, 10).await.unwrap();
    assert_eq!(held(&all).column.len(), 9);
    assert_eq!(house.pool.resolve(one, 3).await.unwrap(), told);
    house.wait(31);
    let lost = house.pool.resolve(one, 3).await.unwrap();
    assert_eq!(dropped(&lost), pb::DroppedReason::TooLittleTime);
    let free = house.pool.draw(house.application(), 1, 10).await.unwrap();
    assert_eq!(held(&free).column, [column[0].clone()]);
}

/// R-RND-02: a window draws up to fifty numbers at once; the log, public and durable, says where.
#[tokio::test(flavor = "multi_thread")]
async fn a_window_draws_fifty() {
    let mut house = House::opened("D00DA").await;
    let who = house.application();
    let at_window = |mut operation: pb::Operation| {
        operation.channel = pb::Channel::Window.into();
        operation.on_behalf_of = crate::house::new_uuid();
        operation
    };
    let mut request = house.pool.drawing(who, 1, 50);
    request.operation = request.operation.map(at_window);
    let drawn = house
        .pool
        .operations()
        .draw(by_selection(request))
        .await
        .unwrap();
    let drawn = drawn.into_inner().outcome.unwrap();
    let column = held(&drawn).column.clone();
    assert_eq!((column.len(), held(&drawn).drawn), (50, 50));
    house.restart().await;
    let request = pb::ConfirmRequest {
        operation: Some(at_window(house.pool.operation(who, 2))),
        plate: column[49].clone(),
        from_column: true,
    };
    let taken = house
        .pool
        .operations()
        .confirm(by_selection(request))
        .await
        .unwrap();
    let taken = taken.into_inner().outcome.unwrap();
    assert_eq!(allocated(&taken).channel(), pb::Channel::Window);
    let resolved = house.pool.resolve(who, 2).await.unwrap();
    assert_eq!(allocated(&resolved).channel(), pb::Channel::Window);
    let live = house.pool.allocation(who).await.unwrap();
    assert_eq!(live.channel(), pb::Channel::Window);
    let rows = house.rows("SELECT channel FROM allocations").await;
    assert_eq!(rows[0].get::<String, _>(0), "window");
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
    let log = log.unwrap().into_inner().entries;
    let draw = log.iter().find(|entry| entry.kind == "draw").unwrap();
    assert!(
        draw.content.contains(r#""channel":"window""#),
        "{}",
        draw.content
    );
    assert!(draw.content.contains(r#""count":50"#), "{}", draw.content);
}
