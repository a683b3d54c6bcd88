//! A batch by columns, as `unnest` wants it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;
use xuanhao_vocabulary::PlateKey;

use super::super::{channel_word, encoding, signed};
use super::{Statement, Told, is_claim};
use crate::domain::rows::{AllocationRow, Batch, Entry};

/// Log rows by columns. All numbers of all sets stand in one array; each row names its slices, whose
/// bounds are inclusive and count from 1.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) seq: Vec<i64>,
    pub(super) kind: Vec<String>,
    pub(super) application: Vec<Option<Uuid>>,
    pub(super) op_no: Vec<i64>,
    pub(super) outcome: Vec<String>,
    pub(super) input: Vec<Vec<u8>>,
    pub(super) result: Vec<Vec<u8>>,
    /// Whether the row stands or falls with its allocation or ending.
    pub(super) claims: Vec<bool>,
    pub(super) plates: Vec<i64>,
    pub(super) column_from: Vec<Option<i32>>,
    pub(super) column_to: Vec<Option<i32>>,
    pub(super) column_until: Vec<Option<jiff_sqlx::Timestamp>>,
    pub(super) column_chosen: Vec<Option<bool>>,
    pub(super) basket_from: Vec<Option<i32>>,
    pub(super) basket_to: Vec<Option<i32>>,
    pub(super) basket_until: Vec<Option<jiff_sqlx::Timestamp>>,
}

impl Entries {
    pub(super) fn of(batch: &Batch) -> Self {
        let claims = batch
            .allocations
            .iter()
            .filter(|row| is_claim(row))
            .map(|row| row.key.seq);
        let claims: BTreeSet<u64> = claims
            .chain(batch.endings.iter().map(|row| row.key.seq))
            .collect();
        let mut columns = Self::default();
        for entry in &batch.entries {
            columns.add(entry, claims.contains(&entry.key.seq));
        }
        columns
    }

    fn add(&mut self, entry: &Entry, claims: bool) {
        let encoded = encoding::encode(entry);
        self.seq.push(signed(entry.key.seq));
        self.kind.push(encoded.kind.to_owned());
        self.application
            .push(entry.owner().map(|application| application.0));
        self.op_no.push(signed(entry.op_no));
        self.outcome.push(encoded.outcome.to_owned());
        self.input.push(encoded.input);
        self.result.push(encoded.result);
        self.claims.push(claims);
        let (column, basket) = (entry.set.column.as_ref(), entry.set.basket.as_ref());
        let slice = column.map(|column| self.slice(&column.plates));
        self.column_from.push(slice.map(|(from, _)| from));
        self.column_to.push(slice.map(|(_, to)| to));
        self.column_until
            .push(column.map(|column| stamp(column.until)));
        self.column_chosen.push(column.map(|column| column.chosen));
        let slice = basket.map(|basket| self.slice(&basket.plates));
        self.basket_from.push(slice.map(|(from, _)| from));
        self.basket_to.push(slice.map(|(_, to)| to));
        self.basket_until
            .push(basket.map(|basket| stamp(basket.until)));
    }

    /// Where the numbers stand; an empty slice ends before it begins.
    fn slice(&mut self, plates: &[PlateKey]) -> (i32, i32) {
        let position =
            |index: usize| i32::try_from(index).expect("a batch has some thousand numbers");
        let from = position(self.plates.len() + 1);
        self.plates.extend(plates.iter().map(|plate| plate.get()));
        (from, position(self.plates.len()))
    }
}

/// Allocations by columns.
#[derive(Debug, Default)]
pub(super) struct Allocations {
    pub(super) id: Vec<Uuid>,
    pub(super) seq: Vec<i64>,
    pub(super) plate: Vec<i64>,
    pub(super) application: Vec<Option<Uuid>>,
    pub(super) vehicle: Vec<Option<Vec<u8>>>,
    pub(super) channel: Vec<String>,
    pub(super) op_no: Vec<Option<i64>>,
}

impl Allocations {
    pub(super) fn of(statement: &Statement) -> Self {
        let mut columns = Self::default();
        let batch = &statement.batch;
        for (row, id) in batch.allocations.iter().zip(&statement.allocation_ids) {
            let entry = batch.entries.iter().find(|entry| entry.key == row.key);
            columns.add(row, *id, entry.map(|entry| entry.op_no));
        }
        columns
    }

    fn add(&mut self, row: &AllocationRow, id: Uuid, op_no: Option<u64>) {
        self.id.push(id);
        self.seq.push(signed(row.key.seq));
        self.plate.push(row.plate.get());
        self.application
            .push(row.application.map(|application| application.0));
        self.vehicle
            .push(row.vehicle.map(|vehicle| vehicle.0.to_vec()));
        self.channel.push(channel_word(row.channel).to_owned());
        self.op_no.push(op_no.filter(|_| is_claim(row)).map(signed));
    }
}

/// Facts by columns.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) seq: Vec<i64>,
    pub(super) event_id: Vec<Uuid>,
    pub(super) kind: Vec<String>,
    pub(super) aggregate_kind: Vec<String>,
    pub(super) aggregate_id: Vec<String>,
    pub(super) version: Vec<i64>,
    pub(super) payload: Vec<Vec<u8>>,
}

impl Facts {
    pub(super) fn of(told: &[Told]) -> Self {
        let mut columns = Self::default();
        for fact in told {
            columns.seq.push(signed(fact.seq));
            columns.event_id.push(fact.event_id);
            columns.kind.push(fact.kind.to_owned());
            columns.aggregate_kind.push(fact.aggregate_kind.to_owned());
            columns.aggregate_id.push(fact.aggregate_id.to_string());
            columns.version.push(fact.version);
            columns.payload.push(fact.payload.clone());
        }
        columns
    }
}

pub(super) fn stamp(at: Timestamp) -> jiff_sqlx::Timestamp {
    at.to_sqlx()
}
