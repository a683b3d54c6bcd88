//! Answers by request id.

use jiff::{SignedDuration, Timestamp};
use prost::Message;
use tokio::sync::Barrier;
use uuid::Uuid;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{AccountId, PreSessionId, RequestId, StaffId};
use xuanhao_chassis::jobs::{Progress, Retention, RetentionConfig};
use xuanhao_chassis::reason::Reason;

use crate::data::{Count, Data, Error, data, run_in, start};

const METHOD: &str = "/test.v1.Test/Add";

#[derive(Clone, PartialEq, Message)]
struct Add {
    #[prost(string, tag = "1")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct Added {
    #[prost(uint32, tag = "1")]
    by_run: u32,
}

fn request(n: u128) -> RequestId {
    RequestId::from_uuid(Uuid::from_u128(n))
}

fn account(n: u128) -> Scope {
    Scope::Account(AccountId::from_uuid(Uuid::from_u128(n)))
}

fn key(n: u128) -> Key {
    Key::new(&account(1), METHOD, request(n), start())
}

fn add(name: &str) -> Add {
    Add {
        name: name.to_owned(),
    }
}

/// Adds the thing and answers with the number of the run.
async fn do_add(data: &Data, key: &Key, add: &Add, runs: &Count) -> Result<Added, Error> {
    data.db
        .run_once("test.add", key, add, async |tx: &mut Tx| {
            let by_run = runs.next();
            run_in(
                tx,
                &format!("INSERT INTO things VALUES ('{}/{by_run}', 1)", add.name),
            )
            .await?;
            Ok(Added { by_run })
        })
        .await
}

fn reason(result: Result<Added, Error>) -> Reason {
    match result {
        Err(Error::Refused(refusal)) => refusal.reason(),
        other => panic!("{other:?}"),
    }
}

/// P2: the same request is answered the same and done once.
#[tokio::test]
async fn p2_a_repeated_request_gets_the_first_answer() {
    let (data, runs) = (data().await, Count::default());
    let first = do_add(&data, &key(1), &add("a"), &runs).await.unwrap();
    let again = do_add(&data, &key(1), &add("a"), &runs).await.unwrap();
    assert_eq!(first, again);
    assert_eq!((runs.get(), data.things().await), (1, 1));
    let next = do_add(&data, &key(2), &add("a"), &runs).await.unwrap();
    assert_ne!(first, next);
}

/// P2: a request id names one request.
#[tokio::test]
async fn p2_the_id_with_another_request_is_refused() {
    let (data, runs) = (data().await, Count::default());
    do_add(&data, &key(1), &add("a"), &runs).await.unwrap();
    let other = do_add(&data, &key(1), &add("b"), &runs).await;
    assert_eq!(reason(other), Reason::RequestIdReused);
    // The first answer stands.
    assert_eq!(
        do_add(&data, &key(1), &add("a"), &runs)
            .await
            .unwrap()
            .by_run,
        1
    );
    assert_eq!(data.things().await, 1);
}

/// P2: the scope is who asks, and the method; equal ids of others have nothing to do with it.
#[tokio::test]
async fn p2_scopes_and_methods_are_apart() {
    let (data, runs) = (data().await, Count::default());
    let id = Uuid::from_u128(1);
    let scopes = [
        account(1),
        account(2),
        Scope::Staff(StaffId::from_uuid(id)),
        Scope::PreSession(PreSessionId::from_uuid(id)),
        Scope::Service("selection"),
    ];
    for scope in &scopes {
        do_add(
            &data,
            &Key::new(scope, METHOD, request(1), start()),
            &add("a"),
            &runs,
        )
        .await
        .unwrap();
    }
    let other = Key::new(&account(1), "/test.v1.Test/Other", request(1), start());
    do_add(&data, &other, &add("a"), &runs).await.unwrap();
    assert_eq!(data.things().await, 6);
}

async fn refuse(data: &Data, key: &Key, refusal: &Refusal, runs: &Count) -> Result<Added, Error> {
    data.db
        .run_once("test.refuse", key, &add("a"), async |tx: &mut Tx| {
            runs.next();
            run_in(tx, "INSERT INTO things VALUES ('undone', 1)").await?;
            Err(refusal.clone().into())
        })
        .await
}

