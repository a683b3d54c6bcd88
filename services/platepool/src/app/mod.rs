//! What the pool does: use cases over engine, store and day keys. The only place that opens
//! transactions; the engines' statements are the exception, one a batch.

mod activation;
mod batches;
mod closing;
mod commit;
mod days;
pub(crate) mod derived;
mod draw_log;
mod figures;
mod history;
mod holdings;
mod imports;
mod metrics;
mod office;
mod offices;
mod openings;
mod operations;
mod pool_rules;
mod publication;
mod rebuild;
mod release;
mod returning;
mod withdrawing;
mod withholdings;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::{self, Db, Tx};
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
use crate::store::{audit, lease};
use offices::Offices;

pub use activation::Warning;
pub use batches::{AddBatch, BatchView, SegmentLife, SegmentView};
pub use draw_log::PublicRow;
pub use figures::OfficeFigures;
pub use history::DayView;
pub use holdings::AllocationView;
pub use imports::Chunk;
pub use metrics::ClassFigures;
pub use operations::{Became, Dropped, Outcome};
pub use pool_rules::{ApplyRules, OfficeDifference, RulesView};
pub use publication::{DrawDayView, OpeningView, PoolView, WithholdingView};
pub use release::ReleaseBatch;
pub use returning::SendBack;
pub use withholdings::WithholdNumbers;

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
}

/// What writers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) kek: KeyRing,
    pub(crate) limits: Limits,
    /// This process among the owners of offices.
    pub(crate) owner: String,
    pub(crate) lease_ttl: Duration,
}

/// The use cases.
#[derive(Debug)]
pub struct App {
    shared: Arc<Shared>,
    ids: Ids,
    random: SecureRandom,
    served: Vec<&'static Office>,
    offices: Offices,
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
        let shared = Arc::new(Shared {
            db: parts.db,
            clock: parts.clock.clone(),
            kek: parts.kek,
            limits: config.engine.limits(),
            owner,
            lease_ttl: Duration::from_millis(u64::from(config.lease.ttl_ms)),
        });
        Ok(Self {
            ids: Ids::new(parts.clock, parts.random.clone()),
            random: parts.random,
            served: config.serves.offices()?,
            offices: Offices::new(Arc::clone(&shared)),
            shared,
            day_keys: config.day_keys.clone(),
            returns: config.returns.clone(),
            publication: config.publication.clone(),
            log_ahead_days: config.log.ahead_days,
        })
    }

    /// What has to be there before anybody is answered: this process among the owners, the log's
    /// partitions, today's key; and the writers of offices that have released numbers.
    ///
    /// # Errors
    /// When the database cannot be asked, or a key cannot be sealed.
    pub async fn prepare(&self) -> Result<(), Error> {
        self.beat().await?;
        self.extend_log().await?;
        self.publish_day_keys().await?;
        for office in crate::store::segment::offices_with_released(self.db().pool()).await? {
            if let Some(office) = self.served.iter().find(|served| served.id == office) {
                self.offices.inbox(office);
            }
        }
        Ok(())
    }

    /// Says that this process lives, so that its offices stay with it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn beat(&self) -> Result<(), db::Error> {
        let until = later(self.clock().now(), self.shared.lease_ttl);
        self.db()
            .run_tx("platepool.owner.beat", async |tx: &mut Tx| {
                lease::live_until(tx, &self.shared.owner, until).await
            })
            .await
    }

    /// Ends the writers, each after its statement, and lets others take the offices at once.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn stop(&self) -> Result<(), db::Error> {
        const LONG_GONE: SignedDuration = SignedDuration::from_hours(24);
        self.offices.stop().await;
        let gone_before = self.clock().now() - LONG_GONE;
        self.db()
            .run_tx("platepool.owner.forget", async |tx: &mut Tx| {
                lease::forget(tx, &self.shared.owner, gone_before).await
            })
            .await
    }

    /// The service's clock.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub(crate) fn db(&self) -> &Db {
        &self.shared.db
    }

    /// How long a process is believed to live after its last sign.
    pub(crate) fn lease_ttl(&self) -> Duration {
        self.shared.lease_ttl
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

fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.saturating_add(by)
        .expect("an exact duration never fails to be added")
}
