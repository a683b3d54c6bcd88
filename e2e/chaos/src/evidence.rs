//! All that the judge looks at: what was answered, and what is in the rows when all is quiet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::history::{Call, Held, Micros, RowId};

/// A run, as it is judged. Kept as JSON, so that it can be judged again.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// Every call, in no order.
    pub calls: Vec<Call>,
    /// The log of every office, in no order.
    pub rows: Vec<Row>,
    /// Every allocation, those that ended too.
    pub allocations: Vec<Allocation>,
    /// Numbers on their way back.
    pub returns: Vec<Return>,
    /// Facts in the outbox.
    pub outbox: Vec<Fact>,
    /// How often the stream holds each event.
    pub delivered: BTreeMap<Uuid, u32>,
    /// How much of each office's log belonged to epochs that were over, while it ran.
    pub samples: Vec<Sample>,
    /// What the engines count, after every hold must have come back.
    pub figures: Vec<Figures>,
}

/// A row of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Office id.
    pub office: String,
    /// Its place.
    pub id: RowId,
    /// What was asked, in the log's word.
    pub kind: String,
    /// Whose it is.
    pub application: Option<Uuid>,
    /// The highest operation number recorded.
    pub op_no: u64,
    /// What came of it, in the log's word.
    pub outcome: String,
    /// The application's whole set after it.
    pub held: Held,
}

/// A number that is, or was, somebody's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Allocation {
    /// Its id.
    pub id: Uuid,
    /// Office id.
    pub office: String,
    /// The number.
    pub plate: String,
    /// Whose; none for imports.
    pub application: Option<Uuid>,
    /// The vehicle's key, hexadecimal.
    pub vehicle: Option<String>,
    /// The row that made it.
    pub row: RowId,
    /// When its life ended.
    pub ended_at: Option<Micros>,
}

/// A number on its way back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Return {
    /// Office id.
    pub office: String,
    /// The number.
    pub plate: String,
    /// When it was sent back.
    pub decided_at: Micros,
    /// When it is free again.
    pub available_at: Micros,
}

/// A fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Its event's id.
    pub event: Uuid,
    /// `plate.allocated` …
    pub kind: String,
    /// What it is about.
    pub about: String,
    /// Whether the bus has acknowledged it.
    pub is_published: bool,
}

/// One look at an office while it ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Office id.
    pub office: String,
    /// The lease's epoch then.
    pub epoch: i64,
    /// Rows of earlier epochs then.
    pub earlier_rows: i64,
}

/// An engine's counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Office id.
    pub office: String,
    /// Released numbers.
    pub released: u64,
    /// Free ones.
    pub free: u64,
    /// Held ones.
    pub held: u64,
    /// Allocated ones.
    pub allocated: u64,
    /// Those on their way back.
    pub returning: u64,
    /// When they were counted.
    pub counted_at: Micros,
}
