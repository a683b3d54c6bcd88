//! The registry's questions and answers about what a holder binds (R-ACC-07).
//!
//! ```text
//! POST /v1/ownership/check
//! {"plate_type": "02", "plate": "粤GA1234", "engine_number_tail": "1A2B3C",
//!  "owner_id": "11010519491231002X"}
//!
//! {"matches": true,                         all four are of one vehicle
//!  "description": "示例 轿车"}               make and model, may be missing
//!
//! POST /v1/licences/check
//! {"file_number": "440800123456", "holder_id": "11010519491231002X"}
//!
//! {"matches": true, "classes": "C1"}        classes it entitles to drive; wanted if it matches
//! ```
//!
//! The registry compares, so that nobody's number comes back. Unknown: 404 `plate_unknown` or
//! `licence_unknown`; nobody is told unknown from another's.

use serde::{Deserialize, Serialize};
use xuanhao_vocabulary::{PlateClass, PlateNumber};

use super::{Gateway, Unavailable, registry};
use crate::domain::binding::{EngineTail, FileNumber};
use crate::domain::buyer::Buyer;

/// Characters of the classes that are kept.
const LONGEST_CLASSES: usize = 16;

/// A vehicle somebody says is theirs. Prints masked.
#[derive(Debug, Clone, Copy)]
pub struct Ownership<'a> {
    /// Class of its plate.
    pub class: PlateClass,
    /// Its number.
    pub plate: PlateNumber,
    /// The end of its engine number.
    pub engine: &'a EngineTail,
    /// Who says so.
    pub owner: &'a Buyer,
}

#[derive(Serialize)]
struct OwnershipQuestion<'a> {
    plate_type: &'static str,
    plate: String,
    engine_number_tail: &'a str,
    owner_id: &'a str,
}

#[derive(Deserialize)]
struct OwnershipAnswer {
    matches: bool,
    #[serde(default)]
    description: String,
}

#[derive(Serialize)]
struct LicenceQuestion<'a> {
    file_number: &'a str,
    holder_id: &'a str,
}

#[derive(Deserialize)]
struct LicenceAnswer {
    matches: bool,
    classes: Option<String>,
}

/// Make and model, if the vehicle is the owner's.
pub(super) async fn owned(
    gateway: &Gateway,
    asked: Ownership<'_>,
) -> Result<Option<String>, Unavailable> {
    let question = OwnershipQuestion {
        plate_type: asked.class.code(),
        plate: asked.plate.to_string(),
        engine_number_tail: asked.engine.as_str(),
        owner_id: asked.owner.expose(),
    };
    let answer: Option<OwnershipAnswer> = gateway
        .ask("/v1/ownership/check", &question, "plate_unknown")
        .await?;
    Ok(answer
        .filter(|answer| answer.matches)
        .map(|answer| registry::short(&answer.description)))
}

/// The classes a licence entitles to, if it is the holder's.
pub(super) async fn licence(
    gateway: &Gateway,
    number: &FileNumber,
    holder: &Buyer,
) -> Result<Option<String>, Unavailable> {
    let question = LicenceQuestion {
        file_number: number.as_str(),
        holder_id: holder.expose(),
    };
    let answer: Option<LicenceAnswer> = gateway
        .ask("/v1/licences/check", &question, "licence_unknown")
        .await?;
    match answer.filter(|answer| answer.matches) {
        None => Ok(None),
        Some(answer) => {
            let classes = answer.classes.ok_or_else(|| {
                tracing::warn!(
                    what = "classes",
                    "the registry's answer does not fit the question"
                );
                Unavailable
            })?;
            Ok(Some(
                registry::short(&classes)
                    .chars()
                    .take(LONGEST_CLASSES)
                    .collect(),
            ))
        }
    }
}
