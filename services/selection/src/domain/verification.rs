//! Whether outside answers have confirmed vehicle and purchase proof. Only then may numbers be
//! selected; until then the application excludes nobody else from the vehicle.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::Refused;
use super::application::{Application, Info};
use super::policy::Policy;
use super::state::{Event, State};
use super::void::{Cause, Voided};

/// How far the outside answers have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Verification {
    /// Confirmed.
    Verified,
    /// An outside system has not answered yet.
    Pending,
    /// Evidence is wanted, or waits for an officer's decision.
    UnderReview,
}

impl Verification {
    const ALL: [Self; 3] = [Self::Verified, Self::Pending, Self::UnderReview];

    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Pending => "pending",
            Self::UnderReview => "under_review",
        }
    }

    /// Whether numbers may be selected.
    ///
    /// # Errors
    /// [`Refused::VerificationPending`], [`Refused::UnderReview`].
    pub(crate) fn check(self) -> Result<(), Refused> {
        match self {
            Self::Verified => Ok(()),
            Self::Pending => Err(Refused::VerificationPending),
            Self::UnderReview => Err(Refused::UnderReview),
        }
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A stored word names no verification.
#[derive(Debug, thiserror::Error)]
#[error("unknown verification")]
pub(crate) struct UnknownVerification;

impl FromStr for Verification {
    type Err = UnknownVerification;

    fn from_str(text: &str) -> Result<Self, UnknownVerification> {
        let found = Self::ALL.into_iter().find(|known| known.as_str() == text);
        found.ok_or(UnknownVerification)
    }
}

/// Where an application's claim on its vehicle stands, as the vehicle service says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Waits for an outside answer, or for the review named.
    Unverified { review: Option<Uuid> },
    /// Excludes others; what the answers said may differ from what was assumed. An officer may have
    /// opened a review of it all the same.
    Verified {
        info: Option<Info>,
        review: Option<Uuid>,
    },
    /// Never verified, and over.
    Ended {
        cause: Cause,
        /// What the citizen is told.
        reason: String,
    },
}

/// What a claim's standing means for its application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing new.
    Same,
    /// A review opened, or closed without a decision.
    Waiting(Application),
    /// It may select.
    Passed(Application),
    /// It is to be ended (P9).
    Failed(Voided),
}

impl Application {
    /// Takes in how the claim stood when the information was locked.
    #[must_use]
    pub(crate) fn claimed(self, claim: &Claim) -> Self {
        match claim {
            Claim::Verified { .. } | Claim::Ended { .. } => Self {
                verification: Verification::Verified,
                review: None,
                ..self
            },
            Claim::Unverified { review } => Self {
                verification: waiting(*review),
                review: *review,
                ..self
            },
        }
    }

    /// Decides what a claim's standing means. `policy` is the one frozen into the application.
    pub(crate) fn follow_claim(&self, claim: &Claim, policy: &Policy) -> Found {
        if self.verification == Verification::Verified {
            return self.follow_review(claim);
        }
        if self.state != State::InfoConfirmed {
            return Found::Same;
        }
        match claim {
            Claim::Unverified { review } => {
                let verification = waiting(*review);
                if self.verification == verification && self.review == *review {
                    return Found::Same;
                }
                Found::Waiting(Self {
                    verification,
                    review: *review,
                    version: self.version + 1,
                    ..self.clone()
                })
            }
            Claim::Verified { info, .. } => {
                let info = info.clone().or_else(|| self.info.clone());
                let served = info
                    .as_ref()
                    .is_some_and(|info| policy.eligible.classes.contains(&info.class));
                if !served {
                    return Found::Failed(Voided {
                        cause: Cause::Rejected,
                        reason: String::new(),
                    });
                }
                Found::Passed(Self {
                    verification: Verification::Verified,
                    info,
                    version: self.version + 1,
                    ..self.clone()
                })
            }
            Claim::Ended { cause, reason } => Found::Failed(Voided {
                cause: *cause,
                reason: reason.clone(),
            }),
        }
    }

