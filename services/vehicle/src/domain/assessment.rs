//! Whether a vehicle may take part: every reason why not, from what the outside systems told.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use xuanhao_chassis::ids::{Id, Kind};
use xuanhao_vocabulary::{PlateClass, PlateNumber};

use super::claim::Conflicts;

/// Marks the id of a decision.
#[derive(Debug)]
pub enum Assessment {}

impl Kind for Assessment {
    const NAME: &'static str = "Assessment";
}

/// The id of a decision.
pub type AssessmentId = Id<Assessment>;

/// A vehicle as the national registry knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vehicle {
    /// Whether it was ever registered.
    pub standing: Standing,
    /// Class of plate it takes; none for kinds that get no plate of ours (motorcycles, trailers).
    pub class: Option<PlateClass>,
    /// Make and model, for people; may be empty.
    pub description: String,
    /// Whether the import certificate is this vehicle's, where one was named.
    pub certificate_matches: Option<bool>,
}

/// Whether a vehicle was ever registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Never.
    New,
    /// It is.
    Registered(Registration),
    /// It was.
    Deregistered,
}

/// A registration in the national registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Class of the number; none for a class that is not ours.
    pub class: Option<PlateClass>,
    /// The number; none for one of another form.
    pub plate: Option<PlateNumber>,
    /// Civil day of the registration.
    pub registered_on: Date,
}

/// An invoice as the tax bureau knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Not cancelled 作废 nor reversed 红冲.
    pub valid: bool,
    /// What was sold.
    pub sale: Sale,
    /// Whether the buyer is the one we named.
    pub buyer_matches: bool,
    /// Whether the vehicle is the one we named.
    pub vin_matches: bool,
    /// Civil day of issue.
    pub issued_on: Date,
}

/// What an invoice sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sale {
    /// A new motor vehicle.
    NewVehicle,
    /// A used one.
    UsedVehicle,
    /// Something else.
    Other,
}

/// What was found out; `None` where the system knows no such thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// By the national registry.
    pub vehicle: Option<Vehicle>,
    /// By the tax bureau.
    pub invoice: Option<Invoice>,
    /// By ourselves.
    pub conflicts: Conflicts,
}

/// Figures of the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Days after its issue that an invoice still proves a new purchase.
    pub purchase_proof_days: u16,
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
}

impl Ground {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::VehicleUnknown,
        Self::ProofInvalid,
        Self::VehicleMismatch,
        Self::BuyerMismatch,
        Self::AlreadyRegistered,
        Self::NotANewPurchase,
        Self::ClassNotServed,
        Self::VinInUse,
        Self::ProofUsed,
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
        }
    }

    /// Reads the stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.as_str() == word)
    }
}

/// Every reason against the vehicle, most telling first; none if it is eligible.
pub fn decide(findings: &Findings, today: Date, rules: &Rules) -> Vec<Ground> {
    let mut grounds = Vec::new();
    match &findings.vehicle {
        None => grounds.push(Ground::VehicleUnknown),
        Some(vehicle) => judge_vehicle(vehicle, &mut grounds),
    }
    match &findings.invoice {
        None => grounds.push(Ground::ProofInvalid),
        Some(invoice) => judge_invoice(invoice, today, rules, &mut grounds),
    }
    if findings.conflicts.vehicle {
        grounds.push(Ground::VinInUse);
    }
    if findings.conflicts.purchase_proof {
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

fn judge_invoice(invoice: &Invoice, today: Date, rules: &Rules, grounds: &mut Vec<Ground>) {
    if !invoice.valid || invoice.sale == Sale::Other || invoice.issued_on > today {
        grounds.push(Ground::ProofInvalid);
    }
    let kept: Span = i32::from(rules.purchase_proof_days).days();
    if invoice.sale == Sale::UsedVehicle || invoice.issued_on.saturating_add(kept) < today {
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
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 22);

    fn good() -> Findings {
        Findings {
            vehicle: Some(Vehicle {
                standing: Standing::New,
                class: Some(PlateClass::Small),
                description: "雪佛兰 科鲁兹".into(),
                certificate_matches: None,
            }),
            invoice: Some(Invoice {
                valid: true,
                sale: Sale::NewVehicle,
                buyer_matches: true,
                vin_matches: true,
                issued_on: TODAY,
            }),
            conflicts: Conflicts::default(),
        }
    }

    fn grounds(change: impl FnOnce(&mut Vehicle, &mut Invoice, &mut Conflicts)) -> Vec<Ground> {
        let mut findings = good();
        let (vehicle, invoice) = (findings.vehicle.as_mut(), findings.invoice.as_mut());
        change(vehicle.unwrap(), invoice.unwrap(), &mut findings.conflicts);
        decide(
            &findings,
            TODAY,
            &Rules {
                purchase_proof_days: 30,
            },
        )
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
        let mut findings = good();
        findings.vehicle = None;
        findings.invoice = None;
        findings.conflicts = Conflicts {
            vehicle: true,
            purchase_proof: true,
        };
        let rules = Rules {
            purchase_proof_days: 30,
        };
        assert_eq!(
            decide(&findings, TODAY, &rules),
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

    #[test]
    fn stored_words_are_read_back() {
        for ground in Ground::ALL {
            assert_eq!(Ground::from_word(ground.as_str()), Some(ground));
        }
        assert_eq!(Ground::from_word("late"), None);
    }
}
