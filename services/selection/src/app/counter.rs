//! Selecting at the window: what stands around its operations (R-SEL-12).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::ApplicationId;

use super::{App, Staff, View};
use crate::domain::application::Application;
use crate::domain::quota::Chances;
use crate::error::Error;
use crate::store::operations::Operation;
use crate::store::{applications, audit};

/// What remains for the vehicle at the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WindowChances {
    pub(crate) chances: Chances,
    /// Numbers of one draw.
    pub(crate) draw_count: u16,
}

impl View {
    /// What remains at the window by the policy in force.
    pub(crate) fn window_chances(&self) -> WindowChances {
        let window = self.live_window();
        let fresh = Chances::fresh(window.wishes, window.draw_quota);
        let chances = self.quota.map_or(fresh, |quota| {
            quota.at_window(window.wishes, window.draw_quota).window
        });
        WindowChances {
            chances,
            draw_count: window.draw_count,
        }
    }
}

impl App {
    /// The application as the officer sees it.
    ///
    /// # Errors
    /// `NOT_FOUND`, `OUTSIDE_YOUR_OFFICE`.
    pub(crate) async fn get_at_counter(
        &self,
        staff: &Staff,
        id: ApplicationId,
    ) -> Result<View, Error> {
        let found = applications::lookup(self.db.pool(), id).await?;
        let application = found.ok_or_else(|| Error::not_found("application"))?;
        staff.check_serves(application.office)?;
        self.view(application).await
    }

    /// The entry of an operation at the window, in the transaction that reserves it.
    pub(super) async fn audit_at_counter(
        &self,
        tx: &mut Tx,
        staff: &Staff,
        operation: &Operation,
        application: &Application,
    ) -> Result<(), Error> {
        let details = serde_json::json!({
            "operation": operation.request.kind(),
            "op_no": operation.op_no,
        });
        let entry = audit::Entry {
            on_behalf_of: Some(application.account.as_uuid()),
            ..self.entry(
                staff,
                application.office,
                "counter.operated",
                application.id,
                "at the window",
                details,
            )
        };
        Ok(audit::add(tx, &entry, operation.reserved_at).await?)
    }
}
