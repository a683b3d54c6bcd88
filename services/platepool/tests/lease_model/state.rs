//! What there is: a database, a wire with statements on it, owners, and citizens.

/// Processes that may write for the office.
pub(crate) const OWNERS: usize = 2;
/// Applications.
pub(crate) const APPLICATIONS: usize = 2;
/// All numbers that are released, a bit each.
pub(crate) const ALL: Plates = 0b11;

/// A set of numbers, a bit each.
pub(crate) type Plates = u8;

/// What an application asks for. Which numbers a draw picks, the owner decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Ask {
    Draw,
    GiveUp,
    Confirm(Plates),
    /// The application is closed, its number's life ends, and the number is free again.
    Return,
}

/// What came of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Outcome {
    Held,
    /// These were held before.
    GivenUp(Plates),
    Allocated(Plates),
    Returned(Plates),
    /// The tombstone of a resolve (P6).
    Refused,
}

/// The application's latest row: its whole current set (E7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Row {
    pub(crate) epoch: u8,
    /// Its place in the log.
    pub(crate) place: u8,
    pub(crate) op_no: u8,
    pub(crate) outcome: Outcome,
    pub(crate) set: Plates,
    /// The operation whose hold this is: expiry goes by it.
    pub(crate) held_by: u8,
}

/// The rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Database {
    pub(crate) epoch: u8,
    pub(crate) rows: [Option<Row>; APPLICATIONS],
    /// Rows there are.
    pub(crate) length: u8,
    /// Whose live allocation each number is (E8).
    pub(crate) allocated: [Plates; APPLICATIONS],
}

/// How far a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Phase {
    Sent,
    /// It has read the fence, and holds the lease's row for share.
    Begun,
    Committed,
    /// The fence let nothing through.
    Fenced,
    /// It was never carried out, or rolled back.
    Died,
}

/// The one statement of a batch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Statement {
    pub(crate) epoch: u8,
    pub(crate) entries: Vec<(usize, Row)>,
    pub(crate) phase: Phase,
}

/// What an owner knows: kept up step by step, as the engine does, and not read from the rows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Memory {
    pub(crate) epoch: u8,
    pub(crate) rows: [Option<Row>; APPLICATIONS],
    pub(crate) allocated: [Plates; APPLICATIONS],
    pub(crate) free: Plates,
}

/// A process.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Owner {
    /// It writes for nobody: it has just started, crashed, let go or found out.
    Idle,
    /// It has raised the epoch and not read yet (E3).
    Raised(u8),
    /// It has read what there was, so many rows, and has not raised the epoch.
    Prepared(Memory, u8),
    /// It was prepared, and has raised the epoch since: its memory holds it.
    Taking(Memory, u8),
    Ready(Memory),
    /// Its statements are on their way. More than one only where a rule is broken.
    Waiting(Memory, Vec<Statement>),
}

/// Where an application's operation stands with its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Standing {
    /// Nothing is pending (P1).
    Quiet,
    /// Asked; any owner may get the request, and more than once.
    Asked(Ask),
    /// Nobody answered; a copy of the request may still arrive (P6).
    Unknown(Ask),
}

/// An application, as its caller sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Application {
    /// Operations so far; the last one's number.
    pub(crate) op_no: u8,
    pub(crate) standing: Standing,
    /// The last recorded answer, and the operation's number.
    pub(crate) told: Option<(u8, Outcome)>,
    /// What the caller was told is held, and by which operation.
    pub(crate) promised: (Plates, u8),
    /// What the caller was told is allocated.
    pub(crate) owned: Plates,
    /// The operation that the caller was told never was, and what it had asked.
    pub(crate) never: Option<(u8, Ask)>,
    /// Holds of operations up to this one have run out.
    pub(crate) expired: u8,
    /// Operations that have a row with an effect, a bit each. Seen by nobody; for the properties.
    pub(crate) effected: u8,
}

/// What must never be; for the properties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Wrong {
    /// A row came about whose epoch was over.
    pub(crate) old_epoch: bool,
    /// An operation took effect twice.
    pub(crate) two_effects: bool,
    /// A repeat was answered otherwise than the request.
    pub(crate) other_receipt: bool,
}

/// Everything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) owners: [Owner; OWNERS],
    /// Statements whose senders crashed or lost the connection.
    pub(crate) orphans: Vec<Statement>,
    pub(crate) applications: [Application; APPLICATIONS],
    /// Crashes and lost connections so far.
    pub(crate) losses: u8,
    /// Preparations so far.
    pub(crate) preparations: u8,
    pub(crate) wrong: Wrong,
}

impl World {
    /// Everything is free, and nobody writes.
    pub(crate) fn fresh() -> Self {
        let application = Application {
            op_no: 0,
            standing: Standing::Quiet,
            told: None,
            promised: (0, 0),
            owned: 0,
            never: None,
            expired: 0,
            effected: 0,
        };
        Self {
            database: Database::default(),
            owners: [Owner::Idle, Owner::Idle],
            orphans: Vec::new(),
            applications: [application.clone(), application],
            losses: 0,
            preparations: 0,
            wrong: Wrong::default(),
        }
    }
}

impl Application {
    /// What the caller may rely on: while an operation is pending, that may give the set up.
    pub(crate) fn relies_on(&self) -> Plates {
        match self.standing {
            Standing::Quiet if self.promised.1 > self.expired => self.promised.0,
            _ => 0,
        }
    }

    /// What the caller knows to be its own, unless it is about to end.
    pub(crate) fn owns(&self) -> Plates {
        match self.standing {
            Standing::Asked(Ask::Return) | Standing::Unknown(Ask::Return) => 0,
            _ => self.owned,
        }
    }
}
