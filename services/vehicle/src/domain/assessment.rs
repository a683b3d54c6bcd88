//! Whether a vehicle may take part: every reason why not, from what the outside systems told.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use xuanhao_chassis::ids::{Id, Kind};

use super::claim::Conflicts;
use super::findings::{Answers, Invoice, Sale, Standing, Told, Vehicle};
use super::suspicion::Suspicions;

/// Marks the id of a decision.
#[derive(Debug)]
pub enum Assessment {}

impl Kind for Assessment {
    const NAME: &'static str = "Assessment";
}

/// The id of a decision.
pub type AssessmentId = Id<Assessment>;

/// Figures of the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Days after its issue that an invoice still proves a new purchase.
    pub purchase_proof_days: u16,
    /// What looks wrong without being proven so.
    pub suspicions: Suspicions,
}

/// Where a decision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Made: eligible if there are no grounds.
    Decided,
    /// Waits for answers.
    Pending,
    /// Waits for an officer.
    UnderReview,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Decided, Self::Pending, Self::UnderReview];

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Pending => "pending",
            Self::UnderReview => "under_review",
        }
    }

    /// Reads the stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// What the checks have come to, as a citizen is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eligibility {
    /// It may take part.
    Eligible,
    /// It may not.
    Refused,
    /// Answers are missing.
    Pending,
    /// An officer has to look.
    UnderReview,
}

impl Eligibility {
    /// From where the decision stands and whether anything is against the vehicle.
    pub fn of(state: State, grounds: &[Ground]) -> Self {
        match state {
            State::Pending => Self::Pending,
            State::UnderReview => Self::UnderReview,
            State::Decided if grounds.is_empty() => Self::Eligible,
            State::Decided => Self::Refused,
        }
    }
}

/// Why a vehicle was refused; the stored words are stable. The order is that of telling: what a
/// typing slip explains comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// The registry knows no vehicle of that VIN.
    VehicleUnknown,
    /// The tax bureau knows no such invoice, or it is void, or of something else.
    ProofInvalid,
    /// The invoice or the import certificate is of another vehicle.
    VehicleMismatch,
    /// The invoice names another buyer (R-ACC-08).
    BuyerMismatch,
    /// The vehicle is registered.
    AlreadyRegistered,
    /// The vehicle was registered before, was bought used, or too long ago (R-ENT-09).
    NotANewPurchase,
    /// The vehicle takes no plate of ours (R-ENT-10).
    ClassNotServed,
    /// Another application holds the vehicle.
    VinInUse,
    /// Another application holds the invoice.
    ProofUsed,
    /// A review found a suspicion to be true.
    ReviewConfirmed,
}

impl Ground {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::VehicleUnknown,
        Self::ProofInvalid,
        Self::VehicleMismatch,
        Self::BuyerMismatch,
        Self::AlreadyRegistered,
        Self::NotANewPurchase,
        Self::ClassNotServed,
        Self::VinInUse,
        Self::ProofUsed,
        Self::ReviewConfirmed,
    ];

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VehicleUnknown => "vehicle_unknown",
            Self::ProofInvalid => "proof_invalid",
            Self::VehicleMismatch => "vehicle_mismatch",
            Self::BuyerMismatch => "buyer_mismatch",
            Self::AlreadyRegistered => "already_registered",
            Self::NotANewPurchase => "not_a_new_purchase",
            Self::ClassNotServed => "class_not_served",
            Self::VinInUse => "vin_in_use",
            Self::ProofUsed => "proof_used",
            Self::ReviewConfirmed => "review_confirmed",
        }
    }

    /// Reads the stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.as_str() == word)
    }
}

/// Every reason against the vehicle that is known by now, most telling first; none if it is eligible.
pub fn decide(answers: &Answers, held: Conflicts, asked_on: Date, rules: &Rules) -> Vec<Ground> {
    let mut grounds = Vec::new();
    match &answers.vehicle {
        None => {}
        Some(Told::Unknown) => grounds.push(Ground::VehicleUnknown),
        Some(Told::Known(vehicle)) => judge_vehicle(vehicle, &mut grounds),
    }
    match &answers.invoice {
        None => {}
        Some(Told::Unknown) => grounds.push(Ground::ProofInvalid),
        Some(Told::Known(invoice)) => judge_invoice(invoice, asked_on, rules, &mut grounds),
    }
    if held.vehicle {
        grounds.push(Ground::VinInUse);
    }
    if held.purchase_proof {
        grounds.push(Ground::ProofUsed);
    }
    grounds.sort_unstable();
    grounds.dedup();
    grounds
}

fn judge_vehicle(vehicle: &Vehicle, grounds: &mut Vec<Ground>) {
    match vehicle.standing {
        Standing::New => {}
        Standing::Registered(_) => grounds.push(Ground::AlreadyRegistered),
        Standing::Deregistered => grounds.push(Ground::NotANewPurchase),
    }
    if vehicle.class.is_none() {
        grounds.push(Ground::ClassNotServed);
    }
    if vehicle.certificate_matches == Some(false) {
        grounds.push(Ground::VehicleMismatch);
    }
}

