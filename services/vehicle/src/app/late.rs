//! Asking outside systems again, and ending what waited too long.

use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::chain;
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::sealed;
use xuanhao_vocabulary::Vin;

use super::App;
use crate::domain::claim::{State as ClaimState, Taken};
use crate::domain::findings::Told;
use crate::domain::question::{LateAnswers, System};
use crate::error::Error;
use crate::outside::{InvoiceQuestion, VehicleQuestion};
use crate::store::question::{self, Answer, Open};
use crate::store::{assessment, claim};

/// Questions asked by one pass, and claims ended by one.
const BATCH: i64 = 32;
/// Questions on their way at a time.
const CONCURRENT: usize = 8;

impl App {
    /// One pass over the questions that are due. Safe to run in several processes at once.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn ask_again(&self) -> Result<Progress, Error> {
        let now = self.clock.now();
        // Questions outlive a change of the configuration: they are asked to their own end.
        let late = self.limits.late.unwrap_or(LateAnswers {
            within: SignedDuration::ZERO,
            first_pause: SignedDuration::from_secs(60),
            longest_pause: SignedDuration::from_secs(60),
        });
        let due = self
            .db
            .run_tx("vehicle.claim_questions", async |tx: &mut Tx| {
                // Another pass takes it over if this one dies; the exact pause follows.
                question::claim_due(tx, now, late.again_at(0, now), BATCH).await
            })
            .await?;
        let full = i64::try_from(due.len()).is_ok_and(|count| count == BATCH);
        let asked: Vec<Result<(), Error>> = futures::stream::iter(due)
            .map(|open| self.ask_one(open, &late, now))
            .buffer_unordered(CONCURRENT)
            .collect()
            .await;
        // One that fails is due again later and does not hold up the others.
        for error in asked.into_iter().filter_map(Result::err) {
            tracing::warn!(error = chain(&error), "a question could not be asked again");
        }
        Ok(if full { Progress::More } else { Progress::Idle })
    }

    async fn ask_one(&self, open: Open, late: &LateAnswers, now: Timestamp) -> Result<(), Error> {
        let over = open.answers_until.is_none_or(|until| now >= until);
        let json = match self.opened(&open).await {
            Ok(json) if !over => json,
            // Its time is over, or the person was erased and nobody waits any more.
            Ok(_) | Err(Error::Sealed(sealed::Error::Erased)) => {
                return self
                    .db
                    .run_tx("vehicle.give_up_question", async |tx: &mut Tx| {
                        question::give_up(tx, open.assessment_id, now).await
                    })
                    .await
                    .map_err(Error::from);
            }
            Err(error) => return Err(error),
        };
        let told = match open.system {
            System::Registry => {
                let question: VehicleQuestion = read(&json)?;
                let told = self.registry.vehicle(&question).await;
                told.map(|vehicle| Answer::Vehicle(Told::from(vehicle)))
            }
            System::TaxBureau => {
                let question: InvoiceQuestion = read(&json)?;
                let told = self.tax_bureau.invoice(&question).await;
                told.map(|invoice| Answer::Invoice(Told::from(invoice)))
            }
        };
        match told {
            Ok(answer) => self.answer(&open, &answer).await,
            Err(_) => {
                let again_at = late.again_at(open.attempts.unsigned_abs(), now);
                self.db
                    .run_tx("vehicle.ask_later", async |tx: &mut Tx| {
                        question::put_off(tx, open.question_id, again_at).await
                    })
                    .await?;
                Ok(())
            }
        }
    }

    /// Writes an answer, and decides if it was the last one.
    async fn answer(&self, open: &Open, answer: &Answer) -> Result<(), Error> {
        let (vin, taken) = self.behind(open).await?;
        let now = self.clock.now();
        let mut tries = 0;
        loop {
            tries += 1;
            let written = self
                .db
                .run_tx("vehicle.take_answer", async |tx: &mut Tx| {
                    claim::lock(tx, [&taken]).await?;
                    if question::mark_answered(tx, open.question_id, answer, now).await? {
                        self.conclude(tx, open.assessment_id, &vin, now).await?;
                    }
                    Ok::<_, Error>(())
                })
                .await;
            match written {
                Err(error) if error.lost_a_race() && tries < 3 => {}
                other => return other,
            }
        }
    }

    /// The question as JSON.
    pub(super) async fn opened(&self, open: &Open) -> Result<String, Error> {
        let text = self
            .sealer
            .open_text(open.person_id, question::QUESTION, &open.sealed)
            .await?;
        Ok(text.to_string())
    }

    /// The vehicle of the decision that waits for a question, and what it would take.
    pub(super) async fn behind(&self, open: &Open) -> Result<(Vin, Taken), Error> {
        let mut connection = self.db.pool().acquire().await?;
        let found = assessment::lookup(&mut connection, open.assessment_id).await?;
        drop(connection);
        let found = found.ok_or(Error::Form)?;
        Ok((self.vin_of(&found).await?, found.taken))
    }

    /// Ends unverified claims whose time is over, a batch at a time.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn lapse(&self) -> Result<Progress, Error> {
        let now = self.clock.now();
        let lapsed = self
            .db
            .run_tx("vehicle.lapse_claims", async |tx: &mut Tx| {
                let lapsed = claim::lapse(tx, now, BATCH).await?;
                for ended in &lapsed {
                    self.clear_up(tx, ended, ClaimState::Lapsed, now).await?;
                }
                Ok::<_, Error>(lapsed.len())
            })
            .await?;
        let full = i64::try_from(lapsed).is_ok_and(|count| count == BATCH);
        Ok(if full { Progress::More } else { Progress::Idle })
    }
}

pub(super) fn read<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|_| Error::Form)
}
