//! What a batch writes, and what answers are read from.
//!
//! One [`Batch`] is one statement. Every [`Entry`] is one row of the office's log; the other rows
//! name the entry they belong to. An entry with allocations is written only if its allocations are:
//! the statement joins it, and its facts, to their `RETURNING` (E2).

use jiff::Timestamp;
use xuanhao_vocabulary::{OfficeId, PlateKey};

use super::command::{Channel, Command, NewSegment};
use super::hold::HoldSet;
use super::ids::{ApplicationId, BatchId, RequestHash, RowKey, VehicleKey};

/// All that one statement writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The office, for the fence.
    pub office: OfficeId,
    /// The epoch, for the fence.
    pub epoch: u64,
    /// The instant of every row in it. Later than that of every batch before (E5).
    pub decided_at: Timestamp,
    /// The log's rows, by seq. No application stands in it twice (E4).
    pub entries: Vec<Entry>,
    /// New live allocations. No number, application or vehicle stands in it twice.
    pub allocations: Vec<AllocationRow>,
    /// Lives that end.
    pub endings: Vec<EndingRow>,
    /// Numbers on their way back.
    pub returns: Vec<ReturnRow>,
    /// Segments that open.
    pub segments: Vec<SegmentRow>,
    /// What the outbox tells.
    pub facts: Vec<Fact>,
}

/// A row of the log: what was asked, what came of it, and the application's whole set after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log.
    pub key: RowKey,
    /// The batch's instant.
    pub decided_at: Timestamp,
    /// The full input.
    pub command: Command,
    /// What came of it.
    pub outcome: Outcome,
    /// The highest operation number recorded for the application, this row included. 0 where the
    /// command is about no application or none of its operations is recorded.
    pub op_no: u64,
    /// The application's whole current set (E7).
    pub set: HoldSet,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Numbers are held; which, tells the set.
    Held {
        /// Until when the part is held that the operation made or restarted.
        until: Timestamp,
    },
    /// The number is the application's.
    Allocated {
        /// The number.
        plate: PlateKey,
    },
    /// No wish was free.
    AllMissed,
    /// Nothing is held any more.
    GivenUp,
    /// The operation was not there and never will be (P6).
    Refused,
    /// The operation's hold was too short to be shown again and is given up, uncharged (P6).
    Dropped,
    /// The application takes no operations any more (P9).
    Closed {
        /// What was allocated to it.
        allocation: Option<PlateKey>,
    },
    /// The batch is open, or will be at the announced instant.
    Released {
        /// How many numbers its segments have.
        numbers: u64,
    },
    /// The numbers are taken, but for those named.
    Imported {
        /// How many this command took.
        taken: u64,
        /// How many were taken before.
        known: u64,
        /// Numbers that citizens hold at this moment: send them again later.
        held: Vec<PlateKey>,
    },
    /// The rules are in force.
    RulesSet,
    /// The allocation's life has ended.
    Lapsed,
    /// The number, or all of a withholding's, are on their way back.
    Returning,
    /// The announcement is taken back.
    Withdrawn,
    /// The numbers are withheld.
    Withheld {
        /// How many.
        numbers: u64,
    },
}

/// A new live allocation. Its key is (class, number); application and vehicle are unique too (E8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllocationRow {
    /// The entry it belongs to.
    pub key: RowKey,
    /// The number.
    pub plate: PlateKey,
    /// Who took it; none for imports.
    pub application: Option<ApplicationId>,
    /// The vehicle; none for imports.
    pub vehicle: Option<VehicleKey>,
    /// How it was taken.
    pub channel: Channel,
}

/// The end of a live allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingRow {
    /// The entry it belongs to.
    pub key: RowKey,
    /// The number.
    pub plate: PlateKey,
    /// Whose it was.
    pub application: Option<ApplicationId>,
}

/// A number on its way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnRow {
    /// The entry it belongs to.
    pub key: RowKey,
    /// The number.
    pub plate: PlateKey,
    /// When it is free again.
    pub available_at: Timestamp,
    /// Until then it is drawn only.
    pub random_only_until: Timestamp,
}

/// A segment that opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRow {
    /// The entry it belongs to.
    pub key: RowKey,
    /// Its batch.
    pub batch: BatchId,
    /// The segment.
    pub segment: NewSegment,
}

/// Something others may want to know. It is news of the entry it belongs to, never a truth of its
/// own (P11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The entry it belongs to.
    pub key: RowKey,
    /// What became true.
    pub news: News,
}

/// What became true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A batch opened.
    BatchReleased {
        /// The batch.
        batch: BatchId,
        /// How many numbers its segments have.
        numbers: u64,
    },
    /// A citizen's application took a number.
    PlateAllocated {
        /// The number.
        plate: PlateKey,
        /// The application.
        application: ApplicationId,
    },
    /// A number is on its way back. When it arrives is not told.
    PlateReturned {
        /// The number.
        plate: PlateKey,
    },
}

/// What a caller is told once it is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The row that holds the outcome, of now or of an earlier time.
    Recorded(Receipt),
    /// No row holds the operation and none ever will: the pool has gone past its number, or the
    /// application is closed (P6).
    NeverExecuted,
    /// Where the application stands.
    Standing(Standing),
}

/// A committed row, as its caller needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The row.
    pub key: RowKey,
    /// Its instant.
    pub decided_at: Timestamp,
    /// The operation's number; 0 if it is none.
    pub op_no: u64,
    /// Where the operation was made.
    pub channel: Channel,
    /// What came of it.
    pub outcome: Outcome,
    /// The application's whole set as of that row.
    pub set: HoldSet,
}

/// Where an application stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The highest operation number recorded; 0 before the first.
    pub op_no: u64,
    /// What it holds at this moment.
    pub set: HoldSet,
    /// What is allocated to it.
    pub allocation: Option<PlateKey>,
    /// Whether it takes no operations any more.
    pub closed: bool,
}

impl Entry {
    /// The receipt of this row.
    pub fn receipt(&self) -> Receipt {
        Receipt {
            key: self.key,
            decided_at: self.decided_at,
            op_no: self.op_no,
            channel: self.channel(),
            outcome: self.outcome.clone(),
            set: self.set.clone(),
        }
    }

    /// Where the operation was made; the internet for rows that are none.
    fn channel(&self) -> Channel {
        match &self.command {
            Command::Operate(operation) => operation.channel,
            _ => Channel::Internet,
        }
    }

    /// The request's hash, where a repeat of the request is answered from this row.
    pub(crate) fn request_hash(&self) -> Option<RequestHash> {
        match &self.command {
            Command::Operate(operation) => Some(operation.request_hash),
            _ => None,
        }
    }
}
