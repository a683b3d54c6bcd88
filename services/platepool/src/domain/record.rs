//! What the engine remembers of an application: a cache of its last row, and what it holds now.

use jiff::Timestamp;
use xuanhao_vocabulary::PlateKey;

use super::command::{Command, Input, OnHit};
use super::hold::{HoldSet, Part};
use super::ids::{ApplicationId, RequestHash};
use super::rows::{Entry, Outcome, Receipt, Standing};

/// What the durable rows tell about an application: what the shell reads on a rebuild, and for an
/// application the memory does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The application.
    pub application: ApplicationId,
    /// Its row with the highest (epoch, seq), of those whose [`Entry::owner`] it is.
    pub last: Option<Entry>,
    /// Its live allocation.
    pub allocation: Option<PlateKey>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    /// The highest operation number recorded; 0 before the first.
    pub(crate) op_no: u64,
    /// The operation of that number, unless the last row closed the application.
    pub(crate) last: Option<Recorded>,
    /// What it holds now: the last row's set without the parts that are void.
    pub(crate) live: HoldSet,
    /// For each part, when the memory looks whether it has ended.
    pub(crate) timers: [Option<Timestamp>; 2],
    pub(crate) allocation: Option<PlateKey>,
    pub(crate) closed: bool,
    /// The instant of its last row.
    pub(crate) written_at: Option<Timestamp>,
}

/// The last operation recorded for an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) receipt: Receipt,
    /// None if the row refuses or drops the operation: then no request is its repeat.
    pub(crate) request_hash: Option<RequestHash>,
    /// The part whose hold is what the operation was charged for.
    pub(crate) product: Option<Part>,
}

impl Record {
    /// Takes in the application's last row. What is held, and allocated, is the caller's business.
    pub(crate) fn follow(&mut self, entry: &Entry) {
        self.op_no = entry.op_no;
        self.closed = matches!(entry.command, Command::Close(_));
        self.last = (!self.closed).then(|| Recorded {
            receipt: entry.receipt(),
            request_hash: entry.request_hash(),
            product: product(entry),
        });
        self.written_at = Some(entry.decided_at);
    }

    /// When the memory looks whether a part has ended.
    pub(crate) fn timer(&mut self, part: Part) -> &mut Option<Timestamp> {
        &mut self.timers[part as usize]
    }

    /// Whether both say the same, timers aside.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        let all = |record: &Self| {
            let Record {
                op_no,
                allocation,
                closed,
                written_at,
                ..
            } = *record;
            (op_no, allocation, closed, written_at)
        };
        all(self) == all(other) && self.last == other.last && self.live == other.live
    }

    /// Memory that it takes beside its own size, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let last = self.last.iter().map(|last| &last.receipt.set);
        last.chain([&self.live]).map(HoldSet::bytes).sum()
    }

    pub(crate) fn standing(&self) -> Standing {
        Standing {
            op_no: self.op_no,
            set: self.live.clone(),
            allocation: self.allocation,
            closed: self.closed,
        }
    }
}

fn product(entry: &Entry) -> Option<Part> {
    let (Command::Operate(operation), Outcome::Held { .. }) = (&entry.command, &entry.outcome)
    else {
        return None;
    };
    match &operation.input {
        Input::Draw(_) | Input::Choose(_) => Some(Part::Column),
        Input::Compose(compose) => {
            matches!(compose.on_hit, OnHit::Hold { .. }).then_some(Part::Column)
        }
        Input::Keep(_) => Some(Part::Basket),
        Input::Confirm(_) | Input::GiveUp => None,
    }
}

impl Entry {
    /// The application whose history the row belongs to. The end of an allocation names an
    /// application but is no row of its history: it neither counts its operations nor holds its
    /// set.
    pub fn owner(&self) -> Option<ApplicationId> {
        match &self.command {
            Command::Lapse(_) => None,
            command => command.application(),
        }
    }
}
