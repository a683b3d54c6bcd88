//! Checking an SMS code. Guesses stand in a line, so that however many come at once no more than
//! five are read (C2).

use jiff::Timestamp;
use subtle::ConstantTimeEq;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::{ChallengeId, ProofId, SessionId};
use xuanhao_chassis::reason::Reason;

use super::App;
use super::keyed::Bound;
use crate::domain::challenge::{Holder, Purpose, Verdict};
use crate::error::Error;
use crate::store::challenge::{self, Stored};
use crate::store::{account_change, binding};

/// Somebody answers a code.
pub struct VerifyChallenge {
    /// Who.
    pub holder: Holder,
    /// Under which session, if signed in.
    pub session_id: Option<SessionId>,
    /// Which code.
    pub challenge_id: ChallengeId,
    /// Six digits.
    pub code: String,
}

impl std::fmt::Debug for VerifyChallenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifyChallenge")
            .field("challenge_id", &self.challenge_id)
            .finish_non_exhaustive()
    }
}

/// A signed proof.
#[derive(Clone)]
pub struct Proof {
    /// Compact JWS.
    pub token: String,
    /// Ends then.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proof")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A right answer, as written down.
struct Proved {
    stored: Stored,
    proof_id: ProofId,
    verified_at: Timestamp,
}

impl App {
    /// Checks a code. A repeat with the right code yields the same proof.
    ///
    /// # Errors
    /// `CHALLENGE_UNKNOWN` (another's too), `CHALLENGE_EXPIRED`, `CHALLENGE_CODE_WRONG`,
    /// `CHALLENGE_LOCKED`, `SESSION_EXPIRED`.
    pub async fn verify_challenge(&self, command: VerifyChallenge) -> Result<Proof, Error> {
        if let Some(session_id) = command.session_id {
            self.require_live(session_id).await?;
        }
        let fresh_proof: ProofId = self.ids.next();
        let now = self.clock.now();
        // A refusal is told after the commit: a failure must be written down.
        let judged = self
            .db
            .run_tx("identity.challenge.verify", async |tx: &mut Tx| {
                self.judge(tx, &command, fresh_proof, now).await
            })
            .await?;
        let Proved {
            stored,
            proof_id,
            verified_at,
        } = judged?;
        self.sign_proof(proof_id, &stored, verified_at)
    }

    async fn judge(
        &self,
        tx: &mut Tx,
        command: &VerifyChallenge,
        fresh_proof: ProofId,
        now: Timestamp,
    ) -> Result<Result<Proved, Refusal>, Error> {
        let stored = challenge::lookup(tx, command.challenge_id).await?;
        let Some(stored) = stored.filter(|stored| stored.holder == command.holder) else {
            return Ok(Err(Reason::ChallengeUnknown.into()));
        };
        let failures = binding::lock_failures(tx, &stored.binding, now).await?;
        // What was sent to a number the account has left proves nothing about the account any more.
        if let Holder::Account(account_id) = stored.holder
            && stored.purpose != Purpose::ChangeMobile
            && account_change::lookup_mobile_index(tx, account_id)
                .await?
                .as_ref()
                != Some(&stored.mobile_index)
        {
            return Ok(Err(Reason::ChallengeExpired.into()));
        }
        let matches = self.matches(command, &stored);
        let verdict = stored.challenge.judge(matches, &failures, now, &self.rules);
        if let Verdict::Wrong { .. } | Verdict::Locked { counts: true, .. } = verdict {
            let mut failures = self.rules.recent_failures(&failures, now);
            failures.push(now);
            binding::set_failures(tx, &stored.binding, &failures).await?;
        }
        let purpose = stored.purpose;
        let refusal = match verdict {
            Verdict::Proved => {
                challenge::mark_verified(tx, command.challenge_id, fresh_proof, now).await?;
                self.count(purpose, "verified");
                return Ok(Ok(Proved {
                    stored,
                    proof_id: fresh_proof,
                    verified_at: now,
                }));
            }
            Verdict::ProvedBefore => {
                let verified_at = stored.challenge.verified_at;
                let (proof_id, verified_at) =
                    stored.proof_id.zip(verified_at).ok_or(Reason::Internal)?;
                return Ok(Ok(Proved {
                    stored,
                    proof_id,
                    verified_at,
                }));
            }
            Verdict::Wrong { remaining } => {
                self.count(purpose, "wrong");
                Refusal::new(Reason::ChallengeCodeWrong).param("remaining", remaining)
            }
            Verdict::Locked { until, .. } => {
                self.count(purpose, "locked");
                Refusal::new(Reason::ChallengeLocked).param("until", until)
            }
            Verdict::Expired => Reason::ChallengeExpired.into(),
        };
        Ok(Err(refusal))
    }

    fn matches(&self, command: &VerifyChallenge, stored: &Stored) -> bool {
        let bound = Bound {
            holder: command.holder,
            mobile_index: &stored.mobile_index,
            purpose: stored.purpose,
            subject: &stored.subject,
        };
        let hash = self.keyed.code(command.challenge_id, bound, &command.code);
        hash.as_slice().ct_eq(&stored.code_hash).into()
    }
}
