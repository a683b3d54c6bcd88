//! Decisions and claims as they are shown.

use jiff::Timestamp;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::sealed;
use xuanhao_vocabulary::{PlateClass, Vin};

use super::App;
use crate::domain::assessment::{AssessmentId, Eligibility, Ground, State};
use crate::domain::claim::State as ClaimState;
use crate::domain::findings::Energy;
use crate::domain::review::ReviewId;
use crate::domain::suspicion::Suspicion;
use crate::error::Error;
use crate::store::assessment::{self, Assessment, MaskedProof};
use crate::store::{claim, review};

/// A decision as it is shown.
#[derive(Debug)]
pub struct View {
    /// Its id.
    pub assessment_id: AssessmentId,
    /// The vehicle.
    pub vin: Vin,
    /// What it has come to.
    pub eligibility: Eligibility,
    /// Every reason against it; none if it is eligible.
    pub reasons: Vec<Refusal>,
    /// Of what it is suspected.
    pub suspicions: Vec<Suspicion>,
    /// Class of plate it takes. Until the registry has answered a small car is assumed.
    pub class: Option<PlateClass>,
    /// What drives it, where it is one of new energy.
    pub energy: Option<Energy>,
    /// When it was decided, or asked for while it is pending.
    pub decided_at: Timestamp,
    /// Keyed hash of the VIN.
    pub vehicle_key: [u8; 32],
    /// Make and model; may be empty.
    pub description: String,
    /// Kind and last four digits of the purchase proof.
    pub purchase_proof: String,
}

/// A claim as it is shown.
#[derive(Debug)]
pub struct ClaimView {
    /// Whose.
    pub application: ApplicationId,
    /// Where it stands.
    pub state: ClaimState,
    /// When it ends unverified.
    pub lapses_at: Option<Timestamp>,
    /// Why it was rejected.
    pub reasons: Vec<Refusal>,
    /// Of what the open review is.
    pub suspicions: Vec<Suspicion>,
    /// The open review.
    pub review: Option<ReviewId>,
    /// The decision; none when the buyer's data was erased.
    pub assessment: Option<View>,
}

impl App {
    /// A decision.
    ///
    /// # Errors
    /// `NOT_FOUND`, also when the buyer's data was erased.
    pub async fn assessment(&self, assessment_id: AssessmentId) -> Result<View, Error> {
        let mut connection = self.db.pool().acquire().await?;
        let found = assessment::lookup(&mut connection, assessment_id).await?;
        drop(connection);
        self.shown(found.ok_or_else(not_found)?).await
    }

    /// The newest claim of an application, if it ever made one.
    ///
    /// # Errors
    /// When the database or the key store cannot be asked.
    pub async fn claim_of(&self, application: ApplicationId) -> Result<Option<ClaimView>, Error> {
        let mut connection = self.db.pool().acquire().await?;
        let Some(found) = claim::newest(&mut connection, application).await? else {
            return Ok(None);
        };
        let decision = assessment::lookup(&mut connection, found.assessment_id).await?;
        let decision = decision.ok_or(Error::Form)?;
        let review = review::newest(&mut connection, application).await?;
        drop(connection);
        let open =
            review.filter(|review| review.state.is_open() && review.claim_id == found.claim_id);
        let told = matches!(found.state, ClaimState::Unverified | ClaimState::Rejected);
        let reasons = decision.grounds.iter().map(|ground| refusal_of(*ground));
        let reasons = reasons.filter(|_| told).collect();
        let assessment = match self.shown(decision).await {
            Ok(view) => Some(view),
            Err(Error::Refused(_)) => None,
            Err(error) => return Err(error),
        };
        Ok(Some(ClaimView {
            application,
            state: found.state,
            lapses_at: found.lapses_at,
            reasons,
            review: open.as_ref().map(|review| review.review_id),
            suspicions: open.map(|review| review.suspicions).unwrap_or_default(),
            assessment,
        }))
    }

    /// Opens the VIN of a decision.
    ///
    /// # Errors
    /// `NOT_FOUND` when the buyer's data was erased.
    pub(super) async fn vin_of(&self, found: &Assessment) -> Result<Vin, Error> {
        let vin = match self
            .sealer
            .open_text(found.person_id, assessment::VIN, &found.vin)
            .await
        {
            Ok(vin) => vin,
            Err(sealed::Error::Erased) => return Err(not_found().into()),
            Err(error) => return Err(error.into()),
        };
        Vin::parse(&vin).map_err(|_| Error::Form)
    }

    async fn shown(&self, found: Assessment) -> Result<View, Error> {
        let vin = self.vin_of(&found).await?;
        let eligibility = Eligibility::of(found.state, &found.grounds);
        let assumed = (found.state == State::Pending).then_some(PlateClass::Small);
        Ok(View {
            assessment_id: found.assessment_id,
            vin,
            eligibility,
            reasons: found.grounds.into_iter().map(refusal_of).collect(),
            suspicions: found.suspicions,
            class: found.class.or(assumed),
            energy: found.energy,
            decided_at: found.decided_at,
            vehicle_key: found.taken.vehicle,
            description: found.description,
            purchase_proof: masked(&found.proof),
        })
    }
}

fn not_found() -> Refusal {
    Refusal::not_found("vehicle")
}

/// For people: kind and last four digits.
fn masked(proof: &MaskedProof) -> String {
    if proof.tail.is_empty() {
        return String::new();
    }
    let kind = match proof.kind.as_str() {
        "electronic_invoice" => "数电票",
        _ => "纸质发票",
    };
    format!("{kind} ****{}", proof.tail)
}

/// A ground in the registry's terms.
pub(crate) fn refusal_of(ground: Ground) -> Refusal {
    let not_eligible = |rule| Refusal::new(Reason::VehicleNotEligible).param("rule", rule);
    match ground {
        Ground::VehicleUnknown => not_eligible("vehicle_unknown"),
        Ground::ProofInvalid => Reason::PurchaseProofInvalid.into(),
        Ground::VehicleMismatch => Reason::VehicleMismatch.into(),
        Ground::BuyerMismatch => Reason::BuyerMismatch.into(),
        Ground::AlreadyRegistered => Reason::VehicleAlreadyRegistered.into(),
        Ground::NotANewPurchase => not_eligible("not_a_new_purchase"),
        Ground::ClassNotServed => not_eligible("class_not_served"),
        Ground::VinInUse => Reason::VinInUse.into(),
        Ground::ProofUsed => Reason::PurchaseProofUsed.into(),
        Ground::ReviewConfirmed => not_eligible("review_confirmed"),
    }
}
