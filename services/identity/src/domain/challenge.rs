//! SMS challenges: what a code is bound to, how often one may be sent, and how an answer is judged.

use jiff::{SignedDuration, Timestamp};
use xuanhao_chassis::ids::{AccountId, PreSessionId};

use super::limits::{self, Cap, after};

/// What a code is good for. A code for one purpose never serves another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Registering an account (R-ACC-01).
    Register,
    /// Replacing a forgotten password.
    ResetPassword,
    /// Locking the submitted information (R-INF-05).
    ConfirmInfo,
    /// Re-check before selecting (R-AUTH-01).
    StartSelecting,
    /// Final confirmation of a chosen plate (R-AUTH-04).
    ConfirmPlate,
    /// Proving the number an account changes to.
    ChangeMobile,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Register,
        Self::ResetPassword,
        Self::ConfirmInfo,
        Self::StartSelecting,
        Self::ConfirmPlate,
        Self::ChangeMobile,
    ];

    /// The word in the database, in proofs and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::ResetPassword => "reset_password",
            Self::ConfirmInfo => "confirm_info",
            Self::StartSelecting => "start_selecting",
            Self::ConfirmPlate => "confirm_plate",
            Self::ChangeMobile => "change_mobile",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == word)
    }

    /// Whether the code goes to a number nobody has shown to hold, and so to anybody's: such codes count
    /// apart and are few.
    pub const fn is_strangers(self) -> bool {
        matches!(
            self,
            Self::Register | Self::ResetPassword | Self::ChangeMobile
        )
    }

    /// Whether it serves a transaction, which needs an authority that has not ended (R-ACC-09).
    pub const fn is_transaction(self) -> bool {
        matches!(
            self,
            Self::ConfirmInfo | Self::StartSelecting | Self::ConfirmPlate
        )
    }
}

/// Who may answer a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A signed-in citizen.
    Account(AccountId),
    /// A visitor.
    PreSession(PreSessionId),
}

/// Where a challenge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Written, not yet acknowledged by notification.
    Issued,
    /// Acknowledged; the code may be answered.
    Enqueued,
    /// Answered rightly.
    Verified,
    /// Not acknowledged: it never happened (C1).
    Void,
}

impl State {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Enqueued => "enqueued",
            Self::Verified => "verified",
            Self::Void => "void",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Issued, Self::Enqueued, Self::Verified, Self::Void]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// The figures that govern challenges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// How long a code lives.
    pub code_ttl: SignedDuration,
    /// How long a proof lives after the code was verified.
    pub proof_ttl: SignedDuration,
    /// The least time between two codes.
    pub resend_after: SignedDuration,
    /// How long notification may take to acknowledge.
    pub settle_within: SignedDuration,
    /// Codes sent to one number over all purposes.
    pub number: Vec<Cap>,
    /// The part of a number's codes that strangers may cause, per purpose.
    pub strangers: Vec<Cap>,
    /// Codes that strangers at one address may cause.
    pub address: Vec<Cap>,
    /// Codes of the whole service.
    pub global: Cap,
    /// Wrong answers (C2).
    pub failures: Cap,
}

impl Rules {
    /// When the next code may be asked for, given those sent before; `None` for never.
    pub fn next_at(&self, caps: &[Cap], past: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
        let gap = Cap {
            most: 1,
            within: self.resend_after,
        };
        Some(limits::next_at(caps, past, now)?.max(gap.next_at(past, now)?))
    }

    /// Until when answers are refused because too many were wrong (C2).
    pub fn locked_until(&self, failures: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
        self.failures
            .next_at(failures, now)
            .filter(|free| *free > now)
    }

    fn remaining(&self, failures: &[Timestamp], now: Timestamp) -> u32 {
        let recent = self.recent_failures(failures, now).len();
        self.failures
            .most
            .saturating_sub(u32::try_from(recent).unwrap_or(u32::MAX))
    }

    /// The failures that still count.
    pub fn recent_failures(&self, failures: &[Timestamp], now: Timestamp) -> Vec<Timestamp> {
        let since = limits::before(now, self.failures.within);
        failures.iter().copied().filter(|at| *at > since).collect()
    }
}

/// A challenge as far as judging an answer goes.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// Where it stands.
    pub state: State,
    /// When the code ends.
    pub expires_at: Timestamp,
    /// When it was verified first.
    pub verified_at: Option<Timestamp>,
}

/// The judgement of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Right for the first time.
    Proved,
    /// Right again: the same proof.
    ProvedBefore,
    /// Wrong; that many answers are left.
    Wrong {
        /// Answers left before the lock.
        remaining: u32,
    },
    /// Refused unread, or the last wrong answer.
    Locked {
        /// When the next answer is read.
        until: Timestamp,
        /// Whether this answer was read and is one more failure.
        counts: bool,
    },
    /// The code's time is over.
    Expired,
}

