//! Why the engine refuses. A refusal writes nothing and is never charged.

use jiff::SignedDuration;
use jiff::civil::Date;
use xuanhao_vocabulary::{IssuingCode, PlateKey};

use super::ids::SegmentId;

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The queue is full. Try again after this.
    #[error("too many requests are waiting")]
    Overloaded {
        /// About how long those who wait now will take.
        retry_after: SignedDuration,
    },
    /// Another process writes for this office now. Nothing was written; ask that one.
    #[error("this process does not write for the office any more")]
    NotOwner,
    /// Whether the row was written is not known. Ask again with the same number, or resolve it.
    #[error("the outcome of the commit is not known")]
    OutcomeUnknown,
    /// No number is free (P4).
    #[error("no number is free")]
    NoneFree,
    /// The day has no public value yet (E10).
    #[error("drawing is not open on {day}")]
    DrawingNotOpen {
        /// The day, by Asia/Shanghai.
        day: Date,
    },
    /// The operation came too late (P3).
    #[error("the operation came after its time")]
    TooLate,
    /// The operation's number is not above those recorded (P3).
    #[error("the number of the operation is used up, the last one recorded is {last}")]
    NumberUsed {
        /// The highest number recorded.
        last: u64,
    },
    /// The number is recorded for another request.
    #[error("the number of the operation belongs to another request")]
    OtherRequest,
    /// The operation was resolved before it came, and never happens (P6).
    #[error("the operation is refused for ever")]
    RefusedForEver,
    /// The application is closed (P9).
    #[error("the application is closed")]
    Closed,
    /// The application has its number already.
    #[error("the application has a number already")]
    HasAllocation {
        /// The number.
        plate: PlateKey,
    },
    /// The vehicle has a number through another application (E8).
    #[error("the vehicle has a number already")]
    VehicleHasAllocation,
    /// The number was taken by somebody else between deciding and writing (E8).
    #[error("the number was taken in the meantime")]
    PlateTaken,
    /// The part of the set that the operation needs is void or was never there.
    #[error("the hold is void")]
    HoldVoid,
    /// The number is not in the part of the set that the operation needs.
    #[error("the number is not held by the application")]
    NotHeld,
    /// The round's one candidate is chosen already (R-RND-08).
    #[error("a candidate was chosen from this column already")]
    CandidateChosen,
    /// A field has no sensible value.
    #[error("{field} is out of range")]
    OutOfRange {
        /// The field.
        field: &'static str,
    },
    /// The issuing code belongs to another office (E1).
    #[error("the issuing code {code} does not belong to the office")]
    ForeignCode {
        /// The code.
        code: IssuingCode,
    },
    /// The segment shares numbers with a released one, or with another of the batch (E1).
    #[error("the segment overlaps another one")]
    SegmentOverlaps {
        /// The segment.
        segment: SegmentId,
        /// The one it overlaps.
        other: SegmentId,
    },
    /// The segment's id is in use.
    #[error("the segment is released already")]
    SegmentKnown {
        /// The segment.
        segment: SegmentId,
    },
    /// The import of the segment's used numbers is not closed (E1).
    #[error("the import of used numbers is not closed")]
    ImportOpen {
        /// The segment.
        segment: SegmentId,
    },
    /// The importer and the pool count different numbers as taken (E1).
    #[error("the import counts {counted} used numbers where the pool knows {known}")]
    ImportDiffers {
        /// The segment.
        segment: SegmentId,
        /// The importer's count.
        counted: u64,
        /// The pool's count.
        known: u64,
    },
    /// The mask's serials do not fit the class.
    #[error("the mask does not fit the plate class")]
    MaskClass {
        /// The segment.
        segment: SegmentId,
    },
    /// More numbers than an office's pools hold.
    #[error("the office has too many numbers")]
    TooManyNumbers,
    /// No such allocation lives.
    #[error("the number is not allocated so")]
    NotAllocated,
    /// Only a lapsed number that is not on its way back can return.
    #[error("the number is not away")]
    NotAway,
    /// Only segments that are announced and not open yet can be withdrawn.
    #[error("the opening is not announced, or its time has come")]
    NotAnnounced,
    /// Only released numbers can be withheld.
    #[error("the number is not released")]
    NotReleased {
        /// The number.
        plate: PlateKey,
    },
    /// Only free numbers can be withheld.
    #[error("the number is not free")]
    NotFree {
        /// The number.
        plate: PlateKey,
    },
    /// The day's public value or key is fixed already, and it is another (E10).
    #[error("the draw key of {day} is fixed already")]
    DayFixed {
        /// The day.
        day: Date,
    },
}

impl Error {
    /// Whether the answer is about the request, not about this moment: nothing was written, and the
    /// same request would be refused again as things are.
    pub fn is_final(&self) -> bool {
        !matches!(
            self,
            Self::Overloaded { .. } | Self::NotOwner | Self::OutcomeUnknown
        )
    }
}
