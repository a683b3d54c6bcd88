//! The writers of this process: started when the office comes to it, so that idle offices cost
//! nothing.

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::SignedDuration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use xuanhao_vocabulary::{Office, OfficeId};

use super::Shared;
use super::handover::{Shelf, domain_office};
use super::office::{Message, Told, View, Writer};
use super::rebuild::Basis;
use crate::domain::command::Request;
use crate::domain::draw::Day;
use crate::domain::error::Error;
use crate::domain::state::State;

/// Requests on their way to a writer; more are refused before they cost anything.
const INBOX: usize = 4_096;

/// Those refused come back after this.
pub(super) const SOON: SignedDuration = SignedDuration::from_secs(1);

/// The writers of this process, and the way to those of others.
#[derive(Debug)]
pub(crate) struct Offices {
    shared: Arc<Shared>,
    running: Mutex<HashMap<OfficeId, Running>>,
    shelf: Shelf,
    /// Requests that wait for somebody to write for their office.
    pub(super) waiting: AtomicUsize,
    /// When a writer was last told to look for a day that may have been fixed.
    pub(super) days_sought: Mutex<HashMap<OfficeId, Instant>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// A writer of this process.
#[derive(Debug)]
struct Running {
    inbox: mpsc::Sender<Message>,
    stop: CancellationToken,
    since: Instant,
}

impl Offices {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            running: Mutex::default(),
            shelf: Shelf::default(),
            waiting: AtomicUsize::new(0),
            days_sought: Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// What was prepared for others' offices.
    pub(super) fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Tasks that end with the writers.
    pub(super) fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// Cancelled when all is to end.
    pub(super) fn stopping(&self) -> &CancellationToken {
        &self.stop
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OfficeId, Running>> {
        self.running
            .lock()
            .expect("no panic while the lock is held")
    }

    /// Where the writer of an office takes messages; it is started if it does not run.
    pub(crate) fn inbox(&self, office: &'static Office) -> mpsc::Sender<Message> {
        self.start(office, Basis::Rows)
    }

    /// The same; what it is made from matters only if it does not run.
    pub(super) fn start(&self, office: &'static Office, basis: Basis) -> mpsc::Sender<Message> {
        let mut running = self.lock();
        if let Some(one) = running.get(&office.id).filter(|one| !one.inbox.is_closed()) {
            return one.inbox.clone();
        }
        let (inbox, receiver) = mpsc::channel(INBOX);
        let stop = self.stop.child_token();
        let writer = Writer::new(Arc::clone(&self.shared), domain_office(office));
        self.tasks.spawn(writer.run(basis, receiver, stop.clone()));
        let since = Instant::now();
        let one = Running {
            inbox: inbox.clone(),
            stop,
            since,
        };
        running.insert(office.id, one);
        inbox
    }

    /// Where the writer of an office takes messages, if it runs.
    pub(super) fn running_inbox(&self, office: OfficeId) -> Option<mpsc::Sender<Message>> {
        let running = self.lock();
        let one = running.get(&office).filter(|one| !one.inbox.is_closed());
        one.map(|one| one.inbox.clone())
    }

    /// Ends the writer of an office that another process writes for: what was seen then, if it began
    /// before.
    pub(super) fn depose(&self, office: OfficeId, seen: Instant) {
        let running = self.lock();
        if let Some(one) = running.get(&office).filter(|one| one.since < seen) {
            one.stop.cancel();
        }
    }

    /// Asks the writer of an office in this process, and waits for its answer.
    pub(super) async fn ask_writer(&self, inbox: &mpsc::Sender<Message>, request: Request) -> Told {
        let (reply, answer) = oneshot::channel();
        let message = Message::Ask {
            request: Box::new(request),
            reply,
        };
        match inbox.try_send(message) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => {
                return Err(Error::Overloaded { retry_after: SOON });
            }
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(Error::NotOwner),
        }
        // A writer that is gone may have left a statement behind.
        answer.await.unwrap_or(Err(Error::OutcomeUnknown))
    }

    /// The inboxes of writers that run.
    pub(crate) fn running(&self) -> Vec<(OfficeId, mpsc::Sender<Message>)> {
        let running = self.lock();
        let open = running.iter().filter(|(_, one)| !one.inbox.is_closed());
        open.map(|(office, one)| (*office, one.inbox.clone()))
            .collect()
    }

    /// Tells a writer, if it runs here, that a day is fixed. One that does not run reads it at its
    /// start.
    pub(crate) async fn open_day(&self, office: OfficeId, day: Day) {
        if let Some(inbox) = self.running_inbox(office) {
            // It may end meanwhile.
            _ = inbox.send(Message::OpenDay(day)).await;
        }
    }

    /// Ends all writers, each after the statement it has on its way.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// How an engine is.
pub(crate) async fn view(inbox: &mpsc::Sender<Message>) -> Option<View> {
    let (reply, view) = oneshot::channel();
    inbox.send(Message::View(reply)).await.ok()?;
    view.await.ok()
}

/// A copy of an engine's memory.
pub(crate) async fn memory(inbox: &mpsc::Sender<Message>) -> Option<Box<State>> {
    let (reply, memory) = oneshot::channel();
    inbox.send(Message::Memory(reply)).await.ok()?;
    memory.await.ok().flatten()
}
