//! A process that writes for the office, or believes to.

use jiff::SignedDuration;
use xuanhao_platepool::domain::Engine;
use xuanhao_platepool::domain::engine::{Need, Settled};
use xuanhao_platepool::domain::record::History;
use xuanhao_platepool::domain::rows::{Batch, Entry};

/// Names an owner for ever; crashed ones are not used again.
pub(crate) type OwnerId = u32;

#[derive(Debug)]
pub(crate) struct Owner {
    pub(crate) id: OwnerId,
    pub(crate) engine: Engine<u64>,
    /// How far its clock is off.
    pub(crate) skew: SignedDuration,
    pub(crate) phase: Phase,
}

/// How far its take-over is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It has to raise the epoch.
    Lost,
    /// It has raised the epoch to this and has to read.
    Raised(u64),
    /// It serves.
    Serving,
}

/// A statement on its way to the store.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) owner: OwnerId,
    pub(crate) batch: Batch,
    /// Whether its owner still waits for it.
    pub(crate) awaited: bool,
}

/// Something on its way to an owner.
#[derive(Debug)]
pub(crate) enum Mail {
    Settled(Settled),
    /// A need whose rows are not read yet.
    Read {
        epoch: u64,
        need: Need,
    },
    History {
        epoch: u64,
        history: History,
    },
    Operation {
        epoch: u64,
        need: xuanhao_platepool::domain::command::Resolve,
        row: Option<Entry>,
    },
}
