//! The national vehicle registry's question and answer.
//!
//! ```text
//! POST /v1/vehicles/lookup
//! {"vin": "LSGPC52U6AF102554", "import_certificate_number": "XX1234567"}   the latter only if named
//!
//! {"vin": "LSGPC52U6AF102554",              the VIN asked about
//!  "status": "new",                         new, registered or deregistered
//!  "plate_type": "02",                      code of the 号牌种类 the vehicle takes
//!  "description": "雪佛兰 科鲁兹",            make and model, may be missing
//!  "certificate_matches": true,             only if a certificate was named
//!  "registration": {"plate_type": "02", "plate": "粤GA1234", "registered_on": "2026-11-25"}}
//!                                           only if registered
//! ```
//!
//! A vehicle it does not know: 404 `vehicle_unknown`.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xuanhao_vocabulary::{PlateClass, PlateNumber, Vin};

use super::{Gateway, Unavailable};
use crate::domain::assessment::{Registration, Standing, Vehicle};
use crate::domain::import::Certificate;

/// Characters of a description that are kept.
const LONGEST_DESCRIPTION: usize = 80;

#[derive(Serialize)]
struct Question<'a> {
    vin: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    import_certificate_number: Option<&'a str>,
}

#[derive(Deserialize)]
struct Answer {
    vin: String,
    status: Status,
    plate_type: String,
    #[serde(default)]
    description: String,
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
    vin: &Vin,
    certificate: Option<&Certificate>,
) -> Result<Option<Vehicle>, Unavailable> {
    let question = Question {
        vin: vin.as_str(),
        import_certificate_number: certificate.map(Certificate::as_str),
    };
    let answer = gateway
        .ask("/v1/vehicles/lookup", &question, "vehicle_unknown")
        .await?;
    answer
        .map(|answer| read(answer, vin, certificate.is_some()))
        .transpose()
}

fn read(answer: Answer, vin: &Vin, certificate: bool) -> Result<Vehicle, Unavailable> {
    let odd = |what: &'static str| {
        tracing::warn!(what, "the registry's answer does not fit the question");
        Unavailable
    };
    if answer.vin != vin.as_str() {
        return Err(odd("vin"));
    }
    if certificate && answer.certificate_matches.is_none() {
        return Err(odd("certificate_matches"));
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
        class: PlateClass::by_code(&answer.plate_type),
        description: answer
            .description
            .chars()
            .take(LONGEST_DESCRIPTION)
            .collect(),
        certificate_matches: answer.certificate_matches.filter(|_| certificate),
    })
}
