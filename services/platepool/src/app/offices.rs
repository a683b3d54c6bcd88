//! The offices' writers: started at their first use, so that idle offices cost nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use xuanhao_vocabulary::{Office, OfficeId};

use super::Shared;
use super::office::{Message, Told, View, Writer};
use crate::domain;
use crate::domain::command::Request;
use crate::domain::draw::Day;
use crate::domain::error::Error;
use crate::domain::state::State;

/// Requests on their way to a writer; more are refused before they cost anything.
const INBOX: usize = 4_096;

/// The writers of this process.
#[derive(Debug)]
pub(crate) struct Offices {
    shared: Arc<Shared>,
    inboxes: Mutex<HashMap<OfficeId, mpsc::Sender<Message>>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Offices {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let (inboxes, tasks, stop) = (
            Mutex::default(),
            TaskTracker::new(),
            CancellationToken::new(),
        );
        Self {
            shared,
            inboxes,
            tasks,
            stop,
        }
    }

    /// Where the writer of an office takes messages; it is started if it does not run.
    pub(crate) fn inbox(&self, office: &'static Office) -> mpsc::Sender<Message> {
        let mut inboxes = self
            .inboxes
            .lock()
            .expect("no panic while the lock is held");
        if let Some(inbox) = inboxes.get(&office.id).filter(|inbox| !inbox.is_closed()) {
            return inbox.clone();
        }
        let (inbox, receiver) = mpsc::channel(INBOX);
        let codes = office.codes.iter().copied().collect();
        let of = domain::state::Office {
            id: office.id,
            codes,
        };
        let writer = Writer::new(Arc::clone(&self.shared), of);
        self.tasks.spawn(writer.run(receiver, self.stop.clone()));
        inboxes.insert(office.id, inbox.clone());
        inbox
    }

    /// Asks an office's engine, and waits for its answer.
    pub(crate) async fn ask(&self, office: &'static Office, request: Request) -> Told {
        if self.stop.is_cancelled() {
            return Err(Error::NotOwner);
        }
        let (reply, answer) = oneshot::channel();
        let message = Message::Ask {
            request: Box::new(request),
            reply,
        };
        match self.inbox(office).try_send(message) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return Err(Error::Overloaded),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(Error::NotOwner),
        }
        // A writer that is gone may have left a statement behind.
        answer.await.unwrap_or(Err(Error::OutcomeUnknown))
    }

    /// The inboxes of writers that run.
    pub(crate) fn running(&self) -> Vec<(OfficeId, mpsc::Sender<Message>)> {
        let inboxes = self
            .inboxes
            .lock()
            .expect("no panic while the lock is held");
        let open = inboxes.iter().filter(|(_, inbox)| !inbox.is_closed());
        open.map(|(office, inbox)| (*office, inbox.clone()))
            .collect()
    }

    /// Tells a writer, if it runs, that a day is fixed. One that does not run reads it at its start.
    pub(crate) async fn open_day(&self, office: OfficeId, day: Day) {
        let inbox = self.running().into_iter().find(|(id, _)| *id == office);
        if let Some((_, inbox)) = inbox {
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
