//! Handing an office over without a pause that anybody notices.
//!
//! ```text
//! successor                               writer
//! PrepareOffice: read all rows of one ◀── asks
//!   moment, follow the log, keep it
//!                                         decides no more; its statement settles
//!                                         lets go: the successor is the owner, the epoch is raised
//! TakeOffice: raise the epoch, follow ◀── asks
//!   the log to its end, decide
//!                                         hands everybody who waited on to the successor
//! ```
//!
//! Whatever fails, the rows decide: an office that was let go is its owner's at that one's next look,
//! and what was prepared is thrown away at the first doubt.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use tracing::{info, warn};
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::{Office, OfficeId};

use super::directory::Replica;
use super::office::{HandOver, Message};
use super::offices::Offices;
use super::rebuild::Basis;
use super::{Shared, days};
use crate::domain;
use crate::domain::ids::RowKey;
use crate::domain::replay::Replay;
use crate::domain::state::State;
use crate::error::Error;
use crate::store::{lease, log, rebuild as rows, snapshot};

/// How long what was prepared is kept.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// While a memory is being built the writer goes on; what it writes meanwhile is followed before
/// anybody has to wait.
const ROUNDS: usize = 8;
/// So few rows are no reason for another round.
const FEW: usize = 200;
/// A memory is built for a moment that no later row of the writer lies before: its clock is nearly
/// ours, and its statement may take a while.
const BEHIND: Duration = Duration::from_secs(10);

/// A memory that follows another writer's rows.
#[derive(Debug)]
pub(crate) struct Prepared {
    office: OfficeId,
    replay: Replay,
    at: Instant,
    /// Rows that it followed last.
    rows: usize,
}

impl Prepared {
    /// Reads the rows of one moment.
    async fn read(shared: &Shared, office: domain::state::Office) -> Result<Self, Error> {
        let id = office.id;
        let frozen = snapshot::of(shared.db.pool()).await?;
        let now = shared.clock.now() - BEHIND;
        let read = rows::read(&frozen, &office, &shared.limits, now).await;
        frozen.close().await;
        let (read, limits) = (read?, shared.limits.clone());
        let memory = spawn_blocking(move || read.build(office, limits, 0, now)).await;
        let memory = memory.map_err(|source| db::Error::corrupt("memory", source))?;
        Ok(Self {
            office: id,
            replay: Replay::resume(memory),
            at: Instant::now(),
            rows: usize::MAX,
        })
    }

    /// Carries out what was written since. None if the rows did not come about so: then the memory
    /// is not the writer's.
    pub(crate) async fn catch_up(mut self, shared: &Shared) -> Result<Option<Self>, Error> {
        let after = self.replay.decided_until();
        // All rows of an instant are of one batch, and that one was read whole.
        let last = RowKey {
            epoch: u64::MAX,
            seq: u64::MAX,
        };
        let entries = log::after(shared.db.pool(), self.office, (after, last)).await?;
        self.rows = entries.len();
        if entries.is_empty() {
            return Ok(Some(self));
        }
        for day in days::open_days(shared, self.office).await? {
            // One that is open already is the same.
            if let Err(error) = self.replay.reveal(day) {
                warn!(office = %self.office, %error, "a day cannot be opened");
                return Ok(None);
            }
        }
        let followed = spawn_blocking(move || {
            let mismatch = entries
                .iter()
                .find_map(|entry| self.replay.apply(entry).err());
            (self, mismatch)
        });
        let (this, mismatch) = followed
            .await
            .map_err(|source| db::Error::corrupt("memory", source))?;
        if let Some(mismatch) = mismatch {
            warn!(office = %this.office, %mismatch, "the log cannot be followed");
            return Ok(None);
        }
        Ok(Some(this))
    }

    /// The memory, in an epoch that was raised before the last rows were read.
    pub(crate) fn finish(self, epoch: u64, at: Timestamp) -> State {
        self.replay.finish(epoch, at)
    }
}

/// What was prepared here and waits to be taken.
#[derive(Debug, Default)]
pub(crate) struct Shelf(Mutex<HashMap<OfficeId, Prepared>>);

impl Shelf {
    fn put(&self, prepared: Prepared) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(prepared.office, prepared);
    }

    fn take(&self, office: OfficeId) -> Option<Prepared> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&office)
    }

    /// Throws away what nobody came for.
    pub(crate) fn tidy(&self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, prepared| prepared.at.elapsed() < KEPT_FOR);
    }
}

