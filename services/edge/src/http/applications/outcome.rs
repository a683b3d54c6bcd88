//! What a selecting call came to (P7).

use serde::Serialize;
use utoipa::ToSchema;
use xuanhao_proto::selection::v1 as pb;

use super::view::{Application, Confirmed, Holding};
use crate::error::Error;
use crate::http::wire::instant;

/// What a selecting call came to (P7).
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Outcome {
    /// The number is the vehicle's.
    Allocated(Confirmed),
    /// Numbers are held until then.
    Held(Holding),
    /// None of the wishes was free; the round is used up.
    AllMissed(AllMissed),
    /// Taken note of; a lot decides then.
    Lodged(Lodged),
}

/// The wishes that were missed.
#[derive(Debug, Serialize, ToSchema)]
struct AllMissed {
    wishes: Vec<String>,
}

/// When a lot decides.
#[derive(Debug, Serialize, ToSchema)]
struct Lodged {
    #[schema(format = DateTime)]
    decided_at: String,
}

/// What a selecting call came to, and the application afterwards.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Answered {
    outcome: Outcome,
    application: Application,
}

impl Answered {
    pub(super) fn of(
        outcome: Option<pb::SelectingOutcome>,
        application: Option<pb::Application>,
    ) -> Result<axum::Json<Self>, Error> {
        let outcome = outcome.and_then(|outcome| outcome.result);
        let application = application.ok_or_else(|| Error::peer_answer("application"))?;
        Ok(axum::Json(Self {
            outcome: outcome
                .ok_or_else(|| Error::peer_answer("outcome"))?
                .try_into()?,
            application: application.try_into()?,
        }))
    }
}

impl TryFrom<pb::selecting_outcome::Result> for Outcome {
    type Error = Error;

    fn try_from(told: pb::selecting_outcome::Result) -> Result<Self, Error> {
        use pb::selecting_outcome::Result as Told;
        Ok(match told {
            Told::Allocated(result) => Self::Allocated(result.try_into()?),
            Told::Held(holding) => Self::Held(holding.try_into()?),
            Told::AllMissed(missed) => Self::AllMissed(AllMissed {
                wishes: missed.wishes,
            }),
            Told::Lodged(lodged) => Self::Lodged(Lodged {
                decided_at: instant(lodged.decided_at, "decided_at")?,
            }),
        })
    }
}
