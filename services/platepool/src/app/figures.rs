//! Counts: as the engines know them now, for operators and metrics; coarse and delayed, for
//! everybody; and the audits that watch over both.

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tracing::error;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::chain;
use xuanhao_chassis::principal::Principal;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::{Office, OfficeId};

use super::asking::Found;
use super::metrics::{self, ClassFigures};
use super::office::Message;
use super::{App, offices, require_office};
use crate::domain::error::Error as Refused;
use crate::domain::state::State;
use crate::error::Error;
use crate::store::figures::{self, Coarse};
use crate::store::rebuild;
use crate::wire;

/// The figures of an office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeFigures {
    /// By class.
    pub classes: Vec<ClassFigures>,
    /// The writer's epoch.
    pub epoch: u64,
}

impl App {
    /// The figures of an office as its engine knows them now.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`; and when there is no memory.
    pub async fn figures(
        &self,
        office: &'static Office,
        actor: &Principal,
    ) -> Result<OfficeFigures, Error> {
        require_office(actor, office.id)?;
        match self.offices.find(office).await {
            Some(Found::Here(inbox)) => {
                let known = self.figures_of(office.id, &inbox).await?;
                let (figures, _) = known.ok_or(Refused::NotOwner)?;
                Ok(figures)
            }
            Some(Found::There(replica)) => {
                let told = self.shared.peers.view(&replica, office.id).await;
                let told = told.ok_or(Refused::NotOwner)?;
                read(told).ok_or(Error::Answer)
            }
            None => Err(Refused::NotOwner.into()),
        }
    }

    /// The figures of an office that this process writes for, and how many requests wait.
    ///
    /// # Errors
    /// `NOT_OWNER`.
    pub(crate) async fn figures_here(
        &self,
        office: &'static Office,
    ) -> Result<(OfficeFigures, usize), Error> {
        let inbox = self.offices.running_inbox(office.id);
        let inbox = inbox.ok_or(Refused::NotOwner)?;
        let known = self.figures_of(office.id, &inbox).await?;
        known.ok_or(Refused::NotOwner.into())
    }

    async fn figures_of(
        &self,
        office: OfficeId,
        inbox: &mpsc::Sender<Message>,
    ) -> Result<Option<(OfficeFigures, usize)>, Error> {
        let Some(view) = offices::view(inbox).await.filter(|view| view.epoch > 0) else {
            return Ok(None);
        };
        metrics::tell_engine(office, view.epoch, view.waiting);
        let away = rebuild::count_away(self.db().pool(), office, self.clock().now()).await?;
        let figures = view.figures.iter().map(|(class, known)| {
            let returning = away.get(class).copied().unwrap_or_default();
            let taken = known.free + known.allocated + returning;
            ClassFigures {
                class: *class,
                released: known.released,
                free: known.free,
                // Counted at slightly different moments, so it may come out below nothing.
                held: known.released.saturating_sub(taken),
                allocated: known.allocated,
                returning,
            }
        });
        let (classes, epoch) = (figures.collect(), view.epoch);
        Ok(Some((OfficeFigures { classes, epoch }, view.waiting)))
    }

    /// Tells the metrics of every running engine.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn tell_figures(&self) -> Result<(), Error> {
        for (office, inbox) in self.offices.running() {
            if let Some((figures, _)) = self.figures_of(office, &inbox).await? {
                figures
                    .classes
                    .iter()
                    .for_each(|one| metrics::tell_figures(office, one));
            }
        }
        Ok(())
    }

    /// Publishes the counts of every running engine, and audits its memory: no number is held twice,
    /// none is lost.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn publish_figures(&self) -> Result<(), Error> {
        for (office, inbox) in self.offices.running() {
            let Some(view) = offices::view(&inbox).await.filter(|view| view.epoch > 0) else {
                continue;
            };
            let (now, step) = (
                self.clock().now(),
                u64::from(self.publication().step.max(1)),
            );
            let coarse = |(class, known): &(_, crate::domain::pool::Figures)| Coarse {
                class: *class,
                released: known.released,
                free_at_least: known.free / step * step,
                step,
                counted_at: now,
            };
            let counts: Vec<Coarse> = view.figures.iter().map(coarse).collect();
            self.db()
                .run_tx("platepool.figures.publish", async |tx: &mut Tx| {
                    for coarse in &counts {
                        figures::publish(tx, office, coarse).await?;
                    }
                    Ok::<_, Error>(())
                })
                .await?;
            self.audit(office, &inbox).await;
        }
        Ok(())
    }

    async fn audit(&self, office: OfficeId, inbox: &mpsc::Sender<Message>) {
        let Some(memory) = offices::memory(inbox).await else {
            return;
        };
        let audited = spawn_blocking(move || memory.audit().map(drop)).await;
        if let Ok(Err(broken)) = audited {
            metrics::count_broken(office);
            error!(%office, error = chain(&broken), "the memory contradicts itself");
        }
    }

    /// A copy of the memory of an office's engine, for audits and replays; none while it has none.
    pub async fn memory(&self, office: &'static Office) -> Option<Box<State>> {
        offices::memory(&self.offices.inbox(office)).await
    }
}

/// What another replica told.
fn read(told: pb::ViewEngineResponse) -> Option<OfficeFigures> {
    let class = |one: pb::ClassFigures| {
        Some(ClassFigures {
            class: wire::read_class(one.plate_class())?,
            released: one.released,
            free: one.free,
            held: one.held,
            allocated: one.allocated,
            returning: one.returning,
        })
    };
    Some(OfficeFigures {
        classes: told.classes.into_iter().map(class).collect::<Option<_>>()?,
        epoch: u64::try_from(told.epoch).ok()?,
    })
}
