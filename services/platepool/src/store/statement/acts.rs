//! What only administrative commands write or end, by columns; each row names its entry.

use uuid::Uuid;

use super::columns::stamp;
use crate::domain::command::Command;
use crate::domain::rows::{Batch, Entry};
use crate::store::{encoding, signed};

#[derive(Debug, Default)]
pub(super) struct Acts {
    pub(super) endings: Endings,
    pub(super) returns: Returns,
    pub(super) segments: Segments,
    pub(super) rules: Rules,
    pub(super) withdrawn_segments: Vec<Uuid>,
    pub(super) withdrawn_batches: Vec<Uuid>,
    pub(super) withheld: Vec<Uuid>,
    pub(super) let_go: LetGo,
}

/// Lives that end.
#[derive(Debug, Default)]
pub(super) struct Endings {
    pub(super) seq: Vec<i64>,
    pub(super) plate: Vec<i64>,
    pub(super) application: Vec<Option<Uuid>>,
}

/// Numbers on their way back.
#[derive(Debug, Default)]
pub(super) struct Returns {
    pub(super) seq: Vec<i64>,
    pub(super) plate: Vec<i64>,
    pub(super) available_at: Vec<jiff_sqlx::Timestamp>,
    pub(super) random_only_until: Vec<jiff_sqlx::Timestamp>,
}

/// Segments that open.
#[derive(Debug, Default)]
pub(super) struct Segments {
    pub(super) seq: Vec<i64>,
    pub(super) id: Vec<Uuid>,
    pub(super) batch: Vec<Uuid>,
    pub(super) random_only_until: Vec<Option<jiff_sqlx::Timestamp>>,
    pub(super) opens_at: Vec<Option<jiff_sqlx::Timestamp>>,
}

/// Composing rules; the input of their row once more.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) seq: Vec<i64>,
    pub(super) class: Vec<&'static str>,
    pub(super) input: Vec<Vec<u8>>,
}

/// Withholdings that end.
#[derive(Debug, Default)]
pub(super) struct LetGo {
    pub(super) seq: Vec<i64>,
    pub(super) id: Vec<Uuid>,
}

impl Acts {
    pub(super) fn of(batch: &Batch) -> Self {
        let mut acts = Self::default();
        for row in &batch.endings {
            acts.endings.seq.push(signed(row.key.seq));
            acts.endings.plate.push(row.plate.get());
            let application = row.application.map(|application| application.0);
            acts.endings.application.push(application);
        }
        for row in &batch.returns {
            acts.returns.seq.push(signed(row.key.seq));
            acts.returns.plate.push(row.plate.get());
            acts.returns.available_at.push(stamp(row.available_at));
            let until = stamp(row.random_only_until);
            acts.returns.random_only_until.push(until);
        }
        for row in &batch.segments {
            acts.segments.seq.push(signed(row.key.seq));
            acts.segments.id.push(row.segment.id.0);
            acts.segments.batch.push(row.batch.0);
            let until = row.segment.random_only_until.map(stamp);
            acts.segments.random_only_until.push(until);
            acts.segments.opens_at.push(row.segment.opens_at.map(stamp));
        }
        for entry in &batch.entries {
            acts.add(entry);
        }
        acts
    }

    fn add(&mut self, entry: &Entry) {
        let seq = signed(entry.key.seq);
        match &entry.command {
            Command::SetRules(rules) => {
                self.rules.seq.push(seq);
                self.rules.class.push(rules.class.code());
                let (_, input) = encoding::command_bytes(&entry.command);
                self.rules.input.push(input);
            }
            Command::Withdraw(withdraw) => {
                let segments = withdraw.segments.iter().map(|segment| segment.0);
                self.withdrawn_segments.extend(segments);
                self.withdrawn_batches.push(withdraw.batch.0);
            }
            Command::Withhold(withhold) => self.withheld.push(withhold.id.0),
            Command::EndWithholding(end) => {
                self.let_go.seq.push(seq);
                self.let_go.id.push(end.id.0);
            }
            Command::Operate(_)
            | Command::Resolve(_)
            | Command::Close(_)
            | Command::Release(_)
            | Command::Import(_)
            | Command::Lapse(_)
            | Command::Return(_) => {}
        }
    }
}