/// What came of letting an office go.
#[derive(Debug)]
pub(super) enum LetGo {
    /// It is somebody else's.
    Gone,
    /// Nobody knows.
    Unknown(db::Error),
}

/// Lets an office go, and waits until its successor decides: so nobody who waits here is sent to
/// somebody who cannot answer yet.
pub(super) async fn let_go(
    shared: Arc<Shared>,
    office: OfficeId,
    epoch: u64,
    successor: Replica,
) -> LetGo {
    let (now, own) = (shared.clock.now(), shared.presence.name());
    let left = shared
        .db
        .run_tx("platepool.lease.hand_over", async |tx: &mut Tx| {
            lease::hand_over(tx, office, (own, epoch), &successor.name, now).await
        })
        .await;
    let left = match left {
        Ok(Some(left)) => left,
        // Another one writes already.
        Ok(None) => return LetGo::Gone,
        Err(error) => return LetGo::Unknown(error),
    };
    let taken = shared.peers.take(&successor, office, left).await;
    let taken = taken.inspect_err(|status| {
        let code = status.code();
        warn!(%office, successor = &*successor.name, ?code, "the successor does not answer");
    });
    let epoch = taken.unwrap_or(left);
    shared.presence.assign(office, &successor.name, epoch);
    LetGo::Gone
}

impl Offices {
    /// Prepares to take an office over.
    pub(super) async fn prepare(&self, office: &'static Office) -> Result<(), Error> {
        self.refuse_if_leaving()?;
        let shared = self.shared();
        let mut prepared = Prepared::read(shared, domain_office(office)).await?;
        for _ in 0..ROUNDS {
            let Some(next) = prepared.catch_up(shared).await? else {
                return Ok(());
            };
            prepared = next;
            if prepared.rows < FEW {
                break;
            }
        }
        self.shelf().put(prepared);
        Ok(())
    }

    /// Takes an office over that was let go in that epoch, and waits until it decides.
    pub(super) async fn take(&self, office: &'static Office, let_go_in: u64) -> Result<u64, Error> {
        self.refuse_if_leaving()?;
        let prepared = self.shelf().take(office.id);
        let prepared = prepared.filter(|prepared| prepared.at.elapsed() < KEPT_FOR);
        let basis = prepared.map_or(Basis::Rows, |prepared| {
            Basis::Prepared(Box::new(prepared), let_go_in)
        });
        let inbox = self.start(office, basis);
        let (reply, ready) = oneshot::channel();
        let asked = inbox.send(Message::Ready(reply)).await.is_ok();
        match ready.await {
            Ok(epoch) if asked => Ok(epoch),
            _ => Err(domain::Error::NotOwner.into()),
        }
    }

    fn refuse_if_leaving(&self) -> Result<(), Error> {
        if self.shared().presence.is_leaving() {
            return Err(Refusal::new(Reason::NotOwner)
                .retry_after(Duration::from_secs(1))
                .into());
        }
        Ok(())
    }

    /// Hands an office over: prepared first, so that those who wait hardly do. Whether it is gone.
    pub(super) async fn hand_over(&self, office: OfficeId, successor: &Replica) -> bool {
        let begun = Instant::now();
        let Some(inbox) = self.running_inbox(office) else {
            return false;
        };
        if let Err(status) = self.shared().peers.prepare(successor, office).await {
            let code = status.code();
            warn!(%office, successor = &*successor.name, ?code, "the successor cannot prepare");
            return false;
        }
        let let_go = Instant::now();
        let is_gone = ask_to_hand_over(&inbox, successor).await;
        info!(%office, successor = &*successor.name, is_gone,
            prepared_in = ?(let_go - begun), taken_in = ?let_go.elapsed(), "handed over");
        is_gone
    }
}

async fn ask_to_hand_over(inbox: &mpsc::Sender<Message>, successor: &Replica) -> bool {
    let (done, gone) = oneshot::channel();
    let message = Message::HandOver(HandOver {
        successor: successor.clone(),
        done,
    });
    inbox.send(message).await.is_ok() && gone.await.unwrap_or(false)
}

pub(super) fn domain_office(office: &Office) -> domain::state::Office {
    domain::state::Office {
        id: office.id,
        codes: office.codes.iter().copied().collect(),
    }
}
