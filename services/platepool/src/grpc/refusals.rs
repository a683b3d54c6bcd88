//! The engine's refusals in the registry's terms.

use std::time::Duration;

use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;

use crate::domain::Error;

/// Callers who are told to come back come back after this.
const SOON: Duration = Duration::from_secs(1);

pub(super) fn refusal(refused: Error) -> Refusal {
    let plain = Refusal::new;
    match refused {
        Error::Overloaded { retry_after } => {
            plain(Reason::Overloaded).retry_after(retry_after.unsigned_abs())
        }
        Error::NotOwner => plain(Reason::NotOwner).retry_after(SOON),
        Error::OutcomeUnknown => plain(Reason::Unavailable).retry_after(SOON),
        Error::NoneFree => plain(Reason::NoneFree),
        Error::DrawingNotOpen { .. } => plain(Reason::DrawingNotOpen),
        Error::TooLate => plain(Reason::OperationTooLate),
        Error::NumberUsed { .. } => plain(Reason::OperationOutOfOrder),
        Error::OtherRequest | Error::RefusedForEver => plain(Reason::OperationRefused),
        Error::Closed => plain(Reason::ApplicationClosed),
        Error::HasAllocation { .. } => plain(Reason::AlreadyConfirmed),
        Error::VehicleHasAllocation => plain(Reason::VinInUse),
        Error::PlateTaken => plain(Reason::PlateTaken),
        Error::HoldVoid => plain(Reason::HoldExpired),
        Error::NotHeld => plain(Reason::PlateNotHeld),
        Error::CandidateChosen => plain(Reason::RoundAlreadyChosen),
        Error::OutOfRange { field } => Refusal::invalid(field, "out_of_range"),
        Error::ForeignCode { .. } => plain(Reason::IssuingCodeTaken),
        Error::SegmentOverlaps { other, .. } => {
            plain(Reason::SegmentOverlaps).param("segment", other.0.to_string())
        }
        Error::SegmentKnown { .. } => plain(Reason::AlreadyReleased),
        Error::ImportOpen { .. } => plain(Reason::ImportNotClosed),
        Error::ImportDiffers { counted, known, .. } => plain(Reason::ImportIncomplete)
            .param("expected", counted)
            .param("found", known),
        Error::MaskClass { .. } => plain(Reason::MaskMalformed).param("position", 1_u64),
        Error::TooManyNumbers => Refusal::invalid("segments", "out_of_range"),
        Error::NotAnnounced => plain(Reason::AlreadyReleased),
        Error::NotReleased { .. } => plain(Reason::PlateNotReleased),
        Error::NotFree { .. } => plain(Reason::PlateTaken),
        Error::NotAllocated | Error::NotAway => plain(Reason::AllocationEnded),
        Error::DayFixed { .. } => plain(Reason::PublicValueFixed),
    }
}
