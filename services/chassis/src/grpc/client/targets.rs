//! The addresses of one peer: calls go round them in turn.
//!
//! An address that cannot be connected to is passed over for a while, and the call goes on to the
//! next one: nothing has been sent yet, so even what must not be sent twice may go on. One that kept a
//! call waiting until it was given up is passed over too, if there are others.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use tokio::net::lookup_host;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tower::ServiceExt;

use super::BadEndpoint;
use crate::grpc::connector::Connector;
use crate::grpc::{CONNECTION_WINDOW, STREAM_WINDOW};
use crate::random::SecureRandom;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// How often names are looked up again.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long an address that could not be connected to is passed over.
const AWAY_FOR: Duration = Duration::from_secs(1);
/// A call given up earlier says nothing about the address.
const SILENT_AFTER: Duration = Duration::from_secs(1);

/// No address of the peer could be connected to: nothing was sent.
#[derive(Debug, thiserror::Error)]
#[error("the peer cannot be reached")]
pub(in crate::grpc) struct NotSent(#[source] Cause);

/// One `https://host:port`.
#[derive(Debug, Clone)]
struct Name {
    host: String,
    port: u16,
    origin: Uri,
}

impl Name {
    fn parse(endpoint: &str) -> Result<Self, BadEndpoint> {
        let bad = || BadEndpoint(endpoint.to_owned());
        let origin: Uri = endpoint.parse().map_err(|_| bad())?;
        let plain = origin.scheme_str() == Some("https")
            && origin.path() == "/"
            && origin.query().is_none();
        let authority = origin.authority().filter(|_| plain).ok_or_else(bad)?;
        let host = authority.host();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Ok(Self {
            host: host.to_owned(),
            port: authority.port_u16().ok_or_else(bad)?,
            origin,
        })
    }

    fn literal(&self) -> Option<SocketAddr> {
        let address: IpAddr = self.host.parse().ok()?;
        Some(SocketAddr::new(address, self.port))
    }

    async fn addresses(&self) -> std::io::Result<Vec<SocketAddr>> {
        match self.literal() {
            Some(address) => Ok(vec![address]),
            None => Ok(lookup_host((&*self.host, self.port)).await?.collect()),
        }
    }
}

/// One address.
#[derive(Debug)]
struct Target {
    address: SocketAddr,
    channel: Channel,
    away_until: Mutex<Option<Instant>>,
}

impl Target {
    fn is_away(&self) -> bool {
        let until = self.away_until.lock();
        until
            .unwrap_or_else(PoisonError::into_inner)
            .is_some_and(|until| Instant::now() < until)
    }

    fn pass_over(&self, until: Option<Instant>) {
        *self
            .away_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = until;
    }

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, Cause> {
        let waiting = Waiting {
            target: self,
            since: Instant::now(),
            answered: false,
        };
        let outcome = self.channel.clone().oneshot(request).await;
        waiting.answered();
        match outcome {
            Ok(response) => {
                self.pass_over(None);
                Ok(response)
            }
            Err(error) => {
                let error: Cause = error.into();
                if is_of_connecting(error.as_ref()) {
                    self.pass_over(Some(Instant::now() + AWAY_FOR));
                    return Err(NotSent(error).into());
                }
                Err(error)
            }
        }
    }
}

/// A call on its way. One that is dropped late was given up for want of an answer.
struct Waiting<'a> {
    target: &'a Target,
    since: Instant,
    answered: bool,
}

impl Waiting<'_> {
    fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.answered && self.since.elapsed() >= SILENT_AFTER {
            self.target.pass_over(Some(Instant::now() + AWAY_FOR));
        }
    }
}

fn is_of_connecting(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut below = Some(error);
    while let Some(error) = below {
        if error.is::<tonic::ConnectError>() {
            return true;
        }
        below = error.source();
    }
    false
}

/// All addresses of a peer.
#[derive(Debug)]
pub(super) struct Targets {
    names: Vec<Name>,
    connector: Connector,
    connect_timeout: Duration,
    known: RwLock<Arc<[Arc<Target>]>>,
    /// Held by whoever looks names up; when that was last done.
    looked: tokio::sync::Mutex<Option<Instant>>,
    next: AtomicUsize,
}

