//! Deciding whether a vehicle may take part.

use jiff::Timestamp;
use prost::Message as _;
use xuanhao_chassis::clock::civil_day;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{self, Key, Replay, Scope};
use xuanhao_chassis::ids::{ApplicationId, PersonId, RequestId};
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::{outbox, sealed};
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_vocabulary::invoice::InvoiceNumber;
use xuanhao_vocabulary::{OfficeId, PlateClass, Vin};

use super::App;
use crate::domain::assessment::{AssessmentId, Findings, Ground, decide};
use crate::domain::buyer::Buyer;
use crate::domain::claim::{Conflicts, Taken, conflicts};
use crate::domain::import::{Support, needs_confirmation};
use crate::error::Error;
use crate::events;
use crate::outside::Purchase;
use crate::store::assessment::{self, Assessment};
use crate::store::claim;

/// A vehicle to be decided on.
#[derive(Debug)]
pub struct Assess {
    /// The calling service.
    pub caller: &'static str,
    /// Its request id.
    pub request_id: RequestId,
    /// The application it is for.
    pub application: ApplicationId,
    /// The office that would register it.
    pub office: OfficeId,
    /// The vehicle.
    pub vin: Vin,
    /// The purchase proof.
    pub invoice: InvoiceNumber,
    /// The account's holder, who has to be the buyer.
    pub buyer: Buyer,
    /// Under whose key the VIN is sealed.
    pub person: PersonId,
    /// What supports an odd VIN.
    pub support: Support,
}

/// A decision as it is shown.
#[derive(Debug)]
pub struct View {
    /// Its id.
    pub assessment_id: AssessmentId,
    /// The vehicle.
    pub vin: Vin,
    /// Every reason against it; none if it is eligible.
    pub reasons: Vec<Refusal>,
    /// Class of plate it takes, where that is known.
    pub class: Option<PlateClass>,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Keyed hash of the VIN.
    pub vehicle_key: [u8; 32],
    /// Make and model; may be empty.
    pub description: String,
}

/// What is kept of the answer: it names the decision, so that no VIN stands beside request ids.
type Kept = pb::GetAssessmentRequest;

impl App {
    /// Decides, once per request.
    ///
    /// # Errors
    /// `PURCHASE_PROOF_INVALID` for an invoice of the future, `VIN_NEEDS_CONFIRMATION`, and
    /// `CHECK_UNAVAILABLE` when an outside system does not answer: then nothing is kept.
    pub async fn assess(
        &self,
        command: Assess,
        recognised: &pb::AssessVehicleRequest,
    ) -> Result<View, Error> {
        let now = self.clock.now();
        if command.invoice.check_year(civil_day(now)).is_err() {
            let refusal = Refusal::new(Reason::PurchaseProofInvalid).on_field("purchase_proof");
            return Err(refusal.into());
        }
        if needs_confirmation(&command.vin, &command.invoice, &command.support) {
            return Err(Refusal::new(Reason::VinNeedsConfirmation)
                .on_field("vin")
                .into());
        }
        let scope = Scope::Service(command.caller);
        let key = Key::new(&scope, "vehicle.assess_vehicle", command.request_id, now);
        let kept = match self.answered(&key, recognised).await? {
            Some(kept) => kept,
            None => self.assess_new(command, &key, recognised, now).await?,
        };
        let id = kept.assessment_id.parse();
        self.assessment(id.map_err(|error| db::Error::corrupt("response", error))?)
            .await
    }

