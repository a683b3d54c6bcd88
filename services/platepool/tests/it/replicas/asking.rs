//! Any replica answers; one writes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::{call, until};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminService;
use xuanhao_proto::platepool::v1::pool_peer_service_client::PoolPeerServiceClient;
use xuanhao_proto::platepool::v1::pool_service_server::PoolService;

use super::house::{PATIENCE, Town};
use crate::door::channel;
use crate::house::{DAY, OFFICE, allocated, by_selection, held, refused, refused_for_now, staff};

/// A whole pre-selection through replicas that do not write, and what is refused is refused in the
/// same words.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_asked_the_writer_answers() {
    let town = Town::new().await;
    let one = town.replica().await;
    town.open(&one, &["D000A"]).await;
    let (two, three) = (town.replica().await, town.replica().await);
    let who = town.application();
    let drawn = two.process.draw(who, 1, 5).await.unwrap();
    let plate = held(&drawn).column[0].clone();
    assert_eq!(
        refused(three.process.keep(who, 2, "粤G9999Z").await),
        refused(one.process.keep(who, 2, "粤G9999Z").await)
    );
    three.process.keep(who, 2, &plate).await.unwrap();
    let kept = one.process.holding(who).await.unwrap();
    assert_eq!(two.process.holding(who).await.unwrap(), kept);
    let request = pb::ConfirmRequest {
        operation: Some(two.process.operation(who, 3)),
        plate: plate.clone(),
        from_column: false,
    };
    let asked = by_selection(request.clone());
    let taken = two
        .process
        .operations()
        .confirm(asked)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(allocated(taken.outcome.as_ref().unwrap()).plate, plate);
    let asked = by_selection(request);
    let again = three
        .process
        .operations()
        .confirm(asked)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again, taken, "a repeat anywhere is answered from the row");
    // Operators' acts too.
    let more = two.process.release(&["D001A"]).await;
    assert_eq!(more.state(), pb::BatchState::Released);
    assert_eq!(town.epoch().await, 1, "one process wrote");
    assert_eq!(town.count("office_leases").await, 1);
}

/// Exactly one replica writes, however many are asked at once.
#[tokio::test(flavor = "multi_thread")]
async fn of_three_replicas_one_writes() {
    let town = Town::new().await;
    let replicas = [
        town.replica().await,
        town.replica().await,
        town.replica().await,
    ];
    replicas[0].process.open_day(DAY).await;
    // The first requests meet an office that nobody writes for.
    let mut first = JoinSet::new();
    for replica in &replicas {
        let (process, who) = (replica.process.clone(), town.application());
        first.spawn(async move { process.holding(who).await.unwrap() });
    }
    first.join_all().await;
    assert_eq!(town.epoch().await, 1);
    replicas[1].process.release(&["DD00A"]).await;
    let mut draws = JoinSet::new();
    for index in 0..45 {
        let (process, who) = (replicas[index % 3].process.clone(), town.application());
        draws.spawn(async move { process.draw(who, 1, 2).await.unwrap() });
    }
    let all = draws.join_all().await;
    let numbers: BTreeSet<_> = all
        .iter()
        .flat_map(|told| held(told).column.clone())
        .collect();
    assert_eq!(numbers.len(), 90, "no number is in two columns");
    assert_eq!(town.count("pool_log WHERE epoch <> 1").await, 0);
}

/// The callee never hands on: two replicas that each believe the other to write do not send a
/// request back and forth, and the caller is told in its time.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_directories_do_not_play_ping_pong() {
    let town = Town::new().await;
    let (one, two) = (town.replica().await, town.replica().await);
    town.open(&one, &["D000A"]).await;
    let nobody = town.application();
    two.process.holding(nobody).await.unwrap();
    // Addresses of one another: whoever asks for the writer asks itself, or one who does not write.
    let owners = format!(
        "UPDATE pool_owners SET address = CASE address WHEN '{0}' THEN '{1}' ELSE '{0}' END",
        one.address, two.address
    );
    town.execute(owners).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    let begun = Instant::now();
    let within = tokio::time::Instant::now() + Duration::from_millis(900);
    let told = until(within, two.process.draw(town.application(), 1, 2)).await;
    assert_eq!(refused_for_now(told), Reason::NotOwner);
    assert!(begun.elapsed() < Duration::from_secs(2));
    held(&one.process.draw(town.application(), 1, 2).await.unwrap());
}

