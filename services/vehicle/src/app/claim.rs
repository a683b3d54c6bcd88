//! Who holds a vehicle and its purchase proof.

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{ApplicationId, Id, RequestId};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::vehicle::v1 as pb;

use super::{App, refusal_of};
use crate::domain::assessment::{Assessment, AssessmentId, Ground};
use crate::domain::claim::{Step, conflicts, step};
use crate::error::Error;
use crate::store::{assessment, claim};

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
    /// Binds vehicle and proof; what else the application held is freed.
    ///
    /// # Errors
    /// `NOT_FOUND` for a decision that is not this application's, `VEHICLE_NOT_ELIGIBLE`,
    /// `VIN_IN_USE` and `PURCHASE_PROOF_USED`.
    pub async fn claim(
        &self,
        command: Claim,
        request: &pb::ClaimVehicleRequest,
    ) -> Result<pb::ClaimVehicleResponse, Error> {
        let now = self.clock.now();
        let scope = Scope::Service(command.caller);
        let key = Key::new(&scope, "vehicle.claim_vehicle", command.request_id, now);
        let claim_id: Id<Assessment> = self.ids.next();
        self.db
            .run_once(
                "vehicle.claim_vehicle",
                &key,
                request,
                async |tx: &mut Tx| {
                    let found = assessment::lookup(tx, command.assessment_id).await?;
                    let own = found.filter(|found| found.application_id == command.application);
                    let own = own.ok_or_else(|| Refusal::not_found("vehicle"))?;
                    if !own.grounds.is_empty() {
                        return Err(not_eligible(&own.grounds).into());
                    }
                    let live = claim::live(tx, command.application, &own.taken).await?;
                    let held = conflicts(&live, command.application, &own.taken);
                    if held.vehicle {
                        return Err(Refusal::new(Reason::VinInUse).into());
                    }
                    if held.purchase_proof {
                        return Err(Refusal::new(Reason::PurchaseProofUsed).into());
                    }
                    match step(&live, command.application, &own.taken) {
                        Step::Keep => {}
                        Step::Take => claim::add(tx, claim_id.as_uuid(), &own, now).await?,
                        Step::Exchange => {
                            claim::release(tx, command.application, now).await?;
                            claim::add(tx, claim_id.as_uuid(), &own, now).await?;
                        }
                    }
                    Ok::<_, Error>(pb::ClaimVehicleResponse {})
                },
            )
            .await
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
                    claim::release(tx, command.application, now).await?;
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
