//! Operations of applications, and what became of them (P3, P4, P6).

use xuanhao_chassis::db;
use xuanhao_vocabulary::{Office, PlateKey};

use super::{App, derived};
use crate::domain::command::{Command, Input, Operation, Request, Resolve};
use crate::domain::error::Error as Refused;
use crate::domain::hold::HoldSet;
use crate::domain::ids::ApplicationId;
use crate::domain::rows::{self, Answer, Receipt};
use crate::error::Error;
use crate::store::log;

use super::holdings::AllocationView;

/// What became of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The row that records it; none where there is none and never will be.
    pub row: Option<(jiff::Timestamp, crate::domain::ids::RowKey)>,
    /// What it says.
    pub became: Became,
}

/// What an operation became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// The number is the application's.
    Allocated(AllocationView),
    /// This is held.
    Held(HoldSet),
    /// No wish was free.
    AllMissed(Vec<PlateKey>),
    /// Nothing to draw: no row, no charge (P4).
    NoneFree,
    /// Nothing is held, nothing may be charged.
    Dropped(Dropped),
}

/// Why nothing is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// The citizen gave it up.
    GivenUp,
    /// It was never recorded and never will be.
    NeverRecorded,
    /// Too little time was left when it was resolved.
    TooLittleTime,
}

impl App {
    /// Carries an operation out, or answers its repeat from the row.
    ///
    /// # Errors
    /// The engine's refusals.
    pub async fn operate(
        &self,
        office: &'static Office,
        operation: Operation,
    ) -> Result<Outcome, Error> {
        let (application, wishes) = (operation.application, wishes(&operation.input));
        let command = Command::Operate(operation);
        match self.offices.ask(office, Request::Command(command)).await {
            Ok(Answer::Recorded(receipt)) => outcome(office, application, &receipt, wishes),
            Ok(Answer::NeverExecuted) => Ok(never()),
            Ok(Answer::Standing(_)) => Err(Error::Answer),
            Err(Refused::NoneFree) => Ok(Outcome {
                row: None,
                became: Became::NoneFree,
            }),
            Err(refused) => Err(refused.into()),
        }
    }

    /// Tells what became of an operation, or sees to it that it never happens (P6).
    ///
    /// # Errors
    /// The engine's refusals, and when the row cannot be read.
    pub async fn resolve(
        &self,
        office: &'static Office,
        resolve: Resolve,
    ) -> Result<Outcome, Error> {
        let request = Request::Command(Command::Resolve(resolve));
        match self.offices.ask(office, request).await? {
            Answer::Recorded(receipt) => {
                let wishes = if receipt.outcome == rows::Outcome::AllMissed {
                    self.recorded_wishes(resolve.application, &receipt).await?
                } else {
                    Vec::new()
                };
                outcome(office, resolve.application, &receipt, wishes)
            }
            Answer::NeverExecuted => Ok(never()),
            Answer::Standing(_) => Err(Error::Answer),
        }
    }

    async fn recorded_wishes(
        &self,
        application: ApplicationId,
        receipt: &Receipt,
    ) -> Result<Vec<PlateKey>, db::Error> {
        let pool = self.db().pool();
        let row = log::row(pool, application, receipt.decided_at, receipt.key).await?;
        Ok(match row.map(|row| row.command) {
            Some(Command::Operate(operation)) => wishes(&operation.input),
            _ => Vec::new(),
        })
    }
}

fn wishes(input: &Input) -> Vec<PlateKey> {
    match input {
        Input::Compose(compose) => compose.wishes.clone(),
        Input::Draw(_) | Input::Keep(_) | Input::Confirm(_) | Input::Choose(_) | Input::GiveUp => {
            Vec::new()
        }
    }
}

fn never() -> Outcome {
    Outcome {
        row: None,
        became: Became::Dropped(Dropped::NeverRecorded),
    }
}

fn outcome(
    office: &Office,
    application: ApplicationId,
    receipt: &Receipt,
    wishes: Vec<PlateKey>,
) -> Result<Outcome, Error> {
    let became = match &receipt.outcome {
        rows::Outcome::Held { .. } => Became::Held(receipt.set.clone()),
        rows::Outcome::Allocated { plate } => {
            let (at, key) = (receipt.decided_at, receipt.key);
            let id = derived::allocation_id(office.id, at, key, *plate);
            Became::Allocated(AllocationView {
                id,
                office: office.id,
                application: Some(xuanhao_chassis::ids::ApplicationId::from_uuid(
                    application.0,
                )),
                plate: *plate,
                channel: receipt.channel,
                decided_at: at,
                is_registered: false,
                has_ended: false,
                op_no: receipt.op_no,
            })
        }
        rows::Outcome::AllMissed => Became::AllMissed(wishes),
        rows::Outcome::GivenUp => Became::Dropped(Dropped::GivenUp),
        rows::Outcome::Refused => Became::Dropped(Dropped::NeverRecorded),
        rows::Outcome::Dropped => Became::Dropped(Dropped::TooLittleTime),
        rows::Outcome::Closed { .. }
        | rows::Outcome::Released { .. }
        | rows::Outcome::Imported { .. }
        | rows::Outcome::RulesSet
        | rows::Outcome::Lapsed
        | rows::Outcome::Returning
        | rows::Outcome::Withdrawn
        | rows::Outcome::Withheld { .. } => return Err(Error::Answer),
    };
    Ok(Outcome {
        row: Some((receipt.decided_at, receipt.key)),
        became,
    })
}
