//! Buses per test.

use async_nats::jetstream::stream;
use xuanhao_testkit::{NatsAccess, NatsUser, TestBus, own_nats, own_nats_with};

fn facts() -> stream::Config {
    let subjects = vec!["xuanhao.identity.v1.>".to_owned()];
    stream::Config {
        name: "identity".to_owned(),
        subjects,
        ..Default::default()
    }
}

#[tokio::test]
async fn two_buses_have_the_same_stream_and_not_the_same_facts() {
    let (first, second) = (TestBus::new().await, TestBus::new().await);
    assert_ne!(first.url(), second.url());
    let streams = [first.jetstream().await, second.jetstream().await];
    for jetstream in &streams {
        jetstream.create_stream(facts()).await.unwrap();
    }
    let subject = "xuanhao.identity.v1.registered.gd";
    let ack = streams[0]
        .send_publish(subject, Default::default())
        .await
        .unwrap()
        .await
        .unwrap();
    assert_eq!(ack.sequence, 1);
    let mut seen = Vec::new();
    for jetstream in &streams {
        let mut stream = jetstream.get_stream("identity").await.unwrap();
        seen.push(stream.info().await.unwrap().state.messages);
    }
    assert_eq!(seen, [1, 0]);
}

#[tokio::test]
async fn an_account_is_clean_when_it_is_taken_again() {
    let first = TestBus::new().await;
    first
        .jetstream()
        .await
        .create_stream(facts())
        .await
        .unwrap();
    let url = first.url().to_owned();
    drop(first);
    // Other tests of this process may take the account in between; whoever has it finds it clean.
    let mut taken = Vec::new();
    loop {
        let bus = TestBus::new().await;
        let again = bus.url() == url;
        if again || taken.len() == 8 {
            assert!(bus.jetstream().await.get_stream("identity").await.is_err());
            break;
        }
        taken.push(bus);
    }
}

#[tokio::test]
async fn a_killed_server_comes_back_with_its_streams() {
    let mut server = own_nats();
    let client = async_nats::connect(server.url()).await.unwrap();
    async_nats::jetstream::new(client)
        .create_stream(facts())
        .await
        .unwrap();
    server.kill9().unwrap();
    assert!(async_nats::connect(server.url()).await.is_err());
    server.restart().unwrap();
    let client = async_nats::connect(server.url()).await.unwrap();
    assert!(
        async_nats::jetstream::new(client)
            .get_stream("identity")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_server_of_ones_own_can_have_users() {
    let users = vec![NatsUser::with_all("identity", "secret")];
    let server = own_nats_with(NatsAccess::Users(users));
    assert!(async_nats::connect(server.url()).await.is_err());
    let connect = |password: &str| {
        let options = async_nats::ConnectOptions::with_user_and_password(
            "identity".to_owned(),
            password.to_owned(),
        );
        options.connect(server.url())
    };
    assert!(connect("guess").await.is_err());
    assert!(connect("secret").await.is_ok());
}
