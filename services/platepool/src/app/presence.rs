//! This process among the owners of offices: its signs of life, and what it sees of the others.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use xuanhao_vocabulary::OfficeId;

use super::directory::{Directory, Replica};
use crate::store::lease::{LeaseRow, OwnerRow};

/// The parts of its life by which a process is silent before others may take over: their clock and
/// ours are not quite one.
const MARGIN: u32 = 10;

#[derive(Debug)]
pub(crate) struct Presence {
    name: Arc<str>,
    ttl: Duration,
    /// Where its peers reach it, and since when; none before it has joined.
    joined: OnceLock<(String, Timestamp)>,
    leaving: AtomicBool,
    begun: Instant,
    /// Microseconds since `begun` at which the last sign of life was on its way; 0 for none.
    signed: AtomicU64,
    directory: watch::Sender<Arc<Directory>>,
    look: Notify,
}

impl Presence {
    pub(crate) fn new(name: String, ttl: Duration) -> Self {
        Self {
            name: name.into(),
            ttl,
            joined: OnceLock::new(),
            leaving: AtomicBool::new(false),
            begun: Instant::now(),
            signed: AtomicU64::new(0),
            directory: watch::Sender::new(Arc::default()),
            look: Notify::new(),
        }
    }

    /// By which others know it.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// How long it is believed to live after a sign.
    pub(crate) fn ttl(&self) -> Duration {
        self.ttl
    }

    /// Peers reach it at this address from now on.
    pub(crate) fn join(&self, address: String, at: Timestamp) {
        // Who joins twice stays where it was.
        _ = self.joined.set((address, at));
    }

    pub(crate) fn has_joined(&self) -> bool {
        self.joined.get().is_some()
    }

    pub(crate) fn leave(&self) {
        self.leaving.store(true, Ordering::Release);
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Acquire)
    }

    /// The sign of life to be given; none before it has joined.
    pub(crate) fn sign(&self, expires_at: Timestamp) -> Option<OwnerRow> {
        let (address, started_at) = self.joined.get()?;
        Some(OwnerRow {
            owner: self.name.to_string(),
            address: address.clone(),
            expires_at,
            leaving: self.is_leaving(),
            started_at: *started_at,
        })
    }

    /// A sign of life was given, which was begun at that moment.
    pub(crate) fn signed(&self, begun: Instant) {
        let since = begun.saturating_duration_since(self.begun);
        let micros = u64::try_from(since.as_micros()).unwrap_or(u64::MAX).max(1);
        self.signed.fetch_max(micros, Ordering::AcqRel);
    }

    /// Whether nobody can have taken its offices over for want of a sign of life. By the monotonic
    /// clock, which goes on while the process is stopped.
    pub(crate) fn is_fresh(&self) -> bool {
        self.is_fresh_at(Instant::now())
    }

    fn is_fresh_at(&self, now: Instant) -> bool {
        let signed = self.signed.load(Ordering::Acquire);
        let signed_at = self.begun + Duration::from_micros(signed);
        signed > 0 && now.saturating_duration_since(signed_at) < self.ttl - self.ttl / MARGIN
    }

    /// What was last seen.
    pub(crate) fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory.borrow())
    }

    /// To wait for what is seen next.
    pub(crate) fn changes(&self) -> watch::Receiver<Arc<Directory>> {
        self.directory.subscribe()
    }

    /// Takes in a look.
    pub(crate) fn see(&self, owners: Vec<OwnerRow>, leases: Vec<LeaseRow>, now: Timestamp) {
        self.directory
            .send_modify(|known| *known = Arc::new(known.after(owners, leases, now)));
    }

    /// An office is this process's from an epoch on.
    pub(crate) fn took(&self, office: OfficeId, epoch: u64) {
        self.assign(office, &self.name, epoch);
    }

    /// An office is somebody's from an epoch on.
    pub(crate) fn assign(&self, office: OfficeId, owner: &Arc<str>, epoch: u64) {
        self.directory
            .send_modify(|known| *known = Arc::new(known.with(office, owner, epoch)));
    }

    /// The writer of an office that lives, if it is another.
    pub(crate) fn other_writer(&self, office: OfficeId) -> Option<Replica> {
        let directory = self.directory();
        let writer = directory.writer(office);
        writer.filter(|one| one.name != self.name).cloned()
    }

    /// Wants a look soon.
    pub(crate) fn ask_to_look(&self) {
        self.look.notify_one();
    }

    /// Waits until a look is wanted.
    pub(crate) async fn look_is_wanted(&self) {
        self.look.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gave_no_sign_for_long_is_not_fresh() {
        let presence = Presence::new("a".to_owned(), Duration::from_secs(3));
        let begun = Instant::now();
        let after = |millis| begun + Duration::from_millis(millis);
        assert!(!presence.is_fresh_at(begun), "it has not joined");
        presence.signed(after(1_000));
        assert!(presence.is_fresh_at(after(3_600)));
        assert!(
            !presence.is_fresh_at(after(3_800)),
            "before others may take over"
        );
        presence.signed(after(3_900));
        assert!(presence.is_fresh_at(after(3_900)));
        // One that was overtaken on its way takes nothing back.
        presence.signed(after(1_000));
        assert!(presence.is_fresh_at(after(3_900)));
    }
}
