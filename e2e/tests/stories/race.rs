//! Two citizens want one number at the same moment, a hundred times over.

use std::collections::{BTreeSet, VecDeque};

use anyhow::{Context as _, Result, ensure};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use xuanhao_e2e::{Selecting, Stage, free_numbers};
use xuanhao_local::Service;
use xuanhao_local::citizen::{Outcome, Selected};

const ROUNDS: usize = 100;
/// On their way through registration at the same time.
const AT_ONCE: usize = 12;
const POLICY: [(&str, &str); 2] = [
    ("interval_s: 10", "interval_s: 0"),
    ("confirm_delay_s: 5", "confirm_delay_s: 0"),
];

#[test]
fn of_two_who_want_one_number_one_gets_it() -> Result<()> {
    Stage::open_with("race", &POLICY)?.play(story)
}

async fn story(stage: &Stage) -> Result<()> {
    // Each round has one winner, who is done.
    let mut racers: VecDeque<Selecting> = stream::iter(0..=ROUNDS)
        .map(|_| stage.selecting())
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let mut given = BTreeSet::new();
    for number in free_numbers(ROUNDS)? {
        let one = racers.pop_front().context("a racer")?;
        let two = racers.pop_front().context("another")?;
        let wish = [number.as_str()];
        let (first, second) = tokio::join!(
            one.citizen.compose(&one.id, &wish),
            two.citizen.compose(&two.id, &wish)
        );
        let (first, second) = (first?, second?);
        let loser = match (won(&first, &number), won(&second, &number)) {
            (true, false) => (two, second),
            (false, true) => (one, first),
            both => anyhow::bail!("{number}: {both:?}"),
        };
        ensure!(
            matches!(loser.1.outcome, Outcome::AllMissed { .. }),
            "{number}: {:?}",
            loser.1.outcome
        );
        given.insert(number);
        racers.push_back(loser.0);
    }
    assert_eq!(given.len(), ROUNDS);
    let rows = stage
        .count(
            Service::Platepool,
            "SELECT count(DISTINCT plate) FROM allocations WHERE channel = 'internet'",
        )
        .await?;
    assert_eq!(usize::try_from(rows)?, ROUNDS);
    let charged = stage
        .count(
            Service::Selection,
            "SELECT sum(charged_compose) FROM operations",
        )
        .await?;
    assert_eq!(usize::try_from(charged)?, ROUNDS, "who missed paid a wish");
    Ok(())
}

fn won(selected: &Selected, number: &str) -> bool {
    let given = selected.outcome.allocated();
    given.is_some_and(|given| given.plate == number)
}