    /// What an officer's review means for one that is verified: it goes on as it stands until the
    /// decision; a suspicion that was founded ends it, whatever it has reached short of registration.
    fn follow_review(&self, claim: &Claim) -> Found {
        if self.state.after(Event::Void).is_err() {
            return Found::Same;
        }
        match claim {
            Claim::Verified {
                review: Some(review),
                ..
            } if self.review != Some(*review) => Found::Waiting(Self {
                review: Some(*review),
                version: self.version + 1,
                ..self.clone()
            }),
            Claim::Ended {
                cause: Cause::Rejected,
                reason,
            } => Found::Failed(Voided {
                cause: Cause::Rejected,
                reason: reason.clone(),
            }),
            _ => Found::Same,
        }
    }
}

fn waiting(review: Option<Uuid>) -> Verification {
    match review {
        Some(_) => Verification::UnderReview,
        None => Verification::Pending,
    }
}

#[cfg(test)]
mod tests {
    use xuanhao_vocabulary::PlateClass;

    use super::super::application::tests::application;
    use super::super::policy::tests::guangdong;
    use super::*;

    fn waiting_one() -> Application {
        application(State::InfoConfirmed).claimed(&Claim::Unverified { review: None })
    }

    /// R-INF-04: each answer about a claim has its one consequence; the verified hear no other.
    #[test]
    fn each_answer_has_its_consequence() {
        let policy = guangdong();
        let waiting = waiting_one();
        assert_eq!(waiting.verification, Verification::Pending);
        let follow = |claim: &Claim| waiting.follow_claim(claim, &policy);
        assert_eq!(follow(&Claim::Unverified { review: None }), Found::Same);
        let review = Some(Uuid::from_u128(7));
        let Found::Waiting(reviewed) = follow(&Claim::Unverified { review }) else {
            panic!("a review that opens is told");
        };
        assert_eq!(reviewed.verification, Verification::UnderReview);
        assert_eq!(reviewed.version, waiting.version + 1);
        let mut info = waiting.info.clone().unwrap();
        info.class = PlateClass::NevSmall;
        let verified = Claim::Verified {
            info: Some(info.clone()),
            review: None,
        };
        let Found::Passed(passed) = follow(&verified) else {
            panic!("a verified one may select");
        };
        assert_eq!(
            passed.info,
            Some(info.clone()),
            "what was told is taken over"
        );
        assert_eq!(passed.verification.check(), Ok(()));
        info.class = PlateClass::Large;
        let not_served = follow(&Claim::Verified {
            info: Some(info),
            review: None,
        });
        assert!(matches!(
            not_served,
            Found::Failed(Voided {
                cause: Cause::Rejected,
                ..
            })
        ));
        let ended = Claim::Ended {
            cause: Cause::Evicted,
            reason: "taken".to_owned(),
        };
        assert!(matches!(
            follow(&ended),
            Found::Failed(Voided {
                cause: Cause::Evicted,
                ..
            })
        ));
        assert_eq!(passed.follow_claim(&ended, &policy), Found::Same);
    }

    /// An officer's review of a verified vehicle asks for evidence once, changes nothing until it is
    /// decided, and ends what is not registered yet.
    #[test]
    fn a_review_of_a_verified_one_counts_once_it_is_decided() {
        let policy = guangdong();
        let review = Some(Uuid::from_u128(9));
        let opened = Claim::Verified { info: None, review };
        let rejected = Claim::Ended {
            cause: Cause::Rejected,
            reason: "founded".to_owned(),
        };
        for state in [State::InfoConfirmed, State::Selecting, State::Confirmed] {
            let own = application(state);
            let Found::Waiting(asked) = own.follow_claim(&opened, &policy) else {
                panic!("{state}: evidence is asked for");
            };
            assert_eq!((asked.state, asked.verification.check()), (state, Ok(())));
            assert_eq!(asked.follow_claim(&opened, &policy), Found::Same);
            let ended = asked.follow_claim(&rejected, &policy);
            assert!(matches!(ended, Found::Failed(_)), "{state}");
        }
        let registered = application(State::Registered);
        assert_eq!(registered.follow_claim(&rejected, &policy), Found::Same);
        assert_eq!(registered.follow_claim(&opened, &policy), Found::Same);
    }

    #[test]
    fn stored_words_come_back() {
        for known in Verification::ALL {
            assert_eq!(known.as_str().parse::<Verification>().unwrap(), known);
        }
        for cause in Cause::ALL {
            assert_eq!(cause.as_str().parse::<Cause>().unwrap(), cause);
        }
        assert!("waiting".parse::<Verification>().is_err());
    }
}
