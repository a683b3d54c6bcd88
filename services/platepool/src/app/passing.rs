//! Requests and answers as they are passed between replicas.
//!
//! Inputs, outcomes and sets travel in the log's own encoding, so that there is one. Refusals have a
//! word each and their parts as text.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use xuanhao_chassis::db;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::ask_response::Told as Wire;
use xuanhao_vocabulary::{OfficeId, PlateKey};

use super::office::Told;
use crate::domain::command::{Command, Request};
use crate::domain::error::Error;
use crate::domain::ids::{ApplicationId, RowKey, SegmentId};
use crate::domain::rows::{Answer, Receipt, Standing};
use crate::store::{self, channel, channel_word};

/// The word of a request that changes nothing.
const LOOK: &str = "look";

/// Fields that the engine may find out of range.
const FIELDS: [&str; 12] = [
    "basket",
    "basket_ttl",
    "channel",
    "column_ttl",
    "count",
    "not_after",
    "op_no",
    "plates",
    "reason",
    "segments",
    "ttl",
    "wishes",
];
/// One that a replica of another version names.
const SOME_FIELD: &str = "request";

/// Something that a replica of this version does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its {0} is not of the form that replicas pass on")]
pub(crate) struct Malformed(&'static str);

/// A request for a peer.
pub(super) fn ask(office: OfficeId, request: &Request) -> pb::AskRequest {
    let application = request
        .application()
        .map(|application| application.0.as_bytes().to_vec())
        .unwrap_or_default();
    let (kind, op_no, input) = match request {
        Request::Look(_) => (LOOK, 0, Vec::new()),
        Request::Command(command) => {
            let op_no = match command {
                Command::Operate(operation) => operation.op_no,
                Command::Resolve(resolve) => resolve.op_no,
                _ => 0,
            };
            let (kind, input) = store::command_bytes(command);
            (kind, op_no, input)
        }
    };
    pb::AskRequest {
        office: office.to_string(),
        kind: kind.to_owned(),
        application,
        op_no,
        input,
    }
}

/// A peer's request.
pub(crate) fn request(asked: &pb::AskRequest) -> Result<Request, db::Error> {
    let application = match &*asked.application {
        [] => None,
        bytes => Some(ApplicationId(
            Uuid::from_slice(bytes).map_err(|source| db::Error::corrupt("application", source))?,
        )),
    };
    if asked.kind == LOOK {
        let application = application.ok_or_else(|| corrupt("application"))?;
        return Ok(Request::Look(application));
    }
    let command = store::command_from(&asked.kind, application, asked.op_no, &asked.input)?;
    Ok(Request::Command(command))
}

/// An answer for a peer.
pub(crate) fn answer(told: &Told) -> Wire {
    match told {
        Ok(Answer::Recorded(receipt)) => {
            let (outcome, result) = store::outcome_bytes(&receipt.outcome);
            Wire::Recorded(pb::RecordedRow {
                epoch: receipt.key.epoch,
                seq: receipt.key.seq,
                decided_at: Some(timestamp(receipt.decided_at)),
                op_no: receipt.op_no,
                channel: channel_word(receipt.channel).to_owned(),
                outcome: outcome.to_owned(),
                result,
                set: store::set_bytes(&receipt.set),
            })
        }
        Ok(Answer::NeverExecuted) => Wire::NeverExecuted(pb::NeverExecuted {}),
        Ok(Answer::Standing(standing)) => Wire::Standing(pb::ApplicationStanding {
            op_no: standing.op_no,
            set: store::set_bytes(&standing.set),
            allocation: standing.allocation.map_or(0, PlateKey::get),
            closed: standing.closed,
        }),
        Err(error) => {
            let (word, parts) = refusal(error);
            Wire::Refused(pb::EngineRefusal {
                word: word.to_owned(),
                parts,
            })
        }
    }
}

/// A peer's answer; none if it does not write for the office.
pub(super) fn told(response: pb::AskResponse) -> Result<Option<Told>, db::Error> {
    let told = match response.told.ok_or_else(|| corrupt("answer"))? {
        Wire::NotOwner(_) => return Ok(None),
        Wire::NeverExecuted(_) => Ok(Answer::NeverExecuted),
        Wire::Recorded(row) => Ok(Answer::Recorded(Receipt {
            key: RowKey {
                epoch: row.epoch,
                seq: row.seq,
            },
            decided_at: instant(row.decided_at.as_ref())?,
            op_no: row.op_no,
            channel: channel(&row.channel).ok_or_else(|| corrupt("channel"))?,
            outcome: store::outcome_from(&row.outcome, &row.result)?,
            set: store::set_from(&row.set)?,
        })),
        Wire::Standing(standing) => Ok(Answer::Standing(Standing {
            op_no: standing.op_no,
            set: store::set_from(&standing.set)?,
            allocation: match standing.allocation {
                0 => None,
                stored => Some(
                    PlateKey::try_from(stored)
                        .map_err(|source| db::Error::corrupt("number", source))?,
                ),
            },
            closed: standing.closed,
        })),
        Wire::Refused(refused) => match refused_from(&refused.word, &refused.parts) {
            Ok(Error::NotOwner) => return Ok(None),
            Ok(error) => Err(error),
            Err(malformed) => return Err(db::Error::corrupt("refusal", malformed)),
        },
    };
    Ok(Some(told))
}

fn corrupt(what: &'static str) -> db::Error {
    db::Error::corrupt(what, Malformed(what))
}

fn instant(stored: Option<&prost_types::Timestamp>) -> Result<Timestamp, db::Error> {
    let stored = stored.ok_or_else(|| corrupt("instant"))?;
    Timestamp::new(stored.seconds, stored.nanos)
        .map_err(|source| db::Error::corrupt("instant", source))
}

/// The word of a refusal, and what belongs to it. There is no other list of them: who adds one is
/// told by the compiler here, and by a test at [`refused_from`].
fn refusal(error: &Error) -> (&'static str, Vec<String>) {
    let none = Vec::new;
    match error {
        Error::Overloaded { retry_after } => {
            ("overloaded", vec![retry_after.as_millis().to_string()])
        }
        Error::NotOwner => ("not_owner", none()),
        Error::OutcomeUnknown => ("outcome_unknown", none()),
        Error::NoneFree => ("none_free", none()),
        Error::DrawingNotOpen { day } => ("drawing_not_open", vec![day.to_string()]),
        Error::TooLate => ("too_late", none()),
        Error::NumberUsed { last } => ("number_used", vec![last.to_string()]),
        Error::OtherRequest => ("other_request", none()),
        Error::RefusedForEver => ("refused_for_ever", none()),
        Error::Closed => ("closed", none()),
        Error::HasAllocation { plate } => ("has_allocation", vec![number(*plate)]),
        Error::VehicleHasAllocation => ("vehicle_has_allocation", none()),
        Error::PlateTaken => ("plate_taken", none()),
        Error::HoldVoid => ("hold_void", none()),
        Error::NotHeld => ("not_held", none()),
        Error::CandidateChosen => ("candidate_chosen", none()),
        Error::OutOfRange { field } => ("out_of_range", vec![(*field).to_owned()]),
        Error::ForeignCode { code } => ("foreign_code", vec![code.to_string()]),
        Error::SegmentOverlaps { segment, other } => (
            "segment_overlaps",
            vec![segment.0.to_string(), other.0.to_string()],
        ),
        Error::SegmentKnown { segment } => ("segment_known", vec![segment.0.to_string()]),
        Error::ImportOpen { segment } => ("import_open", vec![segment.0.to_string()]),
        Error::ImportDiffers {
            segment,
            counted,
            known,
        } => (
            "import_differs",
            vec![
                segment.0.to_string(),
                counted.to_string(),
                known.to_string(),
            ],
        ),
        Error::MaskClass { segment } => ("mask_class", vec![segment.0.to_string()]),
        Error::TooManyNumbers => ("too_many_numbers", none()),
        Error::NotAllocated => ("not_allocated", none()),
        Error::NotAway => ("not_away", none()),
        Error::NotAnnounced => ("not_announced", none()),
        Error::NotReleased { plate } => ("not_released", vec![number(*plate)]),
        Error::NotFree { plate } => ("not_free", vec![number(*plate)]),
        Error::DayFixed { day } => ("day_fixed", vec![day.to_string()]),
    }
}

fn refused_from(word: &str, parts: &[String]) -> Result<Error, Malformed> {
    let part = |index: usize| {
        let part = parts.get(index).map(String::as_str);
        part.ok_or(Malformed("part"))
    };
    let count = |index| part(index)?.parse().map_err(|_| Malformed("count"));
    let day = || part(0)?.parse().map_err(|_| Malformed("day"));
    let segment = |index| {
        let id = part(index)?.parse().map_err(|_| Malformed("segment"))?;
        Ok::<_, Malformed>(SegmentId(id))
    };
    let plate = || {
        let key: i64 = part(0)?.parse().map_err(|_| Malformed("number"))?;
        PlateKey::try_from(key).map_err(|_| Malformed("number"))
    };
    Ok(match word {
        "overloaded" => {
            let millis: i64 = part(0)?.parse().map_err(|_| Malformed("time"))?;
            let retry_after = SignedDuration::from_millis(millis);
            Error::Overloaded { retry_after }
        }
        "not_owner" => Error::NotOwner,
        "outcome_unknown" => Error::OutcomeUnknown,
        "none_free" => Error::NoneFree,
        "drawing_not_open" => Error::DrawingNotOpen { day: day()? },
        "too_late" => Error::TooLate,
        "number_used" => Error::NumberUsed { last: count(0)? },
        "other_request" => Error::OtherRequest,
        "refused_for_ever" => Error::RefusedForEver,
        "closed" => Error::Closed,
        "has_allocation" => Error::HasAllocation { plate: plate()? },
        "vehicle_has_allocation" => Error::VehicleHasAllocation,
        "plate_taken" => Error::PlateTaken,
        "hold_void" => Error::HoldVoid,
        "not_held" => Error::NotHeld,
        "candidate_chosen" => Error::CandidateChosen,
        "out_of_range" => {
            let told = part(0)?;
            let field = FIELDS.into_iter().find(|field| *field == told);
            let field = field.unwrap_or(SOME_FIELD);
            Error::OutOfRange { field }
        }
        "foreign_code" => {
            let code = part(0)?.parse().map_err(|_| Malformed("code"))?;
            Error::ForeignCode { code }
        }
        "segment_overlaps" => Error::SegmentOverlaps {
            segment: segment(0)?,
            other: segment(1)?,
        },
        "segment_known" => Error::SegmentKnown {
            segment: segment(0)?,
        },
        "import_open" => Error::ImportOpen {
            segment: segment(0)?,
        },
        "import_differs" => Error::ImportDiffers {
            segment: segment(0)?,
            counted: count(1)?,
            known: count(2)?,
        },
        "mask_class" => Error::MaskClass {
            segment: segment(0)?,
        },
        "too_many_numbers" => Error::TooManyNumbers,
        "not_allocated" => Error::NotAllocated,
        "not_away" => Error::NotAway,
        "not_announced" => Error::NotAnnounced,
        "not_released" => Error::NotReleased { plate: plate()? },
        "not_free" => Error::NotFree { plate: plate()? },
        "day_fixed" => Error::DayFixed { day: day()? },
        _ => return Err(Malformed("word")),
    })
}

fn number(plate: PlateKey) -> String {
    plate.get().to_string()
}

#[cfg(test)]
mod tests;
