//! The listener: HTTPS connections, kept while they are used, and ended one way or the other.
//!
//! The protocol is chosen by ALPN (HTTP/2, else HTTP/1.1), so that a client that says nothing after
//! its handshake is timed out like any other. A stop accepts nobody, lets requests in progress end
//! within a limit, and drops what is left.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tracing::{debug, warn};
use xuanhao_chassis::tls::Served;

use super::activity::Activity;
use super::address::Peer;
use crate::config::HttpConfig;

/// Offered by ALPN, the best first.
pub(super) const PROTOCOLS: &[&str] = &[HTTP2, "http/1.1"];
const HTTP2: &str = "h2";

/// How long to wait when the process can accept no connection, say for want of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Heads larger than this are refused (cookies and a few headers).
const LARGEST_HEAD: u32 = 32 * 1024;

/// Whether a client that sends nothing on HTTP/2 is still there.
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_WITHIN: Duration = Duration::from_secs(10);

/// A listener that has its address.
#[derive(Debug)]
pub(super) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    connections: Connections,
}

impl Server {
    /// Takes the address.
    pub(super) async fn bind(
        config: &HttpConfig,
        served: Served,
        router: Router,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(config.listen).await?;
        let address = listener.local_addr()?;
        let connections = Connections {
            router,
            served,
            config: Arc::new(config.clone()),
            tasks: TaskTracker::new(),
            kill: CancellationToken::new(),
        };
        Ok(Self {
            listener,
            address,
            connections,
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop`, then lets requests in progress end within `limit`.
    pub(super) async fn serve(self, stop: CancellationToken, limit: Duration) {
        let Self {
            listener,
            connections,
            ..
        } = self;
        // Whatever ends this future also ends what it started.
        let _guard = connections.kill.clone().drop_guard();
        let places = Arc::new(Semaphore::new(connections.config.max_connections));
        stop.run_until_cancelled(connections.accept(&listener, &places, &stop))
            .await;
        drop(listener);
        connections.tasks.close();
        if timeout(limit, connections.tasks.wait()).await.is_err() {
            warn!("some requests were cut off");
        }
    }
}

/// What a connection holds on to.
#[derive(Clone, Debug)]
struct Connections {
    router: Router,
    served: Served,
    config: Arc<HttpConfig>,
    tasks: TaskTracker,
    /// Ends everything at once, handlers included.
    kill: CancellationToken,
}

impl Connections {
    async fn accept(
        &self,
        listener: &TcpListener,
        places: &Arc<Semaphore>,
        stop: &CancellationToken,
    ) {
        loop {
            let place = places.clone().acquire_owned().await.expect("never closed");
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    debug!(%error, "cannot accept");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let (connections, stop) = (self.clone(), stop.clone());
            self.spawn(async move {
                connections.connection(stream, peer, stop).await;
                drop(place);
            });
        }
    }

    async fn connection(self, stream: TcpStream, peer: SocketAddr, stop: CancellationToken) {
        let _ = stream.set_nodelay(true);
        // Nothing is in progress before the handshake, so a stop ends it at once.
        let Some(Some(stream)) = stop.run_until_cancelled(self.handshake(stream)).await else {
            return;
        };
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(HTTP2.as_bytes());
        let activity = Activity::new();
        let service = {
            let (router, activity) = (self.router.clone(), activity.clone());
            service_fn(move |request: hyper::Request<Incoming>| {
                let (router, busy) = (router.clone(), activity.begin());
                async move {
                    let mut request = request.map(Body::new);
                    request.extensions_mut().insert(Peer(peer));
                    let answered = router.oneshot(request).await;
                    answered.map(|response| response.map(|body| busy.until_the_end_of(body)))
                }
            })
        };
        let io = TokioIo::new(stream);
        // The two builders' connections are two types with the same three methods.
        macro_rules! see_to_its_end {
            ($connection:expr) => {{
                let mut connection = std::pin::pin!($connection);
                let over = tokio::select! {
                    _ = connection.as_mut() => true,
                    () = self.time_to_go(&activity, &stop) => false,
                };
                if !over {
                    connection.as_mut().graceful_shutdown();
                    // Requests have their own limit; what stays silent longer is dropped.
                    let grace = self.config.request_timeout() + PING_WITHIN;
                    tokio::select! {
                        _ = timeout(grace, connection) => {}
                        () = activity.quiet() => {}
                    }
                }
            }};
        }
        if is_http2 {
            see_to_its_end!(self.http2().serve_connection(io, service));
        } else {
            see_to_its_end!(self.http1().serve_connection(io, service));
        }
    }

    /// A stop, old age, or nothing asked for.
    async fn time_to_go(&self, activity: &Activity, stop: &CancellationToken) {
        let age = Duration::from_secs(self.config.max_connection_age_s);
        let idle = Duration::from_secs(self.config.idle_timeout_s);
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(age) => {}
            () = activity.idle_for(idle) => {}
        }
    }

    async fn handshake(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(self.served.server_config());
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

    fn http1(&self) -> http1::Builder {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_millis(self.config.header_timeout_ms))
            .max_buf_size(LARGEST_HEAD as usize);
        builder
    }

    fn http2(&self) -> http2::Builder<Self> {
        let mut builder = http2::Builder::new(self.clone());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(self.config.max_streams_per_connection)
            .max_header_list_size(LARGEST_HEAD)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_WITHIN);
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

/// hyper runs each HTTP/2 request as a task, which ends with the server as well.
impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Connections {
    fn execute(&self, work: F) {
        self.spawn(work);
    }
}
