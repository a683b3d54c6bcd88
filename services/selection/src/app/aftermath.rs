//! What is shown of an application once it has a number or has ended.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::PgConnection;
use uuid::Uuid;

use super::App;
use crate::domain::application::{Application, Selection};
use crate::domain::policy::Policy;
use crate::domain::state::State;
use crate::domain::undo::{check_undo, undo_until};
use crate::error::Error;
use crate::store::{appeals, blacklist, undos};

/// Beside what the application and its selection hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Aftermath {
    /// The number may be taken back until then.
    pub(crate) undo_until: Option<Timestamp>,
    /// First civil day after a ban in force for this application.
    pub(crate) banned_until: Option<Date>,
    /// The latest appeal.
    pub(crate) appeal: Option<Uuid>,
}

impl App {
    /// Reads what an application led to.
    pub(super) async fn aftermath(
        &self,
        connection: &mut PgConnection,
        application: &Application,
        selection: Option<&Selection>,
        frozen: &Policy,
    ) -> Result<Aftermath, Error> {
        let mut aftermath = Aftermath::default();
        match (application.state, selection, &application.info) {
            (State::Confirmed, Some(selection), Some(info)) => {
                let within = frozen.undo.within_min;
                let used = undos::is_used(&mut *connection, &info.vin).await?;
                let now = self.clock.now();
                let may = check_undo(application.state, Some(selection), within, used, now);
                aftermath.undo_until = undo_until(selection, within).filter(|_| may.is_ok());
            }
            (State::Expired | State::Voided | State::Registered, ..) => {
                let today = self.clock.today();
                let ban =
                    blacklist::of_application(&mut *connection, application.id, today).await?;
                aftermath.banned_until = ban.map(|ban| ban.until);
                let appeal = appeals::find_latest(&mut *connection, application.id).await?;
                aftermath.appeal = appeal.map(|appeal| appeal.id);
            }
            _ => {}
        }
        Ok(aftermath)
    }
}
