//! A wire between one replica and Postgres that can be cut, and can hold batches up.

mod wire;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use wire::{Frontend, SYNC};

/// How long the server is still listened to after its client was cut off.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// What happens to a batch that the replica has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batches {
    /// It goes on.
    Pass,
    /// It goes on, its answer is swallowed, and the connection is closed.
    Cut,
    /// It waits so long, and then goes on, whoever still waits for it.
    LateStatement(Duration),
    /// The same for its end alone: the statement has passed the fence, and is not committed.
    LateCommit(Duration),
}

/// A wire of one replica. It ends with the value.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    control: Arc<Control>,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Control {
    batches: Mutex<Batches>,
    /// Batches that were cut off or came late.
    played: AtomicU64,
    /// Connections of an earlier number are cut.
    generation: watch::Sender<u64>,
}

impl Proxy {
    /// Listens on a free port of its own.
    ///
    /// # Errors
    /// When none is free.
    pub async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let control = Arc::new(Control {
            batches: Mutex::new(Batches::Pass),
            played: AtomicU64::new(0),
            generation: watch::Sender::new(0),
        });
        let mut tasks = JoinSet::new();
        let shared = Arc::clone(&control);
        tasks.spawn(async move {
            let mut wires = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => if let Ok((client, _)) = accepted {
                        let control = Arc::clone(&shared);
                        wires.spawn(async move {
                            // A wire that breaks is what a wire does.
                            let _ = wire(client, server, &control).await;
                        });
                    },
                    Some(_) = wires.join_next() => {}
                }
            }
        });
        Ok(Self {
            address,
            control,
            _tasks: tasks,
        })
    }

    /// Where the replica finds its database.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// From now on, until told otherwise.
    pub fn batches(&self, do_with: Batches) {
        *self
            .control
            .batches
            .lock()
            .expect("nobody panics holding it") = do_with;
    }

    /// How many batches were cut off or came late so far.
    #[must_use]
    pub fn played(&self) -> u64 {
        self.control.played.load(Ordering::Relaxed)
    }

    /// Cuts every connection; new ones work.
    pub fn cut(&self) {
        self.control
            .generation
            .send_modify(|generation| *generation += 1);
    }
}

async fn wire(client: TcpStream, server: SocketAddr, control: &Control) -> io::Result<()> {
    let mut alive = control.generation.subscribe();
    alive.mark_unchanged();
    let server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut asked, mut to_client) = client.into_split();
    let (mut answers, mut to_server) = server.into_split();
    let mut frontend = Frontend::default();
    // A message is read whole or not at all, so waiting for the next one may be given up at any time.
    let ask = async {
        while let Some(message) = frontend.next(&mut asked).await? {
            let do_with = match message.is_batch {
                true => *control.batches.lock().expect("nobody panics holding it"),
                false => Batches::Pass,
            };
            if do_with != Batches::Pass {
                control.played.fetch_add(1, Ordering::Relaxed);
            }
            let (statement, sync) = message
                .bytes
                .split_at(message.bytes.len() - usize::from(message.is_batch) * SYNC);
            if let Batches::LateStatement(by) = do_with {
                sleep(by).await;
            }
            to_server.write_all(statement).await?;
            if let Batches::LateCommit(by) = do_with {
                sleep(by).await;
            }
            to_server.write_all(sync).await?;
            if do_with == Batches::Cut {
                return Ok(true);
            }
        }
        Ok::<_, io::Error>(false)
    };
    let is_cut = tokio::select! {
        // First: what was sent must not be answered any more.
        biased;
        cut = ask => cut?,
        _ = copy(&mut answers, &mut to_client) => false,
        _ = alive.changed() => false,
    };
    if is_cut {
        drop((asked, to_client));
        last_words(&mut answers).await;
    }
    Ok(())
}

/// The server says what it has to say: closing at once could keep it from committing.
async fn last_words(answers: &mut OwnedReadHalf) {
    let mut bytes = [0; 4096];
    let talk = async {
        // Until it is ready for the next statement, which ends every answer.
        while let Ok(read @ 1..) = answers.read(&mut bytes).await {
            if bytes[..read].ends_with(b"I") {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(LAST_WORDS, talk).await;
}
