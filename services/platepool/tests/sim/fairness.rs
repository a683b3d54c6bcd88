//! Draws are uniform: Pearson's χ², with and without 4 (I8, R-RND-05).

use std::collections::BTreeMap;

use xuanhao_platepool::domain::command::DrawFrom;
use xuanhao_platepool::domain::draw::DrawKey;
use xuanhao_vocabulary::PlateKey;

use crate::office::*;
use crate::setting;

/// Columns of ten that each test draws through the engine: a million picks, unless
/// `FAIRNESS_DRAWS` says otherwise.
fn draws() -> u64 {
    setting("FAIRNESS_DRAWS").unwrap_or(100_000)
}

/// Lets ten applications draw columns of ten, again and again, and counts how often each number
/// comes.
fn count(mask: &str, from: DrawFrom) -> BTreeMap<PlateKey, u32> {
    let mut counter = Counter::opened(mask);
    let mut counts = BTreeMap::new();
    for op_no in 1..=draws() / 10 {
        let tokens: Vec<_> = (1..=10)
            .map(|who| counter.submit_operation(who, op_no, draw_from(10, from)))
            .collect();
        counter.run();
        for token in tokens {
            let told = receipt(counter.told.remove(&token).unwrap().unwrap());
            column(&told.set)
                .into_iter()
                .for_each(|plate| *counts.entry(plate).or_default() += 1);
        }
        counter.store.log.clear();
    }
    counts
}

/// The statistic, and the bound that a uniform draw exceeds once in a thousand times (normal
/// approximation by Wilson and Hilferty).
fn chi_square(counts: impl Iterator<Item = u32> + Clone, numbers: usize) -> (f64, f64) {
    let expected = f64::from(counts.clone().sum::<u32>()) / numbers as f64;
    let missing = (numbers - counts.clone().count()) as f64 * expected;
    let seen: f64 = counts
        .map(|n| (f64::from(n) - expected).powi(2) / expected)
        .sum();
    let degrees = (numbers - 1) as f64;
    let spread = 2.0 / (9.0 * degrees);
    (
        seen + missing,
        degrees * (1.0 - spread + 3.090 * spread.sqrt()).powi(3),
    )
}

fn assert_uniform(counts: impl Iterator<Item = u32> + Clone, numbers: usize) {
    let (statistic, bound) = chi_square(counts, numbers);
    assert!(statistic < bound, "χ² is {statistic:.0}, bound {bound:.0}");
}

/// I8: over 300,000 picks of the keyed function, without putting back within a draw, every
/// number is as likely as any other.
#[test]
fn picks_are_uniform() {
    let [day, _] = days();
    let key = DrawKey::derive(&day.key, &day.public_value);
    let mut counts = vec![0_u32; 1000];
    for draw in 0..30_000_u32 {
        let who = application(u128::from(draw % 500 + 1));
        let mut picks = key.picks(&zhanjiang().id, who, u64::from(draw / 500 + 1));
        let mut taken: Vec<usize> = Vec::with_capacity(10);
        for left in (991..=1000).rev() {
            // The rank counts the numbers that are left: skip those taken before it.
            let mut number = usize::try_from(picks.next_rank(left)).unwrap();
            for before in &taken {
                number += usize::from(*before <= number);
            }
            counts[number] += 1;
            let at = taken.partition_point(|before| *before < number);
            taken.insert(at, number);
        }
    }
    assert_uniform(counts.into_iter(), 1000);
}

/// I8: what the engine draws is uniform, over a million picks.
#[test]
fn draws_are_uniform() {
    let counts = count("A0DDD", DrawFrom::Any);
    assert_uniform(counts.values().copied(), 1000);
}

/// I8, R-RND-05: without a 4, so is every number that has none, over a million picks, and no other
/// comes.
#[test]
fn draws_without_four_are_uniform() {
    let counts = count("A0DDD", DrawFrom::WithoutFour);
    assert!(
        counts
            .keys()
            .all(|plate| !plate.unpack().1.contains_digit_four())
    );
    assert_uniform(counts.values().copied(), 729);
}

/// The statistic does see a draw that favours one number in a thousand.
#[test]
fn a_loaded_draw_is_noticed() {
    let counts = (0..1000).map(|number| if number == 888 { 1_500 } else { 1_000 });
    let noise = counts
        .enumerate()
        .map(|(index, n)| if index % 2 == 0 { n + 30 } else { n - 30 });
    let (statistic, bound) = chi_square(noise, 1000);
    assert!(statistic > bound, "χ² is {statistic:.0}, bound {bound:.0}");
}
