use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;
use xuanhao_vocabulary::plate::Energy;
use xuanhao_vocabulary::{IssuingCode, PlateMask};

use super::*;
use crate::domain::command::UsedNumbers;

fn segment(id: u128, mask: &str) -> NewSegment {
    NewSegment {
        id: SegmentId(Uuid::from_u128(id)),
        code: IssuingCode::parse("粤G").unwrap(),
        class: PlateClass::Small,
        mask: PlateMask::parse(mask).unwrap(),
        used: UsedNumbers::Closed { count: 0 },
        random_only_until: None,
        opens_at: None,
    }
}

fn pool(segments: &[(u128, &str)]) -> Pool {
    let mut pool = Pool::new(PlateClass::Small);
    for (id, mask) in segments {
        pool.open_segment(&segment(*id, mask), Timestamp::UNIX_EPOCH);
    }
    pool
}

fn under(from: DrawFrom) -> Filter {
    Filter::new(PlateClass::Small, from, None)
}

fn place(pool: &Pool, key: PlateKey) -> usize {
    pool.place_of(key).unwrap()
}

/// E9: places run through the segments by id, however the segments came.
#[test]
fn places_do_not_depend_on_the_order_of_release() {
    let masks = [
        (5, "A00DD"),
        (2, "LB0 1..7D"),
        (9, "DDA0D"),
        (3, "C0D 01..99"),
    ];
    let mut sorted = masks;
    sorted.sort();
    let (one, other) = (pool(&masks), pool(&sorted));
    let keys: Vec<_> = one.free_keys().collect();
    assert_eq!(keys, other.free_keys().collect::<Vec<_>>());
    assert_eq!(one.figures(), other.figures());
    assert_eq!(keys.len(), 100 + 24 * 70 + 1000 + 990);
    assert!(one.is_consistent());
    for (rank, key) in keys.iter().enumerate() {
        let place = one.select(under(DrawFrom::Any), rank as u64).unwrap();
        assert_eq!(one.key_at(place), *key);
        assert_eq!(one.place_of(*key), Some(place));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Ranks agree with an ordered set of the free numbers, whatever happened before.
    #[test]
    fn ranks_agree_with_a_set(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..300),
    ) {
        let mut pool = pool(&[(2, "A00DD"), (1, "4B 04..13 D")]);
        let keys: Vec<_> = pool.free_keys().collect();
        let mut free: BTreeSet<usize> = keys.iter().map(|key| place(&pool, *key)).collect();
        for (index, is_free) in flips {
            let place = place(&pool, keys[index.index(keys.len())]);
            pool.set_free(place, is_free);
            if is_free { free.insert(place); } else { free.remove(&place); }
        }
        prop_assert!(pool.is_consistent());
        for from in [DrawFrom::Any, DrawFrom::WithoutFour] {
            let fits = |place: &&usize| {
                from == DrawFrom::Any || !pool.key_at(**place).unpack().1.contains_digit_four()
            };
            let expected: Vec<usize> = free.iter().filter(fits).copied().collect();
            prop_assert_eq!(pool.free_count(under(from)), expected.len() as u64);
            for (rank, place) in expected.iter().enumerate() {
                prop_assert_eq!(pool.select(under(from), rank as u64), Some(*place));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// E9: a group's ranks count its own numbers only, with 4 and without, in the order of places;
    /// who is of no group sees all.
    #[test]
    fn ranks_of_a_group_agree_with_a_set(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..200),
    ) {
        let class = PlateClass::NevSmall;
        let mut pool = Pool::new(class);
        for (id, mask) in [(2, "[ADF]000DD"), (1, "[EGK]L044D")] {
            let new = NewSegment { class, ..segment(id, mask) };
            pool.open_segment(&new, Timestamp::UNIX_EPOCH);
        }
        let keys: Vec<_> = pool.free_keys().collect();
        let mut free: BTreeSet<usize> = keys.iter().map(|key| place(&pool, *key)).collect();
        for (index, is_free) in flips {
            let place = place(&pool, keys[index.index(keys.len())]);
            pool.set_free(place, is_free);
            if is_free { free.insert(place); } else { free.remove(&place); }
        }
        prop_assert!(pool.is_consistent());
        for energy in [None, Some(Energy::Battery), Some(Energy::NotPurelyBattery)] {
            for from in [DrawFrom::Any, DrawFrom::WithoutFour] {
                let fits = |place: &&usize| {
                    let (_, number) = pool.key_at(**place).unpack();
                    (energy.is_none() || number.serial().energy() == energy)
                        && (from == DrawFrom::Any || !number.contains_digit_four())
                };
                let expected: Vec<usize> = free.iter().filter(fits).copied().collect();
                let filter = Filter::new(class, from, energy);
                prop_assert_eq!(pool.free_count(filter), expected.len() as u64);
                for (rank, place) in expected.iter().enumerate() {
                    prop_assert_eq!(pool.select(filter, rank as u64), Some(*place));
                }
            }
        }
    }
}

/// What is counted for groups of serials is what the rules say of each number, whatever the mask;
/// and so it is for segments that open under rules.
#[test]
fn rules_for_groups_are_rules_for_numbers() {
    let code = IssuingCode::parse("粤G").unwrap();
    let withheld = |mask| ComposeRule::Withheld {
        code,
        mask: PlateMask::parse(mask).unwrap(),
    };
    let sets = [
        vec![
            ComposeRule::EqualDigits { at_least: 3 },
            ComposeRule::AllZero,
        ],
        vec![ComposeRule::EqualDigits { at_least: 2 }],
        vec![ComposeRule::AllZero, withheld("LL 010..333")],
        vec![withheld("A00DD"), withheld("DDDDD")],
    ];
    let masks = [
        (1, "A0DDD"),
        (2, "LL 000..333"),
        (3, "000[12]D"),
        (4, "DD 00 L -{0000A}"),
    ];
    for rules in sets {
        let mut ruled = pool(&masks);
        ruled.set_rules(rules.clone(), Timestamp::UNIX_EPOCH);
        assert!(ruled.is_consistent());
        let permitted = |key: &PlateKey| !rules.iter().any(|rule| rule.denies(&key.unpack().1));
        let expected: Vec<_> = ruled.free_keys().filter(permitted).collect();
        assert_eq!(ruled.open_keys().collect::<Vec<_>>(), expected, "{rules:?}");
        let mut opened = Pool::new(PlateClass::Small);
        opened.set_rules(rules, Timestamp::UNIX_EPOCH);
        for (id, mask) in masks {
            opened.open_segment(&segment(id, mask), Timestamp::UNIX_EPOCH);
        }
        assert_eq!(opened.open_keys().collect::<Vec<_>>(), expected);
    }
}

/// Thousands of segments of a hundred numbers, as provinces publish them, are found at once.
#[test]
fn small_segments_are_found() {
    let masks: Vec<String> = (0..10)
        .flat_map(|a| ('A'..='H').map(move |b| format!("[{b}]{a}{a}DD")))
        .collect();
    let segments: Vec<_> = masks
        .iter()
        .enumerate()
        .map(|(id, mask)| (id as u128, mask.as_str()))
        .collect();
    let pool = pool(&segments);
    assert_eq!(pool.figures().released, 8000);
    let longest = pool.by_beginning.values().map(Vec::len).max();
    assert_eq!(longest, Some(1));
    let keys: Vec<_> = pool.free_keys().collect();
    assert!(
        keys.iter()
            .all(|key| pool.key_at(place(&pool, *key)) == *key)
    );
}

/// Two million numbers may take 20 bytes each. They take about one, whatever their state.
#[test]
fn numbers_are_cheap() {
    let pool = pool(&[(1, "[ABCD]DDDD")]);
    assert_eq!(pool.figures().released, 40_000);
    let per_number = pool.bytes() as f64 / 40_000.0;
    assert!(per_number < 2.0, "{per_number} bytes");
}
