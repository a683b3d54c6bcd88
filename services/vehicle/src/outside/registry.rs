//! The national vehicle registry's question and answer about a vehicle.
//!
//! ```text
//! POST /v1/vehicles/lookup
//! {"vin": "LSGPC52U6AF102554", "import_certificate_number": "XX1234567"}   the latter only if named
//!
//! {"vin": "LSGPC52U6AF102554",              the VIN asked about
//!  "status": "new",                         new, registered or deregistered
//!  "plate_type": "52",                      code of the 号牌种类 the vehicle takes
//!  "energy": "battery",                     battery or not_purely_battery; wanted for 51 and 52
//!  "description": "示例 轿车",               make and model, may be missing
//!  "suspicious": false,                     may be missing
//!  "certificate_matches": true,             only if a certificate was named
//!  "registration": {"plate_type": "02", "plate": "粤GA1234", "registered_on": "2026-11-25"}}
//!                                           only if registered
//! ```
//!
//! A vehicle it does not know: 404 `vehicle_unknown`; in a file, that object as the answer.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xuanhao_vocabulary::{PlateClass, PlateNumber, Vin};

use super::{Gateway, Unavailable, from_file};
use crate::domain::findings::{Energy, Registration, Standing, Vehicle, tells_energy};
use crate::domain::import::Certificate;

/// Characters of a description that are kept.
pub(super) const LONGEST_DESCRIPTION: usize = 80;
const UNKNOWN: &str = "vehicle_unknown";

/// What the registry is asked about a vehicle, as it stands on the wire and in files.
#[derive(Clone, Serialize, Deserialize)]
pub struct VehicleQuestion {
    vin: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    import_certificate_number: Option<String>,
}

impl VehicleQuestion {
    /// About the vehicle of a VIN, and whether the certificate is its own.
    pub fn new(vin: &Vin, certificate: Option<&Certificate>) -> Self {
        Self {
            vin: vin.to_string(),
            import_certificate_number: certificate.map(|number| number.as_str().to_owned()),
        }
    }

    pub(super) fn vin(&self) -> &str {
        &self.vin
    }

    pub(super) fn certificate(&self) -> Option<&str> {
        self.import_certificate_number.as_deref()
    }

    /// Reads an answer that came by file.
    ///
    /// # Errors
    /// When it is not an answer to this question.
    pub fn read(&self, answer: &str) -> Result<Option<Vehicle>, Unavailable> {
        from_file::<Answer>(answer, UNKNOWN)?
            .map(|answer| read(answer, self))
            .transpose()
    }
}

impl std::fmt::Debug for VehicleQuestion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VehicleQuestion(…)")
    }
}

#[derive(Deserialize)]
struct Answer {
    vin: String,
    status: Status,
    plate_type: String,
    energy: Option<Energy>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    suspicious: bool,
    certificate_matches: Option<bool>,
    registration: Option<WireRegistration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    New,
    Registered,
    Deregistered,
}

#[derive(Deserialize)]
struct WireRegistration {
    plate_type: String,
    plate: String,
    registered_on: Date,
}

pub(super) async fn vehicle(
    gateway: &Gateway,
    question: &VehicleQuestion,
) -> Result<Option<Vehicle>, Unavailable> {
    gateway
        .ask("/v1/vehicles/lookup", question, UNKNOWN)
        .await?
        .map(|answer| read(answer, question))
        .transpose()
}

fn read(answer: Answer, question: &VehicleQuestion) -> Result<Vehicle, Unavailable> {
    let odd = |what: &'static str| {
        tracing::warn!(what, "the registry's answer does not fit the question");
        Unavailable
    };
    if answer.vin != question.vin {
        return Err(odd("vin"));
    }
    let certificate = question.import_certificate_number.is_some();
    if certificate && answer.certificate_matches.is_none() {
        return Err(odd("certificate_matches"));
    }
    let class = PlateClass::by_code(&answer.plate_type);
    // The letter of the number depends on it, so that nothing may be assumed.
    if class.is_some_and(tells_energy) && answer.energy.is_none() {
        return Err(odd("energy"));
    }
    let standing = match answer.status {
        Status::New => Standing::New,
        Status::Deregistered => Standing::Deregistered,
        Status::Registered => {
            let registration = answer.registration.ok_or_else(|| odd("registration"))?;
            Standing::Registered(Registration {
                class: PlateClass::by_code(&registration.plate_type),
                plate: PlateNumber::parse(&registration.plate).ok(),
                registered_on: registration.registered_on,
            })
        }
    };
    Ok(Vehicle {
        standing,
        class,
        energy: answer.energy.filter(|_| class.is_some_and(tells_energy)),
        description: short(&answer.description),
        certificate_matches: answer.certificate_matches.filter(|_| certificate),
        suspicious: answer.suspicious,
    })
}

/// As much of a description as is kept, without what no text is made of.
pub(super) fn short(description: &str) -> String {
    let characters = description.chars().filter(|c| !c.is_control());
    characters.take(LONGEST_DESCRIPTION).collect()
}
