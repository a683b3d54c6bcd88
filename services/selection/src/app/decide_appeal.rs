//! Deciding an appeal: by a reviewer who has not acted on the application before.

use uuid::Uuid;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::reason::Reason;

use super::acts::check_reason;
use super::bans::Lifted;
use super::{Act, App, Done, OpenedAppeal, Staff};
use crate::domain::appeal::Standing;
use crate::domain::telling::Telling;
use crate::error::Error;
use crate::store::appeals;
use crate::store::{applications, audit};

/// A reviewer's decision.
#[derive(Debug, Clone)]
pub(crate) struct DecideAppeal {
    pub(crate) appeal: Uuid,
    pub(crate) uphold: bool,
    /// Told to the citizen.
    pub(crate) reason: String,
}

impl App {
    /// Decides an appeal; upheld, the ban is lifted at once.
    ///
    /// # Errors
    /// `NOT_FOUND`, `APPEAL_DECIDED`, `APPROVER_IS_ACTOR`, `OUTSIDE_YOUR_OFFICE`,
    /// `STAFF_REASON_REQUIRED`.
    pub(crate) async fn decide_appeal(
        &self,
        staff: &Staff,
        act: &Act,
        wish: &DecideAppeal,
    ) -> Result<OpenedAppeal, Error> {
        let reason = check_reason(&wish.reason)?;
        let key = act.key(&Scope::Staff(staff.id), "DecideAppeal", self.clock.now());
        let done = self
            .db
            .run_once(
                "selection.decide_appeal",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| self.write_decision(tx, staff, wish, &reason).await,
            )
            .await?;
        self.signals.messages.raise();
        self.appeal_of(&done).await
    }

    async fn write_decision(
        &self,
        tx: &mut Tx,
        staff: &Staff,
        wish: &DecideAppeal,
        reason: &str,
    ) -> Result<Done, Error> {
        let now = self.clock.now();
        let unknown = || Error::not_found("appeal");
        let found = appeals::lookup(&mut **tx, wish.appeal).await?;
        let named = found.ok_or_else(unknown)?;
        staff.check_serves(named.office)?;
        // The application first, as whoever files locks it.
        let found = applications::lookup_for_update(tx, named.application).await?;
        let application = found.ok_or_else(|| Error::not_found("application"))?;
        let found = appeals::lookup_for_update(tx, wish.appeal).await?;
        let appeal = found.ok_or_else(unknown)?;
        if appeal.standing != Standing::Waiting {
            return Err(Reason::AppealDecided.into());
        }
        let subject = application.id.to_string();
        if audit::has_acted(&mut **tx, &subject, staff.id).await? {
            return Err(Reason::ApproverIsActor.into());
        }
        let standing = if wish.uphold {
            Standing::Upheld
        } else {
            Standing::Dismissed
        };
        appeals::mark_decided(tx, appeal.id, standing, staff.id, reason, now).await?;
        let application = application.touched();
        applications::update(tx, &application, now).await?;
        if wish.uphold {
            self.lift_ban(tx, &application, Lifted::Appeal).await?;
        }
        let told = Telling::AppealDecided {
            upheld: wish.uphold,
            reason: reason.to_owned(),
        };
        self.tell(tx, &application, &told, &appeal.id.to_string())
            .await?;
        let details = serde_json::json!({
            "appeal": appeal.id,
            "against": appeal.ground.as_str(),
            "decision": standing.as_str(),
        });
        let office = application.office;
        let entry = self.entry(staff, office, "appeal.decided", subject, reason, details);
        audit::add(tx, &entry, now).await?;
        Ok(Done::about(appeal.id))
    }
}