    async fn assess_new(
        &self,
        command: Assess,
        key: &Key,
        recognised: &pb::AssessVehicleRequest,
        now: Timestamp,
    ) -> Result<Kept, Error> {
        let findings = self.ask(&command).await?;
        let (office, application_id) = (command.office, command.application);
        let index = self.sealer.index();
        let new = Assessment {
            assessment_id: self.ids.next(),
            application_id,
            office,
            person_id: command.person,
            vin: self
                .sealer
                .seal(command.person, assessment::VIN, command.vin.as_str())
                .await?,
            taken: Taken {
                vehicle: index.of("vehicle.vin", command.vin.as_str()),
                purchase_proof: index.of("vehicle.purchase_proof", command.invoice.as_str()),
            },
            class: findings.vehicle.as_ref().and_then(|vehicle| vehicle.class),
            description: findings
                .vehicle
                .as_ref()
                .map(|v| v.description.clone())
                .unwrap_or_default(),
            import_confirmed: command.support.confirmed,
            grounds: Vec::new(),
            decided_at: now,
        };
        let event_id = self.ids.next();
        // The transaction may run several times, each with what others hold then.
        let decided = |held: Conflicts| {
            let findings = Findings {
                conflicts: held,
                ..findings.clone()
            };
            decide(&findings, civil_day(now), &self.limits.rules)
        };
        self.db
            .run_once(
                "vehicle.assess_vehicle",
                key,
                recognised,
                async |tx: &mut Tx| {
                    let live = claim::live(tx, application_id, &new.taken).await?;
                    let held = conflicts(&live, application_id, &new.taken);
                    let decision = Assessment {
                        grounds: decided(held),
                        ..new.clone()
                    };
                    assessment::add(tx, &decision).await?;
                    outbox::append(tx, &events::decided(event_id, &decision)).await?;
                    Ok::<_, Error>(Kept {
                        assessment_id: decision.assessment_id.to_string(),
                    })
                },
            )
            .await
    }

    /// Both systems at once: neither waits for the other.
    async fn ask(&self, command: &Assess) -> Result<Findings, Error> {
        let Assess {
            vin,
            invoice,
            buyer,
            ..
        } = command;
        let (vehicle, invoice) = tokio::join!(
            self.registry
                .vehicle(vin, command.support.certificate.as_ref()),
            self.tax_bureau.invoice(Purchase {
                invoice,
                buyer,
                vin
            }),
        );
        let (vehicle, invoice) = (vehicle?, invoice?);
        Ok(Findings {
            vehicle,
            invoice,
            conflicts: Conflicts::default(),
        })
    }

    /// What was answered to the same request before, so that no outside system is asked again.
    async fn answered(
        &self,
        key: &Key,
        recognised: &pb::AssessVehicleRequest,
    ) -> Result<Option<Kept>, Error> {
        let hash = idempotency::hash_of(recognised);
        let replay = self
            .db
            .run_tx("vehicle.answered", async |tx: &mut Tx| {
                idempotency::begin(tx, key, hash).await
            })
            .await?;
        match replay {
            Replay::New => Ok(None),
            Replay::Refused(refusal) => Err(refusal.into()),
            Replay::Response(bytes) => Kept::decode(bytes.as_slice())
                .map(Some)
                .map_err(|source| db::Error::corrupt("response", source).into()),
        }
    }

    /// A decision.
    ///
    /// # Errors
    /// `NOT_FOUND`, also when the buyer's data was erased.
    pub async fn assessment(&self, assessment_id: AssessmentId) -> Result<View, Error> {
        let mut connection = self.db.pool().acquire().await?;
        let found = assessment::lookup(&mut connection, assessment_id).await?;
        drop(connection);
        let found = found.ok_or_else(|| Refusal::not_found("vehicle"))?;
        let vin = match self
            .sealer
            .open_text(found.person_id, assessment::VIN, &found.vin)
            .await
        {
            Ok(vin) => vin,
            Err(sealed::Error::Erased) => return Err(Refusal::not_found("vehicle").into()),
            Err(error) => return Err(error.into()),
        };
        Ok(View {
            assessment_id,
            vin: Vin::parse(&vin).map_err(|_| Error::Form)?,
            reasons: found.grounds.into_iter().map(refusal_of).collect(),
            class: found.class,
            decided_at: found.decided_at,
            vehicle_key: found.taken.vehicle,
            description: found.description,
        })
    }
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
    }
}