impl Targets {
    pub(super) fn new(
        endpoints: &[&str],
        connector: Connector,
        connect_timeout: Duration,
        random: &SecureRandom,
    ) -> Result<Self, BadEndpoint> {
        let names: Result<Vec<_>, _> = endpoints.iter().map(|one| Name::parse(one)).collect();
        let names = names?;
        if names.is_empty() {
            return Err(BadEndpoint(String::new()));
        }
        // Clients that start together do not go round together.
        let first = usize::try_from(random.below(1 << 16)).unwrap_or_default();
        Ok(Self {
            names,
            connector,
            connect_timeout,
            known: RwLock::new(Arc::default()),
            looked: tokio::sync::Mutex::new(None),
            next: AtomicUsize::new(first),
        })
    }

    /// Sends to one of them. What may not be kept whole, an endless stream, goes to one only.
    pub(super) async fn send(
        &self,
        request: Request<Body>,
        whole: bool,
    ) -> Result<Response<Body>, Cause> {
        let all = self
            .current()
            .await
            .map_err(|error| NotSent(error.into()))?;
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let turn = |index: usize| &all[first.wrapping_add(index) % all.len()];
        let mut order: Vec<&Arc<Target>> = (0..all.len()).map(turn).collect();
        // Those that are away come last: if all are, one of them may be back.
        order.sort_by_key(|target| target.is_away());
        let (last, others) = match order.split_first() {
            Some((only, [])) => (*only, &[][..]),
            Some((first, _)) if !whole => (*first, &[][..]),
            _ => {
                let (last, others) = order.split_last().expect("there is an address");
                (*last, others)
            }
        };
        if others.is_empty() {
            return last.send(request).await;
        }
        let (head, body) = request.into_parts();
        let body: Bytes = body.collect().await?.to_bytes();
        let again = || Request::from_parts(head.clone(), Body::new(Full::new(body.clone())));
        for target in others {
            match target.send(again()).await {
                Err(error) if error.is::<NotSent>() => {}
                outcome => return outcome,
            }
        }
        last.send(again()).await
    }

    /// The addresses, looked up again from time to time.
    async fn current(&self) -> std::io::Result<Arc<[Arc<Target>]>> {
        let known = self.known();
        let is_fixed = self.names.iter().all(|name| name.literal().is_some());
        if !known.is_empty() && is_fixed {
            return Ok(known);
        }
        let mut looked = if known.is_empty() {
            self.looked.lock().await
        } else {
            match self.looked.try_lock() {
                Ok(looked) => looked,
                // Somebody looks.
                Err(_) => return Ok(known),
            }
        };
        let known = self.known();
        if !known.is_empty() && looked.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
            return Ok(known);
        }
        let found = self.look(&known).await;
        *looked = Some(Instant::now());
        match found {
            Ok(found) => {
                let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                *known = Arc::clone(&found);
                Ok(found)
            }
            Err(error) if known.is_empty() => Err(error),
            Err(_) => Ok(known),
        }
    }

    fn known(&self) -> Arc<[Arc<Target>]> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&known)
    }

    async fn look(&self, known: &[Arc<Target>]) -> std::io::Result<Arc<[Arc<Target>]>> {
        let mut found: Vec<Arc<Target>> = Vec::new();
        let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
        for name in &self.names {
            match name.addresses().await {
                Err(error) => last = error,
                Ok(addresses) => {
                    for address in addresses {
                        let is_new = !found.iter().any(|target| target.address == address);
                        if is_new {
                            let kept = known.iter().find(|target| target.address == address);
                            found.push(
                                kept.map_or_else(
                                    || Arc::new(self.target(name, address)),
                                    Arc::clone,
                                ),
                            );
                        }
                    }
                }
            }
        }
        if found.is_empty() {
            Err(last)
        } else {
            Ok(found.into())
        }
    }

    fn target(&self, name: &Name, address: SocketAddr) -> Target {
        // The connector does the TLS, so the channel itself is told of none.
        let endpoint = Endpoint::from_shared(format!("http://{address}"))
            .expect("an address and a port make an authority");
        let channel = endpoint
            .origin(name.origin.clone())
            .connect_timeout(self.connect_timeout)
            .http2_keep_alive_interval(Duration::from_secs(10))
            .keep_alive_timeout(Duration::from_secs(10))
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .connect_with_connector_lazy(self.connector.clone());
        Target {
            address,
            channel,
            away_until: Mutex::new(None),
        }
    }
}
