//! Connections: accepted, proven by certificate, kept for minutes, and ended one way or the other.
//!
//! This loop is our own because the certificates change under it and because draining must end: a
//! peer that stays silent after connecting must not hold up a stop.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::debug;

use super::gate::Gate;
use super::server::{Drained, ServerConfig};
use crate::tls::{self, Identity};

/// How long to wait when the process can accept no connection, say for want of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a peer told to go still may send, it sends within this.
const LINGER: Duration = Duration::from_millis(500);

/// What a connection task holds on to.
#[derive(Clone)]
pub(super) struct Connections {
    gate: Arc<Gate>,
    identity: Identity,
    config: Arc<ServerConfig>,
    tasks: TaskTracker,
    /// Ends everything at once, handlers included.
    kill: CancellationToken,
}

impl Connections {
    pub(super) fn new(gate: Arc<Gate>, identity: Identity, config: ServerConfig) -> Self {
        let (tasks, kill) = (TaskTracker::new(), CancellationToken::new());
        Self {
            gate,
            identity,
            config: Arc::new(config),
            tasks,
            kill,
        }
    }

    pub(super) async fn serve(
        self,
        listener: TcpListener,
        stop: CancellationToken,
        limit: Duration,
    ) -> Drained {
        // Whatever ends this future also ends what it started.
        let _guard = self.kill.clone().drop_guard();
        let places = Arc::new(Semaphore::new(self.config.max_connections));
        stop.run_until_cancelled(self.accept(&listener, &places, &stop))
            .await;
        drop(listener);
        self.tasks.close();
        match timeout(limit, self.tasks.wait()).await {
            Ok(()) => Drained::Completely,
            Err(_) => Drained::ByLimit,
        }
    }

    async fn accept(
        &self,
        listener: &TcpListener,
        places: &Arc<Semaphore>,
        stop: &CancellationToken,
    ) {
        loop {
            let place = places.clone().acquire_owned().await.expect("never closed");
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    debug!(%error, "cannot accept");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let (connections, stop) = (self.clone(), stop.clone());
            self.spawn(async move {
                connections.connection(stream, stop).await;
                drop(place);
            });
        }
    }

    async fn connection(self, stream: TcpStream, stop: CancellationToken) {
        let _ = stream.set_nodelay(true);
        // Nothing is in progress before the handshake, so a stop ends it at once.
        let Some(Some(stream)) = stop.run_until_cancelled(self.handshake(stream)).await else {
            return;
        };
        let (_, session) = stream.get_ref();
        let peer = session
            .peer_certificates()
            .and_then(<[_]>::first)
            .and_then(tls::service_of);

        let gate = self.gate.clone();
        let service = service_fn(move |request| {
            let (gate, peer) = (gate.clone(), peer.clone());
            // On its way to its task it is moved several times, and it is large.
            Box::pin(
                async move { Ok::<_, Infallible>(gate.answer(peer.as_deref(), request).await) },
            )
        });
        let calls = Calls {
            connections: self.clone(),
            tasks: TaskTracker::new(),
        };
        let connection = self
            .http(&calls)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let age = Duration::from_secs(self.config.max_connection_age_s);
        let ended = tokio::select! {
            result = after_calls(connection.as_mut()) => Some(result),
            () = sleep(age) => None,
            () = stop.cancelled() => None,
        };
        if ended.is_none() {
            connection.as_mut().graceful_shutdown();
            let grace = Duration::from_secs(self.config.max_connection_grace_s);
            tokio::select! {
                _ = timeout(grace, connection) => {}
                // A peer that never completed its preface cannot be told to go.
                () = calls.quiet() => {}
            }
        }
    }

    async fn handshake(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(self.identity.server_config());
        let limit = Duration::from_millis(self.config.handshake_timeout_ms);
        match timeout(limit, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => Some(stream),
            Ok(Err(error)) => {
                debug!(%error, "handshake refused");
                None
            }
            Err(_) => None,
        }
    }

    fn http(&self, calls: &Calls) -> http2::Builder<Calls> {
        let mut builder = http2::Builder::new(calls.clone());
        builder
            .timer(TokioTimer::new())
            .initial_stream_window_size(super::STREAM_WINDOW)
            .initial_connection_window_size(super::CONNECTION_WINDOW)
            .max_concurrent_streams(self.config.max_streams_per_connection)
            .max_header_list_size(16 * 1024)
            .keep_alive_interval(Duration::from_millis(self.config.keepalive_interval_ms))
            .keep_alive_timeout(Duration::from_millis(self.config.keepalive_timeout_ms));
        builder
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "tracked here, and ended with the server"
    )]
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let kill = self.kill.clone();
        let work = async move {
            kill.run_until_cancelled(work).await;
        };
        tokio::spawn(self.tasks.track_future(work));
    }
}

/// Polls the connection only after all else that is ready: its calls answer one after the other, and what
/// they have to say by then goes out in one write instead of one each.
async fn after_calls<F: Future>(mut connection: Pin<&mut F>) -> F::Output {
    let mut has_waited = false;
    poll_fn(move |context| {
        if !has_waited {
            has_waited = true;
            // The runtime puts a task that wakes itself at the end of its queue.
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        has_waited = false;
        connection.as_mut().poll(context)
    })
    .await
}

/// The calls of one connection: hyper runs each as a task, which ends with the server as well.
#[derive(Clone)]
struct Calls {
    connections: Connections,
    tasks: TaskTracker,
}

impl Calls {
    /// Waits until no call has been in progress for a moment.
    async fn quiet(&self) {
        loop {
            sleep(LINGER).await;
            if self.tasks.is_empty() {
                return;
            }
        }
    }
}

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Calls {
    fn execute(&self, work: F) {
        self.connections.spawn(self.tasks.track_future(work));
    }
}
