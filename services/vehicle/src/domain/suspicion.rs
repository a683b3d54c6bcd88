//! What looks wrong without being proven so: such a claim waits for an officer.

use jiff::SignedDuration;
use xuanhao_vocabulary::Vin;
use xuanhao_vocabulary::vin::VinWarning;

use super::findings::Answers;

/// A suspicion; the words are stable and told to citizen and officer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suspicion {
    /// The person holds many vehicles already.
    ManyVehicles,
    /// The model year is far from the invoice's.
    ModelYear,
    /// An outside system finds it suspicious.
    Suspicious,
    /// An officer opened the review.
    Officer,
}

impl Suspicion {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::ManyVehicles,
        Self::ModelYear,
        Self::Suspicious,
        Self::Officer,
    ];

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ManyVehicles => "many_vehicles",
            Self::ModelYear => "model_year",
            Self::Suspicious => "suspicious",
            Self::Officer => "officer",
        }
    }

    /// Reads the stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// Which suspicions an installation has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suspicions {
    /// A person's live vehicles within a time.
    pub many_vehicles: Option<ManyVehicles>,
    /// A model year outside two years before to one year after the invoice's.
    pub model_year: bool,
    /// What outside systems find suspicious.
    pub outside: bool,
}

/// From how many vehicles on a person is suspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManyVehicles {
    /// So many live claims of other applications make the next one suspicious.
    pub from: u32,
    /// Of claims made within this time.
    pub within: SignedDuration,
}

impl Suspicions {
    /// What complete answers make suspicious.
    pub fn of_answers(&self, vin: &Vin, answers: &Answers) -> Vec<Suspicion> {
        let mut found = Vec::new();
        let (vehicle, invoice) = (answers.known_vehicle(), answers.known_invoice());
        let year = invoice.map(|invoice| invoice.issued_on.year());
        let far = |warning| matches!(warning, VinWarning::ModelYearFar { .. });
        if self.model_year && year.is_some() && vin.warnings(year).any(far) {
            found.push(Suspicion::ModelYear);
        }
        let outside = vehicle.is_some_and(|vehicle| vehicle.suspicious)
            || invoice.is_some_and(|invoice| invoice.suspicious);
        if self.outside && outside {
            found.push(Suspicion::Suspicious);
        }
        found
    }

    /// Whether a person who holds so many is suspected. Organisations buy fleets and are not.
    pub fn too_many(&self, held: i64, organisation: bool) -> bool {
        let many = self.many_vehicles;
        !organisation && many.is_some_and(|many| held >= i64::from(many.from))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use xuanhao_vocabulary::PlateClass;

    use super::super::findings::{Invoice, Sale, Standing, Told, Vehicle};
    use super::*;

    fn answers(suspicious: bool, year: i16) -> Answers {
        Answers {
            vehicle: Some(Told::Known(Vehicle {
                standing: Standing::New,
                class: Some(PlateClass::Small),
                energy: None,
                description: String::new(),
                certificate_matches: None,
                suspicious,
            })),
            invoice: Some(Told::Known(Invoice {
                valid: true,
                sale: Sale::NewVehicle,
                buyer_matches: true,
                vin_matches: true,
                issued_on: date(year, 5, 1),
                suspicious: false,
            })),
        }
    }

    /// R-INF-04: a rule suspects only where the installation has it.
    #[test]
    fn suspicions_are_the_installations() {
        let vin: Vin = "LSGPC52U6AF102554".parse().unwrap();
        let all = Suspicions {
            many_vehicles: Some(ManyVehicles {
                from: 3,
                within: SignedDuration::from_hours(24),
            }),
            model_year: true,
            outside: true,
        };
        let none = Suspicions::default();
        assert_eq!(all.of_answers(&vin, &answers(false, 2010)), []);
        assert_eq!(
            all.of_answers(&vin, &answers(true, 2026)),
            [Suspicion::ModelYear, Suspicion::Suspicious]
        );
        assert_eq!(none.of_answers(&vin, &answers(true, 2026)), []);
        assert!(all.too_many(3, false) && !all.too_many(2, false));
        assert!(!all.too_many(9, true), "organisations buy fleets");
        assert!(!none.too_many(9, false));
    }

    #[test]
    fn words_are_read_back() {
        for suspicion in Suspicion::ALL {
            assert_eq!(Suspicion::from_word(suspicion.as_str()), Some(suspicion));
        }
        assert_eq!(Suspicion::from_word("gossip"), None);
    }
}
