//! What the pool does: use cases over engine, store and day keys. The only place that opens
//! transactions; the engines' statements are the exception, one a batch.

mod activation;
mod asking;
mod batches;
mod closing;
mod commit;
mod days;
pub(crate) mod derived;
mod directory;
mod draw_log;
mod figures;
mod handover;
mod history;
mod holdings;
mod imports;
mod metrics;
mod office;
mod offices;
mod openings;
mod operations;
pub(crate) mod passing;
mod peers;
mod pool_rules;
mod presence;
mod publication;
mod rebuild;
mod release;
mod replaying;
mod replicas;
mod returning;
mod withdrawing;
mod withholdings;
mod writers;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Semaphore;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::Db;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::{Ids, StaffId};
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::sealed::KeyRing;
use xuanhao_vocabulary::{Office, OfficeId};

use crate::config::{Config, DayKeysConfig, PublicationConfig, ReturnsConfig, UnknownPlace};
use crate::domain::limits::Limits;
use crate::error::Error;
use crate::store::audit;
use offices::Offices;
use presence::Presence;

pub use activation::Warning;
pub use batches::{AddBatch, BatchView, SegmentLife, SegmentView};
pub use draw_log::PublicRow;
pub use figures::OfficeFigures;
pub use history::DayView;
pub use holdings::AllocationView;
pub use imports::Chunk;
pub use metrics::ClassFigures;
pub use operations::{Became, Dropped, Outcome};
pub use peers::Peers;
pub use pool_rules::{ApplyRules, OfficeDifference, RulesView};
pub use publication::{DrawDayView, OpeningView, PoolView, WithholdingView};
pub use release::ReleaseBatch;
pub use replaying::{Contradiction, Replayed, Replaying, Step};
pub use returning::SendBack;
pub use withholdings::WithholdNumbers;
pub use writers::{ReplicaView, WriterView};

/// A rebuild reads over at most seven connections; half of all stay for those who write.
const CONNECTIONS_A_REBUILD: u32 = 14;

/// What the use cases stand on.
#[derive(Debug)]
pub struct Parts {
    /// The pool's own database.
    pub db: Db,
    /// The service's clock.
    pub clock: Clock,
    /// Randomness of keys and delays.
    pub random: SecureRandom,
    /// Seals the keys of days.
    pub kek: KeyRing,
    /// The way to the other replicas.
    pub peers: Peers,
}

/// What writers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) kek: KeyRing,
    pub(crate) limits: Limits,
    /// This process among the owners of offices.
    pub(crate) presence: Presence,
    pub(crate) peers: Peers,
    /// Rebuilds that read at the same time: each takes several connections, and those who write and
    /// give signs of life must not wait for one.
    pub(crate) reading: Semaphore,
    /// The longest that a request looks for the writer of its office.
    pub(crate) wait_for_owner: Duration,
}

/// The use cases.
#[derive(Debug)]
pub struct App {
    shared: Arc<Shared>,
    ids: Ids,
    random: SecureRandom,
    served: Vec<&'static Office>,
    /// Their ids, as queries take them.
    served_ids: Vec<String>,
    offices: Arc<Offices>,
    /// How often an office above the share may move.
    move_every: Duration,
    day_keys: DayKeysConfig,
    returns: ReturnsConfig,
    publication: PublicationConfig,
    log_ahead_days: u8,
}

/// Who acts, and why, for the audit.
#[derive(Debug, Clone)]
pub struct Act {
    /// The member of staff.
    pub actor: Principal,
    /// In the actor's words.
    pub reason: String,
}

impl App {
    /// The use cases under a configuration.
    ///
    /// # Errors
    /// When it names offices that do not exist.
    pub fn new(config: &Config, parts: Parts) -> Result<Self, UnknownPlace> {
        let owner = parts
            .random
            .bytes::<16>()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let connections = parts.db.pool().options().get_max_connections();
        let shared = Arc::new(Shared {
            reading: Semaphore::new((connections / CONNECTIONS_A_REBUILD).max(1) as usize),
            db: parts.db,
            clock: parts.clock.clone(),
            kek: parts.kek,
            limits: config.engine.limits(),
            presence: Presence::new(owner, millis(config.lease.ttl_ms)),
            peers: parts.peers,
            wait_for_owner: millis(config.lease.wait_ms),
        });
        let served = config.serves.offices()?;
        Ok(Self {
            ids: Ids::new(parts.clock, parts.random.clone()),
            random: parts.random,
            served_ids: served.iter().map(|one| one.id.to_string()).collect(),
            served,
            offices: Arc::new(Offices::new(Arc::clone(&shared))),
            move_every: millis(config.lease.move_every_ms),
            shared,
            day_keys: config.day_keys.clone(),
            returns: config.returns.clone(),
            publication: config.publication.clone(),
            log_ahead_days: config.log.ahead_days,
        })
    }

    /// What has to be there before anybody is answered: the log's partitions, today's key.
    ///
    /// # Errors
    /// When the database cannot be asked, or a key cannot be sealed.
    pub async fn prepare(&self) -> Result<(), Error> {
        self.extend_log().await?;
        self.publish_day_keys().await
    }

    /// The service's clock.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub(crate) fn db(&self) -> &Db {
        &self.shared.db
    }

    pub(crate) fn publication(&self) -> &PublicationConfig {
        &self.publication
    }

    /// An office that is served here.
    ///
    /// # Errors
    /// `OFFICE_UNKNOWN`.
    pub fn office(&self, id: OfficeId) -> Result<&'static Office, Refusal> {
        let found = self.served.binary_search_by_key(&id, |office| office.id);
        found
            .ok()
            .and_then(|index| self.served.get(index).copied())
            .ok_or_else(|| Refusal::new(Reason::OfficeUnknown).on_field("office"))
    }

    fn entry(
        &self,
        act: &Act,
        what: &'static str,
        office: OfficeId,
    ) -> Result<audit::Entry, Refusal> {
        Ok(audit::Entry {
            id: self
                .ids
                .next::<xuanhao_chassis::ids::kind::Event>()
                .as_uuid(),
            office,
            acted_at: self.clock().now(),
            actor: act.staff()?,
            reason: act.reason.clone(),
            act: what,
            subject: String::new(),
            detail: String::new(),
        })
    }
}

impl Act {
    /// The member of staff.
    fn staff(&self) -> Result<StaffId, Refusal> {
        self.actor
            .staff()
            .ok_or_else(|| Refusal::new(Reason::PermissionDenied))
    }
}

/// Staff act for their own offices only.
///
/// # Errors
/// `OUTSIDE_YOUR_OFFICE`.
pub fn require_office(actor: &Principal, office: OfficeId) -> Result<(), Refusal> {
    if actor.serves_office(office.province().as_str(), office.as_str()) {
        Ok(())
    } else {
        Err(Refusal::new(Reason::OutsideYourOffice))
    }
}

fn millis(millis: u32) -> Duration {
    Duration::from_millis(u64::from(millis))
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.saturating_add(by)
        .expect("an exact duration never fails to be added")
}
