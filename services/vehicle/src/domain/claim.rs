//! Who may hold a vehicle and a purchase proof: one application at a time (R-INF-09).

use xuanhao_chassis::ids::ApplicationId;

/// Keyed hash of a VIN or of an invoice's number.
pub type BlindKey = [u8; 32];

/// What a claim takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The vehicle.
    pub vehicle: BlindKey,
    /// The purchase proof.
    pub purchase_proof: BlindKey,
}

/// A live claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// Whose.
    pub application: ApplicationId,
    /// What it holds.
    pub taken: Taken,
}

/// What others hold of what is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conflicts {
    /// The vehicle.
    pub vehicle: bool,
    /// The purchase proof.
    pub purchase_proof: bool,
}

/// What others hold of what `application` wants.
pub fn conflicts(live: &[Live], application: ApplicationId, wanted: &Taken) -> Conflicts {
    let others = || live.iter().filter(|claim| claim.application != application);
    Conflicts {
        vehicle: others().any(|claim| claim.taken.vehicle == wanted.vehicle),
        purchase_proof: others().any(|claim| claim.taken.purchase_proof == wanted.purchase_proof),
    }
}

/// What to do about a claim that nobody else stands against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The application holds exactly this already.
    Keep,
    /// It holds nothing.
    Take,
    /// It holds something else, which it gives up.
    Exchange,
}

/// What `application` has to do for what it wants.
pub fn step(live: &[Live], application: ApplicationId, wanted: &Taken) -> Step {
    match live.iter().find(|claim| claim.application == application) {
        None => Step::Take,
        Some(own) if own.taken == *wanted => Step::Keep,
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

    #[test]
    fn only_others_stand_in_the_way() {
        let live = [Live {
            application: application(1),
            taken: A,
        }];
        assert_eq!(conflicts(&live, application(1), &A), Conflicts::default());
        let both = Conflicts {
            vehicle: true,
            purchase_proof: true,
        };
        assert_eq!(conflicts(&live, application(2), &A), both);
        let other_proof = Taken {
            purchase_proof: [3; 32],
            ..A
        };
        let vehicle = Conflicts {
            vehicle: true,
            purchase_proof: false,
        };
        assert_eq!(conflicts(&live, application(2), &other_proof), vehicle);
    }

    #[test]
    fn an_application_holds_one_vehicle() {
        let live = [Live {
            application: application(1),
            taken: A,
        }];
        assert_eq!(step(&live, application(1), &A), Step::Keep);
        assert_eq!(step(&live, application(2), &A), Step::Take);
        let other = Taken {
            vehicle: [4; 32],
            ..A
        };
        assert_eq!(step(&live, application(1), &other), Step::Exchange);
    }
}
