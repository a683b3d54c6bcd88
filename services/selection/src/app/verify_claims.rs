//! Applications whose vehicle is not verified yet, or is under an officer's review: what the vehicle
//! service says of their claim decides whether they may select, go on or end. Facts on the bus are hints; the claim itself is asked for, and asked
//! for again after a time, so that a lost hint is harmless.

use std::sync::Arc;

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::{Refusal, chain};
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::reason::{Locale, Reason};

use super::App;
use super::load::{info_of, policies_of};
use crate::domain::application::Application;
use crate::domain::quota::VehicleQuota;
use crate::domain::telling::Telling;
use crate::domain::verification::{Claim, Found};
use crate::domain::void::{Cause, Voided};
use crate::error::Error;
use crate::store::{applications, claims, quotas};

/// Claims asked about by one run.
const BATCH: i64 = 100;

impl App {
    /// Takes in a hint that something became of an application's claim.
    pub(crate) async fn note_claim(
        &self,
        tx: &mut Tx,
        application: ApplicationId,
    ) -> Result<(), Error> {
        if claims::mark_check_at(tx, application, self.clock.now()).await? {
            self.signals.claims.raise();
        }
        Ok(())
    }

    /// The reconciler for claims: those a hint names, and unverified ones that wait for longer than a
    /// check's interval.
    ///
    /// # Errors
    /// When the database or a peer is away; the rest was done.
    pub async fn verify_claims(self: &Arc<Self>) -> Result<Progress, Error> {
        let now = self.clock.now();
        let every = self.settings.claim_check_every;
        let before = now.saturating_sub(every).unwrap_or(now);
        let due = claims::list_due(self.db.pool(), now, before, BATCH).await?;
        let mut failed = None;
        for id in &due {
            let asked = self.verify_claim(*id).await;
            let again = now.saturating_add(every).unwrap_or(now);
            self.db
                .run_tx("selection.claim_checked", async |tx: &mut Tx| {
                    match &asked {
                        Ok(()) => claims::mark_asked(tx, *id, again).await?,
                        Err(_) => drop(claims::mark_check_at(tx, *id, again).await?),
                    }
                    Ok::<_, Error>(())
                })
                .await?;
            if let Err(error) = asked {
                tracing::warn!(application.id = %id, error = chain(&error), "a claim is asked about again later");
                failed = Some(error);
            }
        }
        match failed {
            Some(error) => Err(error),
            None if i64::try_from(due.len()).unwrap_or(0) >= BATCH => Ok(Progress::More),
            None => Ok(Progress::Idle),
        }
    }

    async fn verify_claim(self: &Arc<Self>, id: ApplicationId) -> Result<(), Error> {
        let claim = self.peers.vehicle.claim_of(id).await?;
        // A claim that is gone leaves nothing to wait for.
        let claim = claim.unwrap_or_else(|| Claim::Ended {
            cause: Cause::Lapsed,
            reason: Refusal::new(Reason::Unavailable).text(Locale::ZhCn),
        });
        let failed = self
            .db
            .run_tx("selection.follow_claim", async |tx: &mut Tx| {
                self.write_claim(tx, id, &claim).await
            })
            .await?;
        if let Some((application, why)) = failed {
            self.end_unverified(&application, why).await?;
        }
        self.signals.messages.raise();
        Ok(())
    }

    /// Writes what a claim's standing means; what remains is to end the application.
    async fn write_claim(
        &self,
        tx: &mut Tx,
        id: ApplicationId,
        claim: &Claim,
    ) -> Result<Option<(Application, Voided)>, Error> {
        let now = self.clock.now();
        let Some(application) = applications::lookup_for_update(tx, id).await? else {
            return Ok(None);
        };
        let frozen = policies_of(tx, &application).await?.frozen;
        match application.follow_claim(claim, &frozen) {
            Found::Same => Ok(None),
            Found::Waiting(waiting) => {
                applications::update(tx, &waiting, now).await?;
                self.tell_of_review(tx, &waiting).await?;
                Ok(None)
            }
            Found::Passed(passed) => {
                let info = info_of(&passed).map_err(|refused| self.no(refused))?;
                let fresh = VehicleQuota::fresh(frozen.compose.quota, frozen.draw.quota);
                quotas::ensure(tx, &info.vin, passed.office, &fresh, now).await?;
                match applications::update(tx, &passed, now).await {
                    // The vehicle service says that nobody else may have it: it is told here soon, too.
                    Err(error) if error.is_unique_violation(applications::VIN_KEY) => {
                        return Err(Error::Disagreement("two applications have one vehicle"));
                    }
                    written => written?,
                }
                let told = Telling::VerificationPassed { vin: info.vin };
                self.tell(tx, &passed, &told, "").await?;
                Ok(None)
            }
            Found::Failed(why) => Ok(Some((application, why))),
        }
    }

    /// Tells the citizen of a review that waits for evidence, once for each.
    pub(super) async fn tell_of_review(
        &self,
        tx: &mut Tx,
        application: &Application,
    ) -> Result<(), Error> {
        let (Some(review), Some(info)) = (application.review, &application.info) else {
            return Ok(());
        };
        let told = Telling::EvidenceWanted { vin: info.vin };
        self.tell(tx, application, &told, &review.to_string()).await
    }

    /// P9: the pool refuses the application's operations first, then it is voided.
    async fn end_unverified(
        self: &Arc<Self>,
        application: &Application,
        mut why: Voided,
    ) -> Result<(), Error> {
        if why.reason.is_empty() {
            let refusal =
                Refusal::new(Reason::VehicleNotEligible).param("rule", "class_not_served");
            why.reason = refusal.text(Locale::ZhCn);
        }
        self.close_in_pool(application, "voided").await?;
        self.db
            .run_tx("selection.void_unverified", async |tx: &mut Tx| {
                self.write_void(tx, application.id, why.clone(), None)
                    .await
                    .map(drop)
            })
            .await?;
        self.signals.endings.raise();
        Ok(())
    }
}
