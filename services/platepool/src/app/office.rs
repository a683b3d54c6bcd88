//! The one task that writes for an office: it drives the engine, and does what the engine says.
//!
//! Requests that come while a statement is on its way are handed to the engine, which queues them
//! undecided; when the statement has settled they make the next batch (E4). Commit, reads, rebuild and
//! handing over run as futures of this task, so nothing outlives it.
//!
//! It ends when another process writes for the office, when it has handed the office over, and with
//! the process. Whoever waits undecided then is told `NotOwner`: nothing of theirs was written, and
//! they are asked again at the new writer's.

mod leaving;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use xuanhao_chassis::db;
use xuanhao_vocabulary::PlateClass;

use super::commit::commit;
use super::handover::LetGo;
use super::rebuild::{Basis, Rebuilt, rebuild};
use super::{Shared, metrics};
use crate::domain::command::{Request, Resolve};
use crate::domain::draw::Day;
use crate::domain::engine::{Effect, Engine, Need, Settled};
use crate::domain::error::Error;
use crate::domain::pool::Figures;
use crate::domain::record::History;
use crate::domain::rows::{Answer, Entry};
use crate::domain::state::{Office, State};
use crate::store::log;

pub(crate) use leaving::HandOver;

/// What a caller is told.
pub(crate) type Told = Result<Answer, Error>;

/// What the task is asked.
#[derive(Debug)]
pub(crate) enum Message {
    /// A request for the engine.
    Ask {
        request: Box<Request>,
        reply: oneshot::Sender<Told>,
    },
    /// A day's key and public value are stored.
    OpenDay(Day),
    /// How the engine is.
    View(oneshot::Sender<View>),
    /// A copy of the memory, for audits. None while there is none.
    Memory(oneshot::Sender<Option<Box<State>>>),
    /// Tells the epoch once there is a memory; nothing if there will be none.
    Ready(oneshot::Sender<u64>),
    /// The office is to be another's.
    HandOver(HandOver),
}

/// How an engine is: for figures only, because a batch may be on its way.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// 0 while there is no memory.
    pub(crate) epoch: u64,
    pub(crate) waiting: usize,
    pub(crate) figures: Vec<(PlateClass, Figures)>,
}

/// Something became due: looked at no more often than this, no more seldom than that.
const DUE_SOONEST: Duration = Duration::from_millis(100);
const DUE_LATEST: Duration = Duration::from_secs(60);
/// After a memory was lost that never committed anything.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// After a rebuild that came to nothing.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(500);

type Work<T> = Option<Pin<Box<dyn Future<Output = T> + Send>>>;

/// Waits for work, or for ever if there is none.
async fn done<T>(work: &mut Work<T>) -> T {
    match work {
        Some(running) => {
            let result = running.await;
            *work = None;
            result
        }
        None => std::future::pending().await,
    }
}

/// What was read for the engine.
type Read = (
    u64,
    Result<(Vec<History>, Vec<(Resolve, Option<Entry>)>), db::Error>,
);

