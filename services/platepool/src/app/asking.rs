//! Asking the engine of an office, wherever it is.
//!
//! | who writes | what becomes of a request |
//! |---|---|
//! | this process | its writer is asked |
//! | another that lives | it is asked, and never hands the request on |
//! | nobody yet, and the office is idle | this process begins |
//! | nobody for the moment | the request waits, within its time |
//!
//! Who turns out not to write has written nothing, so the request looks for the writer again. If an
//! answer is lost, only what is the same when it is done twice is asked again, and once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};
use xuanhao_chassis::grpc::current_deadline;
use xuanhao_vocabulary::{Office, OfficeId};

use super::directory::{Directory, Replica};
use super::metrics;
use super::office::{Message, Told};
use super::offices::{Offices, SOON};
use super::peers::Passed;
use crate::domain::command::{Command, Request};
use crate::domain::error::Error;

/// What is left of the caller's time when it is told that nobody writes.
const MARGIN: Duration = Duration::from_millis(100);
/// Between two attempts.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
/// A day that may have been fixed is looked for no more often than this.
const SEEK_DAYS_EVERY: Duration = Duration::from_millis(500);

type Changes = watch::Receiver<Arc<Directory>>;

/// Where a request goes.
enum Route {
    Here(mpsc::Sender<Message>),
    There(Replica),
    Nowhere,
}

/// Whether doing it twice is doing it once: the engine tells a repeat from its row.
fn is_idempotent(request: &Request) -> bool {
    match request {
        Request::Look(_)
        | Request::Command(Command::Operate(_) | Command::Resolve(_) | Command::Close(_)) => true,
        Request::Command(
            Command::Release(_)
            | Command::Withdraw(_)
            | Command::Import(_)
            | Command::SetRules(_)
            | Command::Lapse(_)
            | Command::Return(_)
            | Command::Withhold(_)
            | Command::EndWithholding(_),
        ) => false,
    }
}

impl Offices {
    /// Asks an office's engine, and waits for its answer.
    pub(crate) async fn ask(&self, office: &'static Office, request: Request) -> Told {
        let mut changes = self.shared().presence.changes();
        let mut patience = Patience::new(self.shared().wait_for_owner);
        let is_idempotent = is_idempotent(&request);
        let mut is_unknown = false;
        loop {
            let directory = Arc::clone(&changes.borrow_and_update());
            let passed = match self.route(office, &directory) {
                Route::Here(inbox) => {
                    let told = self.ask_writer(&inbox, request.clone()).await;
                    match self.day_was_fixed(office.id, &inbox, &told).await {
                        // It is the same question of a moment later.
                        true => Passed::Told(self.ask_writer(&inbox, request.clone()).await),
                        false => Passed::Told(told),
                    }
                }
                Route::There(replica) => {
                    // In a box of its own: most requests stay here, and each would carry this future along.
                    let asked = Box::pin(self.shared().peers.ask(&replica, office.id, &request));
                    let is_gone = goes_elsewhere(&mut changes, office.id, &replica);
                    tokio::select! {
                        biased;
                        passed = asked => passed,
                        // It may be frozen. Whoever writes now knows what became of the request.
                        () = is_gone, if is_idempotent => Passed::Lost,
                    }
                }
                Route::Nowhere => Passed::Nowhere,
            };
            match passed {
                Passed::Told(Err(Error::NotOwner)) | Passed::Nowhere => {}
                Passed::Told(told) => return told,
                Passed::Lost if is_idempotent && !is_unknown => is_unknown = true,
                Passed::Lost => return Err(Error::OutcomeUnknown),
            }
            let Some(_place) = self.place() else {
                return Err(Error::Overloaded { retry_after: SOON });
            };
            self.shared().presence.ask_to_look();
            if !patience.wait(&mut changes).await {
                let unknown = is_unknown.then_some(Error::OutcomeUnknown);
                return Err(unknown.unwrap_or(Error::NotOwner));
            }
        }
    }

    /// Asks the writer of this process for a peer: never another one's.
    pub(crate) async fn ask_here(&self, office: &'static Office, request: Request) -> Told {
        let directory = self.shared().presence.directory();
        let Route::Here(inbox) = self.route(office, &directory) else {
            return Err(Error::NotOwner);
        };
        let told = self.ask_writer(&inbox, request.clone()).await;
        if self.day_was_fixed(office.id, &inbox, &told).await {
            return self.ask_writer(&inbox, request).await;
        }
        told
    }

