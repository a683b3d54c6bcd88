//! Suspicions under review: the citizen's evidence, and what officers see.

use jiff::Timestamp;
use serde_json::json;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{AccountId, ApplicationId, Id, RequestId};
use xuanhao_chassis::outbox;
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_vocabulary::{OfficeId, ProvinceId, Vin};

use super::{App, require_office, staff};
use crate::domain::review::{ReviewId, State, due_at};
use crate::domain::suspicion::Suspicion;
use crate::error::Error;
use crate::events;
use crate::peers::DocumentId;
use crate::store::review::{self, Review};
use crate::store::{assessment, audit, claim};

/// Evidence to the review of an own application.
#[derive(Debug)]
pub struct AddEvidence {
    /// Whose application.
    pub account: AccountId,
    /// The request id.
    pub request_id: RequestId,
    /// The application.
    pub application: ApplicationId,
    /// Documents kept at identity.
    pub documents: Vec<DocumentId>,
}

/// An officer's suspicion.
#[derive(Debug)]
pub struct OpenReview {
    /// Who suspects.
    pub actor: Principal,
    /// The request id.
    pub request_id: RequestId,
    /// The application.
    pub application: ApplicationId,
    /// Why.
    pub reason: String,
}

/// Which reviews are to be listed.
#[derive(Debug)]
pub struct ListReviews {
    /// Who asks.
    pub actor: Principal,
    /// Of this province.
    pub province: ProvinceId,
    /// Of this office alone.
    pub office: Option<OfficeId>,
    /// In this state; in an open one if none is named.
    pub state: Option<State>,
    /// After this place.
    pub after: Option<ReviewPlace>,
    /// How many at most.
    pub size: u16,
}

/// A place in a list of reviews.
pub type ReviewPlace = (Timestamp, ReviewId);

/// A review as it is shown.
#[derive(Debug)]
pub struct ReviewView {
    /// Its id.
    pub review_id: ReviewId,
    /// The application it is about.
    pub application: ApplicationId,
    /// Its office.
    pub office: OfficeId,
    /// Where it stands.
    pub state: State,
    /// Of what.
    pub suspicions: Vec<Suspicion>,
    /// The evidence.
    pub documents: Vec<DocumentId>,
    /// When it began.
    pub opened_at: Timestamp,
    /// When an officer has to have decided.
    pub due_at: Option<Timestamp>,
    /// When one did.
    pub decided_at: Option<Timestamp>,
    /// What the citizen is told.
    pub decision_reason: String,
    /// For staff.
    pub vin: Option<Vin>,
}

impl App {
    /// Adds evidence, which an officer then has a term to look at.
    ///
    /// # Errors
    /// `NOT_FOUND` for an application that is not one's own or has no review, `REVIEW_CLOSED`,
    /// `DOCUMENT_MISSING` for a document that is not one's own, `FIELD_INVALID` for too many.
    pub async fn add_evidence(
        &self,
        command: AddEvidence,
        request: &pb::AddEvidenceRequest,
    ) -> Result<ReviewView, Error> {
        let now = self.clock.now();
        self.own_review(command.account, command.application)
            .await?;
        self.identity
            .check_documents(command.account, &command.documents)
            .await?;
        let scope = Scope::Account(command.account);
        let key = Key::new(&scope, "vehicle.add_evidence", command.request_id, now);
        self.db
            .run_once(
                "vehicle.add_evidence",
                &key,
                request,
                async |tx: &mut Tx| {
                    let found = review::newest(tx, command.application).await?;
                    let found = found.ok_or_else(not_found)?;
                    if !found.state.is_open() {
                        return Err(Refusal::new(Reason::ReviewClosed).into());
                    }
                    let mut documents = found.document_ids.clone();
                    for document in &command.documents {
                        if !documents.contains(&document.as_uuid()) {
                            documents.push(document.as_uuid());
                        }
                    }
                    if documents.len() > self.limits.review_documents {
                        return Err(Refusal::invalid("document_ids", "out_of_range").into());
                    }
                    let due = due_at(now, self.limits.review_days);
                    review::mark_waiting(tx, found.review_id, &documents, due).await?;
                    // The citizen has done what was asked for; the officer's time is not theirs.
                    claim::put_off(tx, found.claim_id, None).await?;
                    Ok::<_, Error>(pb::AddEvidenceResponse { review: None })
                },
            )
            .await?;
        let found = self
            .own_review(command.account, command.application)
            .await?;
        Ok(view(found, None))
    }

    /// The review of an own application.
    ///
    /// # Errors
    /// `NOT_FOUND`, one answer for none and for another's.
    pub async fn get_own_review(
        &self,
        account: AccountId,
        application: ApplicationId,
    ) -> Result<ReviewView, Error> {
        Ok(view(self.own_review(account, application).await?, None))
    }

    /// The review, if the account's holder is the buyer of the decision it rests on.
    async fn own_review(
        &self,
        account: AccountId,
        application: ApplicationId,
    ) -> Result<Review, Error> {
        let mut connection = self.db.pool().acquire().await?;
        let found = review::newest(&mut connection, application).await?;
        let found = found.ok_or_else(not_found)?;
        let decision = assessment::lookup(&mut connection, found.assessment_id).await?;
        drop(connection);
        let decision = decision.ok_or(Error::Form)?;
        let holder = self.identity.holder(account, false).await?;
        if holder.person != decision.person_id {
            return Err(not_found().into());
        }
        Ok(found)
    }

