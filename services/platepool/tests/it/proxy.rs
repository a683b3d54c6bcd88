//! A wire between the pool and Postgres that can lose answers.

use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What happens to the answers of connections that are open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answers {
    Arrive,
    GetLost,
}

/// Ends with the value.
pub(crate) struct Proxy {
    address: SocketAddr,
    options: PgConnectOptions,
    answers: watch::Sender<Answers>,
    /// Connections of an earlier number are cut.
    generation: watch::Sender<u64>,
}

impl Proxy {
    pub(crate) async fn start(url: &str) -> Self {
        let options = PgConnectOptions::from_str(url).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = (options.get_host().to_owned(), options.get_port());
        let (answers, generation) = (watch::Sender::new(Answers::Arrive), watch::Sender::new(0));
        let (lost, mut alive) = (answers.subscribe(), generation.subscribe());
        tokio::spawn(async move {
            loop {
                let (client, _) = tokio::select! {
                    accepted = listener.accept() => accepted.unwrap(),
                    cut = alive.changed() => match cut {
                        Ok(()) => continue,
                        Err(_) => break,
                    },
                };
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(relay(client, server, lost.clone(), alive.clone()));
            }
        });
        Self {
            address,
            options,
            answers,
            generation,
        }
    }

    /// A pool whose connections go through the proxy.
    pub(crate) async fn pool(&self) -> PgPool {
        let options = self
            .options
            .clone()
            .host("127.0.0.1")
            .port(self.address.port());
        let pool = PgPoolOptions::new().max_connections(4);
        pool.connect_with(options).await.unwrap()
    }

    /// From now on the server hears everything and is never heard.
    pub(crate) fn lose_answers(&self) {
        self.answers.send_replace(Answers::GetLost);
    }

    /// Cuts every connection; new ones work.
    pub(crate) fn cut(&self) {
        self.answers.send_replace(Answers::Arrive);
        self.generation.send_modify(|generation| *generation += 1);
    }
}

async fn relay(
    client: TcpStream,
    server: TcpStream,
    answers: watch::Receiver<Answers>,
    mut alive: watch::Receiver<u64>,
) {
    alive.mark_unchanged();
    let (mut asked, to_client) = client.into_split();
    let (answered, mut to_server) = server.into_split();
    // Whoever ends first ends the connection.
    tokio::select! {
        _ = copy(&mut asked, &mut to_server) => {}
        () = tell(answered, to_client, answers) => {}
        _ = alive.changed() => {}
    }
}

async fn tell(
    mut answered: OwnedReadHalf,
    mut to_client: OwnedWriteHalf,
    answers: watch::Receiver<Answers>,
) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(read @ 1..) = answered.read(&mut bytes).await {
        if *answers.borrow() == Answers::Arrive
            && to_client.write_all(&bytes[..read]).await.is_err()
        {
            break;
        }
    }
}
