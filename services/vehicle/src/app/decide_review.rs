//! An officer's decision on a suspicion.

use jiff::Timestamp;
use serde_json::json;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{Id, RequestId};
use xuanhao_chassis::outbox;
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::vehicle::v1 as pb;

use super::review::not_found;
use super::{App, ReviewView, require_office, staff};
use crate::domain::assessment::{Eligibility, Ground, State as Decision};
use crate::domain::claim::State as ClaimState;
use crate::domain::review::{ReviewId, State};
use crate::error::Error;
use crate::events;
use crate::store::review::{self, Review};
use crate::store::{assessment, audit, claim, question};

/// A review to be decided.
#[derive(Debug)]
pub struct Decide {
    /// Who decides; never who opened it.
    pub actor: Principal,
    /// The request id.
    pub request_id: RequestId,
    /// The review.
    pub review: ReviewId,
    /// `Cleared` or `Confirmed`.
    pub state: State,
    /// What the citizen is told.
    pub reason: String,
}

impl App {
    /// Decides. An unfounded suspicion makes the claim verified if the answers are fine, or lets it
    /// wait for them; a founded one rejects it, verified or not.
    ///
    /// # Errors
    /// `NOT_FOUND`, `REVIEW_CLOSED`, `APPROVER_IS_ACTOR`, `OUTSIDE_YOUR_OFFICE`.
    pub async fn decide_review(
        &self,
        command: Decide,
        request: &pb::DecideReviewRequest,
    ) -> Result<ReviewView, Error> {
        let (now, actor) = (self.clock.now(), staff(&command.actor)?);
        let scope = Scope::Staff(actor);
        let key = Key::new(&scope, "vehicle.decide_review", command.request_id, now);
        let entry_id: Id<crate::domain::review::Review> = self.ids.next();
        let mut tries = 0;
        loop {
            tries += 1;
            let written = self
                .db
                .run_once(
                    "vehicle.decide_review",
                    &key,
                    request,
                    async |tx: &mut Tx| {
                        let found = review::lookup(tx, command.review).await?;
                        let found = found.ok_or_else(not_found)?;
                        require_office(&command.actor, found.office)?;
                        if !found.state.is_open() {
                            return Err(Refusal::new(Reason::ReviewClosed).into());
                        }
                        if found.opened_by == Some(actor.as_uuid()) {
                            return Err(Refusal::new(Reason::ApproverIsActor).into());
                        }
                        let decision = assessment::lookup(tx, found.assessment_id).await?;
                        let decision = decision.ok_or(Error::Form)?;
                        claim::lock(tx, [&decision.taken]).await?;
                        let (state, reason) = (command.state, &command.reason);
                        review::mark_decided(tx, found.review_id, state, actor, reason, now)
                            .await?;
                        match state {
                            State::Confirmed => self.confirm(tx, &found, now).await?,
                            _ => self.clear(tx, &found, now).await?,
                        }
                        let entry = audit::Entry {
                            id: entry_id.as_uuid(),
                            province: found.office.province(),
                            office: Some(found.office),
                            act: "review.decided",
                            subject: found.review_id.to_string(),
                            actor,
                            reason: reason.clone(),
                            details: json!({"result": state.as_str()}),
                        };
                        audit::add(tx, &entry, now).await?;
                        Ok::<_, Error>(pb::DecideReviewResponse { review: None })
                    },
                )
                .await;
            match written {
                Err(error) if error.lost_a_race() && tries < 3 => {}
                other => {
                    other?;
                    break;
                }
            }
        }
        self.review_for_staff(command.review).await
    }

    /// The suspicion was unfounded.
    async fn clear(&self, tx: &mut Tx, of: &Review, now: Timestamp) -> Result<(), Error> {
        let decision = assessment::lookup(tx, of.assessment_id).await?;
        let mut decision = decision.ok_or(Error::Form)?;
        let was_under_review = decision.state == Decision::UnderReview;
        decision.cleared_at = Some(now);
        if was_under_review {
            decision.state = Decision::Decided;
            decision.decided_at = now;
        }
        decision.version += 1;
        assessment::mark_decided(tx, &decision).await?;
        if was_under_review {
            outbox::append(tx, &events::decided(self.ids.next(), &decision)).await?;
        }
        let own = claim::newest(tx, of.application_id).await?;
        let own = own.filter(|own| own.claim_id == of.claim_id);
        let Some(own) = own.filter(|own| own.state == ClaimState::Unverified) else {
            return Ok(());
        };
        match Eligibility::of(decision.state, &decision.grounds) {
            Eligibility::Eligible => self.verify(tx, &own, now).await,
            _ => {
                let until = decision.answers_until.or(Some(self.lapses_at(now)));
                claim::put_off(tx, own.claim_id, until).await?;
                Ok(())
            }
        }
    }

    /// It was founded.
    async fn confirm(&self, tx: &mut Tx, of: &Review, now: Timestamp) -> Result<(), Error> {
        let decision = assessment::lookup(tx, of.assessment_id).await?;
        let mut decision = decision.ok_or(Error::Form)?;
        decision.grounds.push(Ground::ReviewConfirmed);
        decision.state = Decision::Decided;
        decision.answers_until = None;
        decision.decided_at = now;
        decision.version += 1;
        assessment::mark_decided(tx, &decision).await?;
        question::give_up(tx, decision.assessment_id, now).await?;
        outbox::append(tx, &events::decided(self.ids.next(), &decision)).await?;
        let own = claim::newest(tx, of.application_id).await?;
        let own = own.filter(|own| own.claim_id == of.claim_id && own.state.is_live());
        match own {
            Some(own) => self.end(tx, &own, ClaimState::Rejected, now).await,
            None => Ok(()),
        }
    }
}