/// P2: a final refusal is kept, and what was written before it is undone.
#[tokio::test]
async fn p2_a_final_refusal_is_kept() {
    let (data, runs) = (data().await, Count::default());
    let refusal = Refusal::not_found("application").on_field("application");
    assert_eq!(
        reason(refuse(&data, &key(1), &refusal, &runs).await),
        Reason::NotFound
    );
    assert_eq!(data.things().await, 0);
    // Although it would succeed now.
    match do_add(&data, &key(1), &add("a"), &runs).await {
        Err(Error::Refused(kept)) => assert_eq!(kept, refusal),
        other => panic!("{other:?}"),
    }
    assert_eq!((runs.get(), data.things().await), (1, 0));
}

/// P2: a refusal after a statement failed is kept as well.
#[tokio::test]
async fn p2_a_refusal_made_of_a_violated_key_is_kept() {
    let data = data().await;
    data.add_thing("taken", 1).await;
    let runs = Count::default();
    for _ in 0..2 {
        let refused = data
            .db
            .run_once("test.take", &key(1), &add("taken"), async |tx: &mut Tx| {
                runs.next();
                match run_in(tx, "INSERT INTO things VALUES ('taken', 2)").await {
                    Err(error) if error.is_unique_violation("things_pkey") => {
                        Err(Refusal::new(Reason::AlreadyExists)
                            .param("kind", "account")
                            .into())
                    }
                    inserted => Ok(inserted.map(|()| Added::default())?),
                }
            })
            .await;
        assert_eq!(reason(refused), Reason::AlreadyExists);
    }
    assert_eq!(runs.get(), 1);
}

/// P2: only final refusals are kept; a retry of another one is done.
#[tokio::test]
async fn p2_a_refusal_for_now_is_not_kept() {
    let (data, runs) = (data().await, Count::default());
    let pending = Refusal::new(Reason::OperationPending);
    assert_eq!(
        reason(refuse(&data, &key(1), &pending, &runs).await),
        Reason::OperationPending
    );
    do_add(&data, &key(1), &add("a"), &runs).await.unwrap();
    assert_eq!((runs.get(), data.things().await), (2, 1));
}

/// R2: of two requests with one id that race, the loser of the key (23505) is run again and gives
/// the winner's answer.
#[tokio::test]
async fn r2_the_loser_of_a_race_replays_the_winners_answer() {
    let (data, runs, both_began) = (data().await, Count::default(), Barrier::new(2));
    let race = async || {
        data.db
            .run_once("test.race", &key(1), &add("a"), async |tx: &mut Tx| {
                let by_run = runs.next();
                both_began.wait().await;
                run_in(tx, &format!("INSERT INTO things VALUES ('{by_run}', 1)")).await?;
                Ok::<_, Error>(Added { by_run })
            })
            .await
    };
    let (one, other) = tokio::join!(race(), race());
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!((runs.get(), data.things().await), (2, 1));
}

/// P2, I4: a hundred at once have one effect and one answer.
#[tokio::test]
async fn p2_a_hundred_at_once_have_one_effect() {
    let (data, runs) = (data().await, Count::default());
    let (key, add) = (key(1), add("a"));
    let all = (0..100).map(|_| do_add(&data, &key, &add, &runs));
    let answers = futures::future::join_all(all).await;
    let first = answers[0].as_ref().unwrap();
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().unwrap() == first)
    );
    assert_eq!(data.things().await, 1);
}

/// P2: ids are kept as long as their key says, at least a day.
#[tokio::test]
async fn p2_answers_are_kept_until_their_time() {
    let (data, runs) = (data().await, Count::default());
    let later: Timestamp = start() + SignedDuration::from_hours(24 * 30);
    do_add(&data, &key(1), &add("a"), &runs).await.unwrap();
    do_add(&data, &key(2).kept_until(later), &add("b"), &runs)
        .await
        .unwrap();
    let config = RetentionConfig::default();
    let retention = Retention::new(data.db.clone(), data.clock.clone(), config);

    data.clock.set(start() + SignedDuration::from_hours(24));
    assert_eq!(retention.sweep().await.unwrap(), Progress::Idle);
    do_add(&data, &key(1), &add("a"), &runs).await.unwrap();
    assert_eq!(runs.get(), 2, "a day later the answer is still there");

    data.clock.advance(std::time::Duration::from_secs(1));
    retention.sweep().await.unwrap();
    do_add(&data, &key(1), &add("a"), &runs).await.unwrap();
    do_add(&data, &key(2), &add("b"), &runs).await.unwrap();
    assert_eq!(runs.get(), 3, "only the first was forgotten");
}
