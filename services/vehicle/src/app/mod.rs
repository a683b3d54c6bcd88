//! What vehicle does: use cases over domain, store and the outside systems. The only place that
//! opens transactions.

mod answers;
mod assess;
mod binding;
mod claim;
mod conclude;
mod decide_review;
mod late;
mod registration;
mod review;
mod sweep;
mod view;

use jiff::{SignedDuration, Timestamp};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::Db;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::{Ids, StaffId};
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::sealed::Sealer;
use xuanhao_vocabulary::{OfficeId, WorkingDays};

use crate::domain::assessment::Rules;
use crate::domain::binding::Level;
use crate::domain::question::LateAnswers;
use crate::outside::{Registry, TaxBureau};
use crate::peers::Identity;

pub use answers::{Export, FileAnswer, FileQuestion, Import};
pub use assess::Assess;
pub use binding::{Bind, Bound, BoundView};
pub use claim::{Claim, Release};
pub use decide_review::Decide;
pub use review::{AddEvidence, ListReviews, OpenReview, ReviewPlace, ReviewView};
pub(crate) use view::refusal_of;
pub use view::{ClaimView, View};

/// What the use cases stand on.
#[derive(Debug)]
pub struct Parts {
    /// Vehicle's own database.
    pub db: Db,
    /// The service's clock.
    pub clock: Clock,
    /// Randomness of ids.
    pub random: SecureRandom,
    /// Personal data.
    pub sealer: Sealer,
    /// The national vehicle registry.
    pub registry: Registry,
    /// The tax bureau.
    pub tax_bureau: TaxBureau,
    /// Accounts and documents.
    pub identity: Identity,
}

/// Figures of the use cases.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Of the decision.
    pub rules: Rules,
    /// Whether and how long answers may come late.
    pub late: Option<LateAnswers>,
    /// How long an unverified claim waits for a review.
    pub unverified: SignedDuration,
    /// How long an officer has after the evidence.
    pub review_days: WorkingDays,
    /// How many documents a review takes.
    pub review_documents: usize,
    /// Who may bind, and how often.
    pub binding: BindingLimits,
    /// How long what has ended is kept.
    pub kept: SignedDuration,
}

/// Who may bind (R-ACC-03, R-ACC-07), and how often.
#[derive(Debug, Clone, Copy)]
pub struct BindingLimits {
    /// The weakest level that may.
    pub min_level: Level,
    /// Attempts of an account within the window.
    pub attempts: u32,
    /// The window.
    pub within: SignedDuration,
}

/// The use cases.
#[derive(Debug)]
pub struct App {
    db: Db,
    clock: Clock,
    ids: Ids,
    sealer: Sealer,
    registry: Registry,
    tax_bureau: TaxBureau,
    identity: Identity,
    limits: Limits,
}

impl App {
    /// The use cases.
    pub fn new(parts: Parts, limits: Limits) -> Self {
        Self {
            ids: Ids::new(parts.clock.clone(), parts.random),
            db: parts.db,
            clock: parts.clock,
            sealer: parts.sealer,
            registry: parts.registry,
            tax_bureau: parts.tax_bureau,
            identity: parts.identity,
            limits,
        }
    }

    /// A keyed hash to recognise a private value by, in place of the value.
    pub fn fingerprint(&self, value: &str) -> String {
        hex::encode(self.sealer.index().of("vehicle.request", value))
    }

    /// When an unverified claim that waits for a review lapses.
    fn lapses_at(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(self.limits.unverified)
            .expect("hours are always added")
    }
}

/// The member of staff who acts.
fn staff(actor: &Principal) -> Result<StaffId, Refusal> {
    actor
        .staff()
        .ok_or_else(|| Refusal::new(Reason::PermissionDenied))
}

/// Staff act for their own offices only.
fn require_office(actor: &Principal, office: OfficeId) -> Result<(), Refusal> {
    if actor.serves_office(office.province().as_str(), office.as_str()) {
        Ok(())
    } else {
        Err(Refusal::new(Reason::OutsideYourOffice))
    }
}
