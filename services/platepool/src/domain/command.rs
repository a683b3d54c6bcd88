//! What the engine is asked: the full input of every row (E6).

use jiff::{SignedDuration, Timestamp};
use xuanhao_vocabulary::plate::Energy;
use xuanhao_vocabulary::{IssuingCode, PlateClass, PlateKey, PlateMask};

use super::ids::{ApplicationId, BatchId, RequestHash, SegmentId, VehicleKey, WithholdingId};
use super::rule::ComposeRule;

/// What a caller wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Something that may change the pool.
    Command(Command),
    /// Where an application stands, as committed. Changes and writes nothing.
    Look(ApplicationId),
}

/// What may change the pool: each kind of row there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A citizen's operation.
    Operate(Operation),
    /// Find out what became of an operation, or see to it that it never happens (P6).
    Resolve(Resolve),
    /// End an application (P9).
    Close(ApplicationId),
    /// Open the segments of a batch, now or at an announced instant.
    Release(Release),
    /// Take an announced opening back before its time.
    Withdraw(Withdraw),
    /// Take numbers that were given away elsewhere, or are kept back.
    Import(Import),
    /// Replace the rules of a class about which numbers cannot be composed.
    SetRules(SetRules),
    /// End the life of an allocation whose P10 conditions the caller has checked.
    Lapse(Lapse),
    /// Bring a lapsed number back.
    Return(Return),
    /// Withhold free numbers for a public reason.
    Withhold(Withhold),
    /// End a withholding: its numbers come back as lapsed ones do.
    EndWithholding(EndWithholding),
}

/// An operation as selection reserved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Whose it is.
    pub application: ApplicationId,
    /// Its number within the application, from 1. Must be above every number recorded (P3); numbers
    /// of operations that ended without a row are never seen here, so gaps are no fault.
    pub op_no: u64,
    /// Past this instant it is refused (P3).
    pub not_after: Timestamp,
    /// Tells a repeat from another request with the same number.
    pub request_hash: RequestHash,
    /// Where it was made: on the internet or at a window.
    pub channel: Channel,
    /// What to do.
    pub input: Input,
}

/// What an operation does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Draw numbers into the column (R-RND-01).
    Draw(Draw),
    /// Put one of the column's numbers into the basket (R-RND-06).
    Keep(Keep),
    /// Take the first wish that is free (R-SEL-06).
    Compose(Compose),
    /// Take a number that is held (R-RND-09).
    Confirm(Confirm),
    /// Set one held number apart for its last check (R-CNF-01).
    Choose(Choose),
    /// Let column and basket go.
    GiveUp,
}

/// A draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// The pool to draw from.
    pub class: PlateClass,
    /// Numbers wanted; fewer are given where fewer are free.
    pub count: u32,
    /// Which numbers may be drawn (R-RND-05).
    pub from: DrawFrom,
    /// The energy letters that the vehicle may have; none where the class has no such letters.
    /// Numbers of the other group count as not there.
    pub energy: Option<Energy>,
    /// How long the column is held.
    pub column_ttl: SignedDuration,
    /// What the timer of a basket that still lives restarts with (R-RND-07).
    pub basket_ttl: SignedDuration,
}

/// Which free numbers a draw may pick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DrawFrom {
    /// All.
    Any,
    /// Those without a digit 4 (不包含4).
    WithoutFour,
}

/// Choosing a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// One of the live column's numbers.
    pub plate: PlateKey,
    /// What the basket's timer restarts with.
    pub basket_ttl: SignedDuration,
}

/// A round of self-composed wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compose {
    /// The wishes in the citizen's order. One that is not released counts as missed.
    pub wishes: Vec<PlateKey>,
    /// The energy letters that the vehicle may have; a wish of the other group is missed.
    pub energy: Option<Energy>,
    /// What becomes of the first wish that is free.
    pub on_hit: OnHit,
}

/// What becomes of a composed number that is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnHit {
    /// Allocated at once (R-SEL-09).
    Allocate(VehicleKey),
    /// Held as a column of one until it is confirmed (R-SEL-10); what was held before is given up.
    Hold {
        /// How long.
        ttl: SignedDuration,
    },
}

/// Taking a held number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirm {
    /// The number.
    pub plate: PlateKey,
    /// The vehicle it is for.
    pub vehicle: VehicleKey,
    /// Where it may be held.
    pub from: ConfirmFrom,
}

/// Choosing one held number for its last check: everything else is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choose {
    /// One of the numbers held.
    pub plate: PlateKey,
    /// How long it is then held, as a column of one.
    pub ttl: SignedDuration,
}

