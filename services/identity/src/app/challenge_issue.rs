//! Issuing an SMS code: who asks, whether one may be sent, and writing it down. Handing it over to
//! notification comes after the commit (C1).

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::RequestHash;
use xuanhao_chassis::ids::{AccountId, ChallengeId, PreSessionId, RequestId, SessionId};
use xuanhao_chassis::reason::{Locale, Reason};
use xuanhao_vocabulary::{Mobile, ProvinceId};
use zeroize::Zeroizing;

use super::App;
use super::captcha::Answer;
use super::challenge_ask::Asked;
use super::challenge_settle::Delivery;
use super::keyed::Bound;
use crate::domain::challenge::{Holder, Purpose, State};
use crate::domain::limits::after;
use crate::domain::login_name::LoginName;
use crate::error::Error;
use crate::store::binding;
use crate::store::challenge::{self, Earlier, NewChallenge};
use crate::store::throttle::{self, Line};

/// Digits of a code.
const CODE_DIGITS: usize = 6;

/// Whose number gets the code.
#[derive(Debug, Clone)]
pub enum Target {
    /// The number of a signed-in citizen.
    Account {
        /// Who.
        account_id: AccountId,
        /// Under which session.
        session_id: SessionId,
        /// What the proof is to be bound to.
        subject: String,
    },
    /// The number a signed-in citizen changes to.
    ChangeMobile {
        /// Who.
        account_id: AccountId,
        /// Under which session.
        session_id: SessionId,
        /// The new number.
        mobile: Mobile,
    },
    /// The number a visitor wants to register.
    Register {
        /// Who.
        pre_session: PreSessionId,
        /// Which portal.
        province: ProvinceId,
        /// The number.
        mobile: Mobile,
    },
    /// The number of an account whose password a visitor has forgotten.
    Reset {
        /// Who.
        pre_session: PreSessionId,
        /// Which portal.
        province: ProvinceId,
        /// The account, if there is one of this name.
        login_name: LoginName,
    },
}

/// Somebody asks for a code.
#[derive(Debug)]
pub struct IssueChallenge {
    /// Caller's request.
    pub request_id: RequestId,
    /// The request's hash, to recognise it.
    pub request_hash: RequestHash,
    /// Whose number.
    pub target: Target,
    /// What for.
    pub purpose: Purpose,
    /// Strangers' answer to a captcha.
    pub captcha: Option<Answer>,
    /// The address, for throttling.
    pub network: String,
    /// Language of the message.
    pub locale: Locale,
}

/// A code that is on its way, or looks like one.
#[derive(Debug, Clone)]
pub struct Issued {
    /// What to answer.
    pub challenge_id: ChallengeId,
    /// Where it went.
    pub mobile_masked: String,
    /// The code ends then.
    pub expires_at: Timestamp,
    /// Another may be asked for from then on.
    pub resend_at: Timestamp,
}

/// What the transaction decided.
enum Decision {
    Written { decoy: bool },
    Before(Earlier),
}

impl App {
    /// Sends a code, or refuses.
    ///
    /// Codes for a forgotten password are answered at a fixed time and without waiting for
    /// notification, so that neither content nor time tells whether the login name exists.
    ///
    /// # Errors
    /// `SMS_LIMIT_REACHED`, `RATE_LIMITED`, `SMS_BUDGET_REACHED`, `SMS_NOT_SENT`, `CAPTCHA_…`,
    /// `CHALLENGE_LOCKED`, `SESSION_EXPIRED`, `REQUEST_ID_REUSED`, `AUTHORISATION_EXPIRED`.
    pub async fn issue_challenge(
        self: &Arc<Self>,
        command: IssueChallenge,
    ) -> Result<Issued, Error> {
        if !matches!(command.target, Target::Reset { .. }) {
            return self.issue(&command).await;
        }
        let answer_at = tokio::time::Instant::now() + self.reset_answer;
        let answer = self.issue(&command).await;
        tokio::time::sleep_until(answer_at).await;
        answer
    }

