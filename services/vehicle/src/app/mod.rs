//! What vehicle does: use cases over domain, store and the outside systems. The only place that
//! opens transactions.

mod assess;
mod claim;
mod registration;
mod sweep;

use jiff::SignedDuration;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::Db;
use xuanhao_chassis::ids::Ids;
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::sealed::Sealer;

use crate::domain::assessment::Rules;
use crate::outside::{Registry, TaxBureau};

pub(crate) use assess::refusal_of;
pub use assess::{Assess, View};
pub use claim::{Claim, Release};

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
}

/// Figures of the use cases.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Of the decision.
    pub rules: Rules,
    /// How long what has ended is kept.
    pub kept: SignedDuration,
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
            limits,
        }
    }

    /// A keyed hash to recognise a private value by, in place of the value.
    pub fn fingerprint(&self, value: &str) -> String {
        hex::encode(self.sealer.index().of("vehicle.request", value))
    }
}