fn judge_invoice(invoice: &Invoice, asked_on: Date, rules: &Rules, grounds: &mut Vec<Ground>) {
    if !invoice.valid || invoice.sale == Sale::Other || invoice.issued_on > asked_on {
        grounds.push(Ground::ProofInvalid);
    }
    let kept: Span = i32::from(rules.purchase_proof_days).days();
    if invoice.sale == Sale::UsedVehicle || invoice.issued_on.saturating_add(kept) < asked_on {
        grounds.push(Ground::NotANewPurchase);
    }
    if !invoice.vin_matches {
        grounds.push(Ground::VehicleMismatch);
    }
    if !invoice.buyer_matches {
        grounds.push(Ground::BuyerMismatch);
    }
}

#[cfg(test)]
mod tests {
    use xuanhao_vocabulary::PlateClass;

    use super::super::findings::Registration;
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 22);

    fn car() -> Vehicle {
        Vehicle {
            standing: Standing::New,
            class: Some(PlateClass::Small),
            energy: None,
            description: "雪佛兰 科鲁兹".into(),
            certificate_matches: None,
            suspicious: false,
        }
    }

    fn paper() -> Invoice {
        Invoice {
            valid: true,
            sale: Sale::NewVehicle,
            buyer_matches: true,
            vin_matches: true,
            issued_on: TODAY,
            suspicious: false,
        }
    }

    fn rules() -> Rules {
        Rules {
            purchase_proof_days: 30,
            suspicions: Suspicions::default(),
        }
    }

    fn grounds(change: impl FnOnce(&mut Vehicle, &mut Invoice, &mut Conflicts)) -> Vec<Ground> {
        let (mut vehicle, mut invoice, mut held) = (car(), paper(), Conflicts::default());
        change(&mut vehicle, &mut invoice, &mut held);
        let answers = Answers {
            vehicle: Some(Told::Known(vehicle)),
            invoice: Some(Told::Known(invoice)),
        };
        decide(&answers, held, TODAY, &rules())
    }

    #[test]
    fn a_new_car_bought_by_its_applicant_is_eligible() {
        assert_eq!(grounds(|_, _, _| {}), []);
        assert_eq!(grounds(|_, i, _| i.issued_on = TODAY - 30.days()), []);
        assert_eq!(grounds(|v, _, _| v.certificate_matches = Some(true)), []);
    }

    /// R-ENT-09, R-ENT-10, R-ACC-08: each obstacle by itself is told, by its own name.
    #[test]
    fn each_obstacle_has_its_ground() {
        use Ground::*;
        let registered = Registration {
            class: None,
            plate: None,
            registered_on: TODAY,
        };
        let told = [
            (
                grounds(|v, _, _| v.standing = Standing::Registered(registered)),
                AlreadyRegistered,
            ),
            (
                grounds(|v, _, _| v.standing = Standing::Deregistered),
                NotANewPurchase,
            ),
            (grounds(|v, _, _| v.class = None), ClassNotServed),
            (
                grounds(|v, _, _| v.certificate_matches = Some(false)),
                VehicleMismatch,
            ),
            (grounds(|_, i, _| i.valid = false), ProofInvalid),
            (grounds(|_, i, _| i.sale = Sale::Other), ProofInvalid),
            (
                grounds(|_, i, _| i.issued_on = TODAY + 1.day()),
                ProofInvalid,
            ),
            (
                grounds(|_, i, _| i.sale = Sale::UsedVehicle),
                NotANewPurchase,
            ),
            (
                grounds(|_, i, _| i.issued_on = TODAY - 31.days()),
                NotANewPurchase,
            ),
            (grounds(|_, i, _| i.vin_matches = false), VehicleMismatch),
            (grounds(|_, i, _| i.buyer_matches = false), BuyerMismatch),
            (grounds(|_, _, c| c.vehicle = true), VinInUse),
            (grounds(|_, _, c| c.purchase_proof = true), ProofUsed),
        ];
        for (found, ground) in told {
            assert_eq!(found, [ground]);
        }
    }

    /// R-INF-04: a refusal names every reason, once each, what a slip explains first.
    #[test]
    fn all_reasons_are_told() {
        let answers = Answers {
            vehicle: Some(Told::Unknown),
            invoice: Some(Told::Unknown),
        };
        let held = Conflicts {
            vehicle: true,
            purchase_proof: true,
        };
        assert_eq!(
            decide(&answers, held, TODAY, &rules()),
            [
                Ground::VehicleUnknown,
                Ground::ProofInvalid,
                Ground::VinInUse,
                Ground::ProofUsed
            ]
        );
        let twice = grounds(|v, i, _| {
            v.standing = Standing::Deregistered;
            i.sale = Sale::UsedVehicle;
            i.buyer_matches = false;
        });
        assert_eq!(twice, [Ground::BuyerMismatch, Ground::NotANewPurchase]);
    }

    /// Silence is no word about the vehicle: what is missing gives no ground.
    #[test]
    fn silence_gives_no_ground() {
        let none = Answers::default();
        assert_eq!(decide(&none, Conflicts::default(), TODAY, &rules()), []);
        assert!(!none.complete());
        assert_eq!(Eligibility::of(State::Pending, &[]), Eligibility::Pending);
    }

    #[test]
    fn stored_words_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::from_word(state.as_str()), Some(state));
        }
        for ground in Ground::ALL {
            assert_eq!(Ground::from_word(ground.as_str()), Some(ground));
        }
        assert_eq!(Ground::from_word("late"), None);
    }
}
