//! What notification does: use cases over domain, store and providers. The only place that opens
//! transactions.

mod contact;
mod enqueue;
mod inbox;
mod send;
mod settle;
mod sweep;
mod templates;

use std::sync::Arc;

use jiff::SignedDuration;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::Db;
use xuanhao_chassis::ids::Ids;
use xuanhao_chassis::jobs::Signal;
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::sealed::Sealer;

use crate::domain::message::Rules;
use crate::provider::Switch;

pub use contact::SetContactPoint;
pub use enqueue::{Enqueue, Recipient};
pub use inbox::{Page, View};
pub use templates::{Approve, TemplateView, Told};

/// What the use cases stand on.
#[derive(Debug)]
pub struct Parts {
    /// Notification's own database.
    pub db: Db,
    /// The service's clock.
    pub clock: Clock,
    /// Randomness of ids.
    pub random: SecureRandom,
    /// Personal data.
    pub sealer: Sealer,
    /// Who takes messages.
    pub switch: Switch,
}

/// Figures of the use cases.
#[derive(Debug, Clone)]
pub struct Limits {
    /// When messages are tried and asked about.
    pub rules: Rules,
    /// Messages in the hands of providers at a time.
    pub concurrent: usize,
    /// How long ended messages are kept.
    pub kept: SignedDuration,
}

/// The use cases.
#[derive(Debug)]
pub struct App {
    db: Db,
    clock: Clock,
    ids: Ids,
    sealer: Sealer,
    switch: Switch,
    limits: Limits,
    /// Raised when a message was accepted.
    due: Arc<Signal>,
}

impl App {
    /// The use cases; `due` wakes whoever [sends](Self::send_due).
    pub fn new(parts: Parts, limits: Limits, due: Arc<Signal>) -> Self {
        Self {
            ids: Ids::new(parts.clock.clone(), parts.random),
            db: parts.db,
            clock: parts.clock,
            sealer: parts.sealer,
            switch: parts.switch,
            limits,
            due,
        }
    }

    /// A keyed hash to recognise a secret value by, in place of the value.
    pub fn fingerprint(&self, value: &str) -> String {
        hex::encode(self.sealer.index().of("notification.request", value))
    }

    /// The service's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}