/// Where a number to be confirmed may be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmFrom {
    /// In the basket (2023).
    Basket,
    /// In the basket or still in the column (2016).
    ColumnOrBasket,
}

/// A question about an operation whose outcome the caller does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resolve {
    /// Whose it is.
    pub application: ApplicationId,
    /// Its number.
    pub op_no: u64,
}

/// A release: all its segments, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The batch.
    pub batch: BatchId,
    /// Its segments.
    pub segments: Vec<NewSegment>,
}

/// A segment to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSegment {
    /// Its id, which fixes its place among the segments of its pool.
    pub id: SegmentId,
    /// What stands before its serials.
    pub code: IssuingCode,
    /// The class of its plates.
    pub class: PlateClass,
    /// Its serials.
    pub mask: PlateMask,
    /// How far the import of its used numbers is.
    pub used: UsedNumbers,
    /// Until then its numbers are drawn only, not composed.
    pub random_only_until: Option<Timestamp>,
    /// From then on its numbers can be selected, and not before (R-POOL-04); none for at once.
    pub opens_at: Option<Timestamp>,
}

/// An announcement taken back: all these segments, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdraw {
    /// The batch.
    pub batch: BatchId,
    /// Its segments.
    pub segments: Vec<SegmentId>,
}

/// Free numbers withheld from selecting: all, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withhold {
    /// Its id.
    pub id: WithholdingId,
    /// Why; public, and not empty.
    pub reason: String,
    /// The numbers.
    pub plates: Vec<PlateKey>,
}

/// The end of a withholding. The delays are the caller's draws, one a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndWithholding {
    /// The withholding.
    pub id: WithholdingId,
    /// All its numbers, each with its way back.
    pub returns: Vec<Return>,
}

/// How far the import of a segment's used numbers is (E1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsedNumbers {
    /// Still under way.
    Open,
    /// Closed.
    Closed {
        /// How many of the segment's numbers are taken, by the importer's count.
        count: u64,
    },
}

/// Numbers taken outside the platform. One command is one transaction: send big lists in pieces of
/// some thousands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// How they were taken.
    pub channel: Channel,
    /// Why; public, and not empty, for a reserve.
    pub reason: String,
    /// The numbers. They need not be released yet.
    pub plates: Vec<PlateKey>,
}

/// How a number was given away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// By this platform's citizens.
    Internet,
    /// At the counter.
    Window,
    /// Before the platform knew the segment.
    Import,
    /// Kept back by the authority.
    Reserve,
}

/// The composing rules of a class, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetRules {
    /// The class.
    pub class: PlateClass,
    /// A number that any of them matches cannot be composed; it can be drawn.
    pub rules: Vec<ComposeRule>,
}

/// The end of an allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lapse {
    /// The number.
    pub plate: PlateKey,
    /// Whose it was; none for numbers that no application took.
    pub application: Option<ApplicationId>,
}

/// The way back of a lapsed number (R-RND-12). The delay is the caller's draw within policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Return {
    /// The number.
    pub plate: PlateKey,
    /// When it is free again.
    pub available_at: Timestamp,
    /// Until then it is drawn only, not composed.
    pub random_only_until: Timestamp,
}

impl Command {
    /// Whether it is a matter of the pool, not of one application's operations.
    pub(crate) fn is_administrative(&self) -> bool {
        !matches!(self, Self::Operate(_) | Self::Resolve(_) | Self::Close(_))
    }

    /// The application whose set it may change.
    pub fn application(&self) -> Option<ApplicationId> {
        match self {
            Self::Operate(operation) => Some(operation.application),
            Self::Resolve(resolve) => Some(resolve.application),
            Self::Close(application) => Some(*application),
            Self::Lapse(lapse) => lapse.application,
            Self::Release(_)
            | Self::Withdraw(_)
            | Self::Import(_)
            | Self::SetRules(_)
            | Self::Return(_)
            | Self::Withhold(_)
            | Self::EndWithholding(_) => None,
        }
    }
}

impl Request {
    /// The application it is about.
    pub fn application(&self) -> Option<ApplicationId> {
        match self {
            Self::Command(command) => command.application(),
            Self::Look(application) => Some(*application),
        }
    }
}

impl Input {
    /// Whether it may allocate a number: then a unique key may refuse its row.
    pub fn claims(&self) -> bool {
        match self {
            Self::Confirm(_) => true,
            Self::Compose(compose) => matches!(compose.on_hit, OnHit::Allocate(_)),
            Self::Draw(_) | Self::Keep(_) | Self::Choose(_) | Self::GiveUp => false,
        }
    }
}
