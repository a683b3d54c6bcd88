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
use crate::config::{HttpConfig, Rate};

/// A shed client may come again after this; clients spread it.
const SHED_RETRY_AFTER: Duration = Duration::from_secs(1);

/// How often clients that have been quiet long enough are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(10);

const MINUTE: Duration = Duration::from_secs(60);

/// The limits of this replica.
#[derive(Debug)]
pub(super) struct Limits {
    places: Arc<Semaphore>,
    all: PerClient,
    costly: PerClient,
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
            places: Arc::new(Semaphore::new(config.max_requests)),
            all: PerClient::new(config.rate),
            costly: PerClient::new(config.costly_rate),
        }
    }

    /// A place among the requests in progress.
    pub(super) fn place(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let place = self.places.clone().try_acquire_owned();
        place.map_err(|_| Refusal::new(Reason::Overloaded).retry_after(SHED_RETRY_AFTER))
    }

    /// Counts any request.
    pub(super) fn count(&self, network: Network) -> Result<(), Refusal> {
        self.all.count(network)
    }

    /// Counts a request that costs us and that strangers may make.
    pub(super) fn count_costly(&self, network: Network) -> Result<(), Refusal> {
        self.costly.count(network)
    }

    /// Forgets clients whose rate is whole again, until `stop`.
    pub(super) async fn keep_small(&self, stop: CancellationToken) {
        let pause = || stop.run_until_cancelled(tokio::time::sleep(FORGET_EVERY));
        while pause().await.is_some() {
            for per_client in [&self.all, &self.costly] {
                per_client.limiter.retain_recent();
                per_client.limiter.shrink_to_fit();
            }
        }
    }
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
