//! How offices come to be spread over replicas.

use std::collections::BTreeMap;
use std::time::Duration;

use xuanhao_testkit::wait_for;
use xuanhao_vocabulary::{Office, OfficeId};

use super::house::{PATIENCE, Replica, SIX, Town, release_in};

async fn counts(town: &Town, by: &Replica) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for name in town.writers(by).await.into_values() {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

/// Six offices, three replicas, two each: moved one after another, while everything is answered, and
/// then left alone. When one is lost the others take its share; when it is back it gets it back.
#[tokio::test(flavor = "multi_thread")]
async fn offices_are_spread_and_move_back_slowly() {
    let town = Town::of(&SIX).await;
    let one = town.replica().await;
    for office in SIX {
        let code = Office::by_id(OfficeId::parse(office).unwrap())
            .unwrap()
            .codes[0];
        release_in(&one, office, &code.to_string()).await;
    }
    assert_eq!(counts(&town, &one).await.len(), 1);
    let (two, three) = (town.replica().await, town.replica().await);
    let names = [one.name().await, two.name().await, three.name().await];
    let even = || async {
        let counts = counts(&town, &one).await;
        (counts.len() == 3 && counts.values().all(|count| *count == 2)).then_some(())
    };
    wait_for(PATIENCE, even).await;
    let first = town.writers(&one).await;
    // Each of them moved once, and none moves any more.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(town.writers(&one).await, first);
    assert_eq!(town.count("office_leases WHERE epoch = 1").await, 2);
    assert_eq!(town.count("office_leases WHERE epoch = 3").await, 4);

    three.drain().await;
    let left = counts(&town, &one).await;
    assert_eq!(left.len(), 2);
    assert!(!left.contains_key(&names[2]));
    assert!(left.values().all(|count| *count == 3), "{left:?}");

    let back = town.replica().await;
    wait_for(PATIENCE, || async {
        let counts = counts(&town, &one).await;
        let has = counts.get(&back.name().await).copied();
        (has == Some(2)).then_some(())
    })
    .await;
}