    /// Opens a review of the application's claim. A verified claim stays as it is until the decision.
    ///
    /// # Errors
    /// `NOT_FOUND` without a live claim, `ALREADY_EXISTS` with an open review,
    /// `OUTSIDE_YOUR_OFFICE`.
    pub async fn open_own_review(
        &self,
        command: OpenReview,
        request: &pb::OpenReviewRequest,
    ) -> Result<ReviewView, Error> {
        let (now, actor) = (self.clock.now(), staff(&command.actor)?);
        let scope = Scope::Staff(actor);
        let key = Key::new(&scope, "vehicle.open_review", command.request_id, now);
        let entry_id: Id<crate::domain::review::Review> = self.ids.next();
        let event_id = self.ids.next();
        let kept: pb::OpenReviewResponse = self
            .db
            .run_once("vehicle.open_review", &key, request, async |tx: &mut Tx| {
                let own = claim::newest(tx, command.application).await?;
                let own = own.filter(|claim| claim.state.is_live());
                let own = own.ok_or_else(|| Refusal::not_found("claim"))?;
                require_office(&command.actor, own.office)?;
                if review::open_of(tx, own.claim_id).await?.is_some() {
                    let exists = Refusal::new(Reason::AlreadyExists).param("kind", "review");
                    return Err(exists.into());
                }
                self.open_review(tx, &own, &[Suspicion::Officer], Some(actor), now)
                    .await?;
                let opened = review::open_of(tx, own.claim_id).await?;
                let opened = opened.ok_or(Error::Form)?;
                let fact = events::review_opened(event_id, &own, opened, now);
                outbox::append(tx, &fact).await?;
                let entry = audit::Entry {
                    id: entry_id.as_uuid(),
                    province: own.office.province(),
                    office: Some(own.office),
                    act: "review.opened",
                    subject: opened.to_string(),
                    actor,
                    reason: command.reason.clone(),
                    details: json!({"application_id": command.application.to_string()}),
                };
                audit::add(tx, &entry, now).await?;
                Ok::<_, Error>(kept(opened))
            })
            .await?;
        self.review_for_staff(named(kept.review)?).await
    }

    /// Reviews that staff may see, those due first, and the place after them if there is more.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`.
    pub async fn list_reviews(
        &self,
        query: ListReviews,
    ) -> Result<(Vec<ReviewView>, Option<ReviewPlace>), Error> {
        let outside = || Refusal::new(Reason::OutsideYourOffice);
        if query.actor.province != query.province.as_str() {
            return Err(outside().into());
        }
        let offices = match query.office {
            Some(office) => {
                require_office(&query.actor, office)?;
                vec![office.to_string()]
            }
            None => query.actor.offices.clone(),
        };
        let wanted = review::Wanted {
            province: query.province,
            offices,
            states: query
                .state
                .map_or(vec![State::EvidenceWanted, State::Waiting], |s| vec![s]),
            after: query.after,
            limit: i64::from(query.size) + 1,
        };
        let mut connection = self.db.pool().acquire().await?;
        let mut found = review::list(&mut connection, &wanted).await?;
        drop(connection);
        let more = found.len() > usize::from(query.size);
        found.truncate(query.size.into());
        let next = found.last().filter(|_| more).map(review::place);
        let mut views = Vec::new();
        for review in found {
            let vin = self.reviewed_vin(&review).await?;
            views.push(view(review, vin));
        }
        Ok((views, next))
    }

    pub(super) async fn review_for_staff(&self, id: ReviewId) -> Result<ReviewView, Error> {
        let mut connection = self.db.pool().acquire().await?;
        let found = review::lookup(&mut connection, id).await?;
        drop(connection);
        let found = found.ok_or_else(not_found)?;
        let vin = self.reviewed_vin(&found).await?;
        Ok(view(found, vin))
    }

    /// The VIN, unless the buyer's data was erased.
    async fn reviewed_vin(&self, of: &Review) -> Result<Option<Vin>, Error> {
        let mut connection = self.db.pool().acquire().await?;
        let decision = assessment::lookup(&mut connection, of.assessment_id).await?;
        drop(connection);
        match self.vin_of(&decision.ok_or(Error::Form)?).await {
            Ok(vin) => Ok(Some(vin)),
            Err(Error::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

pub(super) fn not_found() -> Refusal {
    Refusal::not_found("review")
}

/// What is kept of an answer: it names the review.
fn kept(id: ReviewId) -> pb::OpenReviewResponse {
    let review = pb::Review {
        review_id: id.to_string(),
        ..Default::default()
    };
    pb::OpenReviewResponse {
        review: Some(review),
    }
}

fn named(review: Option<pb::Review>) -> Result<ReviewId, Error> {
    let id = review.unwrap_or_default().review_id.parse();
    Ok(id.map_err(|error| db::Error::corrupt("response", error))?)
}

fn view(review: Review, vin: Option<Vin>) -> ReviewView {
    ReviewView {
        review_id: review.review_id,
        application: review.application_id,
        office: review.office,
        state: review.state,
        suspicions: review.suspicions,
        documents: review
            .document_ids
            .into_iter()
            .map(DocumentId::from_uuid)
            .collect(),
        opened_at: review.opened_at,
        due_at: review.due_at.filter(|_| review.ended_at.is_none()),
        decided_at: review.ended_at,
        decision_reason: review.decision_reason.unwrap_or_default(),
        vin,
    }
}