/// The task of an office.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    office: Office,
    engine: Engine<oneshot::Sender<Told>>,
    committing: Work<Settled>,
    reading: Work<Read>,
    rebuilding: Work<Rebuilt>,
    handing_over: Option<HandOver>,
    letting_go: Work<LetGo>,
    ready: Vec<oneshot::Sender<u64>>,
    wanted: Vec<(u64, Need)>,
    /// Whether nobody shall wait for the rebuild: it failed, or another process writes.
    is_away: bool,
    /// Memories lost since the last commit.
    losses: u32,
    /// Nothing is left to be done here.
    has_ended: bool,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, office: Office) -> Self {
        let engine = Engine::new(shared.limits.clone());
        Self {
            shared,
            office,
            engine,
            committing: None,
            reading: None,
            rebuilding: None,
            handing_over: None,
            letting_go: None,
            ready: Vec::new(),
            wanted: Vec::new(),
            is_away: false,
            losses: 0,
            has_ended: false,
        }
    }

    /// Works until `stop`; a statement on its way is waited for.
    pub(crate) async fn run(
        mut self,
        basis: Basis,
        mut inbox: mpsc::Receiver<Message>,
        stop: CancellationToken,
    ) {
        let most = self.shared.limits.batch;
        let mut messages = Vec::with_capacity(most);
        self.rebuild_after(Duration::ZERO, basis);
        while !self.has_ended && (!stop.is_cancelled() || self.is_on_the_wire()) {
            let wakeup = self.wakeup();
            tokio::select! {
                biased;
                settled = done(&mut self.committing) => self.settle(settled),
                read = done(&mut self.reading) => self.take_in(read),
                rebuilt = done(&mut self.rebuilding) => self.begin_anew(rebuilt),
                gone = done(&mut self.letting_go) => self.leave(gone),
                () = stop.cancelled(), if !self.is_on_the_wire() => break,
                count = inbox.recv_many(&mut messages, most) => {
                    if count == 0 {
                        break;
                    }
                    messages.drain(..).for_each(|message| self.receive(message));
                }
                () = async { sleep(wakeup.unwrap_or(DUE_LATEST)).await }, if wakeup.is_some() => {}
            }
            self.decide();
        }
        // Nobody comes any more; those who are on their way go elsewhere.
        inbox.close();
        while let Some(message) = inbox.recv().await {
            self.receive(message);
        }
        let effects = self.engine.abandon();
        self.obey(effects);
    }

    /// Whether something is in the database's hands that must not be dropped.
    fn is_on_the_wire(&self) -> bool {
        self.committing.is_some() || self.letting_go.is_some()
    }

    /// Whether what is in memory may be spoken of: nobody else can have taken the office over.
    fn is_fresh(&self) -> bool {
        self.shared.presence.is_fresh()
    }

    fn wakeup(&self) -> Option<Duration> {
        let left = self
            .engine
            .next_wakeup()?
            .duration_since(self.shared.clock.now());
        let left = Duration::try_from(left.max(SignedDuration::ZERO)).unwrap_or(DUE_LATEST);
        Some(left.clamp(DUE_SOONEST, DUE_LATEST))
    }

    fn receive(&mut self, message: Message) {
        match message {
            Message::Ask { request, reply } => {
                let effects = self.engine.submit(*request, reply);
                self.obey(effects);
                if self.is_away {
                    let effects = self.engine.abandon();
                    self.obey(effects);
                }
            }
            Message::OpenDay(day) => self.open(day),
            // Who asked may have gone.
            Message::View(reply) => _ = reply.send(self.view()),
            Message::Memory(reply) => {
                let memory = self.engine.memory().cloned().map(Box::new);
                _ = reply.send(memory);
            }
            Message::Ready(reply) => {
                self.ready.push(reply);
                self.tell_ready();
            }
            // One at a time; the second is told that it was not done.
            Message::HandOver(_) if self.handing_over.is_some() => {}
            Message::HandOver(to) => self.handing_over = Some(to),
        }
    }

    fn tell_ready(&mut self) {
        if let Some(memory) = self.engine.memory() {
            let epoch = memory.epoch();
            self.ready.drain(..).for_each(|reply| _ = reply.send(epoch));
        }
    }

    fn open(&mut self, day: Day) {
        if let Err(error) = self.engine.open_day(day) {
            warn!(office = %self.office.id, %error, "a day cannot be opened");
        }
    }

    fn view(&self) -> View {
        let memory = self.engine.memory().filter(|_| self.is_fresh());
        let figures = |memory: &State| {
            let all = PlateClass::ALL
                .into_iter()
                .map(|class| (class, memory.figures(class)));
            all.filter(|(_, figures)| figures.released > 0).collect()
        };
        View {
            epoch: memory.map_or(0, State::epoch),
            waiting: self.engine.waiting(),
            figures: memory.map(figures).unwrap_or_default(),
        }
    }

    /// Decides until a statement is on its way or nothing is left to do.
    fn decide(&mut self) {
        if self.has_ended {
            return;
        }
        if self.handing_over.is_some() {
            return self.begin_to_let_go();
        }
        while self.committing.is_none() {
            if self.engine.memory().is_some() && !self.is_fresh() {
                self.fall_silent();
                break;
            }
            let effects = self.engine.decide(self.shared.clock.now());
            if effects.is_empty() {
                break;
            }
            self.obey(effects);
        }
        self.read();
    }

    /// Somebody else may write by now: what is in memory is worth nothing until the epoch was raised
    /// again.
    fn fall_silent(&mut self) {
        warn!(office = %self.office.id, "no sign of life was given in time");
        let effects = self.engine.discard();
        self.obey(effects);
    }

    fn settle(&mut self, settled: Settled) {
        if matches!(settled, Settled::Committed { .. }) {
            self.losses = 0;
        }
        let effects = self.engine.settle(settled);
        self.obey(effects);
    }

    fn obey(&mut self, effects: Vec<Effect<oneshot::Sender<Told>>>) {
        for effect in effects {
            match effect {
                Effect::Commit(batch) => {
                    self.committing = Some(Box::pin(commit(Arc::clone(&self.shared), *batch)));
                }
                // Who asked may have gone; the row stays, and a resolve tells it.
                Effect::Answer { token, answer } => _ = token.send(answer),
                Effect::Need { epoch, need } => self.wanted.push((epoch, need)),
                Effect::Rebuild(why) => {
                    metrics::count_rebuild(self.office.id, why);
                    warn!(office = %self.office.id, ?why, "the memory is rebuilt");
                    self.wanted.clear();
                    self.reading = None;
                    let pause = FIRST_PAUSE.saturating_mul(self.losses.saturating_mul(self.losses));
                    self.losses = self.losses.saturating_add(1);
                    self.rebuild_after(pause.min(LONGEST_PAUSE), Basis::Rows);
                }
            }
        }
    }

    /// Reads everything that is wanted, in one go.
    fn read(&mut self) {
        if self.reading.is_some() || self.wanted.is_empty() {
            return;
        }
        let wanted = std::mem::take(&mut self.wanted);
        let epoch = wanted
            .iter()
            .map(|(epoch, _)| *epoch)
            .max()
            .unwrap_or_default();
        let pool = self.shared.db.pool().clone();
        self.reading = Some(Box::pin(async move {
            let (mut applications, mut operations) = (Vec::new(), Vec::new());
            for (_, need) in wanted
                .into_iter()
                .filter(|(wanted_in, _)| *wanted_in == epoch)
            {
                match need {
                    Need::History(application) => applications.push(application),
                    Need::Operation(operation) => operations.push(operation),
                }
            }
            let read = async {
                let mut rows = Vec::with_capacity(operations.len());
                for operation in operations {
                    rows.push((operation, log::operation(&pool, operation).await?));
                }
                if applications.is_empty() {
                    return Ok((Vec::new(), rows));
                }
                Ok((log::histories(&pool, &applications).await?, rows))
            };
            (epoch, read.await)
        }));
    }

    fn take_in(&mut self, (epoch, read): Read) {
        if self.engine.memory().is_some() && !self.is_fresh() {
            return self.fall_silent();
        }
        let (histories, operations) = match read {
            Ok(read) => read,
            Err(error) => {
                let error = xuanhao_chassis::error::chain(&error);
                warn!(office = %self.office.id, error, "a history cannot be read");
                let effects = self.engine.discard();
                return self.obey(effects);
            }
        };
        for history in &histories {
            let effects = self.engine.learn(epoch, history);
            self.obey(effects);
        }
        for (operation, row) in &operations {
            let effects = self.engine.learn_operation(epoch, *operation, row.as_ref());
            self.obey(effects);
        }
    }

    fn rebuild_after(&mut self, pause: Duration, basis: Basis) {
        let work = rebuild(Arc::clone(&self.shared), self.office.clone(), pause, basis);
        self.rebuilding = Some(Box::pin(work));
    }

    fn begin_anew(&mut self, rebuilt: Rebuilt) {
        match rebuilt {
            Rebuilt::Ready { memory, days } => {
                let epoch = memory.epoch();
                info!(office = %self.office.id, epoch, "the memory is ready");
                self.shared.presence.took(self.office.id, epoch);
                self.is_away = false;
                days.into_iter().for_each(|day| self.open(day));
                let effects = self.engine.restore(*memory);
                self.obey(effects);
                self.tell_ready();
                return;
            }
            // Whoever waits is handed on when this task ends.
            Rebuilt::Elsewhere => {
                self.shared.presence.ask_to_look();
                self.has_ended = true;
                return;
            }
            Rebuilt::Silent => {}
            Rebuilt::Failed(error) => {
                let error = xuanhao_chassis::error::chain(&error);
                warn!(office = %self.office.id, error, "the memory cannot be rebuilt");
            }
        }
        self.is_away = true;
        self.ready.clear();
        let effects = self.engine.abandon();
        self.obey(effects);
        self.rebuild_after(PAUSE_AFTER_FAILURE, Basis::Rows);
    }
}
