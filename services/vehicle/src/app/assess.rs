//! Deciding whether a vehicle may take part (R-INF-04).

use jiff::Timestamp;
use prost::Message as _;
use xuanhao_chassis::clock::civil_day;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{self, Key, Replay, Scope};
use xuanhao_chassis::ids::{ApplicationId, PersonId, RequestId};
use xuanhao_chassis::outbox;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_vocabulary::invoice::InvoiceNumber;
use xuanhao_vocabulary::{OfficeId, Vin};

use super::{App, View};
use crate::domain::assessment::{State, decide};
use crate::domain::buyer::Buyer;
use crate::domain::claim::{Conflicts, Taken};
use crate::domain::findings::{Answers, Told};
use crate::domain::import::{Support, needs_confirmation};
use crate::domain::question::{LateAnswers, System};
use crate::domain::suspicion::Suspicion;
use crate::error::Error;
use crate::events;
use crate::outside::{InvoiceQuestion, Purchase, Unavailable, VehicleQuestion};
use crate::store::assessment::{self, Assessment, MaskedProof};
use crate::store::claim;
use crate::store::question::{self, Answer, NewQuestion};

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

/// What is kept of the answer: it names the decision, so that no VIN stands beside request ids.
type Kept = pb::GetAssessmentRequest;

/// What both systems were asked, and what they said to it.
struct Asked {
    vehicle: VehicleQuestion,
    invoice: InvoiceQuestion,
    answers: Answers,
}

