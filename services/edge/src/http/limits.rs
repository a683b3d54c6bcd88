//! How much one client, and all of them together, may ask for at a time.

use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;

use super::address::Network;
use super::room::{Place, Room};
use crate::config::{HttpConfig, Rate};

/// A shed client may come again after this; clients spread it.
const SHED_RETRY_AFTER: Duration = Duration::from_secs(1);

/// How often clients that have been quiet long enough are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(10);

const MINUTE: Duration = Duration::from_secs(60);

/// Requests with a smaller rate of their own, beside that of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Few {
    /// They cost us and strangers may make them.
    Costly,
    /// They move documents.
    Documents,
    /// They ask the registry who owns what.
    Bindings,
}

/// The limits of this replica.
#[derive(Debug)]
pub(super) struct Limits {
    room: Arc<Room>,
    /// Of documents, which are held in memory whole.
    document_places: Arc<Semaphore>,
    all: PerClient,
    costly: PerClient,
    documents: PerClient,
    bindings: PerClient,
}

/// One rate for each client.
#[derive(Debug)]
pub(super) struct PerClient {
    limiter: DefaultKeyedRateLimiter<Network>,
    clock: DefaultClock,
}

impl Limits {
    pub(super) fn new(config: &HttpConfig) -> Self {
        Self {
            room: Arc::new(Room::new(config.max_requests, config.max_waiting)),
            document_places: Arc::new(Semaphore::new(config.max_documents)),
            all: PerClient::new(config.rate),
            costly: PerClient::new(config.costly_rate),
            documents: PerClient::new(config.document_rate),
            bindings: PerClient::new(config.binding_rate),
        }
    }

    /// A place among the requests in progress, in turn.
    pub(super) async fn place(&self) -> Result<Place, Refusal> {
        self.room.enter().await
    }

    /// A place among those that need one of their own.
    pub(super) fn place_of(&self, few: Few) -> Result<Option<OwnedSemaphorePermit>, Refusal> {
        match few {
            Few::Documents => place_among(&self.document_places).map(Some),
            Few::Costly | Few::Bindings => Ok(None),
        }
    }

    /// Counts any request.
    pub(super) fn count(&self, network: Network) -> Result<(), Refusal> {
        self.all.count(network)
    }

    /// Counts a request that has a smaller rate.
    pub(super) fn count_few(&self, few: Few, network: Network) -> Result<(), Refusal> {
        let per_client = match few {
            Few::Costly => &self.costly,
            Few::Documents => &self.documents,
            Few::Bindings => &self.bindings,
        };
        per_client.count(network)
    }

    /// Forgets clients whose rate is whole again, until `stop`.
    pub(super) async fn keep_small(&self, stop: CancellationToken) {
        let pause = || stop.run_until_cancelled(tokio::time::sleep(FORGET_EVERY));
        while pause().await.is_some() {
            for per_client in [&self.all, &self.costly, &self.documents, &self.bindings] {
                per_client.limiter.retain_recent();
                per_client.limiter.shrink_to_fit();
            }
        }
    }
}

fn place_among(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Refusal> {
    let place = places.clone().try_acquire_owned();
    place.map_err(|_| Refusal::new(Reason::Overloaded).retry_after(SHED_RETRY_AFTER))
}

impl PerClient {
    fn new(rate: Rate) -> Self {
        let quota = Quota::with_period(MINUTE / rate.per_minute.get());
        let quota = quota.expect("a minute holds fewer requests than nanoseconds");
        Self {
            limiter: RateLimiter::keyed(quota.allow_burst(rate.burst)),
            clock: DefaultClock::default(),
        }
    }

    fn count(&self, network: Network) -> Result<(), Refusal> {
        let Err(early) = self.limiter.check_key(&network) else {
            return Ok(());
        };
        let wait = early.wait_time_from(self.clock.now());
        Err(Refusal::new(Reason::RateLimited)
            .param("retry_after", wait)
            .retry_after(wait))
    }
}
