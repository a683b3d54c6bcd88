//! Who may hold a vehicle and a purchase proof: one verified application at a time (R-INF-09).

use xuanhao_chassis::ids::{ApplicationId, Id, Kind};

use super::assessment::AssessmentId;

/// Marks the id of a claim.
#[derive(Debug)]
pub enum Claim {}

impl Kind for Claim {
    const NAME: &'static str = "Claim";
}

/// The id of a claim.
pub type ClaimId = Id<Claim>;

/// Keyed hash of a VIN or of an invoice's number.
pub type BlindKey = [u8; 32];

/// Where a claim stands.
///
/// | from | to | when |
/// |---|---|---|
/// | – | unverified | claimed on a decision that is pending or under review; excludes nobody |
/// | –, unverified | verified | the decision is eligible; excludes others and evicts the unverified |
/// | unverified | evicted | another application's claim of the vehicle or proof was verified |
/// | unverified | lapsed | its time is over |
/// | unverified, verified | rejected | the answer or the review was no |
/// | unverified, verified | released | its application ended or chose another vehicle |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits for an answer or a review.
    Unverified,
    /// Excludes others.
    Verified,
    /// Lost to a verified claim.
    Evicted,
    /// Its time is over.
    Lapsed,
    /// The answer or the review was no.
    Rejected,
    /// Given up.
    Released,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Unverified,
        Self::Verified,
        Self::Evicted,
        Self::Lapsed,
        Self::Rejected,
        Self::Released,
    ];

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Verified => "verified",
            Self::Evicted => "evicted",
            Self::Lapsed => "lapsed",
            Self::Rejected => "rejected",
            Self::Released => "released",
        }
    }

    /// Reads the stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether the claim lives.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Unverified | Self::Verified)
    }
}

/// What a claim takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The vehicle.
    pub vehicle: BlindKey,
    /// The purchase proof.
    pub purchase_proof: BlindKey,
}

/// What verified claims of others hold of what is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conflicts {
    /// The vehicle.
    pub vehicle: bool,
    /// The purchase proof.
    pub purchase_proof: bool,
}

impl Conflicts {
    /// Of verified claims, each with its application.
    pub fn of(verified: &[(ApplicationId, Taken)], own: ApplicationId, wanted: &Taken) -> Self {
        let others = || {
            verified
                .iter()
                .filter(|(application, _)| *application != own)
        };
        Self {
            vehicle: others().any(|(_, taken)| taken.vehicle == wanted.vehicle),
            purchase_proof: others()
                .any(|(_, taken)| taken.purchase_proof == wanted.purchase_proof),
        }
    }

    /// Whether anything is held.
    pub fn any(self) -> bool {
        self.vehicle || self.purchase_proof
    }
}

/// The live claim of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Own {
    /// Decision it rests on.
    pub assessment: AssessmentId,
    /// What it takes.
    pub taken: Taken,
    /// Whether it excludes others.
    pub verified: bool,
}

/// What to do about a claim that nobody else stands against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The application holds this already, or waits for just this decision.
    Keep,
    /// It holds nothing.
    Take,
    /// It holds something else, which it gives up.
    Exchange,
}

/// What an application that holds `own` has to do for what it wants.
pub fn step(own: Option<&Own>, assessment: AssessmentId, wanted: &Taken) -> Step {
    match own {
        None => Step::Take,
        Some(own) if own.verified && own.taken == *wanted => Step::Keep,
        Some(own) if own.assessment == assessment => Step::Keep,
        Some(_) => Step::Exchange,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Taken = Taken {
        vehicle: [1; 32],
        purchase_proof: [2; 32],
    };

    fn application(n: u8) -> ApplicationId {
        ApplicationId::from_uuid(uuid::Uuid::from_bytes([n; 16]))
    }

    fn assessment(n: u8) -> AssessmentId {
        AssessmentId::from_uuid(uuid::Uuid::from_bytes([n; 16]))
    }

    /// R-INF-09: an application never stands in its own way.
    #[test]
    fn only_others_stand_in_the_way() {
        let live = [(application(1), A)];
        assert!(!Conflicts::of(&live, application(1), &A).any());
        let both = Conflicts {
            vehicle: true,
            purchase_proof: true,
        };
        assert_eq!(Conflicts::of(&live, application(2), &A), both);
        let other_proof = Taken {
            purchase_proof: [3; 32],
            ..A
        };
        let vehicle = Conflicts {
            vehicle: true,
            purchase_proof: false,
        };
        assert_eq!(Conflicts::of(&live, application(2), &other_proof), vehicle);
    }

    #[test]
    fn an_application_holds_one_vehicle() {
        let own = Own {
            assessment: assessment(1),
            taken: A,
            verified: true,
        };
        let waiting = Own {
            verified: false,
            ..own
        };
        let other = Taken {
            vehicle: [4; 32],
            ..A
        };
        assert_eq!(step(None, assessment(1), &A), Step::Take);
        assert_eq!(step(Some(&own), assessment(2), &A), Step::Keep);
        assert_eq!(step(Some(&own), assessment(2), &other), Step::Exchange);
        assert_eq!(step(Some(&waiting), assessment(1), &A), Step::Keep);
        assert_eq!(
            step(Some(&waiting), assessment(2), &A),
            Step::Exchange,
            "a newer decision may be better"
        );
    }

    #[test]
    fn words_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::from_word(state.as_str()), Some(state));
        }
        assert!(State::Unverified.is_live() && !State::Evicted.is_live());
    }
}
