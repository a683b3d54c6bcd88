//! The memory is a function of the rows (E3, E7).

use xuanhao_chassis::random::SecureRandom;

use crate::house::{House, allocated, held};
use crate::returning::{ask, send_back};

/// E7, and the crash argument: after a hundred random operations, with expiries, closes, returns and
/// imports among them, a memory built from the rows is the one that was lived.
#[tokio::test(flavor = "multi_thread")]
async fn e7_a_rebuilt_memory_is_the_one_that_was_lived() {
    for seed in 0..3 {
        let mut house = House::opened("D0[01]DA").await;
        let random = SecureRandom::seeded(seed);
        let below = |bound: u64| usize::try_from(random.below(bound)).unwrap();
        let people: Vec<_> = (0..12).map(|_| (house.application(), 0_u64)).collect();
        let mut people = people;
        for _ in 0..100 {
            let who = below(12);
            let (id, op_no) = &mut people[who];
            *op_no += 1;
            let holding = house.pool.holding(*id).await.unwrap().holding.unwrap();
            let first = holding.column.first().or(holding.basket.first()).cloned();
            match (below(12), first) {
                (0..=3, _) => drop(house.pool.draw(*id, *op_no, 4).await),
                (4..=5, Some(plate)) => drop(house.pool.keep(*id, *op_no, &plate).await),
                (6, Some(plate)) => drop(house.pool.confirm(*id, *op_no, &plate).await),
                (7, _) => drop(
                    house
                        .pool
                        .compose(*id, *op_no, &["粤G1000A", "粤G2013A"])
                        .await,
                ),
                (8, _) => drop(house.pool.give_up(*id, *op_no).await),
                (9, _) => drop(house.pool.resolve(*id, *op_no).await),
                (10, _) => {
                    house.pool.close(*id).await.unwrap();
                    ask(&house.pool, send_back(*id, (10, 60))).await.unwrap();
                    people[who] = (house.application(), 0);
                }
                _ => house.wait(random.below(50)),
            }
        }
        let lived = house.pool.memory().await.snapshot();
        house.restart().await;
        let rebuilt = house.pool.memory().await.snapshot();
        assert_eq!(rebuilt, lived, "seed {seed}");
    }
}

/// E7: holds, times and the day outlive the process; a number that is held is nobody else's.
#[tokio::test(flavor = "multi_thread")]
async fn e7_a_restart_keeps_holds_and_the_day() {
    let mut house = House::opened("000DA").await;
    let (one, two) = (house.application(), house.application());
    house.pool.draw(one, 1, 4).await.unwrap();
    let column = house.pool.holding(one).await.unwrap().holding.unwrap();
    house.pool.keep(one, 2, &column.column[0]).await.unwrap();
    let before = house.pool.holding(one).await.unwrap();
    house.restart().await;
    assert_eq!(house.pool.holding(one).await.unwrap(), before);
    // The day is still open, and six numbers are left.
    let others = house.pool.draw(two, 1, 10).await.unwrap();
    assert_eq!(held(&others).column.len(), 6);
    assert!(
        held(&others)
            .column
            .iter()
            .all(|plate| !column.column.contains(plate))
    );
    house.wait(91);
    house.restart().await;
    let now = house.pool.holding(one).await.unwrap().holding.unwrap();
    assert!(
        now.column.is_empty(),
        "what ran out while nobody wrote is void"
    );
    assert_eq!(now.basket.len(), 1);
    allocated(&house.pool.confirm(one, 3, &now.basket[0]).await.unwrap());
}
