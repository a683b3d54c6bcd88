//! What was asked of the pool and what it answered, as it is kept and judged.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Microseconds since the epoch of Unix.
pub type Micros = i64;

/// One call: every attempt is one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Which citizen's.
    pub client: u32,
    /// Which replica was asked.
    pub replica: usize,
    /// When it was sent.
    pub start: Micros,
    /// When the answer, or the certainty that none comes, was there.
    pub end: Micros,
    /// What was asked.
    pub ask: Ask,
    /// What came of it.
    pub answer: Answer,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// Office id.
    pub office: String,
    /// The application.
    pub application: Uuid,
    /// The vehicle's key, hexadecimal.
    pub vehicle: String,
    /// The operation's number; 0 for what is none.
    pub op_no: u64,
    /// The rest.
    pub what: What,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// Numbers by lot.
    Draw {
        /// How many.
        count: i32,
        /// None with a 4.
        exclude_four: bool,
    },
    /// One of the column into the basket.
    Keep {
        /// Which.
        plate: String,
    },
    /// Ranked wishes.
    Compose {
        /// In their order.
        wishes: Vec<String>,
        /// Whether a hit is only held.
        hold: bool,
    },
    /// A held number is taken.
    Confirm {
        /// Which.
        plate: String,
    },
    /// A held number is set apart.
    Choose {
        /// Which.
        plate: String,
    },
    /// Column and basket are given up.
    GiveUp,
    /// What became of the operation?
    Resolve,
    /// No operations any more.
    Close,
    /// The number of a closed application goes back.
    Return,
}

impl What {
    /// Whether it is a numbered operation.
    #[must_use]
    pub fn is_operation(&self) -> bool {
        !matches!(self, Self::Resolve | Self::Close | Self::Return)
    }
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// An answer.
    Told {
        /// The row that holds it; none for what needs no row.
        row: Option<RowId>,
        /// What it says.
        outcome: Outcome,
    },
    /// A refusal after which the pool certainly holds no row of this request.
    Refused {
        /// The registry's reason.
        reason: String,
    },
    /// Nobody knows what came of it.
    Unknown {
        /// What the transport, or the pool, said.
        why: String,
    },
}

/// Where a row stands in the log of its office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowId {
    /// Epoch of the writer.
    pub epoch: i64,
    /// Number within the epoch.
    pub seq: i64,
    /// The instant of the row.
    pub decided_at: Micros,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The application's whole set.
    Held(Held),
    /// A number is allocated.
    Allocated(String),
    /// No wish was free.
    AllMissed,
    /// Nothing is free.
    NoneFree,
    /// Column and basket are given up.
    GivenUp,
    /// It never was, and never will be.
    NeverRecorded,
    /// It was, but too little time was left.
    TooLittleTime,
    /// The application is closed; what was allocated to it.
    Closed(Option<String>),
    /// The allocation has ended, if there was one.
    Returned(Option<String>),
}

/// Numbers held for one application.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Numbers of the column.
    pub column: Vec<String>,
    /// Until when.
    pub column_until: Micros,
    /// Numbers of the basket.
    pub basket: Vec<String>,
    /// Until when.
    pub basket_until: Micros,
}

impl Held {
    /// Every number with the end of its hold.
    pub fn plates(&self) -> impl Iterator<Item = (&str, Micros)> {
        let column = self
            .column
            .iter()
            .map(|plate| (plate.as_str(), self.column_until));
        column.chain(
            self.basket
                .iter()
                .map(|plate| (plate.as_str(), self.basket_until)),
        )
    }

    /// The part that is still held then.
    #[must_use]
    pub fn at(&self, instant: Micros) -> Self {
        let mut left = self.clone();
        if left.column_until <= instant {
            (left.column, left.column_until) = (Vec::new(), 0);
        }
        if left.basket_until <= instant {
            (left.basket, left.basket_until) = (Vec::new(), 0);
        }
        left
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.column.is_empty() && self.basket.is_empty()
    }
}