    async fn issue(self: &Arc<Self>, command: &IssueChallenge) -> Result<Issued, Error> {
        let asked = self.ask(command).await?;
        let earlier = self
            .db
            .run_tx("identity.challenge.replay", async |tx: &mut Tx| {
                challenge::find_by_request(tx, asked.holder, command.request_id).await
            })
            .await?;
        if let Some(earlier) = earlier.filter(|earlier| !self.is_stale(earlier)) {
            return self.replay(earlier, command, asked.masked);
        }
        if let Holder::PreSession(pre_session) = asked.holder {
            self.take_answer(
                Holder::PreSession(pre_session),
                Some(command.request_id),
                command.captcha.as_ref(),
            )
            .await?;
        }
        let code = Zeroizing::new(self.random.digits(CODE_DIGITS));
        let new = self.new_challenge(command, &asked, &code);
        let decided = self
            .db
            .run_tx("identity.challenge.issue", async |tx: &mut Tx| {
                self.decide(tx, command, &asked, &new).await
            })
            .await;
        let (decoy, resend_at) = match decided {
            Ok((Decision::Before(earlier), _)) => {
                return self.replay(earlier, command, asked.masked);
            }
            Ok((Decision::Written { decoy }, resend_at)) => (decoy, resend_at),
            Err(error) => {
                self.count(command.purpose, "refused");
                return Err(error);
            }
        };
        let delivery = asked.mobile.filter(|_| !decoy).map(|mobile| Delivery {
            province: asked.province,
            locale: command.locale,
            purpose: command.purpose,
            mobile,
            code,
            expires_at: new.expires_at,
        });
        let settling = self.settle(new.challenge_id, new.settle_by, delivery);
        if asked.login.is_none() && !settling.await? {
            return Err(Reason::SmsNotSent.into());
        }
        Ok(Issued {
            challenge_id: new.challenge_id,
            mobile_masked: asked.masked,
            expires_at: new.expires_at,
            resend_at,
        })
    }

    fn new_challenge(&self, command: &IssueChallenge, asked: &Asked, code: &str) -> NewChallenge {
        let challenge_id: ChallengeId = self.ids.next();
        let bound = Bound {
            holder: asked.holder,
            mobile_index: &asked.mobile_index,
            purpose: command.purpose,
            subject: &asked.subject,
        };
        let now = self.clock.now();
        NewChallenge {
            challenge_id,
            province: asked.province,
            holder: asked.holder,
            purpose: command.purpose,
            subject: asked.subject.clone(),
            mobile_index: asked.mobile_index,
            login_index: asked.login.map(|(index, _)| index),
            address_index: self.keyed.address(&command.network),
            binding: self.keyed.binding(bound),
            decoy: asked.mobile.is_none(),
            code_hash: match asked.mobile {
                Some(_) => self.keyed.code(challenge_id, bound, code),
                None => self.random.bytes(),
            },
            request_id: command.request_id,
            request_hash: command.request_hash,
            issued_at: now,
            settle_by: after(now, self.rules.settle_within),
            resend_at: now,
            expires_at: after(now, self.rules.code_ttl),
        }
    }

    /// Counts, refuses or writes; one after the other for a number, a login name and an address.
    async fn decide(
        &self,
        tx: &mut Tx,
        command: &IssueChallenge,
        asked: &Asked,
        new: &NewChallenge,
    ) -> Result<(Decision, Timestamp), Error> {
        let now = new.issued_at;
        let is_stranger = command.purpose.is_strangers();
        if let Some((login_index, _)) = &asked.login {
            throttle::join(tx, Line::Login, login_index, now).await?;
        }
        if asked.mobile.is_some() {
            throttle::join(tx, Line::Mobile, &asked.mobile_index, now).await?;
        }
        if is_stranger {
            throttle::join(tx, Line::Address, &new.address_index, now).await?;
        }
        if let Some(earlier) =
            challenge::find_by_request(tx, asked.holder, command.request_id).await?
        {
            if !self.is_stale(&earlier) {
                return Ok((Decision::Before(earlier), now));
            }
            challenge::mark_settled(tx, earlier.challenge_id, State::Void).await?;
        }
        let failures = binding::list_failures(tx, &new.binding).await?;
        if let Some(until) = self.rules.locked_until(&failures, now) {
            return Err(Refusal::new(Reason::ChallengeLocked)
                .param("until", until)
                .into());
        }
        self.check_budgets(tx, new, is_stranger).await?;
        let (resend_at, silenced) = self.check_number(tx, command.purpose, asked, now).await?;
        let mut new = NewChallenge {
            resend_at,
            ..new.clone()
        };
        if silenced && let Some((_, nobody)) = asked.login {
            new = NewChallenge {
                decoy: true,
                mobile_index: nobody,
                code_hash: self.random.bytes(),
                ..new
            };
        }
        challenge::add(tx, &new).await?;
        Ok((Decision::Written { decoy: new.decoy }, resend_at))
    }

    /// A challenge that was never settled: void by time (C1).
    fn is_stale(&self, earlier: &Earlier) -> bool {
        earlier.state == State::Issued && earlier.settle_by <= self.clock.now()
    }

    fn replay(
        &self,
        earlier: Earlier,
        command: &IssueChallenge,
        mobile_masked: String,
    ) -> Result<Issued, Error> {
        if earlier.request_hash != command.request_hash {
            return Err(Reason::RequestIdReused.into());
        }
        // Where notification is waited for, the answer is not known before it has acknowledged.
        if earlier.state == State::Issued && !matches!(command.target, Target::Reset { .. }) {
            let later = Refusal::new(Reason::Unavailable).retry_after(Duration::from_secs(1));
            return Err(later.into());
        }
        Ok(Issued {
            challenge_id: earlier.challenge_id,
            mobile_masked,
            expires_at: earlier.expires_at,
            resend_at: earlier.resend_at,
        })
    }
}
