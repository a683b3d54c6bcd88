//! What follows when the last answer is there, and how claims become verified and end. Everything
//! here runs within the transaction of whoever brought it about.

use jiff::Timestamp;
use xuanhao_chassis::clock::civil_day;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::{ApplicationId, StaffId};
use xuanhao_chassis::outbox;
use xuanhao_vocabulary::Vin;

use super::App;
use crate::domain::assessment::{AssessmentId, Eligibility, State, decide};
use crate::domain::claim::{Conflicts, State as ClaimState, Taken};
use crate::domain::suspicion::Suspicion;
use crate::error::Error;
use crate::events;
use crate::store::claim::{self, Claim};
use crate::store::{assessment, question, review};

impl App {
    /// Decides a pending decision whose answers are all there, and what becomes of the claim that
    /// rests on it. The invoice's age counts from the day of asking: the citizen does not pay for a
    /// system that is slow.
    pub(super) async fn conclude(
        &self,
        tx: &mut Tx,
        assessment_id: AssessmentId,
        vin: &Vin,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Some(mut found) = assessment::lookup(tx, assessment_id).await? else {
            return Ok(());
        };
        let answers = question::answers(tx, assessment_id).await?;
        if found.state != State::Pending || !answers.complete() {
            return Ok(());
        }
        let verified = claim::verified(tx, &found.taken).await?;
        let held = Conflicts::of(&verified, found.application_id, &found.taken);
        let rules = &self.limits.rules;
        found.grounds = decide(&answers, held, civil_day(found.decided_at), rules);
        found.state = State::Decided;
        if let Some(vehicle) = answers.known_vehicle() {
            found.class = vehicle.class;
            found.energy = vehicle.energy;
            found.description.clone_from(&vehicle.description);
        }
        if found.grounds.is_empty() && found.cleared_at.is_none() {
            found.suspicions = rules.suspicions.of_answers(vin, &answers);
            if self.holds_many(tx, &found).await? {
                found.suspicions.insert(0, Suspicion::ManyVehicles);
            }
            if !found.suspicions.is_empty() {
                found.state = State::UnderReview;
            }
        }
        found.answers_until = None;
        found.decided_at = now;
        found.version += 1;
        assessment::mark_decided(tx, &found).await?;
        if found.state == State::Decided {
            outbox::append(tx, &events::decided(self.ids.next(), &found)).await?;
        }
        let own = claim::newest(tx, found.application_id).await?;
        let rests = |own: &Claim| own.state.is_live() && own.assessment_id == assessment_id;
        let Some(own) = own.filter(rests) else {
            return Ok(());
        };
        match Eligibility::of(found.state, &found.grounds) {
            Eligibility::Refused => self.end(tx, &own, ClaimState::Rejected, now).await,
            Eligibility::UnderReview => {
                claim::put_off(tx, own.claim_id, Some(self.lapses_at(now))).await?;
                self.open_review(tx, &own, &found.suspicions, None, now)
                    .await
            }
            // An officer's review holds it back.
            _ if review::open_of(tx, own.claim_id).await?.is_some() => {
                claim::put_off(tx, own.claim_id, Some(self.lapses_at(now))).await?;
                Ok(())
            }
            _ => self.verify(tx, &own, now).await,
        }
    }

    /// Makes an unverified claim verified; the unverified ones of others are evicted.
    pub(super) async fn verify(
        &self,
        tx: &mut Tx,
        own: &Claim,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.evict(tx, own.application_id, &own.taken, now).await?;
        claim::mark_verified(tx, own.claim_id).await?;
        outbox::append(tx, &events::claim_verified(self.ids.next(), own, now)).await?;
        Ok(())
    }

    /// Ends the unverified claims of others that want what is taken.
    pub(super) async fn evict(
        &self,
        tx: &mut Tx,
        winner: ApplicationId,
        taken: &Taken,
        now: Timestamp,
    ) -> Result<(), Error> {
        for evicted in claim::evict(tx, winner, taken, now).await? {
            self.clear_up(tx, &evicted, ClaimState::Evicted, now)
                .await?;
        }
        Ok(())
    }

    /// Ends a live claim.
    pub(super) async fn end(
        &self,
        tx: &mut Tx,
        own: &Claim,
        state: ClaimState,
        now: Timestamp,
    ) -> Result<(), Error> {
        claim::end(tx, own.claim_id, state, now).await?;
        self.clear_up(tx, own, state, now).await
    }

    /// After a claim ended: nobody waits for its answers or its review any more, and who has to know
    /// is told. Selection knows what it released.
    pub(super) async fn clear_up(
        &self,
        tx: &mut Tx,
        ended: &Claim,
        state: ClaimState,
        now: Timestamp,
    ) -> Result<(), Error> {
        review::drop_of(tx, ended.claim_id, now).await?;
        question::give_up(tx, ended.assessment_id, now).await?;
        if state != ClaimState::Released {
            let event = events::claim_ended(self.ids.next(), ended, state, now);
            outbox::append(tx, &event).await?;
        }
        Ok(())
    }

    /// Opens a review of a claim, unless one is open.
    pub(super) async fn open_review(
        &self,
        tx: &mut Tx,
        own: &Claim,
        of: &[Suspicion],
        by: Option<StaffId>,
        now: Timestamp,
    ) -> Result<(), Error> {
        if review::open_of(tx, own.claim_id).await?.is_none() {
            review::add(tx, self.ids.next(), own, of, by, now).await?;
        }
        Ok(())
    }
}