    /// Where the engine of an office is.
    fn route(&self, office: &'static Office, directory: &Directory) -> Route {
        let presence = &self.shared().presence;
        if self.stopping().is_cancelled() {
            return directory
                .writer(office.id)
                .filter(|writer| writer.name != *presence.name())
                .map_or(Route::Nowhere, |writer| Route::There(writer.clone()));
        }
        if let Some(inbox) = self.running_inbox(office.id) {
            return Route::Here(inbox);
        }
        match directory.writer(office.id) {
            Some(writer) if writer.name == *presence.name() => Route::Here(self.inbox(office)),
            Some(writer) => Route::There(writer.clone()),
            // Somebody takes it, at the next look.
            None if !presence.has_joined() || directory.is_active(office.id) => Route::Nowhere,
            None if presence.is_leaving() => {
                let others = directory.successors(presence.name(), &Default::default());
                let other = others.first();
                other.map_or_else(
                    || Route::Here(self.inbox(office)),
                    |other| Route::There((*other).clone()),
                )
            }
            None => Route::Here(self.inbox(office)),
        }
    }

    /// Where the engine of an office is, once there is one; as [`Offices::ask`] waits.
    pub(super) async fn find(&self, office: &'static Office) -> Option<Found> {
        let mut changes = self.shared().presence.changes();
        let mut patience = Patience::new(self.shared().wait_for_owner);
        loop {
            let directory = Arc::clone(&changes.borrow_and_update());
            match self.route(office, &directory) {
                Route::Here(inbox) => return Some(Found::Here(inbox)),
                Route::There(replica) => return Some(Found::There(replica)),
                Route::Nowhere => {}
            }
            self.shared().presence.ask_to_look();
            if !patience.wait(&mut changes).await {
                return None;
            }
        }
    }

    /// A place among those who wait for a writer.
    fn place(&self) -> Option<Place<'_>> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Place(&self.waiting);
        metrics::tell_waiting_for_owner(before + 1);
        (before < self.shared().limits.queue).then_some(place)
    }

    /// Whether a draw was refused for want of a day that is fixed by now: the message that tells so
    /// may have been lost.
    async fn day_was_fixed(
        &self,
        office: OfficeId,
        inbox: &mpsc::Sender<Message>,
        told: &Told,
    ) -> bool {
        let Err(Error::DrawingNotOpen { day }) = told else {
            return false;
        };
        {
            let mut sought = self
                .days_sought
                .lock()
                .expect("no panic while the lock is held");
            let last = sought.get(&office);
            if last.is_some_and(|last| last.elapsed() < SEEK_DAYS_EVERY) {
                return false;
            }
            sought.insert(office, Instant::now());
        }
        let Ok(days) = super::days::open_days(self.shared(), office).await else {
            return false;
        };
        let is_fixed = days.iter().any(|open| open.date == *day);
        for day in days {
            // It may end meanwhile.
            _ = inbox.send(Message::OpenDay(day)).await;
        }
        is_fixed
    }
}

/// Where an engine was found.
pub(super) enum Found {
    Here(mpsc::Sender<Message>),
    There(Replica),
}

/// Somebody waits as long as this lives.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let before = self.0.fetch_sub(1, Ordering::Relaxed);
        metrics::tell_waiting_for_owner(before - 1);
    }
}

/// How long a request looks for its writer.
struct Patience {
    until: Instant,
    pause: Duration,
}

impl Patience {
    fn new(most: Duration) -> Self {
        let own = Instant::now() + most;
        let callers = current_deadline().and_then(|deadline| deadline.checked_sub(MARGIN));
        Self {
            until: callers.map_or(own, |callers| callers.min(own)),
            pause: FIRST_PAUSE,
        }
    }

    /// Waits for something new, or for a while; false if there is no time left.
    async fn wait(&mut self, changes: &mut Changes) -> bool {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        // However fast news come, nobody is asked in a row.
        sleep(FIRST_PAUSE.min(left)).await;
        let pause = self.pause.min(left);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        tokio::select! {
            _ = changes.changed() => {}
            () = sleep(pause) => {}
        }
        true
    }
}

/// Waits until somebody else than this replica is known to write for the office.
async fn goes_elsewhere(changes: &mut Changes, office: OfficeId, replica: &Replica) {
    loop {
        if changes.changed().await.is_err() {
            return std::future::pending().await;
        }
        let directory = changes.borrow_and_update();
        let writer = directory.writer(office);
        if writer.is_some_and(|writer| writer.name != replica.name) {
            return;
        }
    }
}