/// A peer that does not write says so and names who does; it neither waits nor asks.
#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_does_not_write_says_so_and_replicas_alone_may_ask() {
    let town = Town::new().await;
    let one = town.replica().await;
    town.open(&one, &["D000A"]).await;
    let two = town.replica().await;
    let look = || pb::AskRequest {
        office: OFFICE.to_owned(),
        kind: "look".to_owned(),
        application: uuid::Uuid::from(town.application()).as_bytes().to_vec(),
        ..pb::AskRequest::default()
    };
    let peer = channel(town.certs(), "platepool", two.address);
    let told = PoolPeerServiceClient::new(peer).ask(call(look())).await;
    let Some(pb::ask_response::Told::NotOwner(told)) = told.unwrap().into_inner().told else {
        panic!("it does not write");
    };
    assert_eq!(told.owner, one.name().await);
    let peer = channel(town.certs(), "platepool", one.address);
    let told = PoolPeerServiceClient::new(peer).ask(call(look())).await;
    let told = told.unwrap().into_inner().told.unwrap();
    assert!(matches!(told, pb::ask_response::Told::Standing(_)));
    for other in ["selection", "edge", "xuanctl"] {
        let stranger = channel(town.certs(), other, one.address);
        let told = PoolPeerServiceClient::new(stranger).ask(call(look())).await;
        assert_eq!(refused(told), Reason::PermissionDenied, "{other}");
    }
}

/// Figures, days and writers are told by any replica.
#[tokio::test(flavor = "multi_thread")]
async fn any_replica_tells_figures_and_opens_days() {
    let town = Town::new().await;
    let one = town.replica().await;
    one.process.release(&["D000A"]).await;
    let two = town.replica().await;
    let who = town.application();
    let early = two.process.draw(who, 1, 3).await;
    assert_eq!(refused(early), Reason::DrawingNotOpen);
    // The value is fixed where nobody writes, and the writer hears of it.
    two.process.open_day(DAY).await;
    held(&one.process.draw(who, 1, 3).await.unwrap());
    let figures = || pb::GetPoolFiguresRequest {
        office: OFFICE.to_owned(),
    };
    let asked = crate::house::by_operator(figures());
    let there = two.process.admin().get_pool_figures(asked).await.unwrap();
    let asked = crate::house::by_operator(figures());
    let here = one.process.admin().get_pool_figures(asked).await.unwrap();
    let (there, here) = (there.into_inner(), here.into_inner());
    assert_eq!((there.classes[0].held, there.epoch), (3, 1));
    assert_eq!(there, here);

    let told = two.list_writers(&[OFFICE]).await;
    assert_eq!(told.writers[0].replica, one.name().await);
    assert_eq!(told.writers[0].epoch, 1);
    assert!(told.writers[0].taken_at.is_some());
    let addresses: BTreeSet<_> = told
        .replicas
        .iter()
        .map(|one| one.address.clone())
        .collect();
    let expected = [one.address.to_string(), two.address.to_string()];
    assert_eq!(addresses, BTreeSet::from(expected));
    assert!(told.replicas.iter().all(|one| !one.leaving));
    let stranger =
        xuanhao_chassis::grpc::CallContext::new(xuanhao_chassis::authz::Caller::Xuanctl, PATIENCE)
            .with_principal(staff(Role::Operator, "gd-maoming"), "token");
    let request = pb::ListWritersRequest {
        offices: vec![OFFICE.to_owned()],
    };
    let asked = stranger.attach(tonic::Request::new(request));
    let told = one.process.admin().list_writers(asked).await;
    assert_eq!(refused(told), Reason::OutsideYourOffice);
}
