//! Sending the number of a closed application back (P10, R-RND-12): an order that is durable first,
//! then two rows of the engine, the end of the life and the way back.

use jiff::{SignedDuration, Timestamp};
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::Office;

use super::App;
use super::holdings::AllocationView;
use crate::domain::command::{Command, Lapse, Request, Return};
use crate::domain::error::Error as Refused;
use crate::domain::ids;
use crate::error::Error;
use crate::store::allocation::{self, Life};
use crate::store::returning::{self, Order};

/// Orders carried out by one run of the job.
const RUN: i64 = 100;

/// What is to be sent back, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendBack {
    /// Whose number.
    pub application: ApplicationId,
    /// Why, for the public record.
    pub reason: String,
    /// Between which the random delay lies; none for the pool's own bounds.
    pub delay: Option<(SignedDuration, SignedDuration)>,
    /// How long it is then drawn only.
    pub random_only: SignedDuration,
}

impl App {
    /// Ends the live allocation of a closed application. The order under which it ends is made once;
    /// asking again carries the same order out.
    ///
    /// # Errors
    /// `OPERATION_OUT_OF_ORDER` while the application is not closed, `ALREADY_REGISTERED`.
    pub async fn return_allocation(
        &self,
        office: &'static Office,
        back: SendBack,
    ) -> Result<Option<AllocationView>, Error> {
        let standing = self
            .standing(office, ids::ApplicationId(back.application.as_uuid()))
            .await?;
        if !standing.closed {
            return Err(Reason::OperationOutOfOrder.into());
        }
        let Some(order) = self.order_return(office, &back).await? else {
            return Ok(None);
        };
        if !order.is_done {
            self.carry_out(office, &order).await?;
        }
        let mut connection = self.db().pool().acquire().await?;
        let found = allocation::lookup(&mut connection, order.allocation).await?;
        Ok(found.map(AllocationView::from))
    }

    /// The order, made now or before; none where there is nothing to send back.
    async fn order_return(
        &self,
        office: &'static Office,
        back: &SendBack,
    ) -> Result<Option<Order>, Error> {
        let now = self.clock().now();
        let available_at = plus(now, self.random_delay(back.delay));
        let random_only_until = plus(available_at, back.random_only);
        self.db()
            .run_tx("platepool.return.order", async |tx: &mut Tx| {
                let known = returning::of_application(tx, back.application).await?;
                let live = allocation::of_application(tx, back.application).await?;
                let Some(live) = live.filter(|live| live.office == office.id) else {
                    return Ok(known);
                };
                if live.life == Life::Registered {
                    return Err(Error::from(Refusal::new(Reason::AlreadyRegistered)));
                }
                if let Some(known) = known.filter(|known| known.allocation == live.id) {
                    return Ok(Some(known));
                }
                let order = Order {
                    allocation: live.id,
                    office: office.id,
                    application: back.application,
                    plate: live.plate,
                    reason: back.reason.clone(),
                    available_at,
                    random_only_until,
                    ordered_at: now,
                    is_done: false,
                };
                returning::add(tx, &order).await?;
                Ok(Some(order))
            })
            .await
    }

    pub(super) fn random_delay(
        &self,
        bounds: Option<(SignedDuration, SignedDuration)>,
    ) -> SignedDuration {
        let own = |seconds| SignedDuration::from_secs(i64::from(seconds));
        let (min, max) =
            bounds.unwrap_or((own(self.returns.delay_min_s), own(self.returns.delay_max_s)));
        let span = u64::try_from((max - min).as_micros().max(0)).unwrap_or_default();
        let drawn = self.random.below(span.saturating_add(1).max(1));
        min + SignedDuration::from_micros(i64::try_from(drawn).unwrap_or_default())
    }

    async fn carry_out(&self, office: &'static Office, order: &Order) -> Result<(), Error> {
        let lapse = Lapse {
            plate: order.plate,
            application: Some(ids::ApplicationId(order.application.as_uuid())),
        };
        if self.life_of(order).await? == Some(Life::Live) {
            match self
                .offices
                .ask(office, Request::Command(Command::Lapse(lapse)))
                .await
            {
                Ok(_) | Err(Refused::NotAllocated) => {}
                Err(refused) => return Err(refused.into()),
            }
        }
        match self.life_of(order).await? {
            // Registered meanwhile, or gone the whole way already: nothing is to be done.
            Some(Life::Registered) => {
                self.finish(order).await?;
                return Err(Reason::AlreadyRegistered.into());
            }
            Some(Life::Live) => return Err(Refused::OutcomeUnknown.into()),
            None => return self.finish(order).await,
            Some(Life::Ended) => {}
        }
        let back = Return {
            plate: order.plate,
            available_at: order.available_at,
            random_only_until: order.random_only_until,
        };
        match self
            .offices
            .ask(office, Request::Command(Command::Return(back)))
            .await
        {
            // Somebody took the lapsed number by an import.
            Ok(_) | Err(Refused::NotAway) => self.finish(order).await,
            Err(refused) => Err(refused.into()),
        }
    }

    /// The life of the order's allocation; none once its number was sent back.
    async fn life_of(&self, order: &Order) -> Result<Option<Life>, Error> {
        let mut connection = self.db().pool().acquire().await?;
        let found = allocation::lookup(&mut connection, order.allocation).await?;
        Ok(found
            .filter(|found| !found.was_sent_back)
            .map(|found| found.life))
    }

    async fn finish(&self, order: &Order) -> Result<(), Error> {
        let now = self.clock().now();
        self.db()
            .run_tx("platepool.return.finish", async |tx: &mut Tx| {
                Ok(returning::done(tx, order.allocation, now).await?)
            })
            .await
    }

    /// Carries out orders that were interrupted.
    ///
    /// # Errors
    /// When the database cannot be asked, or an engine cannot tell.
    pub async fn finish_returns(&self) -> Result<Progress, Error> {
        for order in returning::open(self.db().pool(), RUN).await? {
            let Ok(office) = self.office(order.office) else {
                continue;
            };
            match self.carry_out(office, &order).await {
                Ok(()) | Err(Error::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Progress::Idle)
    }
}

pub(super) fn plus(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by)
        .expect("an exact duration never fails to be added")
}