impl App {
    /// Decides, once per request; or leaves the decision pending, where answers may come late.
    ///
    /// # Errors
    /// `PURCHASE_PROOF_INVALID` for an invoice of the future, `VIN_NEEDS_CONFIRMATION`, and
    /// `CHECK_UNAVAILABLE` when an outside system does not answer and may not answer late: then
    /// nothing is kept.
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
        let asked = self.ask(&command).await;
        let late = match (asked.answers.complete(), self.limits.late) {
            (true, _) => None,
            (false, Some(late)) => Some(late),
            (false, None) => return Err(Unavailable.into()),
        };
        let new = self.sealed(&command, &asked, late, now).await?;
        let questions = match late {
            None => Vec::new(),
            Some(late) => self.questions(&new, &asked, &late, now).await?,
        };
        let suspicions = if asked.answers.complete() {
            self.limits
                .rules
                .suspicions
                .of_answers(&command.vin, &asked.answers)
        } else {
            Vec::new()
        };
        let event_id = self.ids.next();
        self.db
            .run_once(
                "vehicle.assess_vehicle",
                key,
                recognised,
                async |tx: &mut Tx| {
                    let decision = self.weighed(tx, &new, &asked.answers, &suspicions).await?;
                    assessment::add(tx, &decision).await?;
                    if decision.state == State::Pending {
                        for question in &questions {
                            question::add(tx, question, now).await?;
                        }
                    }
                    if decision.state == State::Decided {
                        outbox::append(tx, &events::decided(event_id, &decision)).await?;
                    }
                    Ok::<_, Error>(Kept {
                        assessment_id: decision.assessment_id.to_string(),
                    })
                },
            )
            .await
    }

    /// The decision with what others and the person hold at this moment.
    async fn weighed(
        &self,
        tx: &mut Tx,
        new: &Assessment,
        answers: &Answers,
        suspicions: &[Suspicion],
    ) -> Result<Assessment, Error> {
        let verified = claim::verified(tx, &new.taken).await?;
        let held = Conflicts::of(&verified, new.application_id, &new.taken);
        let mut decision = new.clone();
        // What others hold is known without anybody's answer.
        if !answers.complete() && !held.any() {
            return Ok(decision);
        }
        let asked_on = civil_day(new.decided_at);
        decision.grounds = decide(answers, held, asked_on, &self.limits.rules);
        decision.answers_until = None;
        decision.state = State::Decided;
        if decision.grounds.is_empty() {
            decision.suspicions = suspicions.to_vec();
            if self.holds_many(tx, new).await? {
                decision.suspicions.insert(0, Suspicion::ManyVehicles);
            }
            if !decision.suspicions.is_empty() {
                decision.state = State::UnderReview;
            }
        }
        Ok(decision)
    }

    /// Whether the buyer holds so many vehicles already that another one is suspicious.
    pub(super) async fn holds_many(&self, tx: &mut Tx, of: &Assessment) -> Result<bool, Error> {
        let suspicions = &self.limits.rules.suspicions;
        let Some(many) = suspicions.many_vehicles else {
            return Ok(false);
        };
        let since = self.clock.now().saturating_sub(many.within);
        let since = since.expect("days are always subtracted");
        let held = claim::count_of_person(tx, of.person_id, of.application_id, since).await?;
        Ok(suspicions.too_many(held, of.organisation))
    }

    /// The row before anything is weighed.
    async fn sealed(
        &self,
        command: &Assess,
        asked: &Asked,
        late: Option<LateAnswers>,
        now: Timestamp,
    ) -> Result<Assessment, Error> {
        let index = self.sealer.index();
        let vehicle = asked.answers.known_vehicle();
        let digits = command.invoice.as_str();
        let kind = match command.invoice {
            InvoiceNumber::Paper(_) => "paper_invoice",
            InvoiceNumber::Digital(_) => "electronic_invoice",
        };
        let until = late.map(|late| {
            now.saturating_add(late.within)
                .expect("hours are always added")
        });
        Ok(Assessment {
            assessment_id: self.ids.next(),
            application_id: command.application,
            office: command.office,
            person_id: command.person,
            organisation: matches!(command.buyer, Buyer::Organisation(_)),
            vin: self
                .sealer
                .seal(command.person, assessment::VIN, command.vin.as_str())
                .await?,
            taken: Taken {
                vehicle: index.of("vehicle.vin", command.vin.as_str()),
                purchase_proof: index.of("vehicle.purchase_proof", digits),
            },
            proof: MaskedProof {
                kind: kind.to_owned(),
                tail: digits[digits.len() - 4..].to_owned(),
            },
            state: State::Pending,
            class: vehicle.and_then(|vehicle| vehicle.class),
            energy: vehicle.and_then(|vehicle| vehicle.energy),
            description: vehicle
                .map(|vehicle| vehicle.description.clone())
                .unwrap_or_default(),
            import_confirmed: command.support.confirmed,
            grounds: Vec::new(),
            suspicions: Vec::new(),
            cleared_at: None,
            answers_until: until,
            decided_at: now,
            version: 1,
        })
    }

    /// Rows of both questions: the one that was answered with its answer, the other sealed.
    async fn questions(
        &self,
        new: &Assessment,
        asked: &Asked,
        late: &LateAnswers,
        now: Timestamp,
    ) -> Result<Vec<NewQuestion>, Error> {
        let again_at = late.again_at(0, now);
        let vehicle = asked.answers.vehicle.clone().map(Answer::Vehicle);
        let invoice = asked.answers.invoice.clone().map(Answer::Invoice);
        let asked = [
            (
                System::Registry,
                vehicle,
                serde_json::to_vec(&asked.vehicle),
            ),
            (
                System::TaxBureau,
                invoice,
                serde_json::to_vec(&asked.invoice),
            ),
        ];
        let mut questions = Vec::new();
        for (system, answer, json) in asked {
            let told = match answer {
                Some(answer) => Ok(answer),
                None => {
                    let json = json.expect("questions are JSON");
                    let sealed = self.sealer.seal(new.person_id, question::QUESTION, json);
                    Err((sealed.await?, again_at))
                }
            };
            questions.push(NewQuestion {
                question_id: self.ids.next(),
                assessment_id: new.assessment_id,
                system,
                told,
            });
        }
        Ok(questions)
    }

    /// Both systems at once: neither waits for the other.
    async fn ask(&self, command: &Assess) -> Asked {
        let vehicle = VehicleQuestion::new(&command.vin, command.support.certificate.as_ref());
        let invoice = InvoiceQuestion::new(Purchase {
            invoice: &command.invoice,
            buyer: &command.buyer,
            vin: &command.vin,
        });
        let (told_vehicle, told_invoice) = tokio::join!(
            self.registry.vehicle(&vehicle),
            self.tax_bureau.invoice(&invoice),
        );
        Asked {
            vehicle,
            invoice,
            answers: Answers {
                vehicle: told_vehicle.ok().map(Told::from),
                invoice: told_invoice.ok().map(Told::from),
            },
        }
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
}
