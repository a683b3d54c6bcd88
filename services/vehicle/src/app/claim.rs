//! Who holds a vehicle and its purchase proof (R-INF-09).

use jiff::Timestamp;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{ApplicationId, RequestId};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::vehicle::v1 as pb;

use super::{App, ClaimView, refusal_of};
use crate::domain::assessment::{AssessmentId, Eligibility, Ground, State};
use crate::domain::claim::{ClaimId, Conflicts, Own, State as ClaimState, Step, step};
use crate::domain::suspicion::Suspicion;
use crate::error::Error;
use crate::store::assessment::{self, Assessment};
use crate::store::claim;

/// A vehicle to be bound to an application.
#[derive(Debug)]
pub struct Claim {
    /// The calling service.
    pub caller: &'static str,
    /// Its request id.
    pub request_id: RequestId,
    /// The decision that names vehicle and proof.
    pub assessment_id: AssessmentId,
    /// Who takes them.
    pub application: ApplicationId,
}

/// An application that gives up what it holds.
#[derive(Debug)]
pub struct Release {
    /// The calling service.
    pub caller: &'static str,
    /// Its request id.
    pub request_id: RequestId,
    /// The application.
    pub application: ApplicationId,
}

impl App {
    /// Binds vehicle and proof; what else the application held is freed. On an eligible decision the
    /// claim is verified and evicts the unverified ones; on a pending one, or one under review, it is
    /// unverified and excludes nobody.
    ///
    /// # Errors
    /// `NOT_FOUND` for a decision that is not this application's, `VEHICLE_NOT_ELIGIBLE`,
    /// `VIN_IN_USE` and `PURCHASE_PROOF_USED`.
    pub async fn claim(
        &self,
        command: Claim,
        request: &pb::ClaimVehicleRequest,
    ) -> Result<ClaimView, Error> {
        let now = self.clock.now();
        let scope = Scope::Service(command.caller);
        let key = Key::new(&scope, "vehicle.claim_vehicle", command.request_id, now);
        let claim_id: ClaimId = self.ids.next();
        // The claim itself is not kept beside the request id: it holds a VIN.
        self.db
            .run_once(
                "vehicle.claim_vehicle",
                &key,
                request,
                async |tx: &mut Tx| {
                    self.take(tx, &command, claim_id, now).await?;
                    Ok::<_, Error>(pb::ClaimVehicleResponse { claim: None })
                },
            )
            .await?;
        let view = self.claim_of(command.application).await?;
        view.ok_or_else(|| Refusal::not_found("claim").into())
    }

    async fn take(
        &self,
        tx: &mut Tx,
        command: &Claim,
        claim_id: ClaimId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let found = assessment::lookup(tx, command.assessment_id).await?;
        let found = found.filter(|found| found.application_id == command.application);
        let mut wanted = found.ok_or_else(|| Refusal::not_found("vehicle"))?;
        if !wanted.grounds.is_empty() {
            return Err(not_eligible(&wanted.grounds).into());
        }
        claim::lock(tx, [&wanted.taken]).await?;
        let verified = claim::verified(tx, &wanted.taken).await?;
        let held = Conflicts::of(&verified, command.application, &wanted.taken);
        if held.vehicle {
            return Err(Refusal::new(Reason::VinInUse).into());
        }
        if held.purchase_proof {
            return Err(Refusal::new(Reason::PurchaseProofUsed).into());
        }
        let live = claim::newest(tx, command.application).await?;
        let live = live.filter(|claim| claim.state.is_live());
        let own = live.as_ref().map(|claim| Own {
            assessment: claim.assessment_id,
            taken: claim.taken,
            verified: claim.state == ClaimState::Verified,
        });
        match step(own.as_ref(), wanted.assessment_id, &wanted.taken) {
            Step::Keep => return Ok(()),
            Step::Take => {}
            Step::Exchange => {
                if let Some(live) = &live {
                    self.end(tx, live, ClaimState::Released, now).await?;
                }
            }
        }
        self.suspect_many(tx, &mut wanted).await?;
        let lapses_at = match Eligibility::of(wanted.state, &wanted.grounds) {
            Eligibility::Eligible => None,
            Eligibility::Pending => wanted.answers_until,
            _ => Some(self.lapses_at(now)),
        };
        if lapses_at.is_none() {
            self.evict(tx, command.application, &wanted.taken, now)
                .await?;
        }
        claim::add(tx, claim_id.as_uuid(), &wanted, lapses_at, now).await?;
        if wanted.state == State::UnderReview {
            let added = claim::newest(tx, command.application).await?;
            let added = added.ok_or(Error::Form)?;
            self.open_review(tx, &added, &wanted.suspicions, None, now)
                .await?;
        }
        Ok(())
    }

    /// Decisions are made before vehicles are claimed, so that many can be waiting at once: whoever
    /// holds many by now is suspected now.
    async fn suspect_many(&self, tx: &mut Tx, wanted: &mut Assessment) -> Result<(), Error> {
        let eligible = wanted.state == State::Decided && wanted.cleared_at.is_none();
        if eligible && self.holds_many(tx, wanted).await? {
            wanted.state = State::UnderReview;
            wanted.suspicions = vec![Suspicion::ManyVehicles];
            assessment::mark_decided(tx, wanted).await?;
        }
        Ok(())
    }

    /// Frees what an application holds, if it holds anything.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn release(
        &self,
        command: Release,
        request: &pb::ReleaseVehicleRequest,
    ) -> Result<pb::ReleaseVehicleResponse, Error> {
        let now = self.clock.now();
        let scope = Scope::Service(command.caller);
        let key = Key::new(&scope, "vehicle.release_vehicle", command.request_id, now);
        self.db
            .run_once(
                "vehicle.release_vehicle",
                &key,
                request,
                async |tx: &mut Tx| {
                    let live = claim::newest(tx, command.application).await?;
                    if let Some(live) = live.filter(|claim| claim.state.is_live()) {
                        self.end(tx, &live, ClaimState::Released, now).await?;
                    }
                    Ok::<_, Error>(pb::ReleaseVehicleResponse {})
                },
            )
            .await
    }
}

/// The rule that was broken, where one was.
fn not_eligible(grounds: &[Ground]) -> Refusal {
    let mut told = grounds.iter().map(|ground| refusal_of(*ground));
    let ruled = told.find(|refusal| refusal.reason() == Reason::VehicleNotEligible);
    ruled.unwrap_or_else(|| Refusal::new(Reason::VehicleNotEligible))
}