impl Challenge {
    /// Judges an answer; `matches` says whether the code is the one that was sent.
    ///
    /// A challenge that was never acknowledged has no right answer (C1). A right answer to a
    /// verified challenge is the same success again, a wrong one is a failure like any other.
    pub fn judge(
        &self,
        matches: bool,
        failures: &[Timestamp],
        now: Timestamp,
        rules: &Rules,
    ) -> Verdict {
        if let Some(until) = rules.locked_until(failures, now) {
            return Verdict::Locked {
                until,
                counts: false,
            };
        }
        let ends = self
            .verified_at
            .map_or(self.expires_at, |at| after(at, rules.proof_ttl));
        if now >= ends {
            return Verdict::Expired;
        }
        match self.state {
            State::Enqueued if matches => Verdict::Proved,
            State::Verified if matches => Verdict::ProvedBefore,
            _ => {
                let counted: Vec<Timestamp> = failures.iter().copied().chain([now]).collect();
                match rules.locked_until(&counted, now) {
                    Some(until) => Verdict::Locked {
                        until,
                        counts: true,
                    },
                    None => Verdict::Wrong {
                        remaining: rules.remaining(&counted, now),
                    },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules() -> Rules {
        let mins = SignedDuration::from_mins;
        Rules {
            code_ttl: mins(5),
            proof_ttl: mins(10),
            resend_after: mins(1),
            settle_within: SignedDuration::from_secs(30),
            number: vec![
                Cap {
                    most: 3,
                    within: mins(10),
                },
                Cap {
                    most: 10,
                    within: mins(24 * 60),
                },
            ],
            strangers: vec![Cap {
                most: 1,
                within: mins(10),
            }],
            address: vec![],
            global: Cap {
                most: 600,
                within: mins(1),
            },
            failures: Cap {
                most: 5,
                within: mins(30),
            },
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn challenge(state: State) -> Challenge {
        let verified_at = (state == State::Verified).then(|| at(60));
        Challenge {
            state,
            expires_at: at(300),
            verified_at,
        }
    }

    /// C1: only an acknowledged challenge can be answered, and verifying again is the same success.
    #[test]
    fn only_an_acknowledged_code_proves_anything() {
        let judge = |state, now| challenge(state).judge(true, &[], at(now), &rules());
        assert_eq!(judge(State::Enqueued, 299), Verdict::Proved);
        assert_eq!(judge(State::Verified, 299), Verdict::ProvedBefore);
        assert_eq!(judge(State::Verified, 659), Verdict::ProvedBefore);
        assert_eq!(judge(State::Verified, 660), Verdict::Expired);
        assert_eq!(judge(State::Enqueued, 300), Verdict::Expired);
        for state in [State::Issued, State::Void] {
            assert_eq!(judge(state, 10), Verdict::Wrong { remaining: 4 });
        }
    }

    /// C2: the fifth failure locks until the first has left the window, and the lock reads no answer.
    #[test]
    fn the_fifth_failure_locks() {
        let rules = rules();
        let failed: Vec<Timestamp> = (0..4).map(|n| at(n * 10)).collect();
        let fresh = challenge(State::Enqueued);
        let fifth = fresh.judge(false, &failed, at(50), &rules);
        assert_eq!(
            fifth,
            Verdict::Locked {
                until: at(1800),
                counts: true
            }
        );
        let failed: Vec<Timestamp> = failed.into_iter().chain([at(50)]).collect();
        let right_but_late = fresh.judge(true, &failed, at(60), &rules);
        assert_eq!(
            right_but_late,
            Verdict::Locked {
                until: at(1800),
                counts: false
            }
        );
        assert_eq!(rules.locked_until(&failed, at(1800)), None);
    }

    #[test]
    fn a_wrong_answer_after_success_counts() {
        let verdict = challenge(State::Verified).judge(false, &[], at(90), &rules());
        assert_eq!(verdict, Verdict::Wrong { remaining: 4 });
    }

    #[test]
    fn codes_are_sent_a_minute_apart_and_within_the_caps() {
        let rules = rules();
        let next = |past: &[i64], now| {
            let past: Vec<_> = past.iter().map(|s| at(*s)).collect();
            rules.next_at(&rules.number, &past, at(now)).unwrap()
        };
        assert_eq!(next(&[], 0), at(0));
        assert_eq!(next(&[0], 1), at(60));
        assert_eq!(next(&[0, 60, 120], 130), at(600));
        let day: Vec<i64> = (0..10).map(|n| n * 700).collect();
        assert_eq!(next(&day, 8000), at(86_400));
    }

    proptest! {
        /// C2: however answers and times fall, no window of 30 minutes reads more than 5 wrong ones.
        #[test]
        fn no_window_reads_more_than_five_wrong_answers(gaps in prop::collection::vec(0_i64..900, 1..60)) {
            let rules = rules();
            let (mut now, mut failures, mut read) = (0, Vec::new(), Vec::new());
            for gap in gaps {
                now += gap;
                let code = Challenge { state: State::Enqueued, expires_at: at(now + 300), verified_at: None };
                match code.judge(false, &failures, at(now), &rules) {
                    Verdict::Wrong { .. } | Verdict::Locked { counts: true, .. } => {
                        failures.push(at(now));
                        read.push(now);
                    }
                    _ => {}
                }
                prop_assert!(read.iter().filter(|t| **t > now - 1800).count() <= 5);
            }
        }
    }
}
