//! This process among its replicas: signs of life, looking around, taking what nobody writes for,
//! giving what is too much, and leaving.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::{StreamExt, stream};
use jiff::SignedDuration;
use tokio::time::{Instant, sleep, timeout};
use tracing::{info, warn};
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::chain;
use xuanhao_vocabulary::{Office, OfficeId};

use super::directory::{Directory, Replica};
use super::office::Told;
use super::rebuild::Basis;
use super::{App, later, metrics};
use crate::domain::command::Request;
use crate::error::Error;
use crate::store::lease;

/// Signs of life, and looks, in the time for which one holds.
const SIGNS: u32 = 3;
const LOOKS: u32 = 6;
/// However many want a look.
const LOOKS_APART: Duration = Duration::from_millis(50);
/// Looks after which an office that nobody takes is taken beyond the share.
const ORPHANED_FOR: u32 = 2;
/// Offices handed over at a time by a process that leaves.
const AT_A_TIME: usize = 4;
/// Rows of lost processes go after this.
const LONG_GONE: SignedDuration = SignedDuration::from_hours(24);

impl App {
    /// Joins the replicas, which reach this process at `address` (`host:port`; empty if they do not),
    /// and takes offices from now on. Peers must be answered already.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn join(self: &Arc<Self>, address: &str) -> Result<(), Error> {
        let presence = &self.shared.presence;
        presence.join(address.to_owned(), self.clock().now());
        self.beat().await?;
        let mut around = Around::default();
        self.look(&mut around).await?;
        let (beating, looking) = (Arc::clone(self), Arc::clone(self));
        let stop = self.offices.stopping();
        let tasks = self.offices.tasks();
        let until = stop.clone();
        tasks.spawn(async move { until.run_until_cancelled(beating.keep_beating()).await });
        let until = stop.clone();
        tasks.spawn(async move {
            until
                .run_until_cancelled(looking.keep_looking(around))
                .await
        });
        Ok(())
    }

    async fn keep_beating(&self) {
        let every = self.shared.presence.ttl() / SIGNS;
        loop {
            sleep(every).await;
            // One that takes longer holds up the next for nothing.
            match timeout(every * 2, self.beat()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => warn!(error = chain(&error), "no sign of life could be given"),
                Err(_) => warn!("no sign of life could be given in time"),
            }
        }
    }

    async fn keep_looking(self: &Arc<Self>, mut around: Around) {
        let presence = &self.shared.presence;
        let every = presence.ttl() / LOOKS;
        loop {
            sleep(LOOKS_APART.min(every)).await;
            tokio::select! {
                () = presence.look_is_wanted() => {}
                () = sleep(every.saturating_sub(LOOKS_APART)) => {}
            }
            match timeout(every * 4, self.look(&mut around)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => warn!(error = chain(&error), "the replicas cannot be seen"),
                Err(_) => warn!("the replicas cannot be seen in time"),
            }
        }
    }

    /// Says that this process lives, so that its offices stay with it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn beat(&self) -> Result<(), db::Error> {
        let presence = &self.shared.presence;
        let begun = Instant::now();
        let Some(sign) = presence.sign(later(self.clock().now(), presence.ttl())) else {
            return Ok(());
        };
        self.db()
            .run_tx("platepool.owner.beat", async |tx: &mut Tx| {
                lease::live_until(tx, &sign).await
            })
            .await?;
        presence.signed(begun);
        Ok(())
    }

    /// Sees who lives and who writes for what.
    async fn see(&self) -> Result<(), db::Error> {
        let (owners, leases) = lease::look(self.db().pool(), &self.served_ids).await?;
        let now = self.clock().now();
        self.shared.presence.see(owners, leases, now);
        Ok(())
    }

    /// The same, and does what follows from it.
    async fn look(self: &Arc<Self>, around: &mut Around) -> Result<(), db::Error> {
        let seen = Instant::now();
        self.see().await?;
        let presence = &self.shared.presence;
        let directory = presence.directory();
        self.shared.peers.keep_only(directory.addresses());
        self.offices.shelf().tidy();
        for (office, _) in self.offices.running() {
            if presence.other_writer(office).is_some() {
                self.offices.depose(office, seen);
            }
        }
        metrics::tell_spread(
            directory.offices_of(presence.name()).len(),
            directory.count_living(),
        );
        if presence.is_leaving() || !presence.is_fresh() {
            return Ok(());
        }
        self.take_what_is_ours(&directory, around);
        self.move_one(&directory, around);
        Ok(())
    }

    /// Starts the writers of offices that are this process's, and takes orphans.
    fn take_what_is_ours(&self, directory: &Directory, around: &mut Around) {
        let name = self.shared.presence.name();
        let own = directory.offices_of(name);
        let room = directory.share().saturating_sub(own.len());
        let active = own.iter().filter(|office| directory.is_released(**office));
        let mut wanted: Vec<OfficeId> = active.copied().collect();
        let orphans = directory.orphans(name);
        around.orphaned.retain(|office, _| orphans.contains(office));
        for (index, office) in orphans.into_iter().enumerate() {
            let looks = around.orphaned.entry(office).or_default();
            *looks += 1;
            if index < room || *looks > ORPHANED_FOR {
                wanted.push(office);
            }
        }
        for office in wanted {
            if let Ok(office) = self.office(office) {
                self.offices.start(office, Basis::Rows);
            }
        }
    }

    /// Hands an office over that is above the share, if none was for a while.
    fn move_one(self: &Arc<Self>, directory: &Directory, around: &mut Around) {
        let is_early = around
            .moved
            .is_some_and(|moved| moved.elapsed() < self.move_every);
        if is_early || around.moving.load(Ordering::Acquire) || !around.orphaned.is_empty() {
            return;
        }
        let Some((office, successor)) = directory.to_move(self.shared.presence.name()) else {
            return;
        };
        around.moved = Some(Instant::now());
        around.moving.store(true, Ordering::Release);
        let (app, moving) = (Arc::clone(self), Arc::clone(&around.moving));
        self.offices.tasks().spawn(async move {
            let is_gone = app.offices.hand_over(office, &successor).await;
            metrics::count_handover("spread", is_gone);
            moving.store(false, Ordering::Release);
        });
    }

    /// Hands everything over to those who stay, several offices at a time. What nobody takes stays
    /// until the end.
    pub async fn leave(&self) {
        let presence = &self.shared.presence;
        presence.leave();
        if let Err(error) = self.beat().await {
            warn!(
                error = chain(&error),
                "nobody could be told that this process leaves"
            );
        }
        // What comes to us while we begin to leave goes with the second round.
        for _ in 0..2 {
            // Somebody may have come, or gone, a moment ago.
            if let Err(error) = self.see().await {
                warn!(error = chain(&error), "the replicas cannot be seen");
            }
            let plan = self.plan_to_leave();
            let all = plan.len();
            let gone = stream::iter(plan)
                .map(|(office, successors)| self.hand_over_to_any(office, successors))
                .buffer_unordered(AT_A_TIME)
                .filter(|is_gone| std::future::ready(*is_gone))
                .count()
                .await;
            info!(offices = all, gone, "offices were handed over");
        }
    }

    /// Which office goes to whom, and to whom else if that one does not take it.
    fn plan_to_leave(&self) -> Vec<(OfficeId, Vec<Replica>)> {
        let presence = &self.shared.presence;
        let directory = presence.directory();
        let mut planned: HashMap<Arc<str>, usize> = HashMap::new();
        let running = self.offices.running().into_iter();
        let own = running.filter(|(office, _)| {
            let lease = directory.lease(*office);
            lease.is_some_and(|lease| lease.owner == *presence.name())
        });
        own.map(|(office, _)| {
            let successors = directory.successors(presence.name(), &planned);
            let successors: Vec<Replica> = successors.into_iter().cloned().collect();
            if let Some(first) = successors.first() {
                *planned.entry(Arc::clone(&first.name)).or_default() += 1;
            }
            (office, successors)
        })
        .filter(|(_, successors)| !successors.is_empty())
        .collect()
    }

    async fn hand_over_to_any(&self, office: OfficeId, successors: Vec<Replica>) -> bool {
        let mut is_gone = false;
        for successor in &successors {
            is_gone = self.offices.hand_over(office, successor).await;
            if is_gone {
                break;
            }
        }
        metrics::count_handover("leaving", is_gone);
        is_gone
    }

    /// Asks the engine of an office that this process writes for, for another replica.
    pub(crate) async fn ask_for_peer(&self, office: &'static Office, request: Request) -> Told {
        self.offices.ask_here(office, request).await
    }

    /// Who writes for an office, as far as this process knows; empty if nobody.
    pub(crate) fn writer_known_of(&self, office: &Office) -> String {
        let directory = self.shared.presence.directory();
        let writer = directory.writer(office.id);
        writer.map(|one| one.name.to_string()).unwrap_or_default()
    }

    /// Prepares to take an office over.
    pub(crate) async fn prepare_office(&self, office: &'static Office) -> Result<(), Error> {
        self.offices.prepare(office).await
    }

    /// Takes an office over that was let go in that epoch; the epoch in which it is decided for.
    pub(crate) async fn take_office(
        &self,
        office: &'static Office,
        let_go_in: u64,
    ) -> Result<u64, Error> {
        self.offices.take(office, let_go_in).await
    }

    /// Ends the writers, each after its statement, and lets others take the offices at once.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn stop(&self) -> Result<(), db::Error> {
        self.offices.stop().await;
        let gone_before = self.clock().now() - LONG_GONE;
        self.db()
            .run_tx("platepool.owner.forget", async |tx: &mut Tx| {
                lease::forget(tx, self.shared.presence.name(), gone_before).await
            })
            .await
    }
}

/// What is remembered from look to look.
#[derive(Debug, Default)]
struct Around {
    /// How often each orphan was seen.
    orphaned: HashMap<OfficeId, u32>,
    moved: Option<Instant>,
    moving: Arc<AtomicBool>,
}
