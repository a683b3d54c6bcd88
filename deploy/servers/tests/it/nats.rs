//! nats-server.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use xuanhao_servers::{Durability, Error, Nats, NatsAccess, NatsOptions, NatsUser, Scratch};

use crate::support::{scratch, toolbox, wait_gone};

fn options(scratch: &Scratch) -> NatsOptions {
    let mut options = NatsOptions::new(scratch.path().join("nats"));
    options.durability = Durability::TestOnlyFast;
    options
}

fn start(options: NatsOptions) -> Nats {
    Nats::start(&toolbox().nats().unwrap(), options).unwrap()
}

/// The client protocol, by hand: it is lines of text.
struct Client {
    stream: TcpStream,
    lines: BufReader<TcpStream>,
}

impl Client {
    fn connect(server: &Nats, options: &str) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(3)))
            .unwrap();
        let mut client = Self {
            lines: BufReader::new(stream.try_clone().unwrap()),
            stream,
        };
        assert!(client.line().starts_with("INFO "));
        client.say(&format!(
            "CONNECT {{\"verbose\":false,\"headers\":true,{options}}}\r\nPING"
        ));
        client
    }

    fn as_user(server: &Nats, user: &str) -> Self {
        let url = server.url_of(user).unwrap();
        let password = url.split([':', '@']).nth(2).unwrap();
        Self::connect(
            server,
            &format!("\"user\":\"{user}\",\"pass\":\"{password}\""),
        )
    }

    fn say(&mut self, text: &str) {
        self.stream
            .write_all(format!("{text}\r\n").as_bytes())
            .unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap_or_default();
        line.trim_end().to_owned()
    }

    /// Asks the JetStream API and returns its answer.
    fn request(&mut self, subject: &str, body: &str) -> String {
        self.say(&format!(
            "SUB _INBOX.a 1\r\nPUB {subject} _INBOX.a {}\r\n{body}",
            body.len()
        ));
        loop {
            let line = self.line();
            assert!(!line.is_empty(), "no answer on {subject}");
            if line.starts_with("MSG _INBOX.a") {
                self.say("UNSUB 1");
                return self.line();
            }
            assert!(!line.starts_with("-ERR"), "{line}");
        }
    }
}

const ADD_STREAM: &str = r#"{"name":"kept","subjects":["a.>"],"storage":"file","num_replicas":1}"#;

#[test]
fn jetstream_serves_and_a_killed_server_keeps_its_streams() {
    let scratch = scratch("nats-kill9");
    let mut server = start(NatsOptions {
        monitor: true,
        ..options(&scratch)
    });
    let mut client = Client::connect(&server, "\"user\":\"\"");
    let answer = client.request("$JS.API.STREAM.CREATE.kept", ADD_STREAM);
    assert!(answer.contains("\"did_create\":true"), "{answer}");
    assert!(client.request("a.b", "hello").contains("\"seq\":1"));
    let (pid, port, monitor) = (server.pid(), server.port(), server.monitor_port());
    server.kill9().unwrap();
    wait_gone(pid);
    server.restart().unwrap();
    assert_eq!((server.port(), server.monitor_port()), (port, monitor));
    let mut client = Client::connect(&server, "\"user\":\"\"");
    let answer = client.request("$JS.API.STREAM.INFO.kept", "");
    assert!(answer.contains("\"messages\":1"), "{answer}");
    server.stop().unwrap();
    assert!(!server.is_running());
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
}

#[test]
fn a_user_says_only_what_it_may() {
    let scratch = scratch("nats-users");
    let mut identity = NatsUser::with_all("identity", "secret-1");
    identity.publish = vec!["xuanhao.identity.>".to_owned()];
    identity.subscribe = vec!["_INBOX.>".to_owned()];
    let access = NatsAccess::Users(vec![identity, NatsUser::with_all("all", "secret-2")]);
    let server = start(NatsOptions {
        access,
        ..options(&scratch)
    });

    let mut all = Client::as_user(&server, "all");
    assert_eq!(all.line(), "PONG");
    all.say("SUB xuanhao.> 1\r\nPING");
    assert_eq!(all.line(), "PONG");

    let mut identity = Client::as_user(&server, "identity");
    assert_eq!(identity.line(), "PONG");
    identity.say("PUB xuanhao.vehicle.x 2\r\nno\r\nPUB xuanhao.identity.x 3\r\nyes\r\nPING");
    let refusal = identity.line();
    assert!(
        refusal.contains("Permissions Violation for Publish"),
        "{refusal}"
    );
    assert_eq!(all.line(), "MSG xuanhao.identity.x 1 3");
    identity.say("SUB xuanhao.> 2");
    assert_eq!(identity.line(), "PONG");
    assert!(
        identity
            .line()
            .contains("Permissions Violation for Subscription")
    );

    let mut stranger = Client::connect(&server, "\"user\":\"all\",\"pass\":\"guess\"");
    assert!(stranger.line().contains("Authorization Violation"));
}

#[test]
fn accounts_have_streams_of_their_own() {
    let scratch = scratch("nats-accounts");
    let access = NatsAccess::numbered_accounts(2, "secret");
    let server = start(NatsOptions {
        access,
        ..options(&scratch)
    });
    for user in ["t0", "t1"] {
        let mut client = Client::as_user(&server, user);
        let answer = client.request("$JS.API.STREAM.CREATE.kept", ADD_STREAM);
        assert!(answer.contains("\"did_create\":true"), "{user}: {answer}");
    }
    assert!(server.url_of("t2").is_none());
}

#[test]
fn a_frozen_server_answers_nobody_until_it_goes_on() {
    let scratch = scratch("nats-freeze");
    let mut server = start(options(&scratch));
    let mut client = Client::connect(&server, "\"user\":\"\"");
    assert_eq!(client.line(), "PONG");
    server.sigstop().unwrap();
    client
        .stream
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    client.say("PING");
    assert_eq!(client.line(), "");
    server.sigcont();
    client
        .stream
        .set_read_timeout(Some(Duration::from_secs(3)))
        .unwrap();
    assert_eq!(client.line(), "PONG");
}

#[test]
fn a_taken_port_or_folder_is_refused_and_two_stand_side_by_side() {
    let (first, second) = (scratch("nats-a"), scratch("nats-b"));
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = Some(taken.local_addr().unwrap().port());
    let tools = toolbox().nats().unwrap();
    let error = Nats::start(
        &tools,
        NatsOptions {
            port,
            ..options(&first)
        },
    )
    .unwrap_err();
    assert!(
        error.to_string().contains("address already in use"),
        "{error}"
    );
    let _standard = TcpListener::bind((Ipv4Addr::LOCALHOST, 4222));
    let running = start(options(&first));
    let beside = start(options(&second));
    assert_ne!(running.port(), beside.port());
    let again = Nats::start(&tools, options(&first));
    assert!(matches!(again, Err(Error::InUse { .. })), "{again:?}");
}
