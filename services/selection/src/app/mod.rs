//! Use cases: each opens its transactions, asks the domain, writes by the store.
//!
//! Peers are asked outside transactions only. What a peer did and a transaction did not see is
//! finished by a reconciler, never undone.

mod acts;
mod aftermath;
mod announce;
mod appeals;
mod bans;
mod calendars;
mod compare;
mod confirm_info;
mod confirmed;
mod counter;
mod counter_open;
mod credit_chances;
mod decide_appeal;
mod enter_office;
mod expire;
mod facts;
mod keyboard;
mod load;
mod lookup;
mod mark_registered;
mod notices;
mod office_acts;
mod open_application;
mod operate;
mod outcomes;
mod policies;
mod proofs;
mod recover;
mod reminders;
mod reserve;
mod return_plate;
mod settle;
mod spent;
mod start_selecting;
mod submit_info;
mod submitted_info;
mod tell;
mod undo;
mod verify_claims;
mod view;
mod void_application;
mod voucher;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::task::TaskTracker;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::Db;
use xuanhao_chassis::grpc::ClientChannel;
use xuanhao_chassis::ids::{Ids, RequestId};
use xuanhao_chassis::jobs::Signal;
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::sealed::Sealer;
use xuanhao_chassis::signed::{PublicKeys, SigningKey};

pub(crate) use acts::{Act, Citizen, Done, Fingerprint, Reader, Staff, Who};
pub(crate) use aftermath::Aftermath;
pub(crate) use appeals::{FileAppeal, ListAppeals, OpenedAppeal};
pub(crate) use calendars::ApplyCalendar;
pub(crate) use counter::WindowChances;
pub(crate) use counter_open::OpenAtCounter;
pub(crate) use credit_chances::CreditChances;
pub(crate) use decide_appeal::DecideAppeal;
pub(crate) use lookup::By;
pub(crate) use mark_registered::MarkRegistered;
pub(crate) use notices::PublishNotice;
pub(crate) use office_acts::RecordAct;
pub(crate) use operate::{Answered, Operate};
pub(crate) use policies::ApplyPolicy;
pub(crate) use submitted_info::SubmittedInfo;
pub(crate) use view::View;
pub(crate) use void_application::VoidApplication;

use crate::config::{Config, Settings};
use crate::domain::Refused;
use crate::error::Error;
use crate::peers::Peers;

/// What wakes the reconcilers before their time.
#[derive(Debug, Default)]
pub struct Signals {
    /// Pending operations.
    pub recovery: Arc<Signal>,
    /// Hints.
    pub hints: Arc<Signal>,
    /// Confirmed numbers nobody was told of.
    pub announcements: Arc<Signal>,
    /// Ended applications.
    pub endings: Arc<Signal>,
    /// What citizens are to be told.
    pub messages: Arc<Signal>,
    /// Claims that are not verified yet.
    pub claims: Arc<Signal>,
}

/// What the use cases are made of.
pub struct Parts {
    /// Selection's own database.
    pub db: Db,
    /// Its clock.
    pub clock: Clock,
    /// The source of ids' random bits.
    pub random: SecureRandom,
    /// To the plate pool.
    pub platepool: ClientChannel,
    /// To the vehicle service.
    pub vehicle: ClientChannel,
    /// To identity.
    pub identity: ClientChannel,
    /// To notification.
    pub notification: ClientChannel,
    /// Whose signatures on proofs are believed: identity's.
    pub proof_keys: PublicKeys,
    /// Signs vouchers.
    pub voucher_key: SigningKey,
    /// Seals what citizens write of themselves.
    pub sealer: Sealer,
}

/// The use cases and what they need.
pub struct App {
    db: Db,
    clock: Clock,
    ids: Ids,
    random: SecureRandom,
    peers: Peers,
    proof_keys: PublicKeys,
    voucher_key: SigningKey,
    sealer: Sealer,
    settings: Settings,
    signals: Signals,
    /// Operations under way: they outlive their callers' connections (P1).
    tracker: TaskTracker,
    /// Told whenever an operation was settled, for those who wait for one.
    settled: Notify,
}

impl App {
    /// The use cases over their parts.
    pub fn new(config: &Config, parts: Parts, signals: Signals) -> Self {
        Self {
            ids: Ids::new(parts.clock.clone(), parts.random.clone()),
            random: parts.random,
            peers: Peers::new(
                parts.platepool,
                parts.vehicle,
                parts.identity,
                parts.notification,
            ),
            db: parts.db,
            clock: parts.clock,
            proof_keys: parts.proof_keys,
            voucher_key: parts.voucher_key,
            sealer: parts.sealer,
            settings: config.settings(),
            signals,
            tracker: TaskTracker::new(),
            settled: Notify::new(),
        }
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Waits until no operation is under way. What is reserved later goes on all the same.
    pub async fn drained(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// The rules' refusal in the registry's terms.
    fn no(&self, refused: Refused) -> Error {
        refused.at(self.clock.now()).into()
    }

    /// An instant from now.
    fn later(&self, by: Duration) -> jiff::Timestamp {
        let now = self.clock.now();
        now.saturating_add(by).unwrap_or(now)
    }

    /// A request id of our own for a peer.
    fn request_id(&self) -> RequestId {
        self.ids.next()
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("db", &self.db)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
