//! What an application holds, and what is allocated.

use jiff::Timestamp;
use xuanhao_chassis::ids::{AllocationId, ApplicationId};
use xuanhao_vocabulary::{Office, OfficeId, PlateKey};

use super::App;
use crate::domain::command::{Channel, Request};
use crate::domain::ids;
use crate::domain::rows::{Answer, Standing};
use crate::error::Error;
use crate::store::allocation::{self, Allocation, Life};

/// An allocation, as callers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllocationView {
    /// Its id.
    pub id: AllocationId,
    /// The office.
    pub office: OfficeId,
    /// Whose it is; none for imports and reserves.
    pub application: Option<ApplicationId>,
    /// The number.
    pub plate: PlateKey,
    /// How it was given away.
    pub channel: Channel,
    /// The instant of its log row.
    pub decided_at: Timestamp,
    /// Whether the vehicle is registered with it.
    pub is_registered: bool,
    /// Whether it is over.
    pub has_ended: bool,
    /// Number of the operation that took it; 0 where none did.
    pub op_no: u64,
}

impl From<Allocation> for AllocationView {
    fn from(row: Allocation) -> Self {
        Self {
            id: row.id,
            office: row.office,
            application: row.application,
            plate: row.plate,
            channel: row.channel,
            decided_at: row.decided_at,
            is_registered: row.life == Life::Registered,
            has_ended: row.life == Life::Ended,
            op_no: row.op_no,
        }
    }
}

impl App {
    /// Where an application stands.
    ///
    /// # Errors
    /// When the engine cannot tell.
    pub async fn standing(
        &self,
        office: &'static Office,
        application: ids::ApplicationId,
    ) -> Result<Standing, Error> {
        match self.offices.ask(office, Request::Look(application)).await? {
            Answer::Standing(standing) => Ok(standing),
            Answer::Recorded(_) | Answer::NeverExecuted => Err(Error::Answer),
        }
    }

    /// The live allocation of an application, from the rows (P11).
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn allocation_of(
        &self,
        office: &'static Office,
        application: ApplicationId,
    ) -> Result<Option<AllocationView>, Error> {
        let mut connection = self.db().pool().acquire().await?;
        let found = allocation::of_application(&mut connection, application).await?;
        Ok(found
            .filter(|found| found.office == office.id)
            .map(AllocationView::from))
    }

    /// The live allocation of a number, from the rows.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn allocation_of_plate(
        &self,
        office: &'static Office,
        plate: PlateKey,
    ) -> Result<Option<AllocationView>, Error> {
        let found = allocation::of_plate(self.db().pool(), plate).await?;
        Ok(found
            .filter(|found| found.office == office.id)
            .map(AllocationView::from))
    }
}
